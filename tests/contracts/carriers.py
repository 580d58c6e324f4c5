"""What carries kept steps to those who listen: within a process, or over a real Valkey beside a journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from redis.asyncio import Redis

from core.step import Step
from core.wire import Wire
from journal.keys import KeyStore
from runtime.bus import Bus
from runtime.memory import Memory
from runtime.scaled.feed import STEPS, Feed, Follower
from runtime.scaled.redis_bus import connect
from tests import servers

Leave = Callable[[], Awaitable[None]]


class Carrier(Protocol):
    """The cards' view.  What cannot go wrong within a process does not go wrong there: `holes`, `trims` and `dies` then
    do nothing but what a kernel does anyway."""

    wire: Wire

    def publish(self, *steps: Step) -> None:
        """These are decided and kept."""

    async def listen(self, hear: Callable[[Step], None]) -> Leave:
        """Hears every step from now on; the answer takes the listener away again."""

    async def holes(self, *steps: Step) -> None:
        """These are kept, and the kernel is killed before it publishes them."""

    async def trims(self) -> None:
        """What is on its way is removed: there was too much of it."""

    async def dies(self) -> None:
        """What carries is killed, and loses what it held."""

    async def comes_back(self) -> None:
        """It is there again, empty."""

    async def stop(self) -> None: ...


class WithinAProcess:
    """runtime.bus.Bus."""

    def __init__(self, directory: Path) -> None:
        self.wire = Wire(KeyStore(directory / "keys" / "keys.db"))
        self.bus = Bus(self.wire)

    def publish(self, *steps: Step) -> None:
        for step in steps:
            self.bus.publish(step)

    async def listen(self, hear: Callable[[Step], None]) -> Leave:
        take_away = self.bus.listen(hear)

        async def leave() -> None:
            take_away()

        return leave

    async def holes(self, *steps: Step) -> None:
        self.publish(*steps)

    async def trims(self) -> None: ...

    async def dies(self) -> None: ...

    async def comes_back(self) -> None: ...

    async def stop(self) -> None: ...


class OverValkey:
    """runtime.scaled.feed.Feed, and a Follower for each who listens."""

    def __init__(self, directory: Path) -> None:
        self.redis: Redis = connect(servers.valkey().url)
        self.memory = Memory.file(directory / "journal" / "allo.db", durable=False)
        self.wire = self.memory.wire
        self.memory.log.start(lambda _kept, _reason: None)
        self.feed = Feed(self.redis, self.wire, lambda: self.memory.log.kept_seq)
        self._followers: list[Follower] = []

    async def start(self) -> None:
        if not servers.valkey().running:
            servers.valkey().start()
        await self.redis.flushall()
        self.feed.start()

    def publish(self, *steps: Step) -> None:
        self.memory.log.keep([step for step in steps if step.seq > self.memory.log.last_seq])
        for step in steps:
            self.feed.take(step)

    async def listen(self, hear: Callable[[Step], None]) -> Leave:
        return (await self.follow(f"listener{len(self._followers)}", hear, self.memory.log.last_seq)).leave

    async def follow(self, name: str, hear: Callable[[Step], None], since_seq: int) -> Follower:
        follower = Follower(self.redis, self.wire, self.memory.log, name, hear, since_seq)
        self._followers.append(follower)
        follower.start()
        return follower

    async def holes(self, *steps: Step) -> None:
        self.memory.log.keep(steps)
        assert await self.memory.log.kept(steps[-1].seq)

    async def trims(self) -> None:
        await self.length(self.memory.log.last_seq)
        await self.redis.delete(STEPS)

    async def dies(self) -> None:
        servers.valkey().kill()

    async def comes_back(self) -> None:
        servers.valkey().start()

    async def length(self, length: int) -> None:
        """Waits until so many steps are on their way."""
        async with asyncio.timeout(20):
            while await self.redis.xlen(STEPS) != length:  # noqa: ASYNC110  it happens in another process
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        for follower in self._followers:
            await follower.stop()
        await self.feed.stop()
        await self.memory.log.stop()
        self.memory.keys.close()
        await self.redis.aclose()
        if not servers.valkey().running:
            servers.valkey().start()
