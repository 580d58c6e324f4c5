"""What ties a kernel to other processes: the bus to edges that are away, and the feed of kept steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.step import Step
from runtime.loop import Loop
from runtime.memory import Memory
from runtime.scaled.feed import Feed
from runtime.scaled.redis_bus import connect
from runtime.scaled.remote import RemoteEdge
from runtime.settings import BusSettings
from runtime.settings.servers import secret_of


class Wires:
    """Made in the loop that uses it; ready at once, for a Redis that is away is waited for."""

    def __init__(
        self, bus: BusSettings, memory: Memory, loop: Loop, away: Sequence[RemoteEdge], digest: Callable[[], str]
    ) -> None:
        """`digest` is that of the files that the kernel has read last."""
        self._redis = connect(bus.url, secret_of(bus.secret_env))
        self._memory = memory
        self._away = away
        self._feed = Feed(self._redis, memory.wire, lambda: memory.log.kept_seq)
        self._feed.start()
        for edge in away:
            edge.attach(loop, self._redis, memory.wire, memory.epoch, digest)

    def take(self, step: Step) -> None:
        """A step that was decided, and kept if the journal can."""
        self._feed.take(step)
        if step.seq <= self._memory.log.kept_seq:
            for edge in self._away:
                edge.kept(step)

    async def stop(self) -> None:
        """After the edges: nothing is sent any more."""
        await self._feed.stop()
        await self._redis.aclose()
