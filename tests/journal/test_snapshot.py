"""journal/snapshot: a start folds only what came after the newest one that can be read."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest

from core.errors import JournalFault
from core.limits import SNAPSHOT_EVERY_STEPS
from core.personal import Personal
from core.wire import Wire
from journal.keys import KeyStore
from journal.snapshot import Snapshot
from tests.journal.steps import Place, step, steps, until


def snapshot(seq: int) -> Snapshot:
    return Snapshot(seq=seq, now_ms=step(seq).now_ms, tables={"calls": b"rows after %d" % seq})


async def with_snapshots(place: Place, *after: int, last: int) -> None:
    async with place.running() as log:
        for seq in range(1, last + 1):
            log.keep([step(seq)])
            if seq in after:
                log.keep_snapshot(snapshot(seq))
                await until(lambda: place.reader().snapshot_seq() == seq)  # noqa: B023
        assert await log.kept(last)


async def test_a_start_reads_the_newest_snapshot_and_the_steps_after_it(place: Place) -> None:
    await with_snapshots(place, 10, 20, 30, last=40)
    with place.opened() as log:
        newest, following = log.load()
        assert newest == snapshot(30)
        assert list(following) == steps(31, 40)
        assert list(log.steps()) == steps(1, 40)


async def test_only_the_two_newest_are_kept(place: Place) -> None:
    await with_snapshots(place, 10, 20, 30, last=40)
    with sqlite3.connect(place.journal) as raw:
        assert [seq for (seq,) in raw.execute("SELECT seq FROM snapshots ORDER BY seq")] == [20, 30]


async def test_a_snapshot_waits_for_the_step_that_it_stands_for(place: Place) -> None:
    async with place.running() as log:
        log.keep_snapshot(snapshot(5))
        log.keep(steps(1, 4))
        assert await log.kept(4)
        assert place.reader().snapshot_seq() == 0
        log.keep([step(5)])
        await until(lambda: place.reader().snapshot_seq() == 5)


async def test_a_damaged_snapshot_gives_way_to_the_one_before_it_and_then_to_every_step(place: Place) -> None:
    await with_snapshots(place, 10, 20, last=30)
    for damaged, base in ((20, 10), (10, 0)):
        with sqlite3.connect(place.journal) as raw:
            raw.execute(
                "UPDATE snapshots SET record = CAST(substr(record, 1, 9) || x'00' AS BLOB) WHERE seq = ?", (damaged,)
            )
        with place.opened() as log:
            assert (log.salvage, log.last_seq) == (None, 30)
            newest, following = log.load()
            assert newest == (snapshot(base) if base else None)
            assert list(following) == steps(base + 1, 30)


async def test_a_snapshot_of_a_newer_release_is_refused_and_not_passed_over(place: Place) -> None:
    await with_snapshots(place, 10, last=12)
    with sqlite3.connect(place.journal) as raw:
        raw.execute("UPDATE snapshots SET format = 9")
    with pytest.raises(JournalFault, match=r"étape 10.*format 9.*Installez"):
        place.log()


async def test_a_snapshot_is_due_after_so_many_steps(place: Place) -> None:
    async with place.running() as log:
        log.keep(steps(1, 10))
        assert await log.kept(10)
        assert not log.snapshot_due
        log.keep(steps(11, SNAPSHOT_EVERY_STEPS))
        assert await log.kept(SNAPSHOT_EVERY_STEPS)
        assert log.snapshot_due
        log.keep_snapshot(snapshot(SNAPSHOT_EVERY_STEPS))
        assert not log.snapshot_due
    with place.opened() as log:
        assert not log.snapshot_due


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the kernel's, as minds have them."""

    caller: Personal | None
    since_ms: int


async def test_rows_with_personal_texts_rest_sealed_and_outlive_the_process(place: Place) -> None:
    rows = {
        "i1": Call(caller=Personal("i1", "number", "+33639980078"), since_ms=1),
        "i2": Call(caller=None, since_ms=2),
    }
    async with place.running() as log:
        log.keep([step(1)])
        tables = {"calls": Wire(place.store).encode_rows(rows)}
        log.keep_snapshot(Snapshot(seq=1, now_ms=1, tables=tables))
        await until(lambda: place.reader().snapshot_seq() == 1)
    assert not [path for path in place.folder.rglob("*") if path.is_file() and b"639980078" in path.read_bytes()]
    with place.opened() as log:
        newest, _following = log.load()
        assert newest is not None
        assert Wire(place.store).decode_rows(Call, newest.tables["calls"]) == rows
        place.store.erase("i1")
    emptied = Wire(KeyStore(place.keys, writing=False)).decode_rows(Call, newest.tables["calls"])
    assert emptied == rows | {"i1": Call(caller=Personal("i1", "number", None), since_ms=1)}
