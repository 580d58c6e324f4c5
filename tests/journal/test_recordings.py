"""Recordings at rest: nobody reads a voice without its key, on the disk of one machine or in PostgreSQL."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import ids
from core.errors import JournalFault
from journal import migrations
from journal.keys import KeyStore
from journal.postgres import JOURNAL_SCHEMA, PostgresKeys, address, engine_for
from journal.recordings import OLDEST_S, Folder, Rows, SealedRecordings
from tests import servers

CALL = ids.mint(1_800_000_000_000, b"0123456789")
MESSAGE = ids.message(CALL, 1)
SOUND = b"RIFF" + b"bonjour, je rappelle pour mon dossier " * 200


class Kept:
    """Recordings on a shelf, and the keys that open them."""

    def __init__(self, recordings: SealedRecordings, keys: KeyStore, directory: Path) -> None:
        self.recordings = recordings
        self.keys = keys
        self.directory = directory
        recordings.use(keys)

    def bytes(self) -> bytes:
        """All that lies on this machine's disk."""
        return b"".join(file.read_bytes() for file in self.directory.rglob("*") if file.is_file())


@pytest.fixture(params=["folder", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    if request.param == "folder":
        store = KeyStore(tmp_path / "keys" / "k.db")
        yield Kept(SealedRecordings(Folder(tmp_path / "messages")), store, tmp_path)
    else:
        url = address(servers.database())
        with engine_for(url, JOURNAL_SCHEMA).connect() as connection:
            migrations.up(connection, "journal", JOURNAL_SCHEMA)
        store = KeyStore(PostgresKeys(url, make=True))
        yield Kept(SealedRecordings(Rows(engine_for(url, JOURNAL_SCHEMA))), store, tmp_path)
    store.close()


def test_what_is_kept_is_heard_and_nobody_reads_it_on_the_disk(kept: Kept) -> None:
    kept.recordings.keep(MESSAGE, SOUND)
    assert kept.recordings.sound(MESSAGE) == SOUND
    assert b"bonjour" not in kept.bytes()
    assert all(not file.stat().st_mode & 0o077 for file in kept.directory.rglob("*"))
    assert kept.recordings.sound(ids.message(CALL, 2)) is None


def test_an_erased_key_leaves_a_recording_that_nobody_can_hear(kept: Kept) -> None:
    kept.recordings.keep(MESSAGE, SOUND)
    kept.keys.erase(CALL)
    assert kept.recordings.sound(MESSAGE) is None


def test_what_is_erased_is_no_more_and_erasing_it_again_is_no_fault(kept: Kept) -> None:
    kept.recordings.keep(MESSAGE, SOUND)
    for _ in range(2):
        kept.recordings.erase(MESSAGE)
    assert kept.recordings.sound(MESSAGE) is None


def test_kept_twice_is_the_last(kept: Kept) -> None:
    kept.recordings.keep(MESSAGE, SOUND)
    kept.recordings.keep(MESSAGE, SOUND + b"!")
    assert kept.recordings.sound(MESSAGE) == SOUND + b"!"


def test_an_erased_caller_leaves_no_new_recording(kept: Kept) -> None:
    """The key is gone before the file is sealed: it is not called kept."""
    kept.keys.erase(CALL)
    with pytest.raises(JournalFault, match="reste dans son fichier"):
        kept.recordings.keep(MESSAGE, SOUND)
    assert kept.recordings.sound(MESSAGE) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "", f"{CALL}", f"{MESSAGE}/..", f"{MESSAGE}.sealed"])
def test_a_name_that_is_none_leads_nowhere(kept: Kept, name: str) -> None:
    for ask in (kept.recordings.sound, kept.recordings.erase):
        with pytest.raises(JournalFault):
            ask(name)
    with pytest.raises(JournalFault):
        kept.recordings.keep(name, SOUND)


def test_another_process_opens_what_this_one_sealed(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys" / "k.db")
    Kept(SealedRecordings(Folder(tmp_path / "messages")), keys, tmp_path).recordings.keep(MESSAGE, SOUND)
    reading = KeyStore(tmp_path / "keys" / "k.db", writing=False)
    other = Kept(SealedRecordings(Folder(tmp_path / "messages")), reading, tmp_path)
    assert other.recordings.sound(MESSAGE) == SOUND
    reading.close()
    keys.close()


def test_nothing_is_kept_for_ever(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys" / "k.db")
    kept = Kept(SealedRecordings(Folder(tmp_path / "messages")), keys, tmp_path)
    kept.recordings.keep(MESSAGE, SOUND)
    kept.recordings.sweep()
    assert kept.recordings.sound(MESSAGE) == SOUND
    [file] = (tmp_path / "messages").iterdir()
    long_ago_s = time.time() - OLDEST_S - 1
    os.utime(file, (long_ago_s, long_ago_s))
    kept.recordings.sweep()
    assert kept.recordings.sound(MESSAGE) is None
    keys.close()


def test_a_folder_that_cannot_be_written_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "messages").write_bytes(b"a file")
    keys = KeyStore(tmp_path / "keys" / "k.db")
    recordings = SealedRecordings(Folder(tmp_path / "messages"))
    recordings.use(keys)
    with pytest.raises(JournalFault, match="Vérifiez"):
        recordings.keep(MESSAGE, SOUND)
    keys.close()
