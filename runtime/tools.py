"""The programs that Allo needs beside Python, as install/ found or fetched them (command lines in the environment)."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import msgspec

ASTERISK_AT_LEAST = 20


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A program: its command line, and what it says of its version; `version` is empty if it does not run."""

    name: str
    command: tuple[str, ...]
    version: str

    @property
    def works(self) -> bool:
        return bool(self.version)


def command(name: str) -> tuple[str, ...]:
    """The command line of `name` (asterisk, espeak, sipp): `ALLO_<NAME>`, else the program of that name."""
    given = os.environ.get(f"ALLO_{name.upper()}")
    if given:
        return tuple(shlex.split(given))
    plain = {"espeak": "espeak-ng"}.get(name, name)
    return (shutil.which(plain) or plain,)


def place(name: str) -> Path | None:
    """Where a directory that goes with a program is (`ALLO_<NAME>`); None: where the program expects it."""
    given = os.environ.get(f"ALLO_{name.upper()}")
    return Path(given) if given else None


def look(name: str) -> Tool:
    """Runs the program to ask its version."""
    line = command(name)
    flag = {"asterisk": "-V", "espeak": "--version", "sipp": "-v"}[name]
    try:
        run = subprocess.run([*line, flag], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return Tool(name=name, command=line, version="")
    found = re.search(r"(?:Asterisk |SIPp v|eSpeak NG text-to-speech: )?(\d+\.\d+(?:\.\d+)?)", run.stdout + run.stderr)
    return Tool(name=name, command=line, version=found[1] if found else "")
