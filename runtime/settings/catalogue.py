"""The words of Allo: config/texts/<language>.yaml, checked against what the code and the scripts say."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from acd.announce import EVERY_WORDS, LANGUAGE_TEXT
from core.script import CONFIRM_TEXT, EITHER_TEXT, INVITE_TEXT
from ivr import read_back
from runtime.settings import values
from runtime.settings.faults import Faults, Mark, meant
from runtime.settings.reading import words
from runtime.settings.source import Mapping, Scalar

# What the minds say by themselves, with the places that they fill.
SAID_BY_MINDS: Final[dict[str, frozenset[str]]] = {
    "dialogue.silence": frozenset(),
    "dialogue.touche_inconnue": frozenset(),
    "attente.position": frozenset({"position"}),
    "attente.coupure": frozenset(),
    "attente.prochain": frozenset(),
    "attente.autre_equipe": frozenset(),
    "attente.plus_longue": frozenset(),
    **{words.text: frozenset() for words in EVERY_WORDS},
    "attente.rappel_note": frozenset(),
    "attente.rappel_touche": frozenset({"touche"}),
    "attente.rappel_bonjour": frozenset(),
}
# What a script that listens, or offers languages, has said as well.
SAID_BY_LISTENING: Final[dict[str, frozenset[str]]] = {
    CONFIRM_TEXT: frozenset({"sujet"}),
    EITHER_TEXT: frozenset({"premier", "second"}),
    INVITE_TEXT: frozenset({"touche"}),
    LANGUAGE_TEXT: frozenset(),
}
# And one that asks for details.
SAID_BY_DETAILS: Final[dict[str, frozenset[str]]] = {
    read_back.NUMBER: frozenset({"nombre"}),
    read_back.COMMUNE: frozenset({"commune"}),
}
_PLACES: Final = SAID_BY_MINDS | SAID_BY_LISTENING | SAID_BY_DETAILS
# Said to whoever dials a number that no service has; without it the first service answers them.
UNKNOWN_TEXT: Final = "numero.inconnu"
# At 150 words a minute this lasts about two minutes, the longest prompt that is waited for (PROMPT_LONGEST_MS).
TEXT_CHARACTERS: Final = 1_500

_PLACE: Final = re.compile(r"\{([a-z][a-z_]*)\}")
_BRACES: Final = re.compile(r"[{}]")

Marks = dict[str, Mark]


def read_texts(name: str, root: Mapping, faults: Faults) -> tuple[dict[str, str], Marks]:
    """The texts of one file by key (`accueil.bienvenue`), and where each stands."""
    texts: dict[str, str] = {}
    marks: Marks = {}
    ahead: list[tuple[str, Mapping]] = [("", root)]
    while ahead:
        prefix, mapping = ahead.pop()
        for part, (key, node) in mapping.entries.items():
            full = f"{prefix}.{part}" if prefix else part
            if not values.TEXT_KEY.fullmatch(full) or len(full) > values.TEXT_KEY_CHARACTERS:
                faults.add(key.mark, full[:120], f"clé incorrecte, attendu : {values.TEXT_KEY_SAID}")
            elif isinstance(node, Mapping):
                ahead.append((full, node))
            elif not isinstance(node, Scalar):
                faults.add(node.mark, full, "doit être un texte, pas une liste")
            elif full in texts:
                faults.add(key.mark, full, f"écrit deux fois (déjà ligne {marks[full].line}), gardez-en un")
            else:
                texts[full] = _text(full, node, faults)
                marks[full] = node.mark
    ordered = sorted(texts, key=lambda full: marks[full])
    return {full: texts[full] for full in ordered}, marks


def _text(full: str, node: Scalar, faults: Faults) -> str:
    try:
        text = " ".join(words(node).split())  # no-break spaces before French signs and folded lines become one space
    except values.Unfit as unfit:
        faults.add(node.mark, full, str(unfit))
        return ""
    if not any(letter.isalnum() for letter in text):
        faults.add(node.mark, full, "ne dit rien, écrivez au moins un mot")
    if len(text) > TEXT_CHARACTERS:
        faults.add(node.mark, full, f"{len(text)} caractères, {TEXT_CHARACTERS} au plus, découpez-le")
    _check_places(full, text, node.mark, faults)
    return text


def _check_places(full: str, text: str, mark: Mark, faults: Faults) -> None:
    known = _PLACES.get(full, frozenset())
    for place in _PLACE.findall(text):
        if place not in known:
            remedy = meant(place, known) if known else "ce texte n'a pas de place à remplir, supprimez-la"
            faults.add(mark, full, f"place {{{place}}} inconnue, {remedy}")
    if _BRACES.search(_PLACE.sub("", text)):
        faults.add(mark, full, "accolade isolée, écrivez une place comme {position} ou supprimez-la")


def check_complete(name: str, texts: dict[str, str], faults: Faults) -> None:
    """Every text that the minds say must be there, whatever the scripts say."""
    for key in SAID_BY_MINDS:
        if key not in texts:
            faults.add(Mark(name), key, "texte absent, ajoutez-le (dit pendant l'appel)")


def lacking(said: Collection[str], texts: dict[str, str]) -> list[str]:
    """What is said and has no words in this language: it is said in that of the service."""
    return sorted(key for key in said if key and key not in texts)


def check_recordings(found: dict[str, Mark], texts: dict[str, str], faults: Faults) -> None:
    """A recording whose name is no text would never be heard; neither one of a text with places."""
    for key, mark in found.items():
        if key not in texts:
            faults.add(mark, "fichier", f"ne correspond à aucun texte, {meant(key, texts)}")
        elif _PLACE.search(texts[key]):
            faults.add(mark, "fichier", "ce texte a une place à remplir et ne s'enregistre pas, supprimez ce fichier")
