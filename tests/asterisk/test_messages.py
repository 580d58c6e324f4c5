"""A caller leaves a message: what is kept is what they said, however they ended it."""

from __future__ import annotations

import asyncio
import wave
from io import BytesIO
from pathlib import Path

import numpy as np

from core import events as e
from journal.keys import KeyStore
from journal.recordings import Folder, SealedRecordings
from runtime.memory import keys_beside
from tests.asterisk.small_centre import MESSAGE, signature
from tests.asterisk.telephones import FOUND, Citizen, until
from tests.asterisk.town import Elsewhere, Here
from traffic.sound import RATE_HZ, Samples, correlate, encode_alaw, frames_of, strongest_tone

WORDS = signature("accueil.bienvenue")
"""What callers say here: two seconds of noise that can be told from any other."""

# What is said in the first tenth of a second may come before Asterisk writes, and what is said in the last third may
# not be written yet when a BYE is heard.
MISSED = RATE_HZ // 10
UNWRITTEN = RATE_HZ // 3


async def asked(town: Here | Elsewhere) -> Citizen:
    """Somebody who was asked for a message, and hears that they may speak."""
    citizen = await town.exchange.citizen(MESSAGE)
    await citizen.hears_prompt("message.invitation")
    await citizen.fact(e.RecordingStarted)
    return citizen


async def says(citizen: Citizen) -> None:
    """Speaks to the last word."""
    await citizen.call.play(frames_of(encode_alaw(WORDS)))


def heard_tone(citizen: Citizen) -> bool:
    tone = strongest_tone(citizen.call.heard.last(0.25).samples, range(1_000, 1_801, 100))
    return tone is not None and tone.hz == 1_400


def opened(town: Here | Elsewhere) -> SealedRecordings:
    """What is kept, as another process reads it: what stands on the disk, and the keys that are saved."""
    recordings = SealedRecordings(Folder(town.site.run / "messages"))
    recordings.use(KeyStore(keys_beside(town.site.run / "journal" / "allo.db"), writing=False))
    return recordings


async def kept(town: Here | Elsewhere, fact: e.MessageRecorded) -> Samples:
    """What the recording holds, once it is sealed and lies open nowhere."""
    await until(lambda: not is_open(fact), "no open file")
    sound = opened(town).sound(fact.message)
    assert sound is not None
    with wave.open(BytesIO(sound)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def is_private(file: Path) -> bool:
    return not (file.stat().st_mode | file.parent.stat().st_mode) & 0o077


def is_open(fact: e.MessageRecorded) -> bool:
    return Path(fact.path).exists()


async def test_a_message_holds_what_the_caller_said_and_is_a_task(town: Here) -> None:
    citizen = await asked(town)
    await says(citizen)
    told: e.MessageRecorded = await citizen.fact(e.MessageRecorded)
    sound = await kept(town, told)
    assert correlate(WORDS[MISSED:], sound).score > FOUND
    assert abs(told.duration_ms - len(sound) / 8) < 2
    task = await citizen.fact(e.TaskOpened)
    assert (task.kind, task.queue, task.topic, task.message) == ("message", "conseil", "essai", told.message)
    await citizen.hears_prompt("message.recu")
    await town.outcome(citizen, "converted")
    [sealed] = (town.site.run / "messages").iterdir()
    assert is_private(sealed)


async def test_the_caller_hears_that_they_may_speak(town: Here) -> None:
    citizen = await asked(town)
    await until(lambda: heard_tone(citizen), "a tone of 1,400 Hz")
    await citizen.call.hang_up()
    await town.outcome(citizen, "abandoned")


async def test_who_hangs_up_after_speaking_has_left_a_message(town: Here) -> None:
    citizen = await asked(town)
    await says(citizen)
    await citizen.call.hang_up()
    told: e.MessageRecorded = await citizen.fact(e.MessageRecorded)
    assert correlate(WORDS[MISSED:-UNWRITTEN], await kept(town, told)).score > FOUND
    await town.outcome(citizen, "converted")
    assert (await citizen.fact(e.TaskOpened)).kind == "message"


async def test_a_hash_ends_the_message(town: Here) -> None:
    citizen = await asked(town)
    await says(citizen)
    await citizen.call.press("#")
    told: e.MessageRecorded = await citizen.fact(e.MessageRecorded)
    assert told.duration_ms > 1_500
    await citizen.hears_prompt("message.recu")
    await town.outcome(citizen, "converted")


async def test_who_says_nothing_leaves_nothing_behind(town: Here) -> None:
    citizen = await asked(town)
    told: e.MessageRecorded = await citizen.fact(e.MessageRecorded)
    assert told.duration_ms == 0
    await citizen.hears_prompt("message.vide")
    await citizen.fact(e.MessageErased)
    assert not is_open(told)
    assert opened(town).sound(told.message) is None
    await town.outcome(citizen, "resolved")
    assert town.watch.facts(e.TaskOpened) == []


async def test_a_message_that_ended_while_allo_was_dead_is_found(elsewhere: Elsewhere) -> None:
    """Asterisk goes on recording; the next process finds the file, and the caller gone."""
    town = elsewhere
    await town.up()
    citizen = await asked(town)
    speaking = asyncio.ensure_future(says(citizen))
    await town.process.kill()
    await speaking
    await citizen.call.hang_up()
    await town.up()
    told: e.MessageRecorded = await citizen.fact(e.MessageRecorded)
    assert correlate(WORDS[MISSED:-UNWRITTEN], await kept(town, told)).score > FOUND
    await town.outcome(citizen, "converted")
    assert (await citizen.fact(e.TaskOpened)).message == told.message


async def test_who_speaks_on_while_allo_is_dead_has_left_a_message(elsewhere: Elsewhere) -> None:
    town = elsewhere
    await town.up()
    citizen = await asked(town)
    back = asyncio.Event()

    async def speak_on() -> int:
        """However long that start takes here; gives how long they spoke."""
        said_ms = 0
        while not back.is_set():
            await says(citizen)
            said_ms += len(WORDS) // 8
        return said_ms

    speaking = asyncio.ensure_future(speak_on())
    await town.process.kill()
    await town.up()
    await town.watch.fact(e.NodeSeen, nth=2)
    assert town.watch.facts(e.MessageRecorded) == []
    back.set()
    said_ms = await speaking
    told: e.MessageRecorded = await citizen.fact(e.MessageRecorded)
    assert told.duration_ms > said_ms - (MISSED + UNWRITTEN) / 8
    assert (await citizen.fact(e.TaskOpened)).message == told.message
    await citizen.call.hang_up()
    await town.outcome(citizen, "converted")


async def test_what_was_said_is_noise_once_the_key_is_erased(town: Here) -> None:
    citizen = await asked(town)
    await says(citizen)
    told: e.MessageRecorded = await citizen.fact(e.MessageRecorded)
    assert len(await kept(town, told))
    town.platform.memory.keys.erase(await citizen.interaction())
    assert opened(town).sound(told.message) is None
    await citizen.call.hang_up()
