"""One caller who is listened to: our words at their pace, barge-in, and whatever sound may come instead of speech."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from core import events as e
from core.personal import Personal
from speech.audio_socket import FRAME_MS
from speech.listening import frames_of
from speech.sound import to_alaw
from tests.speech.peers import INTERACTION, SENTENCE, Ears, Peer, command, noise, said

TONE_S = 6.0


@pytest.fixture
async def ears() -> AsyncIterator[Ears]:
    async with Ears() as ears:
        await ears.ready()
        yield ears


@pytest.fixture
def prompt(tmp_path: Path) -> str:
    """Six seconds of a tone, as a prompt."""
    tone = 0.3 * np.sin(2 * np.pi * 400 * np.arange(int(8_000 * TONE_S)) / 8_000)
    (tmp_path / "tone.alaw").write_bytes(to_alaw(tone.astype(np.float32)))
    return str(tmp_path / "tone")


async def test_our_words_come_at_the_pace_of_speech_and_to_their_end(ears: Ears, tmp_path: Path) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 400 * np.arange(8_000) / 8_000)
    (tmp_path / "second.alaw").write_bytes(to_alaw(tone.astype(np.float32)))
    order = command(prompts=(str(tmp_path / "second"),), silence_ms=500)
    peer = await ears.called(order)
    await peer.is_quiet()
    await ears.ended(order, "silence")
    assert len(peer.heard) == 50
    assert peer.heard[0][1] != bytes(320)
    # No sooner than it is spoken; later is the machine's matter.
    assert peer.heard[-1][0] - peer.heard[0][0] >= 47 * FRAME_MS / 1_000


async def test_what_is_read_back_stands_where_it_belongs(ears: Ears, tmp_path: Path) -> None:
    """Each file is loud in its own way: before, two pieces that are read, after."""
    for number, name in enumerate(("before", "one", "two", "after"), 1):
        samples = np.full(800, number / 10, np.float32)
        (tmp_path / f"{name}.alaw").write_bytes(to_alaw(samples))
    read = Personal(INTERACTION, "words", f"{tmp_path}/one\n{tmp_path}/two")
    order = command(prompts=(f"{tmp_path}/before", "", f"{tmp_path}/after"), read=read, silence_ms=500)
    peer = await ears.called(order)
    await peer.is_quiet()
    await ears.ended(order, "silence")
    loud = [round(float(np.frombuffer(frame, "<i2").mean()) / 3_276.8) for _, frame in peer.heard]
    assert loud == [number for number in (1, 2, 3, 4) for _ in range(5)]


async def test_asked_for_a_number_they_may_pause_within_it(ears: Ears) -> None:
    """A second of quiet is no end, and the answer is the number that was asked for."""
    # Prepared before: while this machine prepares what comes next, they would be silent.
    first = await said("zéro un quatre vingt dix neuf", quiet_ms=200) + noise(0.8, -70)
    then = await said("zéro zéro zéro zéro quarante cinq")
    peer = await ears.called(command(about="telephone"))
    await peer.says(first + then)
    await peer.is_quiet()
    understood = await ears.told(e.SpeechUnderstood)
    assert [(one.kind, one.value) for one in understood.reading.details] == [
        ("telephone", Personal(INTERACTION, "words", "+33199000045"))
    ]


async def test_what_was_read_back_is_put_right_by_its_end(ears: Ears) -> None:
    so_far = Personal(INTERACTION, "words", "+33199000045")
    peer = await ears.called(command(about="telephone", so_far=so_far))
    await peer.says(await said("non quarante six", quiet_ms=200))
    await peer.is_quiet()
    [detail] = (await ears.told(e.SpeechUnderstood)).reading.details
    assert detail.value.text == "+33199000046"


async def test_a_prompt_that_is_gone_is_left_out(ears: Ears, tmp_path: Path) -> None:
    order = command(prompts=(str(tmp_path / "gone"),), silence_ms=500)
    peer = await ears.called(order)
    await peer.is_quiet()
    await ears.ended(order, "silence")
    assert peer.heard == []
    assert frames_of(str(tmp_path / "gone")) == []


async def test_whoever_speaks_stops_our_words_and_is_understood_from_the_first(ears: Ears, prompt: str) -> None:
    order = command(prompts=(prompt,))
    peer = await ears.called(order)
    await peer.says(noise(1.0, -70))
    await peer.says(await said(SENTENCE))
    await peer.is_quiet()
    assert (await ears.told(e.SpeechUnderstood)).words.text == SENTENCE
    assert len(peer.heard) < 50 * 3


async def test_a_key_stops_our_words(ears: Ears, prompt: str) -> None:
    order = command(prompts=(prompt,), silence_ms=1_000)
    peer = await ears.called(order)
    await peer.says(noise(0.5, -70))
    peer.press("5")
    await peer.is_quiet()
    await ears.ended(order, "silence")  # what the key means, the dialogue says
    assert len(peer.heard) < 50 * 2


async def test_our_own_words_that_come_back_do_not_stop_them(ears: Ears, prompt: str) -> None:
    order = command(prompts=(prompt,), silence_ms=500)
    peer = await ears.called(order)
    await peer.says(noise(7.0, -45))
    await peer.is_quiet()
    await ears.ended(order, "silence")
    assert len(peer.heard) == 50 * TONE_S


def music(seconds: float) -> bytes:
    """Chords that change, as on hold."""
    at = np.arange(int(8_000 * seconds)) / 8_000
    roots = np.repeat([220.0, 261.6, 196.0, 246.9], 4_000)
    root = np.resize(roots, at.size)
    chord = sum(np.sin(2 * np.pi * np.cumsum(root * ratio) / 8_000) for ratio in (1, 1.25, 1.5, 2))
    return np.asarray(chord * 3_000, dtype="<i2").tobytes()


def keys_noise(seconds: float) -> bytes:
    """The two tones of a key, on and off: keys that were not taken out of the sound."""
    at = np.arange(int(8_000 * seconds)) / 8_000
    tones = np.sin(2 * np.pi * 770 * at) + np.sin(2 * np.pi * 1_336 * at)
    return np.asarray(tones * 6_000 * (at % 0.2 < 0.1), dtype="<i2").tobytes()


async def over(ears: Ears) -> None:
    """It ends, and whatever a model takes it for, nothing broke: a small one hears words in music."""
    end = await ears.told(e.Event, lambda fact: isinstance(fact, e.SpeechUnderstood | e.HearingEnded))
    assert not isinstance(end, e.HearingEnded) or end.why in ("silence", "too_long")


@pytest.mark.parametrize("what", ["music", "shouting", "keys", "hiss", "nothing"])
async def test_what_is_no_speech_ends_and_within_its_time(ears: Ears, what: str) -> None:
    sound = {
        "music": music(8),
        "shouting": noise(8, -8),
        "keys": keys_noise(8),
        "hiss": noise(8, -60),
        "nothing": bytes(8 * 16_000),
    }[what]
    order = command(silence_ms=2_000, longest_ms=8_000)
    peer = await ears.called(order)
    await peer.says(sound)
    await peer.is_quiet()
    await over(ears)


async def test_two_people_at_once_end_as_somebody_who_spoke(ears: Ears) -> None:
    one, other = await said(SENTENCE), await said("bonjour je voudrais une information", quiet_ms=300)
    length = max(len(one), len(other))
    both = np.frombuffer(one.ljust(length, b"\0"), "<i2") // 2 + np.frombuffer(other.ljust(length, b"\0"), "<i2") // 2
    order = command(silence_ms=2_000)
    peer = await ears.called(order)
    await peer.says(both.astype("<i2").tobytes())
    await peer.is_quiet()
    await over(ears)


async def test_somebody_who_talks_on_is_ended_at_the_longest(ears: Ears) -> None:
    order = command(longest_ms=4_000)
    peer: Peer = await ears.called(order)
    once = await said(SENTENCE)
    await peer.says(once * 6)
    understood = await ears.told(e.SpeechUnderstood)
    assert SENTENCE in (understood.words.text or "")
    assert peer.hung_up
