"""The recordings that callers leave: files of the node, for this user alone, each named by its message, until they are
sealed and put away (core.ports.Recordings).

How much was said only the file knows: Asterisk does not tell how a recording ended when the caller hangs up, and may
die in the middle of one.  A file is raw sound behind a header of fixed length, so that it can be read however it ended.
"""

from __future__ import annotations

import os
import re
import struct
import time
from collections.abc import Container
from pathlib import Path
from typing import Final

import numpy as np

from core.errors import UnsafeValue
from core.ids import InteractionId, interaction_of
from core.ports import Recordings

SUFFIX: Final = ".wav"
_NAME: Final = re.compile(r"[0-9a-f-]{36}-m\d{1,4}")
# As Asterisk's format `wav` writes it: 16 bits, 8 kHz, one channel, behind 44 bytes.
_HEADER: Final = 44
_RATE: Final = 8_000
_SAMPLE_BYTES: Final = 2
_FRAME: Final = _RATE // 50

# A voice on a bad line stands at -35 dB, the line's own noise at -50.
VOICE_DB: Final = -42.0
# So much voice is somebody; less is a click, a cough, the handset.
VOICE_MS: Final = 300
# A recording that has not grown for so long has ended: Asterisk writes it four times a second.
STILL_S: Final = 2.0
# No recording is kept longer, whatever went wrong: the longest that configuration allows, after the longest promise.
OLDEST_S: Final = 150 * 24 * 3_600


class Messages:
    """The recordings in `directory`; those under way are `awaited` until they are told."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self._awaited: dict[str, Path] = {}

    def path_of(self, message: str) -> Path:
        """Where Asterisk is to write `message`.  Raises UnsafeValue for a name that is none, or without a place."""
        if self.directory is None:
            raise UnsafeValue("message : ce nœud n'a pas de répertoire pour les messages")
        if not _NAME.fullmatch(message):
            raise UnsafeValue("message : nom de message attendu")
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.directory / f"{message}{SUFFIX}"

    def of(self, path: str) -> Path:
        """The recording at `path`.  Raises UnsafeValue for a file that is none of ours."""
        file = Path(path)
        if self.directory is None or file.parent != self.directory or not _NAME.fullmatch(file.stem):
            raise UnsafeValue("path : fichier de message attendu")
        return file

    def wait_for(self, message: str, path: Path) -> None:
        self._awaited[message] = path

    def wait_for_those_of(self, interactions: frozenset[InteractionId]) -> None:
        """After a start: what another process has ordered for interactions that still live is awaited by this one."""
        for file in self._files():
            if interaction_of(file.stem) in interactions:
                self._awaited[file.stem] = file

    def told(self, message: str) -> None:
        self._awaited.pop(message, None)

    def ended_unheard(self, living: Container[InteractionId | None]) -> list[tuple[str, Path]]:
        """Recordings that have ended while nobody listened: those whose caller is gone, or that no longer grow."""
        now = time.time()
        return [
            (message, file)
            for message, file in self.awaited()
            if file.exists() and (interaction_of(message) not in living or now - file.stat().st_mtime > STILL_S)
        ]

    def awaited(self) -> list[tuple[str, Path]]:
        """Recordings of which nobody has told that they are over."""
        return list(self._awaited.items())

    def left(self) -> list[tuple[str, Path]]:
        """Recordings that are over, and still lie open."""
        return [(file.stem, file) for file in self._files() if file.stem not in self._awaited]

    def sweep(self) -> None:
        """Erases what is older than anything may be."""
        oldest = time.time() - OLDEST_S
        for file in self._files():
            if file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        there = self.directory is not None and self.directory.is_dir()
        return [file for file in sorted(self.directory.iterdir()) if _NAME.fullmatch(file.stem)] if there else []  # type: ignore[union-attr]


def said_ms(file: Path) -> int:
    """How long the recording is if somebody speaks in it; 0 if nobody does, or there is none.  Closes it to others."""
    try:
        file.chmod(0o600)
        sound = _samples(file.read_bytes())
    except OSError:
        return 0
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    level = np.sqrt((frames**2).mean(axis=1)) if len(frames) else np.zeros(0)
    voiced = int((level > 32_768 * 10 ** (VOICE_DB / 20)).sum())
    return len(sound) * 1_000 // _RATE if voiced * 20 >= VOICE_MS else 0


def wav(file: Path) -> bytes:
    """The recording as a WAV file that any player opens, however Asterisk left it.  Raises OSError if it is gone."""
    data = _samples(file.read_bytes()).tobytes()
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, _RATE, _RATE * _SAMPLE_BYTES, _SAMPLE_BYTES, 16,
        b"data", len(data),
    )  # fmt: skip
    return head + data


def _samples(raw: bytes) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    body = raw[_HEADER:]
    return np.frombuffer(body[: len(body) // _SAMPLE_BYTES * _SAMPLE_BYTES], dtype="<i2")


def put_away(recordings: Recordings, message: str, file: Path) -> None:
    """Seals the recording, and only then erases the file; raises JournalFault or OSError, and the file stays."""
    recordings.keep(message, wav(file))
    erase(file)


def erase(file: Path) -> None:
    """The recording is no more; one that is gone already is no fault."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
