"""Synthesisers for the tests: the real one, one that counts, and ones that misbehave, each a real process."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from speech.speak import command_of

Program = Callable[[str], tuple[str, ...]]


@pytest.fixture
def real() -> tuple[str, ...]:
    """espeak-ng as the installation names it."""
    return command_of(os.environ)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Makes a synthesiser of Python source and gives its command, by the same way as ALLO_ESPEAK."""

    def make(source: str) -> tuple[str, ...]:
        file = tmp_path / f"synthesiser {len(list(tmp_path.iterdir()))}.py"
        file.write_text(source, encoding="utf-8")
        return command_of({"ALLO_ESPEAK": shlex.join([sys.executable, str(file)])})

    return make


@pytest.fixture
def counting(program: Program, real: tuple[str, ...], tmp_path: Path) -> tuple[tuple[str, ...], Path]:
    """The real synthesiser behind a script that writes one line a start, and the file of these lines."""
    starts = tmp_path / "starts.txt"
    source = (
        "import os, sys\n"
        f"with open({str(starts)!r}, 'a') as file: file.write('start\\n')\n"
        f"command = {list(real)!r}\n"
        "os.execvp(command[0], command + sys.argv[1:])\n"
    )
    starts.touch()
    return program(source), starts
