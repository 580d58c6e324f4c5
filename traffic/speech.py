"""Spoken French for callers: espeak-ng as its own process, its sound kept on disk.

espeak-ng is GPL: we run it, we do not load it.  The same text is synthesised once; after that
speaking costs one file read.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import shlex
import struct
from pathlib import Path

import numpy as np

from traffic.errors import NoSpeech
from traffic.sound import encode_alaw, resample

_LONGEST_S = 20.0
"""A sentence takes espeak-ng well under a second; a machine under load may need some."""

_LEVEL = 0.7  # espeak-ng speaks at full scale; a person on the telephone does not

_NAMES = "a bé cé dé e effe gé hache i ji ka elle èm ène o pé ku èr esse té u vé double-vé iks i-grec zède"
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _NAMES.split(), strict=True))
# Written in capitals and read as words; espeak-ng reads some others so (PMI) or in English (APL): those we spell.
_READ_AS_WORDS = {"APA": "apa", "CAF": "caf", "DALO": "dalo", "EHPAD": "épade", "ESAT": "ésate", "SAMU": "samu"}


async def speak(text: str, command: str | None = None, voice: str = "fr", cache_dir: Path | None = None) -> bytes:
    """Return a spoken text as A-law at 8 kHz.

    ``command`` is a shell-quoted command line, by default that of the environment variable
    ``ALLO_ESPEAK``, else ``espeak-ng``.  ``cache_dir`` defaults to ``$ALLO_HOME/cache/speech``, else
    ``~/.cache/allo/speech``.  Raises `NoSpeech` if the command is not there, fails, or gives no sound.
    """
    words = shlex.split(command or os.environ.get("ALLO_ESPEAK") or "espeak-ng")
    name = hashlib.sha256("\0".join((*words, voice, spelled(text))).encode()).hexdigest()[:32]
    kept = (cache_dir or _default_cache()) / f"{name}.alaw"
    if kept.exists():
        return kept.read_bytes()
    wav = await _run([*words, "-v", voice, "--stdin", "--stdout"], spelled(text).encode())
    alaw = _to_alaw(wav)
    kept.parent.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_suffix(f".{secrets.token_hex(4)}")
    fresh.write_bytes(alaw)
    fresh.replace(kept)  # two processes may speak the same text at the same time
    return alaw


def spelled(text: str) -> str:
    """``text`` with its acronyms written as a caller says them: the PMI as *pé èm i*, the APA as *apa*."""

    def said(found: re.Match[str]) -> str:
        return _READ_AS_WORDS.get(found[0]) or " ".join(_LETTERS[letter] for letter in found[0])

    return re.sub(r"\b[A-Z]{2,5}\b", said, text)


def _default_cache() -> Path:
    home = os.environ.get("ALLO_HOME")
    return Path(home) / "cache" / "speech" if home else Path.home() / ".cache" / "allo" / "speech"


async def _run(command: list[str], text: bytes) -> bytes:
    """Run espeak-ng with the text on its standard input (never on its command line)."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise NoSpeech(f"espeak-ng cannot be started, was {command[0]!r}: {error}") from None
    try:
        out, complaint = await asyncio.wait_for(process.communicate(text), _LONGEST_S)
    except TimeoutError:
        raise NoSpeech(f"espeak-ng did not finish, was {_LONGEST_S:g} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if process.returncode:
        said = complaint.decode("utf-8", "replace").strip()[:200]
        raise NoSpeech(f"espeak-ng failed, was {process.returncode}: {said}")
    return out


def _to_alaw(wav: bytes) -> bytes:
    """Read espeak-ng's streamed WAV, whose sizes are placeholders because it writes to a pipe."""
    if wav[:4] != b"RIFF" or wav[36:40] != b"data" or len(wav) < 46:
        raise NoSpeech(f"espeak-ng gave no WAV, was {len(wav)} bytes beginning {wav[:12]!r}")
    channels, rate_hz = struct.unpack_from("<HI", wav, 22)
    if channels != 1:
        raise NoSpeech(f"espeak-ng must give one channel, was {channels}")
    samples = np.frombuffer(wav[44 : 44 + (len(wav) - 44) // 2 * 2], "<i2")
    quieter = (resample(samples.astype(np.int16), rate_hz) * _LEVEL).astype(np.int16)
    return encode_alaw(quieter)
