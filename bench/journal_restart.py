"""How long a start takes on the journal of a busy platform: thousands of people are here, and it is killed.

Each has called from a number, is welcomed and listens or waits.  The worst moment is just before a snapshot: the last
one is as old as it may be, and all steps since then are folded upon it.  What is timed is what a start does before it
talks to Asterisk: take the journal, look whether it is sound, read, open every number, fold.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import URL

from bench.kernel import BEGIN_MS, arrival, come_of, staffed_kernel, take
from core.errors import AlloError
from core.limits import BATCH_STEPS, SNAPSHOT_EVERY_STEPS
from core.mind import Configurations
from core.step import Step
from journal.keys import KeyStore
from journal.postgres import PostgresKeys, PostgresStore, address
from runtime.kernel import Kernel
from runtime.memory import Memory
from runtime.scaled.servers import PrivatePostgres

LIVE = 10_000
Open = Callable[[], Memory]


def a_crowd(kernel: Kernel, live: int) -> Iterator[list[Step]]:
    """Steps until `live` people are here, one more each millisecond."""
    for number in range(live):
        now_ms = BEGIN_MS + number
        fired = kernel.reach(now_ms)
        told = [event for step in fired for order in step.orders for event in come_of(order)]
        yield fired + take(kernel, told, now_ms)
        yield take(kernel, arrival(kernel, number, f"+3363998{number % 10_000:04d}"), now_ms)


async def write(memory: Memory, live: int, snapshot_at: int) -> None:
    """Keeps the crowd's journal, with a snapshot after `snapshot_at` steps."""
    memory.log.start(lambda _kept, reason: print(reason, file=sys.stderr))
    kernel = _beginning()
    waiting: list[Step] = []
    snapped = False
    for steps in a_crowd(kernel, live):
        waiting += steps
        if len(waiting) >= BATCH_STEPS:
            memory.log.keep(waiting)
            await memory.log.kept(waiting[-1].seq)
            waiting = []
        if not snapped and kernel.seq >= snapshot_at:
            memory.log.keep_snapshot(memory.encoded(memory.snapshot_of(kernel)))
            snapped = True
    memory.log.keep(waiting)
    await memory.log.stop()
    memory.keys.close()


def _beginning() -> Kernel:
    """Staffed, and the journal begins now."""
    kernel = staffed_kernel()
    kernel.seq = 0
    return kernel


def restart_s(opened: Open, live: int) -> float:
    """Seconds of a start, from nothing to a kernel that can decide."""
    configurations = Configurations(staffed_kernel().configurations.now)
    gc.collect()
    began = time.perf_counter()
    memory = opened()
    kernel = memory.recover(configurations)
    taken = time.perf_counter() - began
    here = len(kernel.mind("ledger").interactions)
    memory.log.close()
    memory.keys.close()
    if here != live:
        raise SystemExit(f"{live} people were here, and the start finds {here}")
    return taken


def measured(folder: Path | None, live: int = LIVE) -> dict[str, float]:
    """Seconds of a start from a file, and from PostgreSQL where there is one; how many steps each folds."""
    kernel = _beginning()
    last = sum(map(len, a_crowd(kernel, live)))
    snapshot_at = max(1, last - SNAPSHOT_EVERY_STEPS + 1)
    figures: dict[str, float] = {"restart_live": live, "restart_folded": min(last, SNAPSHOT_EVERY_STEPS)}
    with tempfile.TemporaryDirectory(dir=folder, prefix="allo-bench-") as name:
        place = Path(name)
        place.chmod(0o755)  # PostgreSQL runs as another account when we run as root
        journal = place / "journal" / "journal.db"
        figures["restart_s"] = _written_and_read(lambda: Memory.file(journal, durable=False), live, snapshot_at)
        with contextlib.ExitStack() as ending:
            try:
                server = PrivatePostgres(place / "pg")
                server.start()
            except (AlloError, ImportError) as missing:
                print(f"without PostgreSQL: {missing}", file=sys.stderr)
                return figures
            ending.callback(server.stop)
            url = address(server.make_database("bench"))
            opened = _in_postgres(url)
            figures["restart_postgres_s"] = _written_and_read(opened, live, snapshot_at)
    return figures


def _written_and_read(opened: Open, live: int, snapshot_at: int) -> float:
    asyncio.run(write(opened(), live, snapshot_at))
    return statistics.median(restart_s(opened, live) for _ in range(3))


def _in_postgres(url: URL) -> Open:
    return lambda: Memory(PostgresStore(url), KeyStore(PostgresKeys(url, make=True)))
