"""Words spoken by espeak-ng, in a process of its own.

The words go in by standard input and the sound comes back by standard output: no word is ever part of a command
line.  A process that hangs, floods or dies costs one prompt, never the caller.  espeak-ng is for tests and for the
first day; a person's voice (config/prompts/) is worth more.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import signal
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from core.errors import AlloError
from speech.sound import Samples, faded, levelled, silence, to_8k
from speech.wav import BadAudio, read_wav

# What is made from the same words, voice and pace; a change of how we make it gets a new number.
VERSION: Final = 1
# At 150 words a minute these last two minutes and a half: longer than any prompt that is waited for.
WORDS_CHARACTERS: Final = 2_000
# Three minutes at 22,050 Hz, 16 bits: what is beyond is a process gone mad.
OUTPUT_BYTES: Final = 180 * 22_050 * 2
# espeak-ng answers in 0.1 s; a loaded machine in one.
DEADLINE_S: Final = 8.0
_ERROR_BYTES: Final = 2_000
_CHUNK: Final = 65_536


class SpeechFault(AlloError):
    """The words could not be spoken; `retryable` if another attempt may well succeed."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.retryable = retryable


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice of espeak-ng (`fr`, `fr+f2`) and its pace in words a minute."""

    name: str = "fr"
    pace: int = 150


def command_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The command that speaks: ALLO_ESPEAK (quoted as for a shell), else `espeak-ng` from the path."""
    return tuple(shlex.split(environment.get("ALLO_ESPEAK", ""))) or ("espeak-ng",)


def neutral(words: str) -> str:
    """`words` without anything that a synthesiser takes for an order, on one line, at most WORDS_CHARACTERS.

    Control characters are espeak's embedded commands, `[[…]]` its phonemes and `<…>` markup: they become spaces.
    """
    letters = unicodedata.normalize("NFC", words[: 2 * WORDS_CHARACTERS])
    kept = "".join(
        " " if letter in "[]<>{}\\|`" or unicodedata.category(letter)[0] in "CZ" else letter for letter in letters
    )
    line = re.sub(r" +", " ", kept).strip()
    if len(line) <= WORDS_CHARACTERS:
        return line
    return line[:WORDS_CHARACTERS].rsplit(" ", 1)[0]


async def speak(
    words: str, voice: Voice, command: Sequence[str] = ("espeak-ng",), deadline_s: float = DEADLINE_S
) -> Samples:
    """The words as samples at 8 kHz, at the level of speech; no sound at all for words that say nothing.

    Raises SpeechFault when the process is missing, fails, hangs beyond `deadline_s` or gives no sound.
    """
    line = neutral(words)
    if not any(letter.isalnum() for letter in line):
        return silence(0)
    content = await _run(command, voice, line, deadline_s)
    return await asyncio.to_thread(_finished, content)


def _finished(content: bytes) -> Samples:
    try:
        samples, rate = read_wav(content)
    except BadAudio as bad:
        raise SpeechFault(f"la synthèse n'a pas rendu de son ({bad})", retryable=False) from bad
    return faded(levelled(to_8k(samples, rate)))


async def _run(command: Sequence[str], voice: Voice, line: str, deadline_s: float) -> bytes:
    arguments = ("--stdin", "--stdout", "-b", "1", "-v", voice.name, "-s", str(voice.pace))
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # so that a wrapper script and what it started end together
            env={name: value for name, value in os.environ.items() if "SECRET" not in name},
        )
    except (OSError, ValueError) as error:
        told = f"synthèse introuvable ({command[0]} : {error}), installez espeak-ng ou corrigez ALLO_ESPEAK"
        raise SpeechFault(told, retryable=False) from error
    whole = False
    try:
        async with asyncio.timeout(deadline_s):
            content, said, code = await _talk(process, line)
        whole = True
    except TimeoutError:
        raise SpeechFault(f"la synthèse n'a pas répondu en {deadline_s:g} s", retryable=True) from None
    finally:
        if not whole:
            await _end(process)
    if len(content) > OUTPUT_BYTES:
        raise SpeechFault("la synthèse rend un son sans fin", retryable=False)
    if code != 0:
        raise SpeechFault(f"la synthèse a échoué (code {code} : {said})", retryable=False)
    return content


async def _talk(process: asyncio.subprocess.Process, line: str) -> tuple[bytes, str, int]:
    """What the process wrote, the beginning of its complaints, and its exit code."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError("all three were asked for as pipes")
    async with asyncio.TaskGroup() as together:
        together.create_task(_feed(process.stdin, line))
        output = together.create_task(_drain(process.stdout, OUTPUT_BYTES, lambda: _kill(process)))
        complaints = together.create_task(_drain(process.stderr, _ERROR_BYTES, lambda: None))
    said = " ".join(complaints.result()[:_ERROR_BYTES].decode("utf-8", "replace").split())
    return output.result(), said[:200] or "sans message", await process.wait()


async def _feed(pipe: asyncio.StreamWriter, line: str) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a process that is gone says why by its code
        pipe.write(line.encode() + b"\n")
        await pipe.drain()
        pipe.close()
        await pipe.wait_closed()


async def _drain(pipe: asyncio.StreamReader, most: int, beyond: Callable[[], None]) -> bytes:
    """What comes out until its end; what is beyond `most` bytes and one chunk is dropped, after a call of `beyond`."""
    parts: list[bytes] = []
    size = 0
    while chunk := await pipe.read(_CHUNK):
        if size <= most:
            parts.append(chunk)
            if size + len(chunk) > most:
                beyond()
        size += len(chunk)
    return b"".join(parts)


def _kill(process: asyncio.subprocess.Process) -> None:
    """Ends the process and what it started; one that is gone already is no fault."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends a process that did not come to its end by itself, and collects it."""
    _kill(process)
    # Killed, it cannot take long; a process that the kernel holds must not hold us.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            await process.wait()
