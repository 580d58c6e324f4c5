"""Steps a second that the journal keeps: by group commit, against one commit a step, in the same run.

    python bench/journal.py [--json] [--steps 20000] [--live 10000] [--folder DIRECTORY]

`--folder` names a directory on the disk to be measured (default: a temporary one).  Twenty steps make a call, and each
call seals its number under a key of its own, so that keys and their commits count too.  The last lines are a national
platform's peak, 500 steps/s as they come: how long a step waits to be kept, with a loop that is idle otherwise, and
with one that is busy half of the time; and a start while 10,000 people are here (journal_restart.py), from the file and
from a PostgreSQL of our own if there is one.  Believe the ratios more than the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.journal_restart import LIVE, measured
from core import events as e
from core import ids
from core.commands import AnswerCall, Order
from core.limits import BATCH_STEPS
from core.personal import Personal
from core.step import Step
from core.wire import Wire
from journal.keys import KeyStore
from journal.log import Log
from journal.store import FileStore, Synchronous

PEAK_STEPS_S = 500
PEAK_S = 4
STEPS_A_CALL = 20
Run = Callable[[Log, int], Awaitable[dict[str, float]]]


def step(seq: int) -> Step:
    """A call that arrives and is answered, or a choice made in it: 1.0 and 0.4 kB."""
    now_ms = 1_700_000_000_000 + seq
    number = seq // STEPS_A_CALL
    interaction = ids.mint(1_700_000_000_000 + number, number.to_bytes(10, "big"))
    if seq % STEPS_A_CALL != 0:
        made = e.ChoiceMade(cause="KeyPressed", interaction=interaction, step="accueil", choice="rsa")
        ended = e.PlaybackEnded(
            cause="telephony", interaction=interaction, playback=f"{interaction}-p1", completed=True
        )
        return Step(seq=seq, now_ms=now_ms, input=ended, facts=(made,))
    leg = ids.caller_leg(interaction)
    arrived = e.CallArrived(
        cause="telephony",
        interaction=interaction,
        leg=leg,
        node="a1",
        channel=f"PJSIP/trunk-{seq:08x}",
        dialled="+33199000000",
        caller=Personal(interaction, "number", "+33639980078"),
        caller_name=None,
        answered=False,
    )
    answer = AnswerCall(cause="CallArrived", interaction=interaction, leg=leg, channel=arrived.channel)
    order = Order(id=f"{seq}.1", lane=interaction, command=answer)
    return Step(seq=seq, now_ms=now_ms, input=arrived, orders=(order,))


async def commit_each(log: Log, count: int) -> dict[str, float]:
    """Every step waits for its own commit."""
    steps = [step(seq) for seq in range(1, count + 1)]
    started = time.perf_counter()
    for one in steps:
        log.keep([one])
        assert await log.kept(one.seq)
    return {"steps_s": count / (time.perf_counter() - started)}


async def commit_groups(log: Log, count: int) -> dict[str, float]:
    """The loop's largest batches; the next one is decided while one is kept."""
    steps = [step(seq) for seq in range(1, count + 1)]
    started = time.perf_counter()
    before = 0
    for first in range(0, count, BATCH_STEPS):
        batch = steps[first : first + BATCH_STEPS]
        log.keep(batch)
        assert await log.kept(before)
        before = batch[-1].seq
    assert await log.kept(before)
    return {"steps_s": count / (time.perf_counter() - started)}


