"""Where a prompt comes from: a person's recording if there is one, else what we kept, else synthesis now.

Kept files are named after everything that made them (words, voice, pace, version; or the recording's own bytes), so
that a change of any makes a new file and none is ever stale.  Each is written beside and renamed: Asterisk never plays
half a prompt.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from core.text import Text
from speech.sound import Samples, faded, levelled, silence, to_8k, to_alaw
from speech.speak import DEADLINE_S, VERSION, SpeechFault, Voice, neutral, speak
from speech.wav import BadAudio, read_wav

# Processes at once: synthesis runs 600 times faster than speech, two keep a whole catalogue ready in seconds.
PROCESSES: Final = 2
# The largest recording read: three minutes of 48 kHz stereo in 32 bits.
RECORDING_BYTES: Final = 80_000_000
# What stands for words that say nothing: Asterisk must have something to play.
NOTHING_MS: Final = 100

_SAFE: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """`path` of the sound without its extension; `fault` tells why a recording that exists was not used."""

    path: Path
    source: Literal["recorded", "synthesised"]
    kept: bool
    fault: str = ""


class Prompts:
    """Prepares prompts into `cache`; `recordings` holds `<language>/<key>.wav`, `voices` speak the rest."""

    def __init__(
        self,
        *,
        cache: Path,
        recordings: Path | None,
        voices: Mapping[str, Voice],
        command: Sequence[str] = ("espeak-ng",),
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._cache = cache.absolute()
        self._recordings = recordings
        self._voices = dict(voices)
        self._command = tuple(command)
        self._deadline_s = deadline_s
        self._processes = asyncio.Semaphore(PROCESSES)
        self._behind = asyncio.Semaphore(PROCESSES)
        self._turns: dict[str, _Turn] = {}

    async def prepare(self, text: Text, words: str, language: str) -> Prepared:
        """The prompt of `text`, recorded or spoken.

        Raises SpeechFault when there is neither, OSError when the cache cannot be written.
        """
        recording, fault = await self._recording(text, language)
        if recording is not None:
            name = _name("r", recording)
            kept = await self._keep(name, lambda: asyncio.to_thread(_finished, recording))
            return Prepared(path=self._cache / name, source="recorded", kept=kept)
        voice = self._voices.get(language)
        if voice is None:
            raise SpeechFault(f"aucune voix pour la langue « {language} »", retryable=False)
        line = neutral(words)
        name = _name("s", f"{voice.name}\n{voice.pace}\n{line}".encode())
        kept = await self._keep(name, lambda: self._spoken(line, voice))
        return Prepared(path=self._cache / name, source="synthesised", kept=kept, fault=fault)

    def turn(self, *, behind: bool) -> contextlib.AbstractAsyncContextManager[None]:
        """What waits `behind` all others: as many as keep the processes busy ask for one at a time, so that whatever a
        caller waits for comes after those at the most."""
        return self._behind if behind else contextlib.nullcontext()

    async def silence(self, duration_ms: int) -> Path:
        """The path, without extension, of that much silence."""
        name = f"silence-{duration_ms}"
        await self._keep(name, lambda: asyncio.to_thread(silence, duration_ms))
        return self._cache / name

    async def _keep(self, name: str, make: Callable[[], Awaitable[Samples]]) -> bool:
        """Has the file `name`, made if need be; whether it was there already."""
        async with self._turn(name):
            kept = await asyncio.to_thread(self._is_kept, name)
            if not kept:
                await asyncio.to_thread(self._write, name, await make())
            return kept

    async def _spoken(self, line: str, voice: Voice) -> Samples:
        async with self._processes:
            samples = await speak(line, voice, self._command, self._deadline_s)
        return samples if samples.size else silence(NOTHING_MS)

    async def _recording(self, text: Text, language: str) -> tuple[bytes | None, str]:
        """The bytes of the recording of `text`, and why it cannot be used if there is one that cannot."""
        if self._recordings is None or text.values or not _SAFE.fullmatch(text.key) or not _SAFE.fullmatch(language):
            return None, ""
        file = self._recordings / language / f"{text.key}.wav"
        try:
            return await asyncio.to_thread(_read, file), ""
        except FileNotFoundError:
            return None, ""
        except (BadAudio, OSError) as error:
            return None, _complaint(file, error)

    def _is_kept(self, name: str) -> bool:
        try:
            return (self._cache / f"{name}.alaw").stat().st_size > 0
        except OSError:
            return False

    def _write(self, name: str, samples: Samples) -> None:
        self._cache.mkdir(parents=True, exist_ok=True)
        beside = self._cache / f".{name}.{os.getpid()}.tmp"
        try:
            with beside.open("wb") as file:
                file.write(to_alaw(samples))
                file.flush()
                os.fsync(file.fileno())  # else a power cut could leave the name with nothing in it
            beside.replace(self._cache / f"{name}.alaw")
        finally:
            beside.unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        """One maker of a file at a time; the others then find it made."""
        turn = self._turns.setdefault(name, _Turn())
        turn.wanted += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.wanted -= 1
            if turn.wanted == 0:
                del self._turns[name]


class _Turn:
    """The lock of one file, and how many want it."""

    __slots__ = ("lock", "wanted")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0


def unusable(recordings: Path, languages: Sequence[str]) -> list[str]:
    """Every recording that cannot be played, as `fr/accueil.wav : why`; reads them all, so not for a running centre."""
    found = []
    for file in sorted(file for language in languages for file in (recordings / language).glob("*.wav")):
        try:
            _read(file)
        except (BadAudio, OSError) as error:
            found.append(_complaint(file, error))
    return found


def _read(file: Path) -> bytes:
    """The bytes of a recording that can be played.  Raises BadAudio or OSError."""
    about = file.stat()
    if not stat.S_ISREG(about.st_mode):
        raise BadAudio("n'est pas un fichier ordinaire, remplacez-le")  # a pipe would make us wait for ever
    if about.st_size > RECORDING_BYTES:
        raise BadAudio(f"dépasse {RECORDING_BYTES // 1_000_000} Mo, découpez-le")
    content = file.read_bytes()
    read_wav(content)
    return content


def _finished(recording: bytes) -> Samples:
    samples, rate = read_wav(recording)
    return faded(levelled(to_8k(samples, rate)))


def _complaint(file: Path, error: BadAudio | OSError) -> str:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return f"{file.parent.name}/{file.name} : {why}"


def _name(kind: str, content: bytes) -> str:
    digest = hashlib.sha256(VERSION.to_bytes(2, "big") + content).hexdigest()
    return f"{kind}-{digest[:32]}"
