"""What a restore refuses, and what it leaves of what was there."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.memory import Memory
from runtime.upkeep.backup import BackupFault
from runtime.upkeep.restore import restore, running, version
from tests.runtime.test_backup import RELEASE, Home


def test_a_running_centre_is_never_restored_over(tmp_path: Path) -> None:
    here = Home(tmp_path / "here")
    made = here.back_up(tmp_path)
    memory = Memory.file(here.journal, durable=False)
    try:
        assert running(here.run) == "journal/allo.db-lock"
        with pytest.raises(BackupFault, match="fonctionne ici"):
            restore(made.data, made.keys, here.place, release=RELEASE, force=True, stamp="s")
    finally:
        memory.log.close()
        memory.keys.close()
    assert running(here.run) is None


def test_what_is_there_is_only_put_aside_when_asked_and_never_deleted(tmp_path: Path) -> None:
    here = Home(tmp_path / "here")
    made = here.back_up(tmp_path)
    (here.run / "messages" / "m1.wav").write_bytes(b"newer")
    (here.run / "asterisk" / "messages" / "voice.wav").write_bytes(b"later")
    with pytest.raises(BackupFault, match="--force"):
        restore(made.data, made.keys, here.place, release=RELEASE, force=False, stamp="s")
    done = restore(made.data, made.keys, here.place, release=RELEASE, force=True, stamp="s")
    assert done.aside is not None
    assert (done.aside / "messages" / "m1.wav").read_bytes() == b"newer"
    assert (done.aside / "asterisk" / "messages" / "voice.wav").read_bytes() == b"later"
    assert (here.run / "messages" / "m1.wav").read_bytes() == b"RIFF"
    assert (here.run / "asterisk" / "run" / "asterisk.pid").exists()
    assert (here.run / "prompts" / "r.alaw").exists()  # made again by every start: left where it is


def test_a_newer_releases_backup_waits_for_that_release(tmp_path: Path) -> None:
    made = Home(tmp_path / "here").back_up(tmp_path, release="0.10.0")
    with pytest.raises(BackupFault, match=r"0\.10\.0"):
        restore(made.data, made.keys, tmp_path / "there", release="0.9.3", force=False, stamp="s")


def test_the_two_files_must_belong_together_and_stand_in_their_order(tmp_path: Path) -> None:
    here = Home(tmp_path / "here")
    first, second = here.back_up(tmp_path / "one.tar"), here.back_up(tmp_path / "two.tar")
    with pytest.raises(BackupFault, match="même sauvegarde"):
        restore(first.data, second.keys, tmp_path / "there", release=RELEASE, force=False, stamp="s")
    with pytest.raises(BackupFault, match="inversez"):
        restore(first.keys, first.data, tmp_path / "there", release=RELEASE, force=False, stamp="s")


def test_versions_are_numbers() -> None:
    assert version("0.10.0") > version("0.9.9")
    assert version("") < version("0.1.0")
