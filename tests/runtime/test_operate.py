"""Preparing data for another release, by the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core import events as e
from core.step import Step
from runtime.memory import Memory
from runtime.platform import release
from tests.commands import allo


def _journal_of(home: Path, by: str) -> None:
    async def keep() -> None:
        memory = Memory.file(home / "run" / "journal" / "allo.db", durable=False)
        memory.log.start(lambda _kept, _reason: None)
        started = e.CentreStarted(cause="start", release=by)
        memory.log.keep([Step(seq=1, now_ms=1_800_000_000_000, input=started, facts=(), orders=())])
        await memory.log.stop()
        memory.keys.close()

    asyncio.run(keep())


def test_data_of_an_older_release_are_backed_up_and_read_with_this_one(tmp_path: Path) -> None:
    _journal_of(tmp_path / "home", "0.0.9")
    said = allo(tmp_path / "home", "upgrade", str(tmp_path))
    assert said.returncode == 0, said.stderr
    assert f"0.0.9, devient {release()}" in said.stdout
    assert len(list(tmp_path.glob("allo-*.tar"))) == 2


def test_data_of_a_newer_release_are_left_alone(tmp_path: Path) -> None:
    _journal_of(tmp_path / "home", "99.0.0")
    said = allo(tmp_path / "home", "upgrade", str(tmp_path))
    assert said.returncode == 1
    assert "99.0.0" in said.stderr
    assert list(tmp_path.glob("allo-*.tar")) == []


def test_a_centre_that_never_started_can_be_prepared(tmp_path: Path) -> None:
    said = allo(tmp_path / "home", "upgrade", str(tmp_path))
    assert said.returncode == 0, said.stderr
    assert "peut démarrer" in said.stdout


def test_a_restore_without_keys_says_what_that_costs(tmp_path: Path) -> None:
    _journal_of(tmp_path / "home", "0.0.9")
    assert allo(tmp_path / "home", "backup", str(tmp_path / "b.tar")).returncode == 0
    (tmp_path / "b-cles.tar").unlink()
    said = allo(tmp_path / "there", "restore", str(tmp_path / "b.tar"))
    assert said.returncode == 1
    assert "illisibles" in said.stderr
    assert allo(tmp_path / "there", "restore", str(tmp_path / "b.tar"), "--without-keys").returncode == 0


def test_the_unit_is_written_for_this_installation(tmp_path: Path) -> None:
    said = allo(tmp_path / "home", "systemd", "--user", "allo")
    assert said.returncode == 0
    assert f"Environment=ALLO_HOME={tmp_path / 'home'}" in said.stdout
    assert allo(tmp_path / "home", "systemd", "--user", "root").returncode == 1


def test_a_role_needs_a_bus_and_must_be_one(tmp_path: Path) -> None:
    said = allo(tmp_path / "home", "systemd", "--user", "allo", "--role", "standard")
    assert (said.returncode, said.stdout) == (1, "")
    assert "possibles : kernel" in said.stderr
    assert "bus.url" in allo(tmp_path / "home", "systemd", "--user", "allo", "--role", "kernel").stderr
