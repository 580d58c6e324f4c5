"""Music on hold, composed by arithmetic: two soft voices over slow chords, no licence to pay, nothing to download.

It is made at installation into the run directory; an integrator who has a better recording puts that instead.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import numpy as np

from speech.sound import RATE, Samples, amplitude, to_alaw

# Quieter than speech (-19): people wait beside their telephone, and voices must stand out.
LEVEL_DB: Final = -27.0
BEAT_S: Final = 0.6
FILE: Final = "attente.alaw"

# A round of sixteen bars, C major: the melody rests often.  Semitones above C4; None is a rest.
_MELODY: Final = (
    (4, None, 7, None), (9, None, 7, 4), (5, None, 9, None), (7, None, None, None),
    (4, None, 7, None), (12, None, 9, 7), (5, 4, 2, None), (0, None, None, None),
    (9, None, 12, None), (11, None, 7, None), (9, None, 5, None), (7, None, None, None),
    (4, None, 5, 7), (9, None, 7, 4), (2, None, 4, 2), (0, None, None, None),
)  # fmt: skip
_BASS: Final = (0, 9, 5, 7, 0, 9, 7, 0, 9, 4, 5, 7, 0, 9, 7, 0)
_C4_HZ: Final = 261.626


def compose() -> Samples:
    """One round, about 38 s at 8 kHz; it joins its own beginning without a click."""
    beat = int(BEAT_S * RATE)
    total = len(_MELODY) * 4 * beat
    sound = np.zeros(total, dtype=np.float64)
    for bar, notes in enumerate(_MELODY):
        _add(sound, bar * 4 * beat, _tone(_BASS[bar] - 12, 4 * BEAT_S, 0.5))
        for place, note in enumerate(notes):
            if note is not None:
                _add(sound, (bar * 4 + place) * beat, _tone(note, 2.5 * BEAT_S, 0.7))
    level = float(np.sqrt(np.mean(sound**2)))
    return (sound * amplitude(LEVEL_DB) / level).astype(np.float32)


def _tone(semitones: int, length_s: float, loudness: float) -> Samples:
    """A soft tone: a sine and a little of its octave, risen in 60 ms and fading."""
    time_s = np.arange(int(length_s * RATE)) / RATE
    hertz = _C4_HZ * 2 ** (semitones / 12)
    wave = np.sin(2 * np.pi * hertz * time_s) + 0.15 * np.sin(4 * np.pi * hertz * time_s)
    shape = np.minimum(time_s / 0.06, 1) * np.exp(-2.2 * time_s / length_s) * np.minimum((length_s - time_s) / 0.2, 1)
    tone: Samples = (loudness * wave * shape).astype(np.float32)
    return tone


def _add(sound: np.ndarray[tuple[int], np.dtype[np.float64]], at: int, tone: Samples) -> None:
    """Adds `tone` at sample `at`; what is beyond the end goes on at the beginning, as the music does."""
    places = (at + np.arange(tone.size)) % sound.size
    sound[places] += tone


def write_music(directory: Path) -> Path:
    """Makes the music in `directory` for Asterisk's `files` mode, unless it is there; gives the file."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / FILE
    if not file.exists() or file.stat().st_size == 0:
        beside = directory / f".{FILE}.{os.getpid()}.tmp"
        beside.write_bytes(to_alaw(compose()))
        beside.replace(file)
    return file
