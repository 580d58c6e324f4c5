"""Samples: A-law, resampling to 8 kHz, the level of speech, and a limiter.  Arithmetic only.

Levels are dBFS with 0 dB = an RMS of 1.0, so that a full-scale sine has -3 dB.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

RATE: Final = 8_000
# The rates that recorders and synthesisers write; others make filters of thousands of phases for nobody.
RATES: Final = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000)
SPEECH_DB: Final = -19.0
PEAK_DB: Final = -3.0

# The telephone band ends at 3.4 kHz; half of 8 kHz is 4: what is above must be gone (70 dB down) by there.
_PASS_HZ: Final = 3_400
_STOP_HZ: Final = 4_000
_STOP_DB: Final = 70.0
_BLOCK: Final = 16_384
_FRAME: Final = RATE // 50  # 20 ms, the frame of telephony
_LOOK_AHEAD: Final = RATE // 200  # 5 ms, the limiter's
_ACTIVE_BELOW_PEAK_DB: Final = 30.0  # a frame this far below the loudest is a pause, not speech
_GAIN_MOST_DB: Final = 40.0  # a recording quieter than that is noise: not blown up further


_HALF_BAND: Final = 8  # samples on either side of the one that is made between two
_OFFSETS: Final = np.arange(2 * _HALF_BAND) - _HALF_BAND + 0.5
_WINDOWED: Final = np.sinc(_OFFSETS) * np.cos(np.pi * _OFFSETS / (2 * _HALF_BAND + 1))
_BETWEEN: Final = (_WINDOWED / _WINDOWED.sum()).astype(np.float32)


def db(ratio: float) -> float:
    """An amplitude in dB; silence is -120."""
    return float(20 * np.log10(max(ratio, 1e-6)))


def amplitude(level_db: float) -> float:
    return float(10 ** (level_db / 20))


def silence(duration_ms: int) -> Samples:
    return np.zeros(duration_ms * RATE // 1_000, dtype=np.float32)


@lru_cache(maxsize=len(RATES))
def _phases(rate: int) -> tuple[Samples, int, int]:
    """The polyphase low-pass from `rate` to 8 kHz: (phases × taps), with the ratio up/down."""
    common = gcd(rate, RATE)
    up, down = RATE // common, rate // common
    # Kaiser's formulas; the width of the transition is the same in Hz whatever the rate.
    beta = 0.1102 * (_STOP_DB - 8.7)
    taps = int(np.ceil((_STOP_DB - 7.95) / (14.36 * (_STOP_HZ - _PASS_HZ) / rate))) | 1
    middle = taps // 2
    cut = (_PASS_HZ + _STOP_HZ) / rate  # in half cycles per input sample
    offsets = np.arange(taps)[None, :] - middle - (np.arange(up) / up)[:, None]
    window = np.i0(beta * np.sqrt(np.clip(1 - (offsets / (middle + 1)) ** 2, 0, None))) / np.i0(beta)
    bank = cut * np.sinc(cut * offsets) * window
    bank /= bank.sum(axis=1, keepdims=True)  # the same gain in every phase: no hum at the ratio's beat
    return bank.astype(np.float32), up, down


def to_8k(samples: Samples, rate: int) -> Samples:
    """`samples` at `rate` (one of RATES) low-passed at 3.4 kHz and resampled to 8 kHz, delay compensated."""
    if rate == RATE or samples.size == 0:
        return samples
    bank, up, down = _phases(rate)
    taps = bank.shape[1]
    count = -(-samples.size * up // down)
    padded = np.concatenate([np.zeros(taps // 2, np.float32), samples, np.zeros(taps + down, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps)
    result = np.empty(count, dtype=np.float32)
    for first in range(0, count, _BLOCK):
        steps = np.arange(first, min(first + _BLOCK, count), dtype=np.int64) * down
        result[first : first + steps.size] = np.einsum("ij,ij->i", windows[steps // up], bank[steps % up])
    return result


def frame_levels_db(samples: Samples) -> npt.NDArray[np.float64]:
    """RMS of each whole 20 ms frame at 8 kHz; digital silence is -120."""
    frames = samples[: samples.size // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    levels: npt.NDArray[np.float64] = 10 * np.log10(np.maximum(np.mean(frames**2, axis=1), 1e-12))
    return levels


def speech_level_db(samples: Samples) -> float:
    """RMS of the 20 ms frames that hold speech, at 8 kHz; pauses do not count."""
    if samples.size < _FRAME:
        return db(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0)
    frames = samples[: samples.size // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    powers = np.mean(frames**2, axis=1)
    active = powers[powers >= powers.max() * 10 ** (-_ACTIVE_BELOW_PEAK_DB / 10)]
    return db(float(np.sqrt(active.mean())))


def levelled(samples: Samples) -> Samples:
    """Speech at SPEECH_DB with no peak above PEAK_DB; digital silence stays what it is."""
    if samples.size == 0 or not np.any(samples):
        return samples
    centred = samples - np.float32(samples.mean())
    loud, gain_db = centred, 0.0
    for _ in range(3):  # limiting takes some level away: give it back, twice at most
        wanted_db = min(gain_db + SPEECH_DB - speech_level_db(loud), _GAIN_MOST_DB)
        if abs(wanted_db - gain_db) < 0.05:
            break
        gain_db = wanted_db
        loud = limited(centred * np.float32(amplitude(gain_db)))
    return loud


def limited(samples: Samples) -> Samples:
    """No sample above PEAK_DB: the gain goes down smoothly before a peak and comes back after it."""
    ceiling = amplitude(PEAK_DB - 0.2)  # A-law's steps may round a peak up by a little
    wanted = np.minimum(1.0, ceiling / np.maximum(np.abs(samples), 1e-9))
    if wanted.min() >= 1.0:
        return samples
    width = 2 * _LOOK_AHEAD + 1
    padded = np.pad(wanted, (2 * _LOOK_AHEAD, 2 * _LOOK_AHEAD), constant_values=1.0)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, width).min(axis=1)
    smooth = np.hanning(width + 2)[1:-1]
    gain = np.convolve(lowest, smooth / smooth.sum(), mode="valid")
    return (samples * gain).astype(np.float32)


def faded(samples: Samples, edge_ms: int = 5) -> Samples:
    """No click at either end."""
    width = min(edge_ms * RATE // 1_000, samples.size // 2)
    if width == 0:
        return samples
    result = samples.copy()
    ramp = np.linspace(0, 1, width, dtype=np.float32)
    result[:width] *= ramp
    result[-width:] *= ramp[::-1]
    return result


def _expand_table() -> npt.NDArray[np.int16]:
    """ITU-T G.711 A-law: the linear value, 16 bits, of each of the 256 codes."""
    codes = np.arange(256) ^ 0x55
    mantissa, exponent = codes & 0x0F, (codes >> 4) & 0x07
    value = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, value, -value).astype(np.int16)


_EXPAND: Final = _expand_table()


def to_alaw(samples: Samples) -> bytes:
    """Raw A-law, one byte a sample; what is beyond full scale is clipped."""
    linear = np.clip(np.rint(samples.astype(np.float64) * 32_768), -32_768, 32_767).astype(np.int32)
    # G.711 works on 13 bits; a negative value is its one's complement.
    size = np.where(linear >= 0, linear, ~linear) >> 3
    exponent = np.zeros_like(size)
    for bit in range(5, 12):
        exponent = np.where(size >> bit, bit - 4, exponent)
    mantissa = np.where(exponent == 0, size >> 1, size >> exponent) & 0x0F
    codes = (exponent << 4 | mantissa) | np.where(linear >= 0, 0x80, 0)
    return bytes((codes ^ 0x55).astype(np.uint8))


def from_alaw(content: bytes) -> Samples:
    return _EXPAND[np.frombuffer(content, dtype=np.uint8)].astype(np.float32) / np.float32(32_768)


class Doubler:
    """A stream from 8 kHz to 16 kHz, in pieces of any length: each sample, and one between it and the next.

    The sample between is made from the sixteen around it (a half-band filter), so that the stream is 1 ms late.
    """

    def __init__(self) -> None:
        self._before = np.zeros(2 * _HALF_BAND - 1, dtype=np.float32)

    def double(self, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        """Twice as many samples as it is given."""
        whole = np.concatenate([self._before, samples.astype(np.float32)])
        self._before = whole[-(2 * _HALF_BAND - 1) :]
        between = np.convolve(whole, _BETWEEN, mode="valid")[: samples.size]
        doubled = np.empty(2 * samples.size, dtype=np.float32)
        doubled[0::2] = whole[_HALF_BAND - 1 : _HALF_BAND - 1 + samples.size]
        doubled[1::2] = between
        return np.clip(np.rint(doubled), -32_768, 32_767).astype(np.int16)
