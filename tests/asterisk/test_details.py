"""A caller is asked for details: said and put right, or typed; real sound, a real Asterisk and a real recogniser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core import events as e
from ivr import read_back
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SECONDS, SPOKEN, SmallCentre, record, signature
from tests.asterisk.telephones import Citizen
from tests.asterisk.town import Here
from traffic.sound import frames_of
from traffic.speech import speak

ASKED: Final = "renseignement.question"
AGAIN: Final = "renseignement.question_touches"
TEXTS: Final[dict[str, str]] = {
    **dict.fromkeys((*read_back.KEYS, ASKED, AGAIN, "renseignement.faux", "renseignement.tant_pis"), "Un texte."),
    read_back.NUMBER: "{nombre}",
    read_back.COMMUNE: "{commune}",
}
COMMUNES: Final = "code_insee,nom,codes_postaux\n78621,Trappes,78190\n78646,Versailles,78000\n"


@dataclass(frozen=True, kw_only=True)
class Inquiring(SmallCentre):
    """A centre whose line SPOKEN asks for one detail, then leads to a person; every text is a recorded signal, but what
    has places to fill."""

    detail: str

    def write(self, site: Site) -> Path:
        config = super().write(site)
        (config / "communes.csv").write_text(COMMUNES, encoding="utf-8")
        texts = json.loads((config / "texts/fr.yaml").read_text(encoding="utf-8")) | TEXTS
        (config / "texts/fr.yaml").write_text(json.dumps(texts), encoding="utf-8")
        for key in TEXTS:
            if "{" not in TEXTS[key] and key not in SECONDS:
                record(config / f"prompts/fr/{key}.wav", signature(key))
        script = {
            "start": "precisions",
            "steps": {
                "precisions": {
                    "do": "details",
                    "slots": [{"detail": self.detail, "text": ASKED, "keys_text": AGAIN}],
                    "keys": {"0": {"name": "personne", "then": "personne"}},
                    "wait": "4s",
                    "then": "personne",
                },
                "personne": {"do": "hand_over", "queue": "conseil", "topic": "essai"},
            },
        }
        (config / "scripts/parole.yaml").write_text(json.dumps(script), encoding="utf-8")
        return config


HEARS: Final = {"models": {"fr": "essai"}, "workers": 1}
DEAF: Final = {"models": {"fr": "modeles/absent"}}


async def asking(town_with: TownWith, detail: str, speech: dict[str, Any] = HEARS) -> tuple[Here, Citizen]:
    """Somebody who calls that centre, whose line is answered."""
    town = await town_with(Inquiring(detail=detail, speech=speech), offer_ms=2_000)
    await town.watch.fact(e.SpeechCapacity)
    for piece in read_back.pieces_to_prepare(town.platform.loop.kernel.configurations.now):
        await town.watch.fact(e.PromptReady, prompt=piece.prompt("fr"))
    return town, await town.exchange.citizen(SPOKEN)


async def says(citizen: Citizen, words: str) -> None:
    await citizen.call.play(frames_of(await speak(words)))


async def read_to(citizen: Citizen, value: str, nth: int = 1) -> None:
    """That is what was understood, and they are asked whether it is right."""
    doubt: e.DetailDoubted = await citizen.fact(e.DetailDoubted, nth=nth)
    assert [one.value.text for one in doubt.details] == [value]
    await citizen.hears_prompt(read_back.RIGHT_TEXT)


async def test_a_commune_is_said_put_right_and_confirmed(town_with: TownWith) -> None:
    town, citizen = await asking(town_with, "commune")
    desk = await town.desk()
    await citizen.hears_prompt(ASKED)
    await says(citizen, "versailles")
    await read_to(citizen, "78646")
    await says(citizen, "non à trappes")
    await read_to(citizen, "78621", nth=2)
    await says(citizen, "oui")
    taken: e.DetailTaken = await citizen.fact(e.DetailTaken)
    assert (taken.detail.value.text, taken.how) == ("78621", "confirmed")
    citizen.speak()
    await town.talking(citizen, desk)


async def test_the_end_of_a_telephone_number_is_put_right(town_with: TownWith) -> None:
    _, citizen = await asking(town_with, "telephone")
    await citizen.hears_prompt(ASKED)
    await says(citizen, "zéro un quatre vingt dix neuf zéro zéro zéro zéro quarante cinq")
    await read_to(citizen, "+33199000045")
    await says(citizen, "non quarante six")
    await read_to(citizen, "+33199000046", nth=2)
    await says(citizen, "oui c'est ça")
    taken: e.DetailTaken = await citizen.fact(e.DetailTaken)
    assert taken.detail.value.text == "+33199000046"


async def types_and_confirms(town: Here, citizen: Citizen, question: str) -> None:
    desk = await town.desk()
    await citizen.hears_prompt(question)
    await citizen.call.press("12345#")
    await citizen.hears_prompt(read_back.UNDERSTOOD_TEXT)
    for digit in "12345":
        await citizen.hears_prompt(f"chiffre.{digit}")
    await citizen.hears_prompt(read_back.RIGHT_TEXT)
    await citizen.call.press("1")
    taken: e.DetailTaken = await citizen.fact(e.DetailTaken)
    assert (taken.detail.value.text, taken.how) == ("12345", "confirmed")
    citizen.speak()
    await town.talking(citizen, desk)


async def test_keys_answer_where_speech_is_heard(town_with: TownWith) -> None:
    town, citizen = await asking(town_with, "file_number")
    await types_and_confirms(town, citizen, ASKED)


async def test_keys_answer_where_nobody_is_heard(town_with: TownWith) -> None:
    town, citizen = await asking(town_with, "file_number", DEAF)
    await types_and_confirms(town, citizen, AGAIN)


async def test_who_says_nothing_comes_to_a_person_without_it(town_with: TownWith) -> None:
    town, citizen = await asking(town_with, "commune")
    desk = await town.desk()
    skipped: e.DetailSkipped = await citizen.fact(e.DetailSkipped)
    assert (skipped.kind, skipped.why) == ("commune", "not_understood")
    citizen.speak()
    await town.talking(citizen, desk)
