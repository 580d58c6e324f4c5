"""An edge in another process, as a kernel that has no room for it sees it; the rest is tested on a real Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core import events as e
from core import limits
from core.mind import Configurations
from core.ports import Mint, Submit
from core.wire import Wire
from journal.keys import KeyStore
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.kernel import Kernel
from runtime.loop import Loop
from runtime.scaled.edge_process import EdgeProcess
from runtime.scaled.redis_bus import connect
from runtime.scaled.remote import RemoteEdge
from tests import centres, servers
from tests.fakes.edge import FakeEdge
from tests.fakes.journal import FakeJournal
from tests.journal.steps import until


class Counter(FakeEdge):
    """Where people ask; it notes what was refused, and each session after the first."""

    def __init__(self) -> None:
        super().__init__(())
        self.refusals: list[str] = []
        self.greetings = 0

    async def start(self, submit: Submit, mint: Mint) -> None:
        self.submit = submit
        await super().start(submit, mint)

    def refused(self, request: str) -> None:
        self.refusals.append(request)

    def greeted(self) -> None:
        self.greetings += 1


def asked(request: str) -> e.AgentAsked:
    return e.AgentAsked(cause="t", agent="alice", wish="ready", reason="", request=request)


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    if not servers.valkey().running:
        servers.valkey().start()
    redis = connect(servers.valkey().url)
    await redis.flushall()
    yield redis
    await redis.aclose()


async def test_what_people_ask_is_refused_while_calls_need_the_room_and_taken_afterwards(
    redis: Redis, tmp_path: Path
) -> None:
    keys = KeyStore(tmp_path / "keys" / "keys.db")
    loop = Loop(Kernel(Configurations(centres.small())), FakeJournal(), Clock(lambda: 0.0, lambda: 0.0), Bus())
    for _ in range(limits.INBOX_SHED_AT):
        loop.submit(e.FactsMissed(cause="t", count=1))
    away = RemoteEdge("fake", (), asks=True)
    away.attach(loop, redis, Wire(keys), 1, lambda: "d")
    counter = Counter()
    process = EdgeProcess(counter, redis, keys, "d")
    working = asyncio.create_task(process.run())
    await away.start(loop.submit, str)
    await until(lambda: away.up and process.started.is_set())
    counter.submit(asked("too soon"))
    await until(lambda: counter.refusals == ["too soon"])
    assert loop.waiting == limits.INBOX_SHED_AT
    running = asyncio.create_task(loop.run())
    await until(lambda: not loop.waiting)
    counter.submit(asked("again"))
    await until(lambda: "fake" in loop.kernel.taken)
    assert counter.refusals == ["too soon"]
    loop.stop()
    await running
    await away.stop()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    keys.close()
