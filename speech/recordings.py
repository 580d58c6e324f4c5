"""What is wrong with a recorded prompt, for whoever recorded it: each remark with the place in the file and a remedy.

Allo filters, levels and converts what it is given, so little is wrong: what cannot be mended afterwards (saturation,
noise, channels that cancel each other), what bores a caller (silence), and words that cannot be those of the text.
Levels are dBFS as in speech/sound.py: a full-scale sine has -3 dB.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from speech.sound import Samples, db, frame_levels_db, speech_level_db, to_8k
from speech.wav import Wav, read_channels

# A recorder's own limit: samples beyond it one after the other are a flattened wave, not a loud one.
_FULL: Final = 0.998
_FLAT_SAMPLES: Final = 4
# Somebody at arm's length of a good microphone is between these.
LOUDEST_DB: Final = -8.0
QUIETEST_DB: Final = -45.0
# A telephone has 35 dB between speech and noise; a recording must not add more.
NOISE_DB: Final = 25.0
# Two channels averaged lose 3 dB if they differ; more is cancelled.
CANCELLED_DB: Final = 6.0
# People who press a key at once lose what comes later than this; a longer pause seems a cut line.
BEFORE_S: Final = 0.6
AFTER_S: Final = 1.0
WITHIN_S: Final = 2.5
# Characters a second: slow readers of prompts are at 9, hurried ones at 20.
PACE_LEAST: Final = 5.0
PACE_MOST: Final = 24.0
_PACE_FROM: Final = 40  # characters; a word or two says nothing about pace
_FRAME_S: Final = 0.02
_PAUSE_BELOW_DB: Final = 30.0


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording is like; `remarks` are French, one each."""

    seconds: float
    rate: int
    channels: int
    bits: int
    peak_db: float
    speech_db: float
    noise_db: float
    remarks: tuple[str, ...]


def examine(content: bytes, words: str) -> Examined:
    """A recording of the text `words`.  Raises BadAudio for one that cannot be played at all."""
    wav = read_channels(content)
    mono = wav.samples.mean(axis=1).astype(np.float32)
    plain = to_8k(mono, wav.rate)
    levels = frame_levels_db(plain)
    speech_db = speech_level_db(plain)
    spoken = levels > speech_db - _PAUSE_BELOW_DB
    noise_db = float(np.percentile(levels, 5)) if levels.size else -120.0
    remarks = [
        *_channels(wav, mono),
        *_saturation(wav),
        *_loudness(speech_db, noise_db),
        *_silences(spoken),
        *_pace(words, spoken),
    ]
    return Examined(
        seconds=len(mono) / wav.rate,
        rate=wav.rate,
        channels=wav.samples.shape[1],
        bits=wav.bits,
        peak_db=db(float(np.abs(wav.samples).max())),
        speech_db=speech_db,
        noise_db=noise_db,
        remarks=tuple(remarks),
    )


def _channels(wav: Wav, mono: Samples) -> list[str]:
    apart = np.sqrt(np.mean(wav.samples.astype(np.float64) ** 2))
    together = np.sqrt(np.mean(mono.astype(np.float64) ** 2))
    if db(float(apart)) - db(float(together)) > CANCELLED_DB:
        return [f"ses {wav.samples.shape[1]} voies s'annulent l'une l'autre : exportez-le en mono, d'une seule voie"]
    return []


def _saturation(wav: Wav) -> list[str]:
    flat = np.asarray((np.abs(wav.samples) >= _FULL).any(axis=1))
    starts = _runs(flat, _FLAT_SAMPLES)
    if not starts:
        return []
    times = f"{len(starts)} fois" if len(starts) > 1 else "une fois"
    return [f"saturé {times}, d'abord à {_at(starts[0][0] / wav.rate)} : baissez le micro et réenregistrez"]


def _loudness(speech_db: float, noise_db: float) -> list[str]:
    found = []
    if speech_db > LOUDEST_DB:
        found.append(f"trop fort ({speech_db:.0f} dB, {LOUDEST_DB:.0f} au plus) : éloignez le micro et réenregistrez")
    if speech_db < QUIETEST_DB:
        found.append(f"trop faible ({speech_db:.0f} dB, {QUIETEST_DB:.0f} au moins) : rapprochez le micro")
    elif speech_db - noise_db < NOISE_DB:
        gap = speech_db - noise_db
        found.append(f"bruit de fond à {gap:.0f} dB sous la voix ({NOISE_DB:.0f} au moins) : cherchez une pièce calme")
    return found


def _silences(spoken: npt.NDArray[np.bool_]) -> list[str]:
    heard = np.flatnonzero(spoken)
    if heard.size == 0:
        return []
    found = []
    before_s, after_s = heard[0] * _FRAME_S, (len(spoken) - 1 - heard[-1]) * _FRAME_S
    if before_s > BEFORE_S:
        found.append(f"{before_s:.1f} s de silence au début ({BEFORE_S} au plus) : coupez-les")
    if after_s > AFTER_S:
        found.append(f"{after_s:.1f} s de silence à la fin ({AFTER_S:.0f} au plus) : coupez-les")
    for first, last in _runs(~spoken[heard[0] : heard[-1]], round(WITHIN_S / _FRAME_S)):
        at_s = (heard[0] + first) * _FRAME_S
        found.append(f"{(last - first) * _FRAME_S:.1f} s de silence à {_at(at_s)} : raccourcissez-les")
    return found


def _pace(words: str, spoken: npt.NDArray[np.bool_]) -> list[str]:
    seconds = float(np.count_nonzero(spoken)) * _FRAME_S
    if len(words) < _PACE_FROM or seconds == 0:
        return []
    pace = len(words) / seconds
    if PACE_LEAST <= pace <= PACE_MOST:
        return []
    how = "bien court" if pace > PACE_MOST else "bien long"
    return [f"{how} pour ce texte ({seconds:.0f} s de voix, {len(words)} caractères) : est-ce le bon enregistrement ?"]


def _runs(true: npt.NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """Where `true` holds `least` times in a row or more: first and beyond."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], true.astype(np.int8), [0]])))
    return [(int(first), int(beyond)) for first, beyond in edges.reshape(-1, 2) if beyond - first >= least]


def _at(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"
