"""Which tests have a second try, and that it is not how a fault of ours gets through."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from runtime.commands.testing import NIGHTLY_SEEDS, ROOT, TRIED_AGAIN, benches, may_be_starved, nightly

# What these runs are about; other plugins would be most of their time.
PLAIN = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin"}
HEARD = "tests/asterisk/test_whole_call.py::test_it"


@pytest.mark.parametrize(
    ("failed", "again"),
    [
        ([], False),
        ([HEARD], True),
        ([HEARD, "tests/browser/test_page.py::test_it"], True),
        ([HEARD, "tests/acd/test_match.py::test_it"], False),
        ([f"{HEARD}[{number}]" for number in range(TRIED_AGAIN)], True),
        ([f"{HEARD}[{number}]" for number in range(TRIED_AGAIN + 1)], False),
    ],
)
def test_only_a_few_tests_in_real_time_are_tried_again(failed: list[str], again: bool) -> None:
    assert may_be_starved(failed) is again


@pytest.mark.parametrize(
    ("folder", "fails", "code"),
    [("asterisk", 0, 0), ("asterisk", 1, 0), ("asterisk", 2, 1), ("acd", 1, 1)],
    ids=("passes", "starved-once", "fails-twice", "not-in-real-time"),
)
def test_the_whole_run_fails_unless_the_second_try_passes(tmp_path: Path, folder: str, fails: int, code: int) -> None:
    for part in (
        "runtime/__init__.py",
        "runtime/places.py",
        "runtime/commands/__init__.py",
        "runtime/commands/testing.py",
    ):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, tmp_path / part)
    tests = tmp_path / "tests" / folder
    tests.mkdir(parents=True)
    (tests / "test_one.py").write_text(f"""
import pathlib, pytest
def test_it():
    seen = pathlib.Path(__file__).with_name("seen")
    seen.write_text(seen.read_text() + "x" if seen.exists() else "x")
    assert len(seen.read_text()) > {fails}
@pytest.mark.alone
def test_alone():
    pass
""")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = alone: last")
    run = "import sys; from runtime.commands.testing import run_tests; sys.exit(run_tests([]))"
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=tmp_path, env=PLAIN, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout
    assert ("repris seuls" in done.stdout) is (folder == "asterisk" and fails > 0)
    assert (tests / "seen").read_text() == "x" * (2 if fails and folder == "asterisk" else 1)


def test_a_test_that_hangs_fails_by_name_and_the_others_go_on(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    assert 0 < float(str(pytestconfig.getini("faulthandler_timeout"))) <= 600
    assert pytestconfig.getini("faulthandler_exit_on_timeout")
    (tmp_path / "test_one.py").write_text("""
import threading, pytest
def test_hangs():
    threading.Event().wait()
@pytest.mark.parametrize("number", range(8))
def test_others(number):
    pass
""")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfaulthandler_timeout = 1\nfaulthandler_exit_on_timeout = true\n")
    run = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal"]
    done = subprocess.run(run, cwd=tmp_path, env=PLAIN, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "FAILED test_one.py::test_hangs" in done.stdout
    assert "1 failed, 8 passed" in done.stdout


def test_no_night_plays_the_days_of_another() -> None:
    *_, first = nightly(date(2026, 11, 23))
    words = nightly(date(2026, 11, 24))
    assert words[:3] == ["tests/simulation", "--seeds", str(NIGHTLY_SEEDS)]
    assert int(words[-1]) - int(first) == NIGHTLY_SEEDS
    assert nightly(date(2026, 11, 24)) == words


def test_benches_are_those_of_the_folder() -> None:
    assert {"acd", "journal", "kernel", "voice"} <= set(benches())
