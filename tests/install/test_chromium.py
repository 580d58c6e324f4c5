"""install/chromium.py: a browser for the tests of pages, or the reason why there is none."""

from __future__ import annotations

from pathlib import Path

import chromium
import main
import pytest
from commands import Failure, Runner
from debs import Mirror
from home import Home


class NoMirror(Mirror):
    """A machine from which no package can be had."""

    def depot(self, suite: str) -> None:  # type: ignore[override]
        raise Failure(f"« {suite} » ne répond pas", "vérifiez le réseau.")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path, tmp_path / "allo")
    home.prepare()
    home.empty_tmp()
    return home


def test_only_the_tests_need_a_browser() -> None:
    assert [name for name, needs in main.NEEDS.items() if main.BROWSER in needs] == ["test"]


def test_without_a_browser_the_tests_are_told_why_and_everything_else_goes_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    runner = Runner(home.log)
    record = chromium.find(runner, home, NoMirror(runner, home.tmp))
    assert "ALLO_CHROMIUM" not in record.environment
    assert record.environment["ALLO_CHROMIUM_WHY"]
    home.remember("chromium", record)
    assert home.recall("chromium", chromium.key()) == record


def test_a_stub_that_only_says_what_to_install_is_no_browser(tmp_path: Path) -> None:
    stub = tmp_path / "chromium-browser"
    stub.write_text("#!/bin/sh\necho 'requires the chromium snap to be installed'; exit 1\n")
    stub.chmod(0o755)
    with pytest.raises(Failure, match="chromium ne fonctionne pas"):
        chromium.works(Runner(tmp_path / "log"), [str(stub)])


def test_the_private_one_runs_on_the_machines_own_libc(tmp_path: Path) -> None:
    libraries = tmp_path / "usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    for name in ("libc.so.6", "ld-linux-x86-64.so.2", "libm.so.6", "libnss_files.so.2", "libnss3.so", "libcups.so.2"):
        (libraries / name).touch()
    assert sorted(file.name for file in chromium.libc_files(tmp_path)) == [
        "ld-linux-x86-64.so.2",
        "libc.so.6",
        "libm.so.6",
        "libnss_files.so.2",
    ]
    words = chromium.command(tmp_path)
    assert words[0] == "env"
    assert words[-1] == str(tmp_path / chromium.PROGRAM)
    assert all(word.partition("=")[2].startswith(str(tmp_path)) for word in words[1:-1])
