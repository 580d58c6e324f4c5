"""An edge in a process of its own, hailed over a real Valkey by kernels of one epoch and another."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from core.commands import HangUpLeg, Order
from core.wire import Wire
from journal.keys import KeyStore
from runtime.scaled.edge_process import EdgeProcess
from runtime.scaled.redis_bus import Inlet, Message, Outlet, connect
from runtime.scaled.remote import SESSIONS, Hail, Here, facts_of, orders_of
from tests import servers
from tests.fakes.edge import FakeEdge
from tests.journal.steps import until


class Kernel:
    """A kernel's end of the bus, as a test plays it."""

    def __init__(self, redis: Redis, keys: KeyStore) -> None:
        self.redis = redis
        self.keys = keys
        self.wire = Wire(keys)
        self.starts: list[int] = []
        self.heres: list[Here] = []
        self.ends: list[str] = []
        self.inlet = Inlet(redis, facts_of("fake"), self._take, lambda _count: None)

    async def _take(self, message: Message) -> None:
        if message.kind == "here":
            self.starts.append(message.origin)
            self.heres.append(msgspec.json.decode(message.body, type=Here))
        else:
            self.ends.append(type(self.wire.decode_event(message.body)).__name__)

    def _encode(self, things: Sequence[tuple[str, Any]]) -> list[bytes]:
        wire = self.wire
        return [wire.encode_order(thing) if kind == "order" else msgspec.json.encode(thing) for kind, thing in things]

    async def says(self, epoch: int, *orders: str) -> None:
        """Hails under `epoch`, then orders."""
        outlet = Outlet(self.redis, orders_of("fake", self.starts[-1]), epoch * SESSIONS + 1, self._encode)
        outlet.start()
        outlet.say("hail", Hail(known=(), digest="d"))
        for name in orders:
            command = HangUpLeg(cause="t", interaction="i", leg="l", channel="c")
            outlet.put("order", Order(id=name, lane="i", command=command))
        await outlet.stop()


@pytest.fixture
async def kernel(tmp_path: Path) -> AsyncIterator[Kernel]:
    if not servers.valkey().running:
        servers.valkey().start()
    redis = connect(servers.valkey().url)
    await redis.flushall()
    keys = KeyStore(tmp_path / "keys" / "keys.db")
    kernel = Kernel(redis, keys)
    kernel.inlet.start()
    yield kernel
    await kernel.inlet.stop()
    keys.close()
    await redis.aclose()


@contextlib.asynccontextmanager
async def running(kernel: Kernel, edge: FakeEdge) -> AsyncIterator[None]:
    process = EdgeProcess(edge, kernel.redis, kernel.keys, "d")
    task = asyncio.create_task(process.run())
    await until(lambda: kernel.starts)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_goes_to_work_when_a_kernel_hails_it_and_not_before(kernel: Kernel) -> None:
    edge = FakeEdge()
    async with running(kernel, edge):
        assert edge.down
        assert kernel.heres[-1].session == 0
        await kernel.says(1)
        await until(lambda: not edge.down)
        await kernel.says(1, "a", "b")
        await until(lambda: len(kernel.ends) == 2)
    assert [order.id for order in edge.done] == ["a", "b"]
    assert kernel.ends == ["OrderDone", "OrderDone"]


async def test_orders_of_an_older_epoch_are_refused(kernel: Kernel) -> None:
    edge = FakeEdge()
    async with running(kernel, edge):
        await kernel.says(7)
        await until(lambda: not edge.down)
        await kernel.says(6, "late")
        await kernel.says(7, "mine")
        await until(lambda: edge.done)
    assert [order.id for order in edge.done] == ["mine"]


async def test_a_new_kernel_learns_that_it_was_at_work_before(kernel: Kernel) -> None:
    edge = FakeEdge()
    async with running(kernel, edge):
        await kernel.says(1)
        await until(lambda: not edge.down)
        assert not kernel.heres[-1].started
        await kernel.says(2)
        await until(lambda: kernel.heres[-1].session == 2 * SESSIONS + 1)
        assert kernel.heres[-1].started
