"""What a telephone line does to a voice: its band, its level, some noise, and A-law at 8 kHz."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from speech.sound import RATE, Samples, amplitude, from_alaw, to_8k, to_alaw

CLEAN_DB: Final = 60.0
# Speech to noise, as training meets it: from a street to a quiet room.
NOISES_DB: Final = (8.0, 12.0, 16.0, 20.0, 25.0, 30.0, 40.0, CLEAN_DB)
# RMS over the whole sentence: somebody who whispers to somebody who holds the microphone to their mouth.
_LEVELS_DB: Final = (-38.0, -16.0)


@dataclass(frozen=True)
class Heard:
    """What arrives: int16 (n,) at 8 kHz; speech begins after `lead_s` of silence."""

    samples: npt.NDArray[np.int16]
    lead_s: float


def through_telephone(voice: Samples, rate: int, lot: np.random.Generator, noise_db: float | None = None) -> Heard:
    """`voice` over a line drawn by lot; `noise_db` is speech to noise, drawn too unless given."""
    lead_s, tail_s = lot.uniform(0.05, 0.45), lot.uniform(0.15, 0.6)
    padded = np.pad(to_8k(voice, rate), (int(lead_s * RATE), int(tail_s * RATE)))
    banded = _band(padded, lot.uniform(80, 320), lot.uniform(3_300, 3_750))
    level = amplitude(lot.uniform(*_LEVELS_DB))
    sound = banded * (level / _rms(banded))
    noise_db = float(lot.choice(NOISES_DB)) if noise_db is None else noise_db
    if noise_db < CLEAN_DB:
        noise = _noise(sound.size, lot)
        sound += noise * (level / _rms(noise) * amplitude(-noise_db))
    heard = from_alaw(to_alaw(sound.astype(np.float32)))
    return Heard(np.rint(heard * 32_768).astype(np.int16), int(lead_s * RATE) / RATE)


def _noise(size: int, lot: np.random.Generator) -> npt.NDArray[np.float64]:
    """White, a rumble, or the band of voices."""
    noise = lot.standard_normal(size)
    kind = lot.random()
    if kind < 0.4:
        rumble = np.cumsum(noise)
        return rumble - np.convolve(rumble, np.full(200, 1 / 200), "same")
    return _band(noise, 300, 1_500) if kind < 0.6 else noise


def _band(sound: npt.NDArray[np.floating], low_hz: float, high_hz: float) -> npt.NDArray[np.float64]:
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(sound.size, 1 / RATE)
    spectrum *= 1 / (1 + np.exp((low_hz - hertz) / 25)) / (1 + np.exp((hertz - high_hz) / 60))
    return np.fft.irfft(spectrum, sound.size)


def _rms(sound: npt.NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(sound)))) + 1e-9
