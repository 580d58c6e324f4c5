"""A caller speaks to the centre: real sound through a real Asterisk, recognised by a real Vosk.

Whatever breaks, and whatever comes instead of speech, the caller ends with keys or an agent, never with silence.
"""

from __future__ import annotations

import asyncio
import os
import signal

import numpy as np
import pytest

from core import events as e
from speech.perform import Speech
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SPOKEN, SmallCentre
from tests.asterisk.telephones import Citizen
from tests.asterisk.town import Here, centre_elsewhere
from tests.asterisk.watch import Watch
from traffic.sound import decode_alaw, encode_alaw, frames_of
from traffic.speech import speak

SENTENCE = "bonjour je voudrais parler à une assistante sociale"
FOR_SOMEBODY = "je voudrais parler à un conseiller"
HEARS = SmallCentre(speech={"models": {"fr": "essai"}, "workers": 1})


def worker(town: Here) -> int:
    """The process that hears."""
    speech = town.platform.edges.speech
    assert isinstance(speech, Speech)
    [pid] = speech.hearing.pids
    return pid


@pytest.fixture
async def town(town_with: TownWith) -> Here:
    """A centre that hears, with a worker that is ready."""
    town = await town_with(HEARS, offer_ms=2_000)
    await town.watch.fact(e.SpeechCapacity)
    return town


async def listened_to(town: Here) -> Citizen:
    """Somebody whose sound has reached the worker: they hear the question from there."""
    citizen = await town.exchange.citizen(SPOKEN)
    await citizen.fact(e.HearingPlaced)
    await citizen.hears_prompt("menu.choix")
    return citizen


async def says(citizen: Citizen, words: str) -> None:
    await citizen.call.play(frames_of(await speak(words)))


async def asked_by_keys(citizen: Citizen) -> None:
    """They hear the question for keys, and the one that they press counts."""
    await citizen.hears_prompt("accueil.bienvenue")
    await citizen.call.press("5")
    await citizen.hears_prompt("horaires.tous")


async def test_what_a_caller_says_is_heard_and_told(town: Here) -> None:
    citizen = await listened_to(town)
    await says(citizen, SENTENCE)
    understood: e.SpeechUnderstood = await citizen.fact(e.SpeechUnderstood)
    assert understood.words.text == SENTENCE
    partial: e.WordsHeard = await citizen.fact(e.WordsHeard)
    assert SENTENCE.startswith(partial.words.text or "?")


async def test_whoever_asks_for_a_person_gets_one(town: Here) -> None:
    desk = await town.desk()
    citizen = await listened_to(town)
    await says(citizen, FOR_SOMEBODY)
    await citizen.fact(e.SpeechUnderstood)
    citizen.speak()
    await town.talking(citizen, desk)


async def test_a_key_is_taken_while_the_caller_is_heard(town: Here) -> None:
    desk = await town.desk()
    citizen = await listened_to(town)
    await citizen.call.press("0")
    citizen.speak()
    await town.talking(citizen, desk)
    assert not town.watch.facts(e.StepReached, step="touches")


async def test_a_caller_who_says_nothing_is_asked_again_and_then_given_to_a_person(town: Here) -> None:
    desk = await town.desk()
    citizen = await listened_to(town)
    await town.watch.fact(e.HearingEnded, nth=2, why="silence")
    citizen.speak()
    await town.talking(citizen, desk)


@pytest.mark.parametrize("sound", ["music", "shouting", "two voices without an end"])
async def test_a_caller_of_whom_no_word_is_understood_is_given_to_a_person(town: Here, sound: str) -> None:
    desk = await town.desk()
    citizen = await listened_to(town)
    citizen.call.play(frames_of(await _half_a_minute(sound)))
    await desk.takes(60)
    await citizen.fact(e.CallConnected)


