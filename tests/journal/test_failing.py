"""journal/log when the disk refuses: whoever waits is told at once, nothing waits for ever, and what can be is kept."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time

from core.limits import JOURNAL_LAG_MS
from tests.journal.children import Child
from tests.journal.steps import Place, step, steps, until


class Locked:
    """Another connection that holds the journal's write lock."""

    def __init__(self, place: Place) -> None:
        self._connection = sqlite3.connect(place.journal, isolation_level=None)
        self._connection.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


async def test_a_locked_journal_is_an_alarm_and_catches_up_when_released(place: Place) -> None:
    async with place.running() as log:
        log.keep(steps(1, 5))
        assert await log.kept(5)
        locked = Locked(place)
        log.keep(steps(6, 20))
        assert not await log.kept(20)
        assert not await log.kept(6)
        assert log.failing is not None
        await until(lambda: place.alarms)
        assert place.alarms[0] == (False, "un autre programme tient la base (database is locked)")
        log.keep(steps(21, 40))
        locked.release()
        await until(lambda: len(place.alarms) > 1)
        assert place.alarms[1] == (True, "le journal écrit de nouveau ; rien n'est perdu")
        assert len(place.alarms) == 2
        assert await log.kept(20)
        assert await log.kept(40)
    assert place.loaded() == steps(1, 40)


async def test_a_disk_that_hangs_is_an_alarm_after_the_time_granted(place: Place) -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    def save_keys() -> None:
        if hangs.is_set():
            assert goes_on.wait(20)

    async with place.running(save_keys=save_keys, lag_ms=JOURNAL_LAG_MS) as log:
        hangs.set()
        log.keep(steps(1, 3))
        asked = time.monotonic()
        assert not await log.kept(3)
        assert JOURNAL_LAG_MS / 1000 <= time.monotonic() - asked < 5
        assert [kept for kept, _reason in place.alarms] == [False]
        assert "200 ms" in place.alarms[0][1]
        goes_on.set()
        await until(lambda: len(place.alarms) > 1)
        assert place.alarms[1][0] is True
        assert await log.kept(3)


async def test_a_loop_that_is_late_itself_raises_no_alarm(place: Place) -> None:
    async with place.running(lag_ms=50) as log:
        log.keep([step(1)])
        kept = asyncio.create_task(log.kept(1))
        await asyncio.sleep(0)
        late = time.monotonic() + 0.1
        while log.kept_seq < 1 or time.monotonic() < late:
            pass  # the loop computes, and hears neither of the commit nor of the time
        assert await kept
        assert place.alarms == []


async def test_no_step_is_kept_before_its_keys(place: Place) -> None:
    refuse = True

    def save_keys() -> None:
        if refuse:
            raise OSError("no room for keys")
        place.store.save()

    async with place.running(save_keys=save_keys) as log:
        log.keep(steps(1, 9))
        assert not await log.kept(9)
        assert place.reader().last_seq() == 0
        assert log.failing == "no room for keys"
        refuse = False
        await until(lambda: log.kept_seq == 9)
    assert place.loaded() == steps(1, 9)


async def overflow(place: Place) -> None:
    """Keeps 1-10, loses 11-55 of 11-75 while the disk refuses, keeps 56-80."""
    refuse, attempts = False, 0

    def save_keys() -> None:
        nonlocal attempts
        attempts += 1
        if refuse:
            raise OSError("no room")
        place.store.save()

    async with place.running(ring_steps=20, save_keys=save_keys) as log:
        log.keep(steps(1, 10))
        assert await log.kept(10)
        refuse = True
        log.keep(steps(11, 15))
        assert not await log.kept(15)
        log.keep(steps(16, 75))
        assert log.fell_out == 45
        # The attempt at hand may still hold what fell out meanwhile; the one after it does not.
        before = attempts
        await until(lambda: attempts >= before + 2)
        refuse = False
        await until(lambda: log.kept_seq == 75)
        assert (log.fell_out, log.snapshot_due) == (45, True)
        assert not await log.kept(30)
        assert await log.kept(60)
        await until(lambda: len(place.alarms) > 1)
        assert place.alarms[-1] == (True, "le journal écrit de nouveau ; 45 étapes n'ont pas pu être gardées")
        log.keep(steps(76, 80))
        assert await log.kept(80)


async def test_what_fell_out_of_the_ring_is_a_gap_that_the_trace_shows_and_the_fold_goes_round(place: Place) -> None:
    await overflow(place)
    assert list(place.reader().steps()) == [*steps(1, 10), *steps(56, 80)]
    # A start folds what can be folded: what followed the gap was decided on a state that nobody has any more.
    with place.opened() as log:
        assert (log.last_seq, log.salvage) == (80, None)
        assert place.loaded() == steps(1, 10)
    # And the start after that folds what this one decided.
    await place.write(81, 90)
    with place.opened() as log:
        assert (log.last_seq, log.salvage) == (90, None)
        assert place.loaded() == [*steps(1, 10), *steps(81, 90)]
        assert list(log.steps()) == [*steps(1, 10), *steps(56, 90)]


async def test_a_full_disk_stops_no_call_and_is_written_to_when_there_is_room(place: Place) -> None:
    with Child("fill", place.folder) as child:
        full = (await child.line()).split(maxsplit=3)
        assert (full[0], full[2]) == ("full", "False")
        assert full[3] != "None"
        last = int(full[1])
        # The disk is still full: what is there is whole, and the reader reads it.
        kept = place.loaded()
        assert 100 <= len(kept) < last
        assert kept == steps(1, len(kept))
        child.tell("go on")
        assert await child.line() == f"room {last + 1} True True 0"
        assert await child.ended() == 0
    with place.opened() as log:
        assert (log.last_seq, log.salvage) == (last + 1, None)
        assert place.loaded() == steps(1, last + 1)


async def test_stopping_while_the_disk_refuses_says_so(place: Place) -> None:
    log = place.log()
    log.start(lambda _kept, _reason: None)
    locked = Locked(place)
    log.keep([step(1)])
    assert not await log.kept(1)
    assert not await log.stop()
    locked.release()
    with place.opened() as again:
        assert again.last_seq == 0
