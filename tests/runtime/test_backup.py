"""A backup taken under load is a moment of the centre; a restored one folds to the state of that moment."""

from __future__ import annotations

import asyncio
import json
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest

from bench.kernel import BEGIN_MS, arrival, take, whole_call
from core.centre import Centre
from core.mind import Configurations
from journal.keys import KeyStore
from runtime.kernel import Kernel
from runtime.memory import Memory, keys_beside, reader
from runtime.settings import load
from runtime.upkeep.backup import MANIFEST, BackupFault, Made, back_up, keys_of, verified
from runtime.upkeep.restore import restore

ROOT = Path(__file__).resolve().parents[2]
RELEASE = "0.1.0"


class Home:
    """An installation's directory with a journal of calls."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.run = place / "run"
        self.journal = self.run / "journal" / "allo.db"
        for folder in ("journal", "asterisk/run", "asterisk/messages", "prompts", "messages"):
            (self.run / folder).mkdir(parents=True, exist_ok=True)
        (self.run / "secrets.json").write_text('{"ami": "secret"}')
        (self.run / "messages" / "m1.wav").write_bytes(b"RIFF")
        (self.run / "asterisk" / "messages" / "voice.wav").write_bytes(b"a voice")
        (self.run / "asterisk" / "run" / "asterisk.pid").write_text("1")
        (self.run / "prompts" / "r.alaw").write_bytes(b"noise")
        self.config = place / "config"
        self.config.mkdir(exist_ok=True)
        (self.config / "centre.yaml").write_text("name: Centre\n")

    def back_up(self, target: Path, release: str = RELEASE, stamp: str = "20261122-200000") -> Made:
        return back_up(self.run, self.config, target, release=release, now_ms=1, stamp=stamp)


def _centre() -> Centre:
    return load(ROOT / "config").centre


async def _calls(memory: Memory, until: asyncio.Event) -> int:
    """Keeps call after call until told to stop; every second one stays.  Gives the last step's number."""
    kernel, number = Kernel(Configurations(_centre())), 0
    memory.log.start(lambda _kept, _reason: None)
    memory.log.keep_configuration(_centre().digest, load(ROOT / "config").content)
    while not until.is_set():
        number += 2
        steps = whole_call(kernel, number, BEGIN_MS + number * 1_000)
        steps += take(kernel, arrival(kernel, number + 1), BEGIN_MS + number * 1_000 + 900)
        memory.log.keep(steps)
        assert await memory.log.kept(kernel.seq)
    return kernel.seq


def _rows(kernel: Kernel) -> dict[str, dict[str, Any]]:
    return {name: {key: repr(row) for key, row in table.items()} for name, (table, _) in kernel.tables().items()}


def _folded(journal: Path, until_seq: int) -> Kernel:
    kernel = Kernel(Configurations(_centre()))
    for step in reader(journal).steps(until_seq=until_seq):
        kernel.fold(step)
    return kernel


async def test_it_is_taken_while_calls_are_kept_and_folds_to_the_same_state_elsewhere(tmp_path: Path) -> None:
    here, enough = Home(tmp_path / "here"), asyncio.Event()
    memory = Memory.file(here.journal, durable=False)
    keeping = asyncio.create_task(_calls(memory, enough))
    while memory.log.kept_seq < 200:  # noqa: ASYNC110  # the writer's thread tells nobody
        await asyncio.sleep(0.01)
    made = await asyncio.to_thread(here.back_up, tmp_path)
    at_backup = memory.log.kept_seq
    while memory.log.kept_seq == at_backup:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    enough.set()
    last_seq = await keeping
    await memory.log.stop()
    memory.keys.close()

    elsewhere = tmp_path / "elsewhere"
    done = restore(made.data, made.keys, elsewhere, release=RELEASE, force=False, stamp="s")
    again = Memory.file(elsewhere / "run" / "journal" / "allo.db", durable=False)
    restored = again.recover(Configurations(_centre()))
    again.log.close()
    again.keys.close()
    assert 0 < restored.seq <= at_backup < last_seq
    assert _rows(restored) == _rows(_folded(here.journal, restored.seq))
    assert (done.config / "centre.yaml").read_text() == "name: Centre\n"
    assert (elsewhere / "run" / "messages" / "m1.wav").read_bytes() == b"RIFF"
    assert json.loads((elsewhere / "run" / "secrets.json").read_text()) == {"ami": "secret"}
    assert (elsewhere / "run" / "asterisk" / "messages" / "voice.wav").read_bytes() == b"a voice"
    assert not (elsewhere / "run" / "asterisk" / "run").exists()
    assert not (elsewhere / "run" / "prompts").exists()


