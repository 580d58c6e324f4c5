"""Telephone sound at 8 kHz: A-law, tones, levels, recognition of a signal in another, WAV files.

Samples are int16 numpy arrays of shape (n,).  A frame is 20 ms: 160 A-law bytes.
Levels are in dBFS, where a full-scale sine is 0.  Pure, except `read_wav`.
"""

from __future__ import annotations

import functools
import io
import itertools
import math
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
FRAME = 160
FRAME_MS = 20
SILENCE = b"\xd5" * FRAME
"""A frame of digital silence in A-law."""

FLOOR_DBFS = -100.0
"""What we call the level of nothing; A-law cannot carry less than about -72."""

Samples = NDArray[np.int16]


def _alaw_levels() -> NDArray[np.int16]:
    """The 256 levels of G.711 A-law, by code."""
    code = np.arange(256) ^ 0x55
    segment, step = (code & 0x70) >> 4, code & 0x0F
    low = (step << 4) + 8
    high = ((step << 4) + 0x108) << np.maximum(segment - 1, 0)
    level = np.where(segment == 0, low, high)
    return np.where(code & 0x80, level, -level).astype(np.int16)


def _alaw_codes() -> NDArray[np.uint8]:
    """For each int16, offset by 32768, the code of the nearest A-law level."""
    order = np.argsort(_LEVELS)
    levels = _LEVELS[order].astype(np.int32)
    middles = (levels[1:] + levels[:-1]) // 2
    nearest = np.searchsorted(middles, np.arange(-32768, 32768), side="left")
    return order[nearest].astype(np.uint8)


_LEVELS = _alaw_levels()
_CODES = _alaw_codes()


def decode_alaw(data: bytes) -> Samples:
    """A-law bytes to samples, one each."""
    return _LEVELS[np.frombuffer(data, np.uint8)]


def encode_alaw(samples: Samples) -> bytes:
    """Samples to A-law bytes, one each; the error is at most half an A-law step."""
    return _CODES[samples.astype(np.int32) + 32768].tobytes()


