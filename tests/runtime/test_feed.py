"""Kept steps for other processes: what a follower misses on the bus it reads in the journal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.step import Step
from runtime.feed import READERS, STEPS, Feed, Follower
from runtime.memory import Memory
from runtime.redis_bus import connect
from tests import servers
from tests.journal.steps import steps, until


class Office:
    """A journal, what it publishes, and who follows."""

    def __init__(self, redis: Redis, memory: Memory) -> None:
        self.redis = redis
        self.memory = memory
        self.feed = Feed(redis, memory.wire, lambda: memory.log.kept_seq)

    def happens(self, first: int, last: int) -> None:
        self.memory.log.keep(steps(first, last))
        for step in steps(first, last):
            self.feed.take(step)

    @contextlib.asynccontextmanager
    async def follower(self, name: str = "views", since_seq: int = 0) -> AsyncIterator[list[Step]]:
        heard: list[Step] = []
        follower = Follower(self.redis, self.memory.wire, self.memory.log, name, heard.append, since_seq)
        follower.start()
        try:
            yield heard
        finally:
            await follower.stop()

    async def length(self, length: int) -> None:
        async with asyncio.timeout(20):
            while await self.redis.xlen(STEPS) != length:  # noqa: ASYNC110  it happens in another process
                await asyncio.sleep(0.01)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    if not servers.valkey().running:
        servers.valkey().start()
    redis = connect(servers.valkey().url)
    await redis.flushall()
    memory = Memory.file(tmp_path / "journal" / "allo.db", durable=False)
    memory.log.start(lambda _kept, _reason: None)
    office = Office(redis, memory)
    office.feed.start()
    yield office
    await office.feed.stop()
    await memory.log.stop()
    memory.keys.close()
    await redis.aclose()


async def test_a_follower_gets_every_kept_step_once_and_in_order(office: Office) -> None:
    async with office.follower() as heard:
        office.happens(1, 700)
        await until(lambda: len(heard) == 700)
        office.happens(701, 705)
        await until(lambda: len(heard) == 705)
    assert heard == steps(1, 705)


async def test_what_the_stream_no_longer_holds_is_read_in_the_journal(office: Office) -> None:
    office.happens(1, 20)
    await office.length(20)
    await office.redis.delete(STEPS)
    office.happens(21, 25)
    async with office.follower(since_seq=3) as heard:
        await until(lambda: len(heard) == 22)
    assert heard == steps(4, 25)


async def test_a_hole_in_the_stream_is_read_in_the_journal(office: Office) -> None:
    office.happens(1, 10)
    await office.length(10)
    async with office.follower() as heard:
        await until(lambda: len(heard) == 10)
        office.memory.log.keep(steps(11, 20))  # decided while nobody published: the kernel was killed just then
        assert await office.memory.log.kept(20)
        office.happens(21, 22)
        await until(lambda: len(heard) == 22)
    assert heard == steps(1, 22)


async def test_nothing_is_published_that_the_journal_does_not_have(office: Office) -> None:
    for step in steps(1, 5):
        office.feed.take(step)
    office.memory.log.keep(steps(1, 3))
    await office.length(3)
    office.memory.log.keep(steps(4, 5))
    await office.length(5)


async def test_what_every_follower_has_read_leaves_the_stream(office: Office) -> None:
    await office.redis.hset(READERS, "slow", "4")
    async with office.follower() as heard:
        office.happens(1, 10)
        await until(lambda: len(heard) == 10)
        await office.length(6)
        await office.redis.hset(READERS, "slow", "10")
        await office.length(0)


async def test_a_follower_that_leaves_is_waited_for_no_more(office: Office) -> None:
    follower = Follower(office.redis, office.memory.wire, office.memory.log, "gone", lambda _step: None, 0)
    follower.start()
    async with asyncio.timeout(20):
        while not await office.redis.hexists(READERS, "gone"):  # noqa: ASYNC110  it happens in another process
            await asyncio.sleep(0.01)
    await follower.leave()
    assert not await office.redis.hexists(READERS, "gone")


async def test_a_bus_that_dies_and_comes_back_empty_hides_no_step(office: Office) -> None:
    async with office.follower() as heard:
        office.happens(1, 5)
        await until(lambda: len(heard) == 5)
        servers.valkey().kill()
        office.happens(6, 10)
        servers.valkey().start()
        await until(lambda: len(heard) == 10)
    assert heard == steps(1, 10)


async def test_a_follower_that_breaks_on_one_step_gets_the_next(office: Office) -> None:
    heard: list[int] = []

    def hear(step: Step) -> None:
        if step.seq == 2:
            raise RuntimeError("a view's bug")
        heard.append(step.seq)

    follower = Follower(office.redis, office.memory.wire, office.memory.log, "views", hear, 0)
    follower.start()
    office.happens(1, 3)
    await until(lambda: heard == [1, 3])
    await follower.stop()
