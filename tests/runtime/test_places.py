"""The run directory and the secrets that Allo makes for itself."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from runtime.places import Places, Secrets


def test_the_run_directory_is_for_its_user_alone(tmp_path: Path) -> None:
    places = Places(run=tmp_path / "run")
    places.make()
    for directory in (places.run, places.asterisk, places.prompts, places.music):
        assert stat.S_IMODE(directory.stat().st_mode) & 0o077 == 0


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    made = Secrets(path).get("ami")
    assert len(made) >= 20
    assert Secrets(path).get("ami") == made
    assert Secrets(path).get("phone.1001") != made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_out_of_a_variable_that_is_not_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="ALLO_TEST_NO_SUCH_SECRET"):
        Secrets(tmp_path / "secrets.json").get("ami", "ALLO_TEST_NO_SUCH_SECRET")


def test_a_relative_journal_begins_at_the_run_directory_and_an_absolute_one_stands(tmp_path: Path) -> None:
    places = Places(run=tmp_path)
    assert places.under(Path("journal/allo.db")) == tmp_path / "journal" / "allo.db"
    assert places.under(Path("/var/allo.db")) == Path("/var/allo.db")
