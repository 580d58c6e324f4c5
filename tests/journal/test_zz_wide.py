"""journal/salvage: whatever is done to its files, a journal opens again with the longest good part, and says so.

The damage is done to copies of one journal: steps 1-400 in the database, 401-500 in its write-ahead log, and, where a
test says so, a snapshot after step 300.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from journal.files import beside, suspect
from journal.log import Log
from journal.salvage import Salvage, prepare
from journal.snapshot import Snapshot
from tests.journal.steps import Place, step, steps

IN_DATABASE, LAST, SNAPSHOT = 400, 500, 300
DRAWS = range(0, 900)


async def build(place: Place, whole: Place, *, snapshot: bool) -> None:
    """Writes the journal at `place`, and copies it to `whole` as a crash would leave it."""
    await place.write(1, SNAPSHOT)
    async with place.running() as log:
        if snapshot:
            log.keep_snapshot(Snapshot(seq=SNAPSHOT, now_ms=1, tables={}))
        log.keep(steps(SNAPSHOT + 1, IN_DATABASE))
        assert await log.kept(IN_DATABASE)
    async with place.running() as log:
        for seq in range(IN_DATABASE + 1, LAST + 1):
            log.keep([step(seq)])
            assert await log.kept(seq)
        shutil.copytree(place.folder, whole.folder)
    for left in ("-shm", "-lock"):
        beside(whole.journal, left).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("plain")
    asyncio.run(build(Place(folder / "written"), Place(folder / "whole"), snapshot=False))
    return Place(folder / "whole")


@pytest.fixture(scope="module")
def snapshotted(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("snapshotted")
    asyncio.run(build(Place(folder / "written"), Place(folder / "whole"), snapshot=True))
    return Place(folder / "whole")


def copy(whole: Place, folder: Path) -> Place:
    place = Place(folder / "journal")
    shutil.copytree(whole.folder, place.folder)
    return place


def checkpointed(place: Place) -> Place:
    """The same with nothing left in the write-ahead log, as after a clean stop."""
    with sqlite3.connect(place.journal) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    assert not place.wal.exists()
    return place


def reopen(place: Place, log: Log) -> tuple[Salvage | None, int]:
    """What opening said; the journal is then known to be whole, and to be written and read again."""
    salvage, last = log.salvage, log.last_seq
    snapshot, following = log.load()
    base = snapshot.seq if snapshot else 0
    assert list(following) == steps(base + 1, last), "a whole prefix, each step as it was"
    log.keep(steps(last + 1, last + 5))
    assert log.close()
    with place.opened() as again:
        assert (again.salvage, again.last_seq) == (None, last + 5)
        assert list(again.load()[1]) == steps(base + 1, last + 5)
    if salvage is not None:
        assert salvage.last_seq == last
        assert salvage.aside.exists()
        assert str(salvage.aside) in salvage.message
    return salvage, last


def opened_after(place: Place) -> tuple[Salvage | None, int]:
    return reopen(place, place.log())


def test_the_journal_to_be_damaged_is_as_described(plain: Place, snapshotted: Place, tmp_path: Path) -> None:
    for whole, folder in ((plain, "a"), (snapshotted, "b")):
        assert whole.wal.stat().st_size > 100_000
        assert opened_after(copy(whole, tmp_path / folder)) == (None, LAST)
        assert opened_after(checkpointed(copy(whole, tmp_path / f"{folder}2"))) == (None, LAST)


@pytest.mark.parametrize("seed", DRAWS)
def test_a_database_cut_short_is_salvaged(plain: Place, tmp_path: Path, seed: int) -> None:
    place = checkpointed(copy(plain, tmp_path))
    data = place.journal.read_bytes()
    cut = data[: random.Random(seed).randrange(len(data))]
    place.journal.write_bytes(cut)
    salvage, last = opened_after(place)
    assert salvage is not None
    assert last < LAST
    assert salvage.aside.read_bytes() == cut


@pytest.mark.parametrize("seed", DRAWS)
def test_a_database_cut_short_beside_its_log_is_salvaged(plain: Place, tmp_path: Path, seed: int) -> None:
    place = copy(plain, tmp_path)
    data = place.journal.read_bytes()
    cut = data[: random.Random(seed).randrange(1, len(data))]
    place.journal.write_bytes(cut)
    salvage, last = opened_after(place)
    if salvage is None:
        assert last == LAST  # every page that was cut off stood in the log
    else:
        assert salvage.aside.read_bytes() == cut
        assert beside(salvage.aside, "-wal").exists()


@pytest.mark.parametrize("seed", DRAWS)
def test_a_log_cut_short_gives_a_whole_prefix(plain: Place, tmp_path: Path, seed: int) -> None:
    place = copy(plain, tmp_path)
    data = place.wal.read_bytes()
    place.wal.write_bytes(data[: random.Random(seed).randrange(len(data))])
    salvage, last = opened_after(place)
    # A crash leaves such a log as well: it is no damage.
    assert salvage is None
    assert IN_DATABASE <= last < LAST


@pytest.mark.parametrize("seed", DRAWS)
def test_garbage_in_the_database_is_salvaged_or_did_no_harm(plain: Place, tmp_path: Path, seed: int) -> None:
    place = checkpointed(copy(plain, tmp_path))
    draw = random.Random(seed)
    data = bytearray(place.journal.read_bytes())
    at, length = draw.randrange(len(data)), draw.choice((1, 64, 5_000))
    data[at : at + length] = draw.randbytes(len(data[at : at + length]))
    place.journal.write_bytes(data)
    salvage, last = opened_after(place)
    if salvage is None:
        assert last == LAST
    else:
        assert salvage.aside.read_bytes() == data


@pytest.mark.parametrize("seed", DRAWS)
def test_garbage_in_the_log_is_told_when_it_cost_what_was_kept(plain: Place, tmp_path: Path, seed: int) -> None:
    place = copy(plain, tmp_path)
    draw = random.Random(seed)
    data = bytearray(place.wal.read_bytes())
    at = draw.randrange(len(data) * 9 // 10)
    data[at : at + 64] = draw.randbytes(64)
    place.wal.write_bytes(data)
    salvage, last = opened_after(place)
    assert IN_DATABASE <= last <= LAST
    assert (salvage is None) == (last == LAST)
    if salvage is not None:
        assert salvage.aside.read_bytes() == data
        assert salvage.unreadable >= 1


def rows(statement: str) -> Callable[[Place], None]:
    def damage(place: Place) -> None:
        with sqlite3.connect(place.journal) as raw:
            raw.execute(statement)
        raw.close()

    return damage


OUTRIGHT: dict[str, tuple[Callable[[Place], object], int, int]] = {
    # what is done: (how, last step without a snapshot, last step with one after 300)
    "an empty file": (lambda place: place.journal.write_bytes(b""), 0, 0),
    "no database": (lambda place: place.journal.write_bytes(b"hello" * 3_000), 0, 0),
    "a step missing": (rows("DELETE FROM steps WHERE seq = 350"), 349, 349),
    "steps missing": (rows("DELETE FROM steps WHERE seq BETWEEN 320 AND 400"), 319, 319),
    "a record changed": (
        rows("UPDATE steps SET record = CAST(replace(record, 'a1', 'a2') AS BLOB) WHERE seq = 380"),
        379,
        379,
    ),
    "a record cut": (rows("UPDATE steps SET record = substr(record, 1, 99) WHERE seq = 400"), 399, 399),
    "a record moved": (
        rows("UPDATE steps SET record = (SELECT record FROM steps WHERE seq = 5) WHERE seq = 360"),
        359,
        359,
    ),
    "a record turned into a number": (rows("UPDATE steps SET record = 1000000000000 WHERE seq = 390"), 389, 389),
    "no version": (rows("DELETE FROM meta"), LAST, LAST),
    "a table gone": (rows("DROP TABLE touched"), LAST, LAST),
    "the steps gone": (rows("DROP TABLE steps"), 0, SNAPSHOT),
}


@pytest.mark.parametrize("how", OUTRIGHT)
@pytest.mark.parametrize("with_snapshot", [False, True])
def test_each_kind_of_damage_has_its_outcome(
    plain: Place, snapshotted: Place, tmp_path: Path, how: str, with_snapshot: bool
) -> None:
    place = checkpointed(copy(snapshotted if with_snapshot else plain, tmp_path))
    damage, without, bridged = OUTRIGHT[how]
    damage(place)
    damaged = place.journal.read_bytes()
    salvage, last = opened_after(place)
    assert salvage is not None
    assert last == (bridged if with_snapshot else without)
    assert salvage.aside == place.folder / "journal.damaged-1.sqlite"
    assert salvage.aside.read_bytes() == damaged
    assert "damaged-1" in salvage.message
    assert "Vérifiez le disque" in salvage.message


def test_damage_before_the_snapshot_costs_only_what_is_damaged(snapshotted: Place, tmp_path: Path) -> None:
    place = checkpointed(copy(snapshotted, tmp_path))
    rows("DELETE FROM steps WHERE seq IN (100, 101, 102) OR seq = 200")(place)
    # The steps after the snapshot are sound: nothing to salvage, the fold does not come near the hole.
    assert opened_after(place) == (None, LAST)
    rows("DELETE FROM steps WHERE seq = 450")(place)
    salvage, last = opened_after(place)
    assert salvage is not None
    assert (last, salvage.unreadable) == (449, LAST + 5 - 449 + 4)
    told = [found.seq for found in place.reader().steps()]
    assert told == [seq for seq in range(1, 455) if seq not in (100, 101, 102, 200)]


def test_a_trace_by_interaction_survives_a_salvage(plain: Place, tmp_path: Path) -> None:
    place = checkpointed(copy(plain, tmp_path))
    rows("DELETE FROM steps WHERE seq = 351")(place)
    assert opened_after(place)[1] == 350
    assert [found.seq for found in place.reader().steps("other")] == [*range(10, 351, 10)]
    assert [found.seq for found in place.reader().steps("i10")] == [40, 41, 42, 43]


def test_an_empty_or_missing_database_beside_a_full_log_loses_only_what_the_log_does_not_hold(tmp_path: Path) -> None:
    """A journal that was never moved out of its log: everything is in there."""

    async def write(place: Place, live: Path) -> None:
        async with place.running() as log:
            log.keep(steps(1, 50))
            assert await log.kept(50)
            shutil.copytree(place.folder, live)

    asyncio.run(write(Place(tmp_path / "written"), tmp_path / "empty"))
    shutil.copytree(tmp_path / "empty", tmp_path / "missing")
    empty, missing = Place(tmp_path / "empty"), Place(tmp_path / "missing")
    empty.journal.write_bytes(b"")
    missing.journal.unlink()
    for place in (empty, missing):
        salvage, last = opened_after(place)
        assert salvage is not None
        assert last in (0, 50)
        assert beside(salvage.aside, "-wal").stat().st_size > 0


def test_every_damaged_file_is_kept_under_its_own_number(plain: Place, tmp_path: Path) -> None:
    place = checkpointed(copy(plain, tmp_path))
    for number, missing in enumerate((400, 300, 200), start=1):
        rows(f"DELETE FROM steps WHERE seq = {missing}")(place)
        salvage, last = opened_after(place)
        assert salvage is not None
        assert last == missing - 1
        assert salvage.aside.name == f"journal.damaged-{number}.sqlite"
    assert len(list(place.folder.glob("*damaged-*"))) == 3


def test_a_salvage_that_was_cut_off_is_begun_again_or_ended(plain: Place, tmp_path: Path) -> None:
    # Cut off while the fresh file was written: it is begun again.
    place = checkpointed(copy(plain, tmp_path / "first"))
    rows("DELETE FROM steps WHERE seq = 250")(place)
    beside(place.journal, "-salvaged-new").write_bytes(b"half a file")
    beside(place.journal, "-salvaged").write_bytes(b"a file of an earlier attempt")
    assert opened_after(place)[1] == 249
    # Cut off after the damaged file had moved, its log not yet: it is ended, and the old log does no harm.
    place = copy(plain, tmp_path / "second")
    donor = copy(plain, tmp_path / "donor")
    rows("DELETE FROM steps WHERE seq = 250")(checkpointed(donor))
    assert opened_after(donor)[1] == 249
    place.journal.rename(place.folder / "journal.damaged-1.sqlite")
    donor.journal.rename(beside(place.journal, "-salvaged"))
    old_log = place.wal.read_bytes()
    assert opened_after(place) == (None, 254)
    assert (place.folder / "journal.damaged-1.sqlite-wal").read_bytes() == old_log


@pytest.mark.parametrize("seed", DRAWS)
def test_garbage_in_a_file_too_large_to_be_looked_at_whole_harms_no_fold(
    snapshotted: Place, tmp_path: Path, seed: int
) -> None:
    place = checkpointed(copy(snapshotted, tmp_path))
    draw = random.Random(seed)
    data = bytearray(place.journal.read_bytes())
    at = draw.randrange(len(data))
    data[at : at + 5_000] = draw.randbytes(len(data[at : at + 5_000]))
    place.journal.write_bytes(data)
    last, salvage = prepare(place.journal, full_check_bytes=0)
    snapshot, following = place.reader().load()
    assert list(following) == steps(snapshot.seq + 1 if snapshot else 1, last)
    assert salvage is not None or last == LAST


def test_a_damaged_index_is_found_before_it_stops_the_writer(plain: Place, tmp_path: Path) -> None:
    place = checkpointed(copy(plain, tmp_path))
    with sqlite3.connect(place.journal) as raw:
        page_size = raw.execute("PRAGMA page_size").fetchone()[0]
        root = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'steps_of'").fetchone()[0]
    raw.close()
    data = bytearray(place.journal.read_bytes())
    data[(root - 1) * page_size : root * page_size] = bytes(page_size)
    place.journal.write_bytes(data)
    salvage, last = opened_after(place)
    assert salvage is not None
    assert (last, salvage.unreadable) == (LAST, 0)


async def test_damage_met_while_writing_is_an_alarm_and_the_next_start_looks_at_everything(
    plain: Place, tmp_path: Path
) -> None:
    place = checkpointed(copy(plain, tmp_path))
    async with place.running() as log:
        with sqlite3.connect(place.journal) as raw:
            raw.execute("DROP TABLE touched")
        raw.close()
        log.keep(steps(LAST + 1, LAST + 10))
        assert not await log.kept(LAST + 10)
    assert place.alarms[0][0] is False
    assert suspect(place.journal).exists()
    salvage, last = opened_after(place)
    assert salvage is not None
    assert last == LAST
    assert not suspect(place.journal).exists()
