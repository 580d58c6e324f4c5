"""Webhooks a second: through the durable outbox, against posting one after the other, in the same run.

    python bench/webhooks.py [--json] [--calls 300] [--answer-ms 5]

Both sides tell the same signed webhooks of the same calls to the same receiver, a real HTTP server that takes
`--answer-ms` to answer.  The plain side keeps nothing: what it has not told is lost with it.  Ours keeps every webhook
and how far the journal is told on the disk, and keeps the order of each interaction, while different ones go side by
side.  Believe the ratio more than the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aiohttp
import msgspec
from aiohttp import web

from core.step import Step
from crm_bridge.keys import RecordKeys
from crm_bridge.outbox import Outbox
from crm_bridge.sending import Endpoint, post
from crm_bridge.translate import PROTECTED, Allowed, Thread, for_endpoint, tell
from crm_bridge.webhooks import Webhooks
from tests.crm_bridge import calls

SECRET = "whsec_" + "QWxsbyBzaWduZSBzZXMgd2ViaG9va3MuLi4u"
OF_A_CALL = 6
ROUNDS = 3


class Receiver:
    """Counts what it is told, after a while."""

    def __init__(self, answer_s: float) -> None:
        self._answer_s = answer_s
        self.taken = 0
        self.enough = asyncio.Event()
        self.wanted = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post("/", self._take)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()

    def wants(self, count: int) -> None:
        self.taken, self.wanted = 0, count
        self.enough.clear()

    async def _take(self, request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(self._answer_s)
        self.taken += 1
        if self.taken >= self.wanted:
            self.enough.set()
        return web.Response(status=204)


async def plain(endpoint: Endpoint, steps: list[Step]) -> float:
    """Seconds that it takes to post each as it comes, and to wait for its answer."""
    threads: dict[str, Thread | None] = {}
    started = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        for step in steps:
            of = step.input.interaction
            threads[of], telling = tell(threads.get(of), step.input, step.now_ms, calls.centre(), frozenset(PROTECTED))
            chosen = for_endpoint(telling, endpoint.allowed) if telling is not None else None
            if telling is not None and chosen is not None:
                await post(session, endpoint, telling.id, msgspec.json.encode(chosen[0]))
    return time.perf_counter() - started


async def kept(endpoint: Endpoint, steps: list[Step], receiver: Receiver) -> float:
    """Seconds until the last is told, everything on the disk first."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        journal = calls.Journal([])
        edge = Webhooks(
            [endpoint],
            calls.centre(),
            PROTECTED,
            lambda: Outbox(where / "outbox.db", RecordKeys(where / "keys.json")),
            lambda: journal,
        )
        await edge.start(lambda _fact: None, lambda: "")
        started = time.perf_counter()
        journal.kept += steps
        for step in steps:
            edge.hear(step)
        await receiver.enough.wait()
        taken_s = time.perf_counter() - started
        await edge.stop()
        return taken_s


async def measure(count: int, answer_ms: float) -> dict[str, float]:
    receiver = Receiver(answer_ms / 1000)
    steps = list(calls.steps(count))
    webhooks = count * OF_A_CALL
    took: dict[str, list[float]] = {"plain": [], "kept": []}
    async with receiver.listening() as url:
        endpoint = Endpoint(name="bench", url=url, secret=SECRET, allowed=Allowed())
        for number in range(ROUNDS * 2):
            receiver.wants(webhooks)
            if number % 4 in (0, 3):  # ABBA
                took["plain"].append(await plain(endpoint, steps))
            else:
                took["kept"].append(await kept(endpoint, steps, receiver))
            assert receiver.taken == webhooks, f"{receiver.taken} of {webhooks} were told"
    rate = {side: webhooks / sorted(seconds)[len(seconds) // 2] for side, seconds in took.items()}
    return {
        "webhooks": webhooks,
        "answer_ms": answer_ms,
        "plain_per_s": round(rate["plain"], 1),
        "kept_per_s": round(rate["kept"], 1),
        "ratio": round(rate["kept"] / rate["plain"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--answer-ms", type=float, default=5.0)
    told = parser.parse_args()
    found = asyncio.run(measure(told.calls, told.answer_ms))
    if told.json:
        print(json.dumps(found))
        return
    print(f"{found['webhooks']:.0f} webhooks, a receiver that takes {found['answer_ms']:g} ms")
    print(f"  one after the other, nothing kept   {found['plain_per_s']:8.1f} /s")
    print(f"  through the outbox, on the disk     {found['kept_per_s']:8.1f} /s   × {found['ratio']:.2f}")


if __name__ == "__main__":
    main()