def at_peak(busy_share: float) -> Run:
    """Steps come one by one; every batch waits for its commit as in the loop, which computes the rest of the time."""

    async def run(log: Log, _count: int) -> dict[str, float]:
        waits: list[float] = []
        waiting: set[asyncio.Task[None]] = set()
        between_s = 1 / PEAK_STEPS_S

        async def kept(seq: int, since: float) -> None:
            assert await log.kept(seq)
            waits.append(time.perf_counter() - since)

        due = time.perf_counter()
        for seq in range(1, PEAK_S * PEAK_STEPS_S + 1):
            due += between_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            log.keep([step(seq)])
            waiting.add(asyncio.create_task(kept(seq, time.perf_counter())))
            spent = time.perf_counter() + busy_share * between_s
            while time.perf_counter() < spent:
                pass
        await asyncio.gather(*waiting)
        waits.sort()
        return {
            "p50_ms": 1000 * waits[len(waits) // 2],
            "p99_ms": 1000 * waits[len(waits) * 99 // 100],
            "max_ms": 1000 * waits[-1],
        }

    return run


async def measure(folder: Path, synchronous: Synchronous, run: Run, count: int) -> dict[str, float]:
    """`run` on a new journal in `folder`."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="allo-bench-") as name:
        place = Path(name)
        keys = KeyStore(place / "keys" / "keys.sqlite", synchronous)
        store = FileStore(place / "journal.sqlite", synchronous)
        log = Log(store, Wire(keys), keys.save, lag_ms=60_000)
        log.start(lambda _kept, reason: print(reason, file=sys.stderr))
        try:
            return await run(log, count)
        finally:
            await log.stop()
            keys.close()


def main() -> None:
    options = argparse.ArgumentParser(description="Steps a second that the journal keeps.")
    options.add_argument("--json", action="store_true", help="figures for a program instead of a table")
    options.add_argument("--steps", type=int, default=20_000, help="steps of the group commits (default: 20,000)")
    options.add_argument("--live", type=int, default=LIVE, help="people who are here at the start (default: 10,000)")
    options.add_argument("--folder", type=Path, default=None, help="a directory on the disk to be measured")
    chosen = options.parse_args()

    figures: dict[str, float] = {}
    modes: tuple[Synchronous, ...] = ("NORMAL", "FULL")
    for mode in modes:
        each = asyncio.run(measure(chosen.folder, mode, commit_each, chosen.steps // 10))["steps_s"]
        groups = asyncio.run(measure(chosen.folder, mode, commit_groups, chosen.steps))["steps_s"]
        low = mode.lower()
        figures |= {f"each_{low}_steps_s": each, f"group_{low}_steps_s": groups, f"ratio_{low}": groups / each}
    for name, share in (("idle", 0.0), ("busy", 0.5)):
        waits = asyncio.run(measure(chosen.folder, "NORMAL", at_peak(share), 0))
        figures |= {f"peak_{name}_{key}": value for key, value in waits.items()}
    figures |= measured(chosen.folder, chosen.live)

    if chosen.json:
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))
        return
    print(f"{'synchronous':<12}{'one commit a step':>20}{'group commit':>16}{'ratio':>9}")
    for mode in modes:
        each, groups, ratio = (figures[f"{name}_{mode.lower()}{unit}"] for name, unit in _COLUMNS)
        print(f"{mode:<12}{each:>12,.0f} steps/s{groups:>8,.0f} steps/s{ratio:>8.1f}×")
    print(f"\n{PEAK_STEPS_S} steps/s as they come: kept after")
    for name, what in (("idle", "loop idle otherwise"), ("busy", "loop busy half of the time")):
        p50, p99, most = (figures[f"peak_{name}_{key}"] for key in ("p50_ms", "p99_ms", "max_ms"))
        print(f"  {what:<28} p50 {p50:5.2f} ms   p99 {p99:6.2f} ms   max {most:6.2f} ms")
    print(
        f"\nstart with {figures['restart_live']:,} people here, {figures['restart_folded']:,} steps after the snapshot"
    )
    for name, what in (("restart_s", "SQLite"), ("restart_postgres_s", "PostgreSQL")):
        if name in figures:
            print(f"  {what:<28} {figures[name]:5.2f} s")


_COLUMNS = (("each", "_steps_s"), ("group", "_steps_s"), ("ratio", ""))

if __name__ == "__main__":
    main()
