"""A caller speaks to the centre: real sound through a real Asterisk, recognised by a real Vosk."""

from __future__ import annotations

import pytest

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.small_centre import SPOKEN, SmallCentre
from tests.asterisk.telephones import Citizen
from tests.asterisk.town import Here
from traffic.sound import frames_of
from traffic.speech import speak

HEARS = SmallCentre(speech={"models": {"fr": "essai"}, "workers": 1})


@pytest.fixture
async def town(town_with: TownWith) -> Here:
    """A centre that hears, with a worker that is ready."""
    town = await town_with(HEARS, offer_ms=2_000)
    await town.watch.fact(e.SpeechCapacity)
    return town


async def says(citizen: Citizen, words: str) -> None:
    await citizen.call.play(frames_of(await speak(words)))


async def test_what_a_caller_says_is_heard_and_told(town: Here) -> None:
    citizen = await town.exchange.citizen(SPOKEN)
    await citizen.fact(e.HearingPlaced)
    await says(citizen, "bonjour je voudrais parler à un conseiller")
    understood: e.SpeechUnderstood = await citizen.fact(e.SpeechUnderstood)
    assert understood.words.text == "bonjour je voudrais parler à un conseiller"
