"""Acceptance cards of a journal (core.ports.Journal), on the fake and on the real things.

J1  what is said to be kept is there for the next start, in order, without a hole
J2  keeping never waits; asking about an early step is answered when a later one is kept
J3  a step out of order is refused, and nothing of that batch is taken
J4  a journal that cannot keep says so, and has everything once it can again
J5  a start finds the newest snapshot and what followed it, and the configurations that steps name
J6  personal text rests sealed, opens with its key, and is gone with it
J7  one writes: a second is refused, and told who has it
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core import events as e
from core import ids
from core.errors import InvariantBroken, JournalFault
from core.personal import Personal
from core.step import Step
from journal.snapshot import Snapshot
from runtime.memory import Memory
from runtime.places import Places
from runtime.settings import JournalSettings
from tests import servers
from tests.fakes.journal import FakeJournal

INTERACTION = ids.mint(1_800_000_000_000, b"0123456789")
NUMBER = "+33639980078"
Opening = Callable[[], Memory]


def step(seq: int) -> Step:
    return Step(seq=seq, now_ms=1_800_000_000_000 + seq, input=e.PhoneSeen(cause="t", phone=str(seq), reachable=True))


def pressed(seq: int) -> Step:
    key = Personal(INTERACTION, "keys", "7")
    fact = e.KeyPressed(cause="t", interaction=INTERACTION, leg=ids.caller_leg(INTERACTION), key=key)
    return Step(seq=seq, now_ms=1_800_000_000_000 + seq, input=fact)


@pytest.fixture(params=["sqlite", "postgresql"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    """Opens the same journal anew, as each start does."""
    url = servers.database() if request.param == "postgresql" else ""
    return lambda: Memory.configured(JournalSettings(url=url), Places(run=tmp_path))


@pytest.fixture
async def memory(opening: Opening) -> AsyncIterator[Memory]:
    opened = opening()
    opened.log.start(lambda _kept, _reason: None)
    yield opened
    await opened.log.stop()
    opened.keys.close()


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[object]:
    if request.param == "fake":
        yield FakeJournal()
        return
    url = servers.database() if request.param == "postgresql" else ""
    memory = Memory.configured(JournalSettings(url=url), Places(run=tmp_path))
    memory.log.start(lambda _kept, _reason: None)
    yield memory.log
    await memory.log.stop()
    memory.keys.close()


async def test_j1_what_is_kept_is_there_in_order(journal: FakeJournal) -> None:
    journal.keep([step(1), step(2)])
    journal.keep([step(3)])
    assert await journal.kept(3)
    _, steps = journal.load()
    assert list(steps) == [step(1), step(2), step(3)]


async def test_j2_a_later_step_kept_means_an_earlier_one_is(journal: FakeJournal) -> None:
    for seq in range(1, 200):
        journal.keep([step(seq)])
    assert await journal.kept(199)
    assert await journal.kept(1)


async def test_j3_a_step_out_of_order_is_refused_and_nothing_taken(journal: FakeJournal) -> None:
    journal.keep([step(1)])
    with pytest.raises(InvariantBroken):
        journal.keep([step(2), step(4)])
    journal.keep([step(2)])
    assert await journal.kept(2)
    _, steps = journal.load()
    assert [found.seq for found in steps] == [1, 2]


async def test_j4_the_fake_refuses_as_the_real_one_does_on_a_full_disk() -> None:
    """The file's full disk is tests/journal/test_failing.py; here the fake must behave like it."""
    journal = FakeJournal()
    journal.refusing = True
    journal.keep([step(1)])
    assert not await journal.kept(1)
    journal.refusing = False
    journal.keep([step(2)])
    assert await journal.kept(2)
    _, steps = journal.load()
    assert [found.seq for found in steps] == [1, 2]


async def test_j5_a_start_finds_the_snapshot_what_followed_it_and_the_configuration(
    memory: Memory, opening: Opening
) -> None:
    memory.log.keep_configuration("d1", b"queues: {}")
    memory.log.keep([step(seq) for seq in range(1, 11)])
    memory.log.keep_snapshot(Snapshot(seq=10, now_ms=1_800_000_000_010, tables={"calls.calls": b"{}"}))
    memory.log.keep([step(11), step(12)])
    assert await memory.log.kept(12)
    assert await memory.log.stop()
    memory.keys.close()
    again = opening()
    snapshot, following = again.log.load()
    assert snapshot is not None
    assert (snapshot.seq, [found.seq for found in following]) == (10, [11, 12])
    assert again.log.configuration("d1") == b"queues: {}"
    assert again.log.last_seq == 12
    again.log.close()
    again.keys.close()


async def test_j6_personal_text_rests_sealed_and_is_gone_with_its_key(memory: Memory) -> None:
    memory.log.keep([pressed(1), step(2), pressed(3)])
    assert await memory.log.kept(3)
    found = list(memory.log.steps(INTERACTION))
    assert found == [pressed(1), pressed(3)]
    memory.keys.erase(INTERACTION, "keys")
    (first, _) = memory.log.steps(INTERACTION)
    assert isinstance(first.input, e.KeyPressed)
    assert first.input.key.text is None


async def test_j7_a_second_writer_is_refused_and_told_who_has_it(memory: Memory, opening: Opening) -> None:
    with pytest.raises(JournalFault, match="processus"):
        opening()
    await memory.log.stop()
    again = opening()
    again.log.close()
    again.keys.close()
