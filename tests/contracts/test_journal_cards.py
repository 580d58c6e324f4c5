"""Acceptance cards of a journal (core.ports.Journal), on the fake and on the real thing.

J1  what is said to be kept is there for the next start, in order, without a hole
J2  keeping never waits; asking about an early step is answered when a later one is kept
J3  a step out of order is refused, and nothing of that batch is taken
J4  a journal that cannot keep says so, and has everything once it can again
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core import events as e
from core.errors import InvariantBroken
from core.step import Step
from runtime.memory import Memory
from tests.fakes.journal import FakeJournal


def steps(self) -> list[Step]: ...


def step(seq: int) -> Step:
    return Step(seq=seq, now_ms=1_800_000_000_000 + seq, input=e.PhoneSeen(cause="t", phone=str(seq), reachable=True))


@pytest.fixture(params=["fake", "sqlite"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[object]:
    if request.param == "fake":
        yield FakeJournal()
        return
    memory = Memory(tmp_path / "journal" / "allo.db", durable=False)
    memory.log.start(lambda _kept, _reason: None)
    yield memory.log
    await memory.log.stop()
    memory.keys.close()


async def test_j1_what_is_kept_is_there_in_order(journal: FakeJournal) -> None:
    journal.keep([step(1), step(2)])
    journal.keep([step(3)])
    assert await journal.kept(3)
    _, steps = journal.load()
    assert [found.seq for found in steps] == [1, 2, 3]


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
    """The real one's full disk is tests/journal/test_failing.py; here the fake must behave like it."""
    journal = FakeJournal()
    journal.refusing = True
    journal.keep([step(1)])
    assert not await journal.kept(1)
    journal.refusing = False
    journal.keep([step(2)])
    assert await journal.kept(2)
    _, steps = journal.load()
    assert [found.seq for found in steps] == [1, 2]
