"""MFCC: against the same sums written out one by one, as Kaldi's documentation has them."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest

from speech.models import read_model
from speech.test_model.build import BUILT
from speech.test_model.features import COEFFICIENTS, CONFIGURATION, mfcc


def by_hand(frame: list[float]) -> list[float]:
    """One frame of 200 samples, without numpy."""
    mean = sum(frame) / 200
    plain = [sample - mean for sample in frame]
    sharp = [plain[0] * 0.03] + [plain[i] - 0.97 * plain[i - 1] for i in range(1, 200)]
    seen = [sharp[i] * (0.5 - 0.5 * math.cos(2 * math.pi * i / 199)) ** 0.85 for i in range(200)]
    power = [abs(sum(seen[i] * cmath.exp(-2j * math.pi * i * k / 256) for i in range(200))) ** 2 for k in range(128)]

    def mel(hertz: float) -> float:
        return 1127 * math.log(1 + hertz / 700)

    step = (mel(3_800) - mel(100)) / (COEFFICIENTS + 1)
    logs = []
    for bank in range(COEFFICIENTS):
        left = mel(100) + bank * step
        total = 0.0
        for k in range(128):
            at = (mel(k * 8_000 / 256) - left) / step
            total += power[k] * max(0.0, min(at, 2 - at))
        logs.append(math.log(max(total, 1.1920929e-07)))
    found = []
    for order in range(COEFFICIENTS):
        scale = math.sqrt((1 if order == 0 else 2) / COEFFICIENTS)
        turned = sum(value * math.cos(math.pi / COEFFICIENTS * order * (bank + 0.5)) for bank, value in enumerate(logs))
        found.append(scale * turned * (1 + 11 * math.sin(math.pi * order / 22)))
    return found


def test_a_frame_is_what_the_sums_give() -> None:
    samples = (np.random.default_rng(1).standard_normal(360) * 3_000).astype(np.int16)
    found = mfcc(samples)
    assert found.shape == (3, COEFFICIENTS)
    for place in range(3):
        frame = [float(sample) for sample in samples[80 * place : 80 * place + 200]]
        assert found[place] == pytest.approx(by_hand(frame), abs=2e-3)


def test_digital_silence_gives_numbers() -> None:
    assert np.isfinite(mfcc(np.zeros(800, np.int16))).all()


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (199, 0), (200, 1), (279, 1), (280, 2), (8_000, 98)])
def test_there_is_a_frame_for_every_whole_window(samples: int, frames: int) -> None:
    assert mfcc(np.zeros(samples, np.int16)).shape == (frames, COEFFICIENTS)


def test_the_recogniser_is_told_the_same() -> None:
    assert read_model(BUILT).rate_hz == 8_000
    assert (BUILT / "conf/mfcc.conf").read_text(encoding="utf-8") == CONFIGURATION
