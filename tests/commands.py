"""`./allo …` in the test's own process: what is loaded is loaded once.

A process of its own costs a second and a half of a processor, nearly all of it imports; that one starts, and loads no
more than it needs, is for tests/runtime/test_command_line.py to show.
"""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Any, Final

from typer.testing import CliRunner

from runtime.__main__ import app

ROOT: Final = Path(__file__).resolve().parents[1]


def allo(home: Path, *words: str, given: bytes | str = "") -> subprocess.CompletedProcess[str]:
    """Runs that command where `home`, made if need be, is the current directory and ALLO_HOME, with `given` to read.

    A bug is raised here, for nothing but SystemExit may leave a command.
    """
    home.mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(home):
        told = CliRunner().invoke(app, list(words), input=given, env={"ALLO_HOME": str(home), "COLUMNS": "200"})
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return subprocess.CompletedProcess[Any](words, told.exit_code, told.stdout, told.stderr)
