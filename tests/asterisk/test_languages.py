"""A caller presses a key and goes on in English: heard on a real Asterisk, up to an agent who speaks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SPOKEN, WELCOME, SmallCentre, record, signature
from tests.asterisk.telephones import Citizen
from tests.asterisk.town import Here
from traffic.sound import frames_of
from traffic.speech import speak

ENGLISH: Final = {
    "menu.choix": "Press 1.",
    "accueil.bienvenue": "Hello.",
    "attente.prochain": "You are next.",
    "attente.langue": "We go on in English.",
    "langue.inviter": "For English, press {touche}.",
}
OFFERED: Final = {"languages": {"en": "6"}}


class Bilingual(SmallCentre):
    """The lines WELCOME and SPOKEN are answered in English as well, by 6; `a2` speaks it, anybody helps after 3 s.
    Each English text is a recorded signal of its own."""

    def write(self, site: Site) -> Path:
        config = super().write(site)
        (config / "prompts/en").mkdir(exist_ok=True)
        (config / "texts/en.yaml").write_text(json.dumps(ENGLISH), encoding="utf-8")
        for key in ENGLISH:
            if "{" not in ENGLISH[key]:
                record(config / f"prompts/en/{key}.wav", signature(f"en/{key}"))
        for script in ("accueil", "parole"):
            file = config / f"scripts/{script}.yaml"
            if file.exists():
                file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | OFFERED), encoding="utf-8")
        return config

    def _centre(self, site: Site) -> dict[str, Any]:
        centre = super()._centre(site)
        centre["languages"]["en"] = {"voice": "en-gb"}
        centre["agents"]["a2"]["languages"] = ["fr", "en"]
        for queue in centre["queues"].values():
            queue["relax"] = [{"after": "3s", "languages": True}]
            queue["announce"] = ["position", "languages"]
        return centre


@pytest.fixture
async def town(town_with: TownWith) -> Here:
    return await town_with(Bilingual(agents=3))


async def test_a_key_is_followed_by_english_words_and_an_agent_who_speaks_it(town: Here) -> None:
    """The first agent has been free for longer; the second speaks English."""
    first, second = await town.desks(2)
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.hears_prompt("menu.choix")
    await citizen.call.press("6")
    await citizen.hears_prompt("en/menu.choix")
    await citizen.call.press("1")
    await town.talking(citizen, second)
    connected: e.CallConnected = await citizen.fact(e.CallConnected)
    assert connected.agent == second.name
    assert first.call is None


async def test_the_same_key_leads_back_to_french(town: Here) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.hears_prompt("menu.choix")
    await citizen.call.press("6")
    await citizen.hears_prompt("en/menu.choix")
    await citizen.call.press("6")
    await citizen.hears_prompt("menu.choix")


async def test_with_nobody_who_speaks_it_anybody_helps_after_a_while(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.hears_prompt("menu.choix")
    await citizen.call.press("6")
    await citizen.hears_prompt("en/menu.choix")
    await citizen.call.press("1")
    await town.talking(citizen, desk)
    chosen: e.AgentChosen = await citizen.fact(e.AgentChosen)
    assert [eased.step.languages for eased in chosen.why.eased] == [True]


async def test_whoever_says_it_in_french_goes_on_in_it_by_keys_where_no_model_knows_it(town_with: TownWith) -> None:
    town = await town_with(Bilingual(agents=3, speech={"models": {"fr": "essai"}, "workers": 1}))
    await town.watch.fact(e.SpeechCapacity)
    citizen = await town.exchange.citizen(SPOKEN)
    await citizen.fact(e.HearingPlaced)
    await citizen.hears_prompt("menu.choix")
    await citizen.call.play(frames_of(await speak("je parle anglais")))
    chosen: e.LanguageChosen = await citizen.fact(e.LanguageChosen)
    assert (chosen.language, chosen.how) == ("en", "said")
    await citizen.hears_prompt("en/accueil.bienvenue")


async def waits(town: Here) -> Citizen:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.hears_prompt("menu.choix")
    await citizen.call.press("1")
    await citizen.fact(e.InteractionQueued)
    return citizen


async def test_whoever_waits_goes_on_in_english_by_its_key_and_keeps_the_place(town: Here) -> None:
    """While something is said, or in the music: they are told at once, in English, how they stand."""
    first = await waits(town)
    await first.fact(e.PlaybackStarted, prompt="fr/attente.prochain")
    await first.call.press("6")
    await first.hears_prompt("en/attente.langue")
    await first.hears_prompt("en/attente.prochain")
    second = await waits(town)
    await second.fact(e.CallerHeld)
    await second.call.press("6")
    await second.hears_prompt("en/attente.langue")
    queued: e.InteractionQueued = await first.fact(e.InteractionQueued)
    contact = town.platform.loop.kernel.mind("acd").contacts[await first.interaction()]
    assert (contact.need.language, contact.arrived_at_ms) == ("en", queued.arrived_at_ms)
    await town.talking(first, await town.desk(2))
