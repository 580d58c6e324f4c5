"""install/main.py and what it says: which command needs what, and how a failure reads."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import main
import pytest
from commands import TAIL_LINES, Failure, Runner
from progress import Progress


def test_every_command_needs_python_first() -> None:
    assert all(needs[0] is main.PYTHON for needs in main.NEEDS.values())


def test_every_need_of_a_command_is_one_that_the_product_is_told_of() -> None:
    assert {need for needs in main.NEEDS.values() for need in needs} <= set(main.EVERY_NEED)
    names = [need.name for need in main.EVERY_NEED]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("command", ["up", "demo", "call", "test", "bench"])
def test_every_command_that_places_calls_needs_asterisk(command: str) -> None:
    assert main.ASTERISK in main.needs_of([command])


def test_tests_and_the_pinning_need_the_packages_for_tests() -> None:
    assert main.DEVELOPMENT in main.needs_of(["test", "-x"])
    assert main.DEVELOPMENT not in main.needs_of(["up"])


def test_the_scaled_demo_needs_the_servers_that_tests_have() -> None:
    assert {main.DEVELOPMENT, main.ASTERISK} <= set(main.needs_of(["demo", "--calls", "5", "--scaled"]))
    assert main.DEVELOPMENT not in main.needs_of(["demo"])


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["-h"], ["up", "--help"], ["--version"], ["something-else"], ["lock"]]
)
def test_help_and_unknown_commands_fetch_no_tool(words: list[str]) -> None:
    assert main.needs_of(words) == (main.PYTHON,)


def test_options_before_the_command_do_not_hide_it() -> None:
    assert main.CALLERS in main.needs_of(["--quiet", "test"])


def test_a_failure_says_what_failed_its_last_lines_and_the_remedy(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    log.touch()
    output = "\n".join(f"line {number}\n" for number in range(40))
    text = Failure("apt ne répond pas", "vérifiez le réseau.", output).text(log)
    lines = text.splitlines()
    assert lines[0] == "✗ allo : apt ne répond pas"
    assert lines[-2] == "  Remède : vérifiez le réseau."
    assert lines[-1].endswith(str(log))
    assert lines[1:-2] == [f"    line {number}" for number in range(40 - TAIL_LINES, 40)]


def test_a_program_that_fails_or_is_not_there_carries_its_words_and_the_remedy(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "log")
    with pytest.raises(Failure) as caught:
        runner.run(["sh", "-c", "echo perdu >&2; exit 4"], what="essai", remedy="faites ceci")
    assert "perdu" in caught.value.output
    assert caught.value.remedy == "faites ceci"
    assert "perdu" in runner.log.read_text(encoding="utf-8")
    with pytest.raises(Failure):
        runner.run([tmp_path / "nothing"], what="essai", remedy="faites ceci")
    assert runner.run(["sh", "-c", "echo ok; exit 99"], what="", remedy="", accepted=(99,)) == "ok\n"


def test_each_step_is_one_line_with_its_seconds() -> None:
    out = io.StringIO()
    progress = Progress(out)
    with progress.step("Asterisk") as step:
        step.result = "Asterisk 22.1"
    with pytest.raises(Failure), progress.step("sipp"):
        raise Failure("non", "oui")
    assert out.getvalue() == "  ✓ Asterisk 22.1 : 0,0 s\n  ✗ sipp : 0,0 s\n"


def test_the_product_writes_its_bytecode_to_its_own_directory_whatever_the_machine_says(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nenv\n", encoding="utf-8")
    python.chmod(0o755)
    become = "import main, home, sys; main.become(home.Home(main.ROOT, home.Path(sys.argv[1])), [])"
    done = subprocess.run(
        [sys.executable, "-c", become, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(main.ROOT / "install"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    assert told["PYTHONPYCACHEPREFIX"] == str(tmp_path / "cache" / "bytecode")
    assert "PYTHONDONTWRITEBYTECODE" not in told
