"""What is known of an Asterisk from its directory and its pid."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from telephony import process
from telephony.conf import NodeSettings
from telephony.process import LOG_BYTES, LOG_LINES


def settings(directory: Path) -> NodeSettings:
    (directory / "log").mkdir()
    return NodeSettings(name="nord", command=("asterisk",), directory=directory, ami_secret="x")


def test_a_process_lives_until_it_is_dead_even_if_nobody_took_it_away() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert process.alive(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.alive(child.pid)
    child.wait()
    assert not process.alive(child.pid)
    assert child.stdin is not None
    child.stdin.close()


def test_the_last_words_are_few_and_need_no_file(tmp_path: Path) -> None:
    here = settings(tmp_path)
    assert process.last_words(here) == ""
    here.log.write_text("\n".join(f"line {number}" for number in range(100)))
    assert process.last_words(here).splitlines()[-1] == "  line 99"
    assert len(process.last_words(here).splitlines()) == LOG_LINES


def test_modules_that_failed_are_named(tmp_path: Path) -> None:
    here = settings(tmp_path)
    here.log.write_text("ERROR[1] loader.c: *** Failed to load module res_agi.so - Required\n")
    assert "res_agi.so" in process.shortcomings(here)


def test_a_long_log_is_put_away_and_a_short_one_is_not(tmp_path: Path) -> None:
    here = settings(tmp_path)
    assert not process.put_log_away(here)
    here.log.write_text("short")
    assert not process.put_log_away(here)
    with here.log.open("wb") as log:
        log.truncate(LOG_BYTES + 1)
    assert process.put_log_away(here)
    assert not here.log.exists()
    assert here.log.with_name("messages.1").exists()


def test_open_files_are_raised_to_what_the_system_allows() -> None:
    """In a process of its own: a limit that was lowered for good would follow us."""
    code = (
        "import resource; from telephony.process import allow_open_files\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 2048))\n"
        "print(allow_open_files(), resource.getrlimit(resource.RLIMIT_NOFILE)[0], allow_open_files())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert run.stdout.split() == ["2048", "2048", "2048"]