def tone(hz: float, seconds: float, dbfs: float = -12.0) -> Samples:
    """A sine of that level."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    peak = 32767 * 10 ** (dbfs / 20)
    return np.rint(peak * np.sin(2 * np.pi * hz * time_s)).astype(np.int16)


def frames_of(alaw: bytes) -> Iterator[bytes]:
    """Cut A-law into 20 ms frames, the last one padded with silence."""
    for start in range(0, len(alaw), FRAME):
        yield alaw[start : start + FRAME].ljust(FRAME, SILENCE[:1])


def tone_frames(hz: int, dbfs: float = -12.0, seconds: float | None = None) -> Iterator[bytes]:
    """Frames of a tone, endless unless ``seconds`` is given.

    A whole number of hertz repeats exactly every second, so that one second is enough to loop on.
    """
    second = list(frames_of(encode_alaw(tone(hz, 1.0, dbfs))))
    endless = itertools.cycle(second)
    return endless if seconds is None else itertools.islice(endless, round(seconds * 50))


def silence_frames(seconds: float) -> Iterator[bytes]:
    """Frames of silence."""
    return itertools.repeat(SILENCE, round(seconds * 1000 / FRAME_MS))


def level_dbfs(samples: Samples) -> float:
    """RMS level; `FLOOR_DBFS` for silence or no samples."""
    if not len(samples):
        return FLOOR_DBFS
    power = float(np.mean(np.square(samples, dtype=np.float64))) * 2 / 32768.0**2
    return max(FLOOR_DBFS, 10 * math.log10(power)) if power > 0 else FLOOR_DBFS


def goertzel(samples: Samples, hz: float) -> float:
    """Level in dBFS of one frequency, under a Hann window.

    This is the sum that Goertzel's recurrence computes; numpy makes the direct form faster.
    """
    count = len(samples)
    if count < 2:
        return FLOOR_DBFS
    window = np.hanning(count)
    turn = np.exp(-2j * np.pi * hz / RATE_HZ * np.arange(count))
    amplitude = 2 * abs(np.dot(samples * window, turn)) / (float(window.sum()) * 32768.0)
    return max(FLOOR_DBFS, 20 * math.log10(amplitude)) if amplitude > 0 else FLOOR_DBFS


@dataclass(frozen=True, slots=True)
class ToneFound:
    """The strongest tone of a grid.

    ``dbfs`` is its level, ``ratio_db`` how far it stands above its neighbours, ``purity`` its
    share of all the power: 1 for a tone alone.
    """

    hz: int
    dbfs: float
    ratio_db: float
    purity: float


def strongest_tone(samples: Samples, grid: Sequence[int], neighbours: int = 4) -> ToneFound | None:
    """Which tone of an evenly spaced grid is the loudest, and by how much.

    ``ratio_db`` compares it with the loudest of the ``neighbours`` grid tones on each side: a
    pure tone stands far above them, speech and music do not.  None without enough sound: the
    window must resolve the grid, i.e. last at least four periods of its step.
    """
    step = grid[1] - grid[0]
    if len(samples) < 4 * RATE_HZ // step or not samples.any():
        return None
    lens = _lens(len(samples), tuple(grid))
    windowed = samples * lens.window
    magnitude = np.abs(np.fft.rfft(windowed, lens.size)[lens.bins])
    dbfs = 20 * np.log10(np.maximum(magnitude * lens.to_amplitude, 1e-5))
    best = int(dbfs.argmax())
    beside = np.delete(dbfs[max(0, best - neighbours) : best + neighbours + 1], min(best, neighbours))
    purity = float(lens.to_energy * magnitude[best] ** 2 / np.dot(windowed, windowed))
    return ToneFound(
        hz=int(grid[best]),
        dbfs=float(dbfs[best]),
        ratio_db=float(dbfs[best] - beside.max()),
        purity=min(1.0, purity),
    )


@dataclass(frozen=True, slots=True)
class _Lens:
    """What looking at a grid through a Hann window needs, computed once."""

    window: NDArray[np.float64]
    size: int
    bins: NDArray[np.int64]
    to_amplitude: float
    to_energy: float


@functools.lru_cache(16)
def _lens(count: int, grid: tuple[int, ...]) -> _Lens:
    window = np.hanning(count)
    size = RATE_HZ // math.gcd(grid[1] - grid[0], *grid)  # so that each tone is on a bin
    size *= -(-count // size)
    total = float(window.sum())
    return _Lens(
        window=window,
        size=size,
        bins=np.asarray(grid) * size // RATE_HZ,
        # A sine of amplitude A gives |X| = A/2·Σw and has the energy A²/2·Σw².
        to_amplitude=2 / (total * 32768.0),
        to_energy=2 * float(np.dot(window, window)) / total**2,
    )


def tone_onset_ms(samples: Samples, hz: int) -> float | None:
    """Return how many ms into the samples the tone begins (to 20 ms), None if it never stands.

    The tone is expected to last until the end: its level there sets the threshold, half of it.
    """
    if len(samples) < 2 * FRAME:
        return None
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    turn = np.exp(-2j * np.pi * hz / RATE_HZ * np.arange(FRAME)) * np.hanning(FRAME)
    strength = np.abs(frames @ turn)
    if not strength[-1]:
        return None
    below = np.flatnonzero(strength < float(np.median(strength[-10:])) / 2)
    return float((below[-1] + 1) * FRAME_MS) if len(below) else 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """How well a signal was found in another: ``score`` 0 to 1, at ``lag_ms`` from its start."""

    score: float
    lag_ms: float


def correlate(reference: Samples, heard: Samples, max_lag_ms: float | None = None) -> Match:
    """Look for ``reference`` in ``heard``: normalised correlation, every lag from 0 tried.

    Volume does not matter, added noise lowers the score.  ``heard`` may end before the reference
    does: what is missing counts as silence.  Returns score 0 if either is empty or silent.
    """
    ref, sound = reference.astype(np.float64), heard.astype(np.float64)
    energy = float(np.dot(ref, ref))
    if not energy or not sound.any():
        return Match(0.0, 0.0)
    lags = len(sound) if max_lag_ms is None else min(len(sound), round(max_lag_ms * 8) + 1)
    size = 1 << (len(ref) + len(sound) - 1).bit_length()
    product = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(ref, size))
    inner = np.fft.irfft(product, size)[:lags]
    running = np.concatenate(([0.0], np.cumsum(np.square(sound))))
    stop = np.minimum(np.arange(lags) + len(ref), len(sound))
    local = running[stop] - running[:lags]
    # Near-silent windows would make noise look like a match: give them the floor of 1 % energy.
    score = np.abs(inner) / np.sqrt(energy * np.maximum(local, 0.01 * running[-1]))
    best = int(score.argmax())
    return Match(min(1.0, float(score[best])), best / 8.0)


def resample(samples: Samples, from_hz: int, to_hz: int = RATE_HZ) -> Samples:
    """Change the rate by cutting (or padding) the spectrum; clips what overshoots."""
    if from_hz == to_hz or not len(samples):
        return samples
    count = round(len(samples) * to_hz / from_hz)
    spectrum = np.fft.rfft(samples.astype(np.float64))
    kept = np.zeros(count // 2 + 1, np.complex128)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    result = np.fft.irfft(kept, count) * (count / len(samples))
    return np.clip(np.rint(result), -32768, 32767).astype(np.int16)


def read_wav(source: Path | bytes) -> Samples:
    """Read a 16-bit WAV file (its path or its bytes), mixed to one channel, at 8 kHz.

    Raises ValueError for other sample widths, wave.Error or EOFError for what is no WAV at all.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else io.BytesIO(source.read_bytes())
    with wave.open(stream) as wav:
        if wav.getsampwidth() != 2:
            raise ValueError(f"WAV must have 16 bits, was {8 * wav.getsampwidth()}")
        raw = wav.readframes(wav.getnframes())
        channels, rate_hz = wav.getnchannels(), wav.getframerate()
    whole = len(raw) // (2 * channels) * channels
    mixed = np.frombuffer(raw, "<i2")[:whole].reshape(-1, channels).mean(axis=1)
    return resample(mixed.astype(np.int16), rate_hz)