async def _half_a_minute(sound: str) -> bytes:
    at = np.arange(8_000 * 40)
    if sound == "music":
        heard = sum(np.sin(2 * np.pi * hz * at / 8_000) for hz in (220, 277, 330)) * 4_000
    elif sound == "shouting":
        heard = np.random.default_rng(1).normal(size=at.size) * 9_000
    else:
        voices = [decode_alaw(await speak(words)) for words in (SENTENCE, FOR_SOMEBODY)]
        heard = sum(np.resize(voice[np.abs(voice) > 200], at.size) * 0.5 for voice in voices)
    return encode_alaw(np.asarray(heard, np.int16))


async def test_keys_that_come_like_rain_lead_to_a_person(town: Here) -> None:
    """A child with the telephone, or a handset that is broken: no key of these means anything."""
    desk = await town.desk()
    citizen = await listened_to(town)
    citizen.speak()
    pressing = asyncio.create_task(citizen.call.press("#2*76#98" * 20, tone_ms=60, gap_ms=40))
    await desk.takes(60)
    await citizen.fact(e.CallConnected)
    pressing.cancel()
    assert not town.watch.facts(e.StepReached, step="touches")


async def test_a_worker_killed_while_it_hears_leaves_its_caller_with_keys(town: Here) -> None:
    citizen = await listened_to(town)
    os.kill(worker(town), signal.SIGKILL)
    await citizen.fact(e.HearingEnded, why="failed")
    await asked_by_keys(citizen)


async def test_a_worker_that_freezes_leaves_its_caller_with_keys(town: Here) -> None:
    citizen = await listened_to(town)
    os.kill(worker(town), signal.SIGSTOP)
    await citizen.fact(e.HearingEnded, why="failed")
    await asked_by_keys(citizen)


async def test_a_worker_killed_before_the_sound_comes_leaves_its_caller_with_keys(town: Here) -> None:
    pid = worker(town)
    os.kill(pid, signal.SIGSTOP)
    citizen = await town.exchange.citizen(SPOKEN)
    await citizen.fact(e.HearingAsked)
    os.kill(pid, signal.SIGKILL)
    await citizen.fact(e.HearingEnded)
    await asked_by_keys(citizen)


async def test_without_a_model_callers_are_asked_by_keys_at_once(town_with: TownWith) -> None:
    town = await town_with(SmallCentre(speech={"models": {"fr": "modeles/absent"}}), offer_ms=2_000)
    told = await town.watch.fact(e.SpeechCapacity)
    assert told.streams == 0
    assert "n'existe pas" in told.why
    citizen = await town.exchange.citizen(SPOKEN)
    await asked_by_keys(citizen)
    assert not town.watch.facts(e.HearingPlaced)


async def test_a_caller_who_hangs_up_while_speaking_leaves_nothing_behind(town: Here) -> None:
    citizen = await listened_to(town)
    talking = asyncio.create_task(says(citizen, SENTENCE))
    await citizen.fact(e.WordsHeard)
    await citizen.call.hang_up()
    await citizen.fact(e.InteractionEnded)
    talking.cancel()


async def test_our_words_stop_when_the_caller_speaks(town: Here) -> None:
    citizen = await town.exchange.citizen(SPOKEN)
    await citizen.fact(e.HearingPlaced)
    await says(citizen, SENTENCE)  # over the question, which lasts two seconds
    understood: e.SpeechUnderstood = await citizen.fact(e.SpeechUnderstood)
    assert understood.words.text == SENTENCE


async def test_allo_killed_while_it_hears_asks_its_caller_again(site: Site, watch: Watch) -> None:
    async with centre_elsewhere(site, watch, HEARS) as town:
        await town.up()
        await watch.fact(e.SpeechCapacity)
        citizen = await town.exchange.citizen(SPOKEN)
        await citizen.fact(e.HearingPlaced)
        await citizen.hears_prompt("menu.choix")
        await town.process.kill()
        await town.up()
        # By keys, unless a worker is ready before Asterisk has said who is there.
        again = await watch.until(lambda: watch.facts(e.StepReached, step="touches") or _asked_twice(watch), "asked")
        if isinstance(again, list):
            await asked_by_keys(citizen)
        else:
            await citizen.hears_prompt("menu.choix")


def _asked_twice(watch: Watch) -> bool:
    return len(watch.facts(e.HearingAsked)) > 1
