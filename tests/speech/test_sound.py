"""Samples: A-law, resampling, level and limiter against what signals must do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from speech.sound import (
    PEAK_DB,
    RATE,
    RATES,
    SPEECH_DB,
    Samples,
    amplitude,
    db,
    faded,
    from_alaw,
    levelled,
    limited,
    silence,
    speech_level_db,
    to_8k,
    to_alaw,
)


def tone(hertz: float, rate: int, seconds: float = 1.0, level: float = 0.5) -> Samples:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


def rms_db(samples: Samples) -> float:
    return db(float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))))


def test_alaw_has_the_codes_of_the_standard() -> None:
    """Figures of ITU-T G.711, table 1a, even bits inverted."""
    for linear, code in ((0, 0xD5), (-1, 0x55), (32_767, 0xAA), (-32_768, 0x2A), (1_000, 0xFA), (-1_000, 0x7A)):
        assert to_alaw(np.array([linear / 32_768], dtype=np.float32)) == bytes([code])


def test_every_alaw_code_survives_a_round_trip() -> None:
    codes = bytes(range(256))
    assert to_alaw(from_alaw(codes)) == codes


@given(hnp.arrays(np.float32, st.integers(0, 300), elements=st.floats(-1, 1, width=32)))
def test_law_alaw_is_within_its_own_step(samples: Samples) -> None:
    back = from_alaw(to_alaw(samples))
    assert back.size == samples.size
    assert np.all(np.abs(back - samples) <= np.maximum(np.abs(samples) / 31, 16.5 / 32_768))


@pytest.mark.parametrize("rate", RATES)
def test_resampling_keeps_pitch_and_level_of_the_telephone_band(rate: int) -> None:
    for hertz in (300, 1_000, 3_300):
        result = to_8k(tone(hertz, rate), rate)
        assert abs(result.size - RATE) <= 1
        middle = result[RATE // 10 : -RATE // 10]
        assert rms_db(middle) == pytest.approx(rms_db(tone(hertz, RATE)), abs=0.1)
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size)))
        assert np.argmax(spectrum) * RATE / middle.size == pytest.approx(hertz, abs=2)


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 10_000])
def test_what_eight_kilohertz_cannot_hold_is_gone(rate: int) -> None:
    for hertz in (4_200, 5_000, min(7_800, rate / 2 - 100)):
        assert rms_db(to_8k(tone(hertz, rate), rate)[500:-500]) < -60


def test_resampling_does_not_move_the_sound() -> None:
    click = np.zeros(22_050, dtype=np.float32)
    click[11_025] = 1.0
    assert abs(int(np.argmax(np.abs(to_8k(click, 22_050)))) - 4_000) <= 1


@given(st.sampled_from(RATES), st.integers(0, 4_000))
def test_law_resampling_gives_as_many_samples_as_the_time_holds(rate: int, count: int) -> None:
    result = to_8k(np.zeros(count, dtype=np.float32), rate)
    assert result.size == -(-count * RATE // rate)


@pytest.mark.parametrize("level", [0.9, 0.1, 0.01])
def test_speech_comes_out_at_one_level_whatever_it_was(level: float) -> None:
    noise = np.random.default_rng(7).normal(0, 1, RATE * 2)
    syllables = (noise * (np.sin(2 * np.pi * 4 * np.arange(noise.size) / RATE) > 0)).astype(np.float32)
    result = levelled(syllables / np.abs(syllables).max() * np.float32(level))
    assert speech_level_db(result) == pytest.approx(SPEECH_DB, abs=0.5)
    assert db(float(np.abs(result).max())) < PEAK_DB


def test_pauses_do_not_count_in_the_level() -> None:
    voice = tone(500, RATE, level=0.2)
    assert speech_level_db(np.concatenate([voice, silence(5_000), voice])) == pytest.approx(rms_db(voice), abs=0.2)


def test_silence_is_not_blown_up() -> None:
    assert not np.any(levelled(silence(500)))
    hiss = (np.random.default_rng(1).normal(0, 1e-5, RATE)).astype(np.float32)
    assert rms_db(levelled(hiss)) < -55


@given(hnp.arrays(np.float32, st.integers(1, 2_000), elements=st.floats(-30, 30, width=32)))
def test_law_nothing_passes_the_limiter(samples: Samples) -> None:
    assert np.abs(limited(samples)).max() <= amplitude(PEAK_DB)


def test_the_limiter_leaves_quiet_sound_alone() -> None:
    quiet = tone(440, RATE, level=0.3)
    assert np.array_equal(limited(quiet), quiet)


def test_edges_are_soft() -> None:
    result = faded(np.ones(RATE, dtype=np.float32))
    assert result[0] == result[-1] == 0
    assert result[RATE // 2] == 1
    assert faded(np.ones(1, dtype=np.float32)).size == 1


def test_silence_lasts_what_it_should() -> None:
    assert silence(250).size == 2_000
    assert to_alaw(silence(1)) == b"\xd5" * 8
