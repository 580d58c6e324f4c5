"""Webhooks in a process of their own over a real Valkey and PostgreSQL.  The neighbours that break: that process, with
`kill -9` in the middle of a delivery, then PostgreSQL, then Valkey; the journal has everything, the outbox how far."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from runtime.memory import Memory
from runtime.places import ROOT, Places
from runtime.settings import JournalSettings
from tests import servers
from tests.crm_bridge import calls
from traffic.receiver import Receiver

SECRET = "whsec_" + "QWxsbyBzaWduZSBzZXMgd2ViaG9va3MuLi4u"
PATIENCE_S = 60.0
A_CALL = ["arrived", "qualified", "queued", "offered", "connected", "ended"]


@dataclass
class Slow(Receiver):
    """Believes what it is told at once; says so only while `answering`."""

    answering: asyncio.Event = field(default_factory=asyncio.Event)

    async def _take(self, request: web.Request) -> web.Response:
        answer = await super()._take(request)
        await self.answering.wait()
        return answer

    def lives(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for told in self.taken:
            found[told.body["data"]["interaction"]].append(told.type.removeprefix("interaction."))
        return dict(found)

    async def has(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.taken) < count:
                self.news.clear()
                await self.news.wait()


class Office:
    """The journal as a kernel writes it, and the process that tells others of it."""

    def __init__(self, home: Path, memory: Memory, surroundings: dict[str, str]) -> None:
        self._home = home
        self._memory = memory
        self._surroundings = surroundings
        self._child: asyncio.subprocess.Process | None = None
        self._written = list(calls.steps(9))
        self._kept = 0

    async def keeps(self, count: int) -> None:
        """So many further steps are in the journal; nobody publishes them."""
        self._memory.log.keep(self._written[self._kept : self._kept + count])
        self._kept += count
        async with asyncio.timeout(PATIENCE_S):
            while not await self._memory.log.kept(self._kept):  # noqa: ASYNC110  it happens in another process
                await asyncio.sleep(0.05)  # its server is not back yet

    async def up(self) -> None:
        command = ("-P", "-m", "runtime", "up", "--role", "webhooks", "--config", str(self._home / "config"))
        self._child = await asyncio.create_subprocess_exec(
            *(sys.executable, *command),
            env={**os.environ, **self._surroundings},
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert self._child.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while "est suivi à partir" not in (line := await self._child.stderr.readline()).decode():
                assert line, "it ended"

    async def kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            await child.communicate()


@pytest.fixture
async def slow() -> Slow:
    return Slow(SECRET)


@pytest.fixture
async def office(tmp_path: Path, slow: Slow) -> AsyncIterator[Office]:
    shutil.copytree(ROOT / "tests" / "config" / "good", tmp_path / "config")
    url = servers.database()
    memory = Memory.configured(JournalSettings(url=url), Places(run=tmp_path / "run"))
    memory.log.start(lambda _kept, _reason: None)
    surroundings = {
        "ALLO_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "ALLO_JOURNAL_URL": url,
        "ALLO_BUS_URL": servers.valkey().url,
        "ALLO_WEBHOOK_TEST": SECRET,
    }
    async with slow.listening("127.0.0.1") as address:
        (tmp_path / "config" / "crm.yaml").write_text(
            f"webhooks: {{endpoints: {{usagers: {{url: {address}, secret_env: ALLO_WEBHOOK_TEST}}}}}}"
        )
        made = Office(tmp_path, memory, surroundings)
        yield made
        slow.answering.set()
        await made.kill()
    await memory.log.stop()
    memory.keys.close()


async def test_killed_in_the_middle_of_a_delivery_it_tells_that_again_and_nothing_out_of_order(
    office: Office, slow: Slow
) -> None:
    await office.up()
    await office.kill()  # the outbox begins here
    await office.keeps(63)
    await office.up()
    await slow.has(8)  # as many as it delivers at once: one of each of eight calls
    await office.kill()
    slow.answering.set()
    await office.up()
    await slow.has(54)
    assert slow.lives() == {calls.interaction(number): A_CALL for number in range(9)}
    assert slow.repeated == 8, "they were believed, and their answer was never heard"
    assert slow.refused == 0


async def test_servers_that_die_leave_nothing_out_and_need_no_restart(office: Office, slow: Slow) -> None:
    """PostgreSQL restarts; Valkey stays dead: what nobody can publish any more is read in the journal."""
    slow.answering.set()
    await office.up()
    servers.valkey().kill()
    try:
        await office.keeps(21)
        await slow.has(12)  # nine arrived, three said what they need
        await asyncio.to_thread(servers.postgres().kill)
        await asyncio.to_thread(servers.postgres().start)
        await office.keeps(42)
        await slow.has(54)
    finally:
        servers.valkey().start()
    assert slow.lives() == {calls.interaction(number): A_CALL for number in range(9)}
