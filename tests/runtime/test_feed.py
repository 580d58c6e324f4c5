"""What the bus cards (tests/contracts/test_bus_cards.py) do not ask of kept steps for other processes: what stays on
the bus for whom, and where a follower begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.step import Step
from runtime.scaled.feed import READERS
from tests import servers
from tests.contracts.carriers import OverValkey
from tests.journal.steps import steps, until


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[OverValkey]:
    office = OverValkey(tmp_path)
    await office.start()
    yield office
    await office.stop()


async def test_a_follower_begins_behind_what_it_has_wherever_that_is_to_be_found(office: OverValkey) -> None:
    office.publish(*steps(1, 20))
    await office.trims()
    office.publish(*steps(21, 25))
    heard: list[Step] = []
    await office.follow("views", heard.append, 3)
    await until(lambda: len(heard) == 22)
    assert heard == steps(4, 25)


async def test_while_the_bus_is_away_the_journal_is_followed(office: OverValkey) -> None:
    heard: list[Step] = []
    await office.follow("views", heard.append, 0)
    office.publish(*steps(1, 5))
    await until(lambda: len(heard) == 5)
    await office.dies()
    office.publish(*steps(6, 10))
    await until(lambda: len(heard) == 10)
    assert not servers.valkey().running
    assert heard == steps(1, 10)


async def test_nothing_is_published_that_the_journal_does_not_have(office: OverValkey) -> None:
    for step in steps(1, 5):
        office.feed.take(step)
    office.memory.log.keep(steps(1, 3))
    await office.length(3)
    office.memory.log.keep(steps(4, 5))
    await office.length(5)


async def test_what_every_follower_has_read_leaves_the_stream(office: OverValkey) -> None:
    await office.redis.hset(READERS, "slow", "4")
    heard: list[Step] = []
    await office.follow("views", heard.append, 0)
    office.publish(*steps(1, 10))
    await until(lambda: len(heard) == 10)
    await office.length(6)
    await office.redis.hset(READERS, "slow", "10")
    await office.length(0)


async def test_a_follower_that_leaves_is_waited_for_no_more(office: OverValkey) -> None:
    heard: list[Step] = []
    gone = await office.follow("gone", heard.append, 0)
    async with asyncio.timeout(20):
        while not await office.redis.hexists(READERS, "gone"):  # noqa: ASYNC110  it happens in another process
            await asyncio.sleep(0.01)
    await gone.leave()
    assert not await office.redis.hexists(READERS, "gone")
