"""A step of a script that asks for details: which, how, and what is said meanwhile."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, cast, get_args

from core.script import PERSON_KEY, Askable, Slot
from runtime.settings import values
from runtime.settings.faults import Mark
from runtime.settings.reading import Fields, said
from runtime.settings.source import Sequence

KINDS: Final = cast("tuple[Askable, ...]", get_args(Askable))
# Keys that are no digit of what is typed, or that no detail is: the person, and the silent call for help.
KEYS: Final = (PERSON_KEY, "*")
# What is said for each, unless the slot has texts of its own.
TEXT: Final[dict[Askable, str]] = {
    "telephone": "renseignement.telephone",
    "birth_date": "renseignement.naissance",
    "commune": "renseignement.commune",
    "caf_number": "renseignement.allocataire",
    "file_number": "renseignement.dossier",
}
KEYED: Final = "_touches"


def read_slots(fields: Fields, marks: dict[str, Mark]) -> tuple[Slot, ...]:
    """The list `slots`, of which no detail is there twice; `marks` take the places of their texts."""
    node = fields.node("slots")
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        what = f"doit être une liste de renseignements « - detail: telephone », pas {said(node)}"
        fields.faults.add(node.mark, fields.at("slots"), what)
        return ()
    slots: list[Slot] = []
    for index, item in enumerate(node.items):
        path = f"slots[{index}]"
        inner = Fields(fields.faults, item, fields.at(path))
        slot = _slot(inner, path, marks)
        if any(slot.detail == other.detail for other in slots):
            what = f"« {slot.detail} » est déjà demandé, gardez-en un"
            inner.faults.add(inner.mark_of("detail"), inner.at("detail"), what)
        slots.append(slot)
        inner.close()
    if not slots:
        fields.faults.add(node.mark, fields.at("slots"), "liste vide, ajoutez un renseignement ou supprimez l'étape")
    return tuple(slots)


def _slot(fields: Fields, path: str, marks: dict[str, Mark]) -> Slot:
    detail = cast("Askable", fields.one_of("detail", KINDS))
    if fields.has("detail"):
        marks[f"{path}.detail"] = fields.mark_of("detail")
    usual = TEXT.get(detail, TEXT["telephone"])
    text = fields.name("text", values.TEXT_KEY, values.TEXT_KEY_SAID, usual)
    keys_text = fields.name("keys_text", values.TEXT_KEY, values.TEXT_KEY_SAID, usual + KEYED)
    marks[f"{path}.text"], marks[f"{path}.keys_text"] = text.mark, keys_text.mark
    if fields.has("shown") and detail != "telephone":
        what = "ne sert qu'au téléphone (detail: telephone), supprimez-le"
        fields.faults.add(fields.mark_of("shown"), fields.at("shown"), what)
    return Slot(
        detail=detail,
        text=text.text,
        keys_text=keys_text.text,
        shown=fields.flag("shown", False),
        sure=fields.integer("sure", 100, 1, 100),
    )


def check_keys(fields: Fields, keys: Collection[str]) -> None:
    """A digit is typed, and can be no choice; and a person must be within reach."""
    for key in keys:
        if key not in KEYS:
            what = f"la touche {key} sert à taper le renseignement, gardez seulement {PERSON_KEY} et *"
            fields.faults.add(fields.mark_of("keys"), fields.at(f"keys.{key}"), what)
    if keys and PERSON_KEY not in keys:
        what = f"la touche {PERSON_KEY} manque : elle mène à une personne, ajoutez-la"
        fields.faults.add(fields.mark_of("keys"), fields.at("keys"), what)
