"""What is handed to a person who asks what is held on them (RGPD, article 15): a folder that anybody can read.

`LISEZ-MOI.txt` says what it is, `resume.txt` tells each call in words, `donnees.json` has all of it for another program
(article 20), and `messages/` what the person has recorded, as sound.  Colleagues are told apart and not named: who they
were is in the access log, for an auditor.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from core.citizen import CitizenRecord
from core.ids import InteractionId
from core.personal import Purpose
from crm_bridge.store import Access
from journal.files import PRIVATE_FILE, PRIVATE_FOLDER
from runtime.upkeep.eliminated import WORDS
from runtime.upkeep.person import Happened, Told

ZONE: Final = ZoneInfo("Europe/Paris")
ERASED: Final = "(effacé)"
WHY: Final = {
    "offer": "appel proposé à un agent",
    "call": "pendant un appel",
    "search": "recherche par nom et date de naissance",
    "task": "rappel à faire",
    "export": "réponse à une demande d'accès",
    "erasure": "réponse à une demande d'effacement",
}
_README: Final = """\
{organisation}
Réponse à une demande d'accès (règlement général sur la protection des données, article 15), {day}.

Ce dossier contient ce que le centre d'appels de {organisation} garde sur vous :
  resume.txt      vos appels, rappels et messages, en clair
  donnees.json    les mêmes données, plus votre fiche, sous une forme qu'un autre logiciel peut lire
  messages/       les messages que vous avez enregistrés, s'il y en a

« {erased} » : cette donnée a existé et n'est plus lisible par personne, sa durée de conservation est passée.
Les agents ne sont pas nommés. Votre fiche vient du logiciel des services de {organisation}, qui en garde plus : c'est à
eux qu'il faut demander le reste. Vous pouvez demander la correction ou l'effacement de ces données, et saisir la CNIL.
"""


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """All that is to be handed out; `sounds` by message, None where the recording is gone."""

    organisation: str
    asked_by: str
    at_ms: int
    record: CitizenRecord | None
    accesses: list[Access]
    told: list[Told]
    services: dict[str, str]
    sounds: dict[str, bytes | None]
    webhooks: list[tuple[InteractionId, str, int]]


def write(dossier: Dossier, folder: Path) -> None:
    """Makes `folder`, for our eyes only; raises OSError, FileExistsError if it is there."""
    folder.mkdir(mode=PRIVATE_FOLDER)
    day = _when(dossier.at_ms)
    _write(folder / "LISEZ-MOI.txt", _README.format(organisation=dossier.organisation, day=day, erased=ERASED).encode())
    _write(folder / "resume.txt", "\n".join(_summary(dossier)).encode() + b"\n")
    _write(folder / "donnees.json", json.dumps(_data(dossier), ensure_ascii=False, indent=1).encode() + b"\n")
    sounds = {name: sound for name, sound in dossier.sounds.items() if sound is not None}
    if sounds:
        (folder / "messages").mkdir(mode=PRIVATE_FOLDER)
    for name, sound in sounds.items():
        _write(folder / "messages" / f"{name}.wav", sound)


def _write(file: Path, content: bytes) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as out:
        out.write(content)


def _summary(dossier: Dossier) -> Iterator[str]:
    count = len(dossier.told)
    yield f"{count} appel{'s' if count > 1 else ''} ou rappel{'s' if count > 1 else ''}."
    for one in dossier.told:
        yield ""
        yield f"{_when(one.happened[0].at_ms)}, {dossier.services.get(one.service) or 'aucun service'}"
        for happened in one.happened:
            yield f"  {_when(happened.at_ms)}  {happened.what}{_texts(happened)}"
        for message in one.messages:
            there = dossier.sounds.get(message) is not None
            yield f"  votre message : {f'messages/{message}.wav' if there else ERASED}"
    yield ""
    yield f"Votre fiche : {'dans donnees.json' if dossier.record else 'aucune, ou demandée autrement'}."
    for access in dossier.accesses:
        yield f"  consultée le {_when(access.at_ms)} : {WHY.get(access.why, access.why)}"


def _texts(happened: Happened) -> str:
    return "".join(f" ; {WORDS[kind]} : {ERASED if text is None else text}" for kind, text in happened.personal)


def _data(dossier: Dossier) -> dict[str, Any]:
    numbers: dict[str, int] = {}
    return {
        "organisation": dossier.organisation,
        "date": _iso(dossier.at_ms),
        "demande_par": dossier.asked_by,
        "fiche": None if dossier.record is None else msgspec.to_builtins(dossier.record),
        "consultations_de_la_fiche": [
            {
                "date": _iso(access.at_ms),
                "pourquoi": WHY.get(access.why, access.why),
                "appel": access.interaction,
                "par": f"agent {numbers.setdefault(access.agent, len(numbers) + 1)}",
            }
            for access in dossier.accesses
        ],
        "appels": [_call(one, dossier) for one in dossier.told],
        "webhooks_en_attente": [
            {"appel": of, "type": kind, "date": _iso(at_ms)} for of, kind, at_ms in dossier.webhooks
        ],
    }


def _call(one: Told, dossier: Dossier) -> dict[str, Any]:
    return {
        "id": one.interaction,
        "service": dossier.services.get(one.service, one.service),
        "faits": [
            {
                "date": _iso(happened.at_ms),
                "quoi": happened.what,
                **({"donnees": _named(happened.personal)} if happened.personal else {}),
            }
            for happened in one.happened
        ],
        "messages": [
            {"fichier": f"messages/{name}.wav" if dossier.sounds.get(name) is not None else None, "id": name}
            for name in one.messages
        ],
    }


def _named(texts: tuple[tuple[Purpose, str | None], ...]) -> list[dict[str, str | None]]:
    return [{"nature": WORDS[kind], "texte": text} for kind, text in texts]


def _when(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, ZONE):%d/%m/%Y %H:%M:%S}"


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZONE).isoformat(timespec="seconds")
