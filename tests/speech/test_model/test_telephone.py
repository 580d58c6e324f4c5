"""What a telephone does to the voices that the test model learns from."""

from __future__ import annotations

import numpy as np
import pytest

from speech.sound import RATE, Samples, from_alaw
from speech.test_model.telephone import CLEAN_DB, through_telephone


def tone(hertz: float, seconds: float = 2.0, rate: int = 22_050) -> Samples:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def lot(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_what_arrives_is_a_law_at_8_khz() -> None:
    heard = through_telephone(tone(1_000), 22_050, lot()).samples
    assert heard.dtype == np.int16
    assert 2.2 < heard.size / RATE < 3.1
    levels = np.rint(from_alaw(bytes(range(256))) * 32_768).astype(np.int16)
    assert set(np.unique(heard)) <= set(levels)


def test_speech_begins_after_the_lead() -> None:
    heard = through_telephone(tone(1_000), 22_050, lot(), CLEAN_DB)
    at = int(heard.lead_s * RATE)
    assert np.abs(heard.samples[: at - 80]).max() < 0.1 * np.abs(heard.samples).max()
    assert np.abs(heard.samples[at : at + 400]).max() > 0.5 * np.abs(heard.samples).max()


def test_what_no_line_carries_is_gone() -> None:
    inside = through_telephone(tone(1_000) + tone(5_000), 22_050, lot(), CLEAN_DB).samples
    spectrum = np.abs(np.fft.rfft(inside.astype(float)))
    hertz = np.fft.rfftfreq(inside.size, 1 / RATE)
    assert hertz[spectrum.argmax()] == pytest.approx(1_000, abs=2)
    assert spectrum[hertz > 2_900].max() < 0.01 * spectrum.max()


def test_noise_is_as_loud_as_asked() -> None:
    for seed in range(6):  # white, rumble and voices are drawn by lot
        quiet = through_telephone(tone(1_000), 22_050, lot(seed), CLEAN_DB).samples.astype(float)
        noisy = through_telephone(tone(1_000), 22_050, lot(seed), 12).samples.astype(float)
        ratio_db = 10 * np.log10(np.mean(quiet**2) / np.mean((noisy - quiet) ** 2))
        assert ratio_db == pytest.approx(12, abs=1.5)


def test_the_same_lot_hears_the_same() -> None:
    one, other = (through_telephone(tone(700), 22_050, lot(5)).samples for _ in range(2))
    assert np.array_equal(one, other)
