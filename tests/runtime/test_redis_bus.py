"""Messages between processes over a real Valkey: what comes twice, what is missing, and a bus that dies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from core import limits
from runtime.scaled.redis_bus import Inlet, Message, Outlet, connect
from tests import servers
from tests.journal.steps import until


def as_text(things: Sequence[tuple[str, Any]]) -> list[bytes]:
    return [str(thing).encode() for _, thing in things]


@pytest.fixture
async def bus() -> AsyncIterator[Redis]:
    server = servers.valkey()
    if not server.running:
        server.start()
    redis = connect(server.url)
    await redis.flushall()
    yield redis
    await redis.aclose()
    if not server.running:
        server.start()


class Reader:
    """An inlet that notes what it was given."""

    def __init__(self, bus: Redis, origin: int = 0, number: int = 0) -> None:
        self.heard: list[tuple[int, str]] = []
        self.missed: list[int] = []
        self.away = 0
        self.inlet = Inlet(
            bus, "talk", self.take, self.missed.append, origin=origin, number=number, away=self._count_away
        )

    async def take(self, message: Message) -> None:
        self.heard.append((message.origin, message.body.decode()))

    def _count_away(self) -> None:
        self.away += 1


@contextlib.asynccontextmanager
async def reading(bus: Redis, origin: int = 0, number: int = 0) -> AsyncIterator[Reader]:
    reader = Reader(bus, origin, number)
    reader.inlet.start()
    try:
        yield reader
    finally:
        await reader.inlet.stop()


@contextlib.asynccontextmanager
async def sending(bus: Redis, origin: int = 1) -> AsyncIterator[Outlet]:
    outlet = Outlet(bus, "talk", origin, as_text)
    outlet.start()
    try:
        yield outlet
    finally:
        await outlet.stop()


async def test_messages_come_in_order_each_once(bus: Redis) -> None:
    async with sending(bus) as outlet, reading(bus) as reader:
        for number in range(1, 1_201):
            outlet.put("fact", number)
        await until(lambda: len(reader.heard) == 1_200)
    assert reader.heard == [(1, str(number)) for number in range(1, 1_201)]
    assert reader.missed == []


async def test_what_was_sent_twice_is_taken_once(bus: Redis) -> None:
    for number in (1, 2, 2, 1, 3):
        await _add(bus, 1, number)
    async with reading(bus) as reader:
        await until(lambda: len(reader.heard) == 3)
    assert [body for _, body in reader.heard] == ["1", "2", "3"]


async def test_a_hole_is_told_before_what_follows_it(bus: Redis) -> None:
    for number in (1, 2, 6):
        await _add(bus, 1, number)
    async with reading(bus) as reader:
        await until(lambda: len(reader.heard) == 3)
    assert reader.missed == [3]


async def test_a_hole_at_the_end_is_told_by_whatever_comes_next(bus: Redis) -> None:
    await _add(bus, 1, 1)
    await _add(bus, 1, 4, counted=False)
    async with reading(bus) as reader:
        await until(lambda: len(reader.heard) == 2)
    assert reader.missed == [3]


async def test_a_new_origin_counts_from_one_and_an_older_one_is_refused(bus: Redis) -> None:
    for origin, number in ((7, 1), (8, 1), (7, 2), (8, 2)):
        await _add(bus, origin, number)
    async with reading(bus) as reader:
        await until(lambda: reader.inlet.number == 2)
    assert [origin for origin, _ in reader.heard] == [7, 8, 8]
    assert reader.inlet.refused == 1


async def test_a_start_goes_on_behind_what_was_taken(bus: Redis) -> None:
    for number in (1, 2, 3):
        await _add(bus, 5, number)
    async with reading(bus, origin=5, number=2) as reader:
        await until(lambda: reader.heard)
    assert reader.heard == [(5, "3")]
    assert reader.missed == []


async def test_what_is_no_message_is_passed_over(bus: Redis) -> None:
    await bus.xadd("allo:talk", {"x": "y"})
    await _add(bus, 1, 1)
    async with reading(bus) as reader:
        await until(lambda: reader.heard)
    assert reader.inlet.refused == 1


async def test_only_what_is_done_leaves_the_stream(bus: Redis) -> None:
    async with sending(bus) as outlet, reading(bus) as reader:
        for number in range(1, 11):
            outlet.put("fact", number)
        await until(lambda: len(reader.heard) == 10)
        reader.inlet.done(1, 7)
        await _until_length(bus, 3)
    async with reading(bus) as again:
        await until(lambda: len(again.heard) == 3)
    assert [body for _, body in again.heard] == ["8", "9", "10"]


async def test_a_bus_that_dies_and_comes_back_empty_loses_nothing_that_was_not_on_it(bus: Redis) -> None:
    async with sending(bus) as outlet, reading(bus) as reader:
        outlet.put("fact", "before")
        await until(lambda: len(reader.heard) == 1)
        servers.valkey().kill()
        outlet.put("fact", "meanwhile")
        await until(lambda: reader.away > 0)
        servers.valkey().start()
        outlet.put("fact", "after")
        await until(lambda: len(reader.heard) == 3)
    assert [body for _, body in reader.heard] == ["before", "meanwhile", "after"]
    assert reader.missed == []


async def test_what_was_on_a_bus_that_dies_is_missed(bus: Redis) -> None:
    async with sending(bus) as outlet:
        outlet.put("fact", 1)
        await _until_length(bus, 1)
        servers.valkey().kill()
        servers.valkey().start()
        outlet.put("fact", 2)
        async with reading(bus) as reader:
            await until(lambda: reader.heard)
    assert reader.missed == [1]


async def test_only_the_newest_wait_while_the_bus_is_away(bus: Redis) -> None:
    servers.valkey().kill()
    async with sending(bus) as outlet, reading(bus) as reader:
        for number in range(limits.OUTLET_MESSAGES + 50):
            outlet.put("fact", number)
        servers.valkey().start()
        await until(lambda: len(reader.heard) == limits.OUTLET_MESSAGES)
    assert sum(reader.missed) == 50


async def test_of_what_is_only_said_the_newest_form_goes_out(bus: Redis) -> None:
    outlet = Outlet(bus, "talk", 1, as_text)
    outlet.put("fact", "one")
    for beat in ("old", "new"):
        outlet.say("here", beat)
    outlet.start()
    async with reading(bus) as reader:
        await until(lambda: len(reader.heard) == 2)
    await outlet.stop()
    assert [body for _, body in reader.heard] == ["one", "new"]


async def test_forgetting_gives_back_what_did_not_go_out(bus: Redis) -> None:
    outlet = Outlet(bus, "talk", 1, as_text)
    outlet.put("order", "a")
    outlet.say("hail", "h")
    assert outlet.forget(2) == ["a"]
    outlet.put("order", "b")
    outlet.start()
    async with reading(bus) as reader:
        await until(lambda: reader.heard)
    await outlet.stop()
    assert reader.heard == [(2, "b")]


async def _add(bus: Redis, origin: int, number: int, *, counted: bool = True) -> None:
    fields: dict[Any, Any] = {"o": origin, "n": number, "c": int(counted), "k": "fact", "b": str(number)}
    await bus.xadd("allo:talk", fields)


async def _until_length(bus: Redis, length: int) -> None:
    async with asyncio.timeout(20):
        while await bus.xlen("allo:talk") != length:  # noqa: ASYNC110  it happens in another process
            await asyncio.sleep(0.01)
