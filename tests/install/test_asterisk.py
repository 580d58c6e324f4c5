"""install/asterisk.py: which Asterisk will do, and what is said of one that will not."""

from __future__ import annotations

from pathlib import Path

import asterisk
import pytest
from commands import Failure, Runner
from debs import Mirror
from home import Home


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", "22.10.1"),
        ("Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5\n", "20.6.0"),
        ("Asterisk certified-20.7-cert3", "20.7"),
        ("Asterisk GIT-22-1a2b3c4", "22"),
        ("Asterisk GIT-master-1a2b3c4", None),
        ("usage: something else 22.1", None),
        ("", None),
    ],
)
def test_the_version_is_read(printed: str, version: str | None) -> None:
    assert asterisk.parse_version(printed) == version


@pytest.mark.parametrize(
    ("version", "yes"), [("20.0.0", True), ("20", True), ("22.10.1", True), ("19.8.1", False), ("9.99", False)]
)
def test_only_recent_versions_will_do(version: str, yes: bool) -> None:
    assert asterisk.recent(version) is yes


def test_required_modules_are_named_once() -> None:
    assert len(set(asterisk.REQUIRED)) == len(asterisk.REQUIRED)


def test_a_folder_without_a_required_module_says_which(tmp_path: Path) -> None:
    (tmp_path / "res_agi.so").touch()
    assert asterisk.lacking(tmp_path, ["res_agi", "app_dial"]) == ["app_dial"]


def test_paths_compiled_in_a_program_are_found_even_side_by_side() -> None:
    program = b"\x7fELF\0/usr/lib/asterisk/modules\0/opt/asterisk/modules\0/etc/asterisk\0%s/asterisk/modules\0"
    found = asterisk.compiled_paths(program, "/asterisk/modules")
    assert found == [Path("/usr/lib/asterisk/modules"), Path("/opt/asterisk/modules")]


def program(place: Path, text: str) -> Path:
    place.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    place.chmod(0o755)
    return place


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path, tmp_path / "home")
    made.prepare()
    made.empty_tmp()
    return made


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, "exécutable"),
        ("echo Asterisk 18.4.0", "18.4.0"),
        ("echo Asterisk 22.1.0", "modules"),
        ("echo hello", "version"),
        ("exit 3", "échoue"),
    ],
)
def test_a_chosen_asterisk_that_will_not_do_is_refused_and_the_variable_named(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, reason: str
) -> None:
    chosen = tmp_path / "asterisk"
    if script is not None:
        program(chosen, script)
    monkeypatch.setenv("ASTERISK_BIN", str(chosen))
    runner = Runner(home.log)
    with pytest.raises(Failure) as caught:
        asterisk.find(runner, home, Mirror(runner, home.tmp))
    assert reason in caught.value.what
    assert "ASTERISK_BIN" in caught.value.what
    assert "unset ASTERISK_BIN" in caught.value.remedy


def test_another_choice_or_another_file_makes_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASTERISK_BIN", raising=False)
    keys = [asterisk.key()]
    chosen = program(tmp_path / "asterisk", "echo Asterisk 22.1.0")
    monkeypatch.setenv("ASTERISK_BIN", str(chosen))
    keys.append(asterisk.key())
    program(chosen, "echo Asterisk 22.1.0 upgraded")
    keys.append(asterisk.key())
    assert len(set(keys)) == 3
    assert asterisk.key() == keys[-1]
