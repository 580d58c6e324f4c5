"""libespeak-ng, called directly: the sound of a sentence, and which phone of which word begins when.

The program espeak-ng gives sound only; the library tells every phone as it speaks, so that frames are labelled exactly
and no alignment has to be learnt.  Nothing but this package loads the library (it is GPL-3; what it says is not), and
it is not to be shared by threads: use one process each.
"""

from __future__ import annotations

import ctypes
import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

SILENCE: Final = "SIL"

_SYNCHRONOUS: Final = 2
_PHONE_EVENTS: Final = 1
_PACE, _PITCH, _RANGE = 1, 3, 4
_LIST_END, _WORD, _PHONE = 0, 1, 7
_UTF8: Final = 1
# A phone of one or two borrowed words cannot be learnt: the nearest French one stands for it.
_FOREIGN: Final = {"dZ": "Z"}  # budget


class NoVoice(RuntimeError):
    """libespeak-ng is missing, or does not know the voice; the message is French, with the remedy."""


@dataclass(frozen=True)
class Manner:
    """Who speaks and how: a voice with its variant (`fr+f2`), words a minute, pitch and its range (0-100)."""

    voice: str = "fr"
    pace: int = 165
    pitch: int = 50
    pitch_range: int = 50


@dataclass(frozen=True)
class Phone:
    """From `start_s` until the next begins; `word` counts the words of the sentence, None for silence."""

    start_s: float
    name: str
    word: int | None


@dataclass(frozen=True)
class Spoken:
    """`samples` (n,) float32, full scale ±1.0, at `rate` Hz."""

    samples: npt.NDArray[np.float32]
    rate: int
    phones: tuple[Phone, ...]


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [  # espeak_EVENT of speak_lib.h
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_CALLBACK: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Library:
    """The library, once a process; what it says meanwhile gathers in `sound` and `events`."""

    def __init__(self) -> None:
        self._lib = _load()
        self._call = _CALLBACK(self._take)  # kept: the library calls it for as long as it lives
        self.sound: list[npt.NDArray[np.int16]] = []
        self.events: list[tuple[int, int, int, int, str]] = []
        folder = os.environ.get("ESPEAK_DATA_PATH", "")
        self.rate: int = self._lib.espeak_Initialize(_SYNCHRONOUS, 0, folder.encode() or None, _PHONE_EVENTS)
        if self.rate <= 0:
            raise NoVoice("les données d'espeak-ng sont introuvables : installez espeak-ng-data, ou ESPEAK_DATA_PATH")
        self._lib.espeak_SetSynthCallback(self._call)

    def say(self, text: str, manner: Manner) -> None:
        self.sound.clear()
        self.events.clear()
        if self._lib.espeak_SetVoiceByName(manner.voice.encode()) != 0:
            raise NoVoice(f"espeak-ng ne connaît pas la voix « {manner.voice} »")
        for parameter, value in ((_PACE, manner.pace), (_PITCH, manner.pitch), (_RANGE, manner.pitch_range)):
            self._lib.espeak_SetParameter(parameter, value, 0)
        content = text.encode() + b"\0"
        self._lib.espeak_Synth(content, ctypes.c_size_t(len(content)), 0, 1, 0, _UTF8, None, None)
        self._lib.espeak_Synchronize()

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if count > 0 and samples:
            self.sound.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        for event in events:
            if event.type == _LIST_END:
                break
            if event.type in (_WORD, _PHONE):
                name = ctypes.string_at(ctypes.addressof(event.id), 8).split(b"\0")[0].decode("utf-8", "replace")
                told = name if event.type == _PHONE else ""
                self.events.append((event.type, event.sample, event.text_position, event.length, told))
        return 0


def _load() -> ctypes.CDLL:
    """The library of the machine, or the one beside the private espeak-ng that ALLO_ESPEAK names."""
    places = ["libespeak-ng.so.1", "libespeak-ng.so", "libespeak-ng.dylib"]
    command = shlex.split(os.environ.get("ALLO_ESPEAK", ""))
    places += [str(file) for path in command for file in Path(path).parent.glob("**/libespeak-ng.so*")]
    for place in places:
        try:
            return ctypes.CDLL(place)
        except OSError:
            continue
    raise NoVoice("libespeak-ng est introuvable : installez espeak-ng (Debian, Ubuntu : apt install espeak-ng)")


@lru_cache(maxsize=1)
def _library() -> _Library:
    return _Library()


def say(words: Sequence[str], manner: Manner) -> Spoken:
    """`words` said as one sentence; a word may be written as several (`pé èm i`), and counts once.  Raises NoVoice."""
    library = _library()
    library.say(" ".join(words), manner)
    word_at = [index for index, word in enumerate(words) for _ in range(len(word) + 1)]
    word: int | None = None
    phones = []
    for kind, sample, place, length, name in library.events:
        if kind == _WORD:
            word = word_at[place - 1] if length > 0 else word  # places begin at 1; a length of 0 is no word
        elif phone := _phone(name):
            phones.append(Phone(sample / library.rate, phone, None if phone == SILENCE else word))
    samples = np.concatenate(library.sound) if library.sound else np.zeros(0, np.int16)
    return Spoken(samples.astype(np.float32) / np.float32(32_768), library.rate, tuple(phones))


def _phone(name: str) -> str:
    """A phone without marks of stress, length and variant; silence for `_…`; nothing for a change of language."""
    if name.startswith("_"):
        return SILENCE
    phone = "" if name.startswith("(") else re.sub(r"[-;]|(?<=[A-Za-z@~])\d+$", "", name)
    return _FOREIGN.get(phone, phone)
