"""MFCC as Kaldi computes them, so that what is trained here is what Vosk decodes with.

Frames of 25 ms every 10 ms, pre-emphasis 0.97, Povey's window, no dither; within 1e-4 of Kaldi's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from speech.sound import RATE

Features = npt.NDArray[np.float32]
_Table = npt.NDArray[np.float64]

COEFFICIENTS: Final = 24
FRAME_S: Final = 0.010
# The middle of the first frame, in seconds.
FIRST_S: Final = 0.0125

_LOW_HZ, _HIGH_HZ = 100, 3_800
_LENGTH: Final = 200
_SHIFT: Final = 80
_FFT: Final = 256
_LIFTER: Final = 22

# What the recogniser must know of the above: conf/mfcc.conf.
CONFIGURATION: Final = f"""\
--use-energy=false
--sample-frequency={RATE}
--num-mel-bins={COEFFICIENTS}
--num-ceps={COEFFICIENTS}
--low-freq={_LOW_HZ}
--high-freq={_HIGH_HZ}
--dither=0
"""


def _mel(hertz: _Table) -> _Table:
    mels: _Table = 1127 * np.log(1 + hertz / 700)
    return mels


def _banks() -> _Table:
    """Triangles over the spectrum without its last point: (mel bins, _FFT / 2)."""
    low, high = _mel(np.array([_LOW_HZ, _HIGH_HZ], dtype=np.float64))
    edges = np.linspace(low, high, COEFFICIENTS + 2)[:, None]
    mels = _mel(np.arange(_FFT // 2) * RATE / _FFT)[None, :]
    rising = (mels - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mels) / (edges[2:] - edges[1:-1])
    banks: _Table = np.maximum(0, np.minimum(rising, falling))
    return banks


def _cosines() -> _Table:
    """The discrete cosine transform with its lifter: (coefficients, mel bins)."""
    order = np.arange(COEFFICIENTS)[:, None]
    table = np.sqrt(2 / COEFFICIENTS) * np.cos(np.pi / COEFFICIENTS * order * (np.arange(COEFFICIENTS) + 0.5))
    table[0] = np.sqrt(1 / COEFFICIENTS)
    lifted: _Table = table * (1 + _LIFTER / 2 * np.sin(np.pi * order / _LIFTER))
    return lifted


_BANKS: Final = _banks()
_COSINES: Final = _cosines()
_WINDOW: Final = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_LENGTH) / (_LENGTH - 1))) ** 0.85


def mfcc(samples: npt.NDArray[np.int16]) -> Features:
    """(frames, COEFFICIENTS) of int16 samples at 8 kHz; no frame for less than 25 ms."""
    if samples.size < _LENGTH:
        return np.zeros((0, COEFFICIENTS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _LENGTH)[::_SHIFT].astype(np.float64)
    frames -= frames.mean(axis=1, keepdims=True)
    emphasised = np.concatenate([frames[:, :1] * (1 - 0.97), frames[:, 1:] - 0.97 * frames[:, :-1]], axis=1)
    power = np.abs(np.fft.rfft(emphasised * _WINDOW, _FFT, axis=1)[:, :-1]) ** 2
    mels = np.log(np.maximum(power @ _BANKS.T, np.finfo(np.float32).eps))
    found: Features = (mels @ _COSINES.T).astype(np.float32)
    return found
