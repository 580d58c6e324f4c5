"""Whoever is in danger is told the number to dial before anything else, and goes before all others: by words, while
they still speak, whatever they are asked; by a key, without a word.  Real sound, a real Asterisk, a real recogniser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SPOKEN, SmallCentre
from tests.asterisk.test_details import HEARS, Inquiring, says
from tests.asterisk.town import Here

TOLD: Final = "message.recu"
"""The signal that stands for "raccrochez et composez le…"."""
SIGNALS: Final = {"suicide": {"level": 1, "title": "Idées suicidaires", "numbers": ["3114"], "hear": ["veux mourir"]}}
STEPS: Final[dict[str, Any]] = {
    "secours": {"do": "say", "texts": [TOLD], "then": "reste"},
    "reste": {"do": "hand_over", "queue": "conseil", "topic": "essai", "emergency": True},
}
SILENT: Final = {"*": {"name": "danger", "then": "secours"}}


@dataclass(frozen=True, kw_only=True)
class Watchful(SmallCentre):
    """A centre whose line SPOKEN knows one danger, and whose script leads to its step; `others` write the rest."""

    others: SmallCentre

    def write(self, site: Site) -> Path:
        config = self.others.write(site)
        (config / "urgences.yaml").write_text(json.dumps({"urgences": {"signals": SIGNALS}}), encoding="utf-8")
        script = json.loads((config / "scripts/parole.yaml").read_text(encoding="utf-8"))
        first = script["steps"][script["start"]]
        first |= {"dangers": {"suicide": "secours"}, "keys": {**first["keys"], **SILENT}}
        script["steps"] |= STEPS
        (config / "scripts/parole.yaml").write_text(json.dumps(script), encoding="utf-8")
        return config


ASKED_FREELY: Final = SmallCentre(speech=HEARS)
ASKED_FOR_A_COMMUNE: Final = Inquiring(detail="commune", speech=HEARS)


async def listening(town_with: TownWith, others: SmallCentre) -> Here:
    town = await town_with(Watchful(others=others), offer_ms=2_000)
    await town.watch.fact(e.SpeechCapacity)
    return town


@pytest.mark.parametrize("others", [ASKED_FREELY, ASKED_FOR_A_COMMUNE], ids=["freely", "for a commune"])
async def test_danger_is_heard_while_they_speak_told_what_to_dial_and_goes_first(
    town_with: TownWith, others: SmallCentre
) -> None:
    town = await listening(town_with, others)
    desk = await town.desk()
    talks = await town.exchange.citizen()
    await town.talking(talks, desk)
    before = await town.exchange.citizen()
    await before.fact(e.InteractionQueued)
    citizen = await town.exchange.citizen(SPOKEN)
    await citizen.fact(e.HearingPlaced)
    await says(citizen, "bonjour je veux mourir je n'en peux plus")
    heard: e.DangerHeard = await citizen.fact(e.DangerHeard)
    assert heard.danger == "suicide"
    await citizen.hears_prompt(TOLD)
    queued: e.InteractionQueued = await citizen.fact(e.InteractionQueued)
    assert queued.need.emergency
    await desk.hang_up()
    await citizen.fact(e.AgentChosen, agent=desk.name)
    assert town.watch.facts(e.AgentChosen, interaction=await before.interaction()) == []


async def test_a_key_says_it_without_a_word(town_with: TownWith) -> None:
    town = await listening(town_with, ASKED_FREELY)
    citizen = await town.exchange.citizen(SPOKEN)
    await citizen.fact(e.HearingPlaced)
    await citizen.call.press("*")
    await citizen.hears_prompt(TOLD)
    queued: e.InteractionQueued = await citizen.fact(e.InteractionQueued)
    assert queued.need.emergency
    await citizen.hears_music()