def test_what_is_sealed_opens_with_the_second_file_and_not_without(tmp_path: Path) -> None:
    here = Home(tmp_path / "here")
    keys = KeyStore(keys_beside(here.journal))
    sealed = keys.seal("i1", "number", "+33639980001")
    keys.save()
    made = here.back_up(tmp_path)  # the store is open
    keys.close()
    for name, given in (("with", made.keys), ("without", None)):
        home = tmp_path / name
        restore(made.data, given, home, release=RELEASE, force=False, stamp="s")
        there = KeyStore(keys_beside(home / "run" / "journal" / "allo.db"))
        assert there.open("i1", "number", sealed) == ("+33639980001" if given else None)
        there.close()


def test_the_two_files_are_the_owners_and_the_first_holds_no_secret(tmp_path: Path) -> None:
    made = Home(tmp_path / "here").back_up(tmp_path)
    assert made.keys == keys_of(made.data)
    for file in (made.data, made.keys):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(made.data) as tar:
        names = tar.getnames()
    assert names[0] == MANIFEST
    assert not [name for name in names if "keys" in name or "secret" in name]
    assert "run/secrets.json" in verified(made.keys).files
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_backup_that_was_altered_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    made = Home(tmp_path / "here").back_up(tmp_path)
    content = bytearray(made.data.read_bytes())
    place = content.index(b"RIFF")
    content[place] ^= 1
    made.data.write_bytes(content)
    with pytest.raises(BackupFault, match="abîmée"):
        restore(made.data, made.keys, tmp_path / "there", release=RELEASE, force=False, stamp="s")
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\0" * 20_000])
def test_what_is_no_backup_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    file.write_bytes(content)
    with pytest.raises(BackupFault, match="lisible"):
        verified(file)


def test_a_backup_cannot_write_outside_of_where_it_is_restored(tmp_path: Path) -> None:
    made = Home(tmp_path / "here").back_up(tmp_path)
    evil = tmp_path / "evil.tar"
    with tarfile.open(made.data) as good, tarfile.open(evil, "w") as tar:
        for entry in good:
            tar.addfile(entry, good.extractfile(entry))
        entry = tarfile.TarInfo("run/../../evil")
        tar.addfile(entry)
    with pytest.raises(BackupFault, match="lisible"):
        restore(evil, None, tmp_path / "there", release=RELEASE, force=False, stamp="s")


def test_it_never_replaces_another_and_never_begins_where_there_is_nothing(tmp_path: Path) -> None:
    here = Home(tmp_path / "here")
    here.back_up(tmp_path / "one.tar")
    with pytest.raises(BackupFault, match="existe déjà"):
        here.back_up(tmp_path / "one.tar")
    with pytest.raises(BackupFault, match="n'existe pas"):
        here.back_up(tmp_path / "no" / "folder" / "one.tar")


def test_the_same_command_each_night_makes_a_folder_of_its_own_and_never_stops_for_last_nights(tmp_path: Path) -> None:
    here = Home(tmp_path / "here")
    nights = tmp_path / "sauvegardes"
    first = here.back_up(nights, stamp="20261123-030000")
    second = here.back_up(nights, stamp="20261124-030000")
    assert {first.data.name, second.data.name} == {"allo-20261123-030000.tar", "allo-20261124-030000.tar"}
    assert first.keys.parent == nights
    assert nights.stat().st_mode & 0o077 == 0
    (tmp_path / "ancienne").write_text("", encoding="utf-8")
    with pytest.raises(BackupFault, match="ne peut pas être créé"):
        here.back_up(tmp_path / "ancienne")
