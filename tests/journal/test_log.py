"""journal/log: what is kept is there, in order, for us alone, and for nobody else to write."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat

import pytest

from core import events as e
from core.errors import InvariantBroken, JournalFault
from core.step import Step
from tests.journal.children import Child
from tests.journal.steps import Place, interaction_of, number_of, step, steps, until


async def test_what_is_kept_is_loaded_by_the_next_start(place: Place) -> None:
    async with place.running() as log:
        log.keep(steps(1, 300))
        assert await log.kept(300)
    with place.opened() as log:
        assert (log.last_seq, log.salvage) == (300, None)
        assert place.loaded() == steps(1, 300)


async def test_kept_means_that_the_step_and_all_before_it_are_on_the_disk(place: Place) -> None:
    async with place.running() as log:
        for first in range(1, 400, 7):
            log.keep(steps(first, first + 6))
            assert await log.kept(first + 3)
            assert place.reader().last_seq() >= first + 3
        assert await log.kept(1)
        assert place.loaded()[: first + 3] == steps(1, first + 3)


async def test_many_wait_for_the_same_commit(place: Place) -> None:
    async with place.running() as log:
        log.keep(steps(1, 5_000))
        assert await log.kept(5_000)
        assert log.kept_seq == log.last_seq == 5_000


async def test_a_step_that_does_not_follow_is_a_bug_and_nothing_of_its_batch_is_taken(place: Place) -> None:
    async with place.running() as log:
        log.keep(steps(1, 3))
        for wrong in ([step(5)], [step(3)], [step(4), step(4)]):
            with pytest.raises(InvariantBroken):
                log.keep(wrong)
        log.keep([step(4)])
        assert await log.kept(4)
        assert place.loaded() == steps(1, 4)


async def test_what_no_journal_holds_is_refused_and_the_next_step_still_fits(place: Place) -> None:
    broken = e.NodeLost(cause="x", node="a1", reason=object())  # type: ignore[arg-type]
    async with place.running() as log:
        with pytest.raises(JournalFault):
            log.keep([step(1), Step(seq=2, now_ms=1, input=broken)])
        log.keep([step(1)])
        assert await log.kept(1)


async def test_stopping_writes_what_waits(place: Place) -> None:
    log = place.log()
    log.keep(steps(1, 4_321))
    log.start(lambda _kept, _reason: None)
    assert await log.stop()
    assert place.reader().last_seq() == 4_321


async def test_a_trace_finds_every_step_that_touches_an_interaction(place: Place) -> None:
    await place.write(1, 100)
    reader = place.reader()
    assert [found.seq for found in reader.steps(interaction_of(40))] == [40, 41, 42, 43]
    assert [found.seq for found in reader.steps("other")] == list(range(10, 101, 10))
    assert [found.seq for found in reader.steps("other", since_seq=20, until_seq=50)] == [20, 30, 40, 50]
    assert [found.seq for found in reader.steps(since_seq=97)] == [97, 98, 99, 100]
    assert list(reader.steps("nobody")) == []


async def test_a_long_trace_is_read_page_by_page(place: Place) -> None:
    await place.write(1, 2_500)
    assert list(place.reader().steps()) == steps(1, 2_500)


async def test_a_configuration_is_on_the_disk_no_later_than_the_steps_that_name_it(place: Place) -> None:
    async with place.running() as log:
        log.keep_configuration("d1", b"queues: {}")
        assert log.configuration("d1") == b"queues: {}"
        log.keep([step(1)])
        assert await log.kept(1)
        assert place.reader().configuration("d1") == b"queues: {}"
        log.keep_configuration("d1", b"queues: {}")
        log.keep([step(2)])
        assert await log.kept(2)
        assert place.reader().configuration("d2") is None


async def test_another_process_reads_while_this_one_writes(place: Place) -> None:
    async with place.running() as log:
        for first in range(1, 2_000, 100):
            log.keep(steps(first, first + 99))
            assert await log.kept(first + 99)
            with Child("read", place.folder) as child:
                assert await child.line() == f"{first + 99} {number_of(first + 99)}"
            if first > 300:
                break


async def test_a_second_process_may_not_write_and_is_told_who_does(place: Place) -> None:
    with Child("hold", place.folder) as child:
        assert await child.line() == "open"
        with pytest.raises(JournalFault, match=rf"processus {child.pid}\. Arrêtez-le"):
            place.log()
        assert place.reader().last_seq() == 0
        os.kill(child.pid, signal.SIGKILL)
        await child.ended()
    await place.write(1, 1)


async def test_a_journal_that_failed_to_open_lets_another_try(place: Place) -> None:
    await place.write(1, 3)
    with sqlite3.connect(place.journal) as raw:
        raw.execute("UPDATE meta SET value = '99'")
    for _attempt in range(2):
        with pytest.raises(JournalFault, match=r"version 99.*Installez"):
            place.log()
    assert not list(place.folder.glob("*damaged*"))


async def test_nobody_else_may_read_the_files(place: Place) -> None:
    async with place.running() as log:
        log.keep(steps(1, 10))
        assert await log.kept(10)
        files = [path for folder in (place.folder, place.keys.parent) for path in folder.iterdir() if path.is_file()]
        assert {path.name for path in files} >= {
            "journal.sqlite",
            "journal.sqlite-wal",
            "journal.sqlite-shm",
            "keys.sqlite",
            "keys.sqlite-wal",
        }
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (place.folder, place.keys.parent)} == {0o700}


async def test_files_that_were_open_to_others_are_closed_to_them(place: Place) -> None:
    await place.write(1, 1)
    for path in (place.folder, place.journal, place.keys):
        path.chmod(0o755)
    await place.write(2, 2)
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.journal.stat().st_mode) == stat.S_IMODE(place.keys.stat().st_mode) == 0o600


async def test_no_byte_of_the_files_tells_a_number(place: Place) -> None:
    numbers = [number_of(seq).encode() for seq in range(1, 200)]
    async with place.running() as log:
        log.keep(steps(1, 199))
        assert await log.kept(199)
        live = b"".join(path.read_bytes() for path in place.folder.rglob("*") if path.is_file())
    rest = b"".join(path.read_bytes() for path in place.folder.rglob("*") if path.is_file())
    assert b"CallArrived" in live
    assert b"CallArrived" in rest
    assert not [number for number in numbers if number in live or number in rest or number[1:] in rest]
    assert [found.input.caller.text for found in place.loaded()] == [  # type: ignore[attr-defined]
        number.decode() for number in numbers
    ]


async def test_a_person_reads_the_journal_with_a_sqlite_shell(place: Place) -> None:
    await place.write(1, 20)
    with sqlite3.connect(place.journal) as raw:
        found = raw.execute(
            "SELECT seq, name, json_extract(record, '$.record.orders[0].command.command') FROM readable WHERE seq = 7"
        ).fetchone()
        record = raw.execute("SELECT record FROM readable WHERE seq = 7").fetchone()[0]
    assert found == (7, "CallArrived", "AnswerCall")
    assert json.loads(record)["record"]["now_ms"] == step(7).now_ms


async def test_a_journal_deleted_under_our_feet_is_an_alarm(place: Place) -> None:
    async with place.running() as log:
        log.keep([step(1)])
        assert await log.kept(1)
        for path in place.folder.glob("journal.sqlite*"):
            path.unlink()
        log.keep([step(2)])
        assert not await log.kept(2)
        await until(lambda: place.alarms)
        assert place.alarms[0][0] is False
        assert "relancez Allo" in place.alarms[0][1]
    await place.write(1, 1)


async def test_full_synchronisation_can_be_asked_for(place: Place) -> None:
    async with place.running(synchronous="FULL") as log:
        log.keep(steps(1, 10))
        assert await log.kept(10)
    assert place.loaded() == steps(1, 10)


async def test_who_asks_for_some_facts_is_spared_the_other_steps(place: Place) -> None:
    lost = Step(seq=4, now_ms=1_700_000_000_004, input=e.NodeLost(cause="x", node="a1", reason="CallArrived"))
    async with place.running() as log:
        log.keep([*steps(1, 3), lost, step(5)])
        assert await log.kept(5)
        reader = place.reader()
        assert list(reader.steps(holding=["CallArrived", "CallConnected"])) == [*steps(1, 3), step(5)]
        assert list(reader.steps(holding=["NodeLost"])) == [lost]
        assert list(reader.steps(holding=["CallConnected"])) == []


async def test_who_follows_the_journal_sees_what_comes_and_another_file_in_its_place(place: Place) -> None:
    await place.write(1, 3)
    follower = place.reader(follows=True)
    assert follower.last_seq() == 3
    async with place.running() as log:
        log.keep(steps(4, 5))
        assert await log.kept(5)
        assert list(follower.steps(since_seq=4)) == steps(4, 5)
    for file in (place.journal, place.wal, place.journal.with_name(place.journal.name + "-shm")):
        file.unlink(missing_ok=True)
    with pytest.raises(JournalFault, match="illisible"):
        follower.last_seq()
    await place.write(1, 2)
    assert list(follower.steps()) == steps(1, 2)
