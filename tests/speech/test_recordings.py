"""What is told of a recording: spoken by the real espeak-ng, then spoilt in one way at a time."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest

from speech.recordings import examine
from speech.sound import RATE, Samples
from speech.speak import Voice, command_of, speak
from speech.wav import BadAudio, write_wav
from tests.speech.waves import pcm, wav

WORDS = "Bonjour. Vous êtes bien à Allo Solidarités. Un conseiller va vous répondre."


@pytest.fixture
async def voice() -> Samples:
    """A good recording: at a good level, with a breath of quiet room around it."""
    said = await speak(WORDS, Voice(), command_of(os.environ))
    noise = np.random.default_rng(1).normal(0, 0.0003, said.size + 4_000).astype(np.float32)
    noise[2_000:-2_000] += said
    return noise


def told(samples: Samples, words: str = WORDS) -> str:
    return "\n".join(examine(write_wav(samples, RATE), words).remarks)


async def test_a_good_recording_has_no_remark(voice: Samples) -> None:
    found = examine(write_wav(voice, RATE), WORDS)
    assert found.remarks == ()
    assert (found.rate, found.channels, found.bits) == (RATE, 1, 16)
    assert found.speech_db == pytest.approx(-19, abs=1.5)
    assert 3 < found.seconds < 8


def silence(seconds: float) -> Samples:
    return np.random.default_rng(2).normal(0, 0.0003, int(seconds * RATE)).astype(np.float32)


@pytest.mark.parametrize(
    ("spoil", "remark"),
    [
        (lambda voice: voice * 20, "saturé"),
        (lambda voice: 0.9 * np.tanh(voice * 20), "trop fort"),
        (lambda voice: voice * 0.02, "trop faible"),
        (
            lambda voice: voice + np.random.default_rng(3).normal(0, 0.02, voice.size).astype(np.float32),
            "bruit de fond",
        ),
        (lambda voice: np.concatenate([silence(2), voice]), "s de silence au début"),
        (lambda voice: np.concatenate([voice, silence(3)]), "s de silence à la fin"),
        (lambda voice: np.concatenate([voice[:16_000], silence(4), voice[16_000:]]), r"s de silence à 0:0"),
        (lambda voice: voice[:6_000], "bien court pour ce texte"),
        (lambda voice: np.tile(voice, 5), "bien long pour ce texte"),
    ],
)
async def test_each_fault_is_told_with_its_remedy(
    voice: Samples, spoil: Callable[[Samples], Samples], remark: str
) -> None:
    found = told(spoil(voice).astype(np.float32))
    assert remark in found
    assert all(" : " in line for line in found.splitlines())


async def test_where_it_saturates_is_said(voice: Samples) -> None:
    voice[24_000:24_080] = 1.0
    assert "saturé une fois, d'abord à 0:03.0" in told(voice)


async def test_channels_that_cancel_each_other_are_told(voice: Samples) -> None:
    both = np.stack([voice, -voice], axis=1).reshape(-1)
    found = examine(wav(pcm(both, 16), channels=2), WORDS)
    assert found.channels == 2
    assert "s'annulent" in found.remarks[0]


async def test_two_channels_that_agree_are_no_fault(voice: Samples) -> None:
    both = np.stack([voice, voice], axis=1).reshape(-1)
    assert examine(wav(pcm(both, 24), channels=2, bits=24), WORDS).remarks == ()


def test_digital_silence_is_too_quiet() -> None:
    assert "trop faible" in told(np.zeros(RATE, np.float32))


def test_what_cannot_be_played_raises() -> None:
    with pytest.raises(BadAudio):
        examine(b"not a wav", WORDS)
