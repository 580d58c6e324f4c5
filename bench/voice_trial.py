"""One trial of the voice bench: so many calls a second for so long at one side; what the witness saw, what it cost."""

from __future__ import annotations

import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench.voice_ground import NUMBERS, agents_for, centre
from bench.voice_sipp import call, office
from bench.voice_witness import Journeys, Witness, percentile
from tests.asterisk.ground import Site

BRIDGED_SHARE: Final = 0.995
P99_MS: Final = 1_000.0
# Callers who come so much slower than asked for: the machine is full, and nothing is known of that rate.
SLOWER: Final = 1.05
# Both together use less than this share of a core for so long before a trial begins; waited for at most so long.
AT_REST_SHARE: Final = 0.1
AT_REST_S: Final = 0.5
SETTLED_S: Final = 15.0
TICKS_S: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What one trial gave.  Times are from the caller's channel on; CPU is for one call."""

    side: str
    rate: int
    hold_s: float
    offered: int
    arrived: int
    bridged: int
    arriving_s: float
    agent_p50_ms: float
    agent_p99_ms: float
    bridge_p50_ms: float
    bridge_p99_ms: float
    asterisk_cpu_ms: float
    allo_cpu_ms: float
    asterisk_rss_mb: float
    allo_rss_mb: float
    machine_busy: float

    @property
    def held(self) -> bool:
        """Whether the callers really came at that rate."""
        return self.arrived == self.offered and self.arriving_s <= self.hold_s * SLOWER + 0.5

    @property
    def clean(self) -> bool:
        return self.held and self.bridged >= BRIDGED_SHARE * self.offered and self.bridge_p99_ms <= P99_MS

    @property
    def cpu_ms(self) -> float:
        return self.asterisk_cpu_ms + self.allo_cpu_ms

    @property
    def rss_mb(self) -> float:
        return self.asterisk_rss_mb + self.allo_rss_mb

    def told(self) -> dict[str, object]:
        """For JSON; a percentile of nothing is null."""
        figures = {**asdict(self), "cpu_ms": self.cpu_ms, "rss_mb": self.rss_mb, "clean": self.clean}
        return {name: rounded(one) for name, one in figures.items()}


def rounded(figure: object) -> object:
    """For JSON, which knows no infinity."""
    return figure if not isinstance(figure, float) else round(figure, 3) if math.isfinite(figure) else None


def run(side: str, rate: int, hold_s: float, site: Site) -> Trial:
    """Calls `rate` times a second for `hold_s`, waits for the last call's end, and gives the figures."""
    offered = round(rate * hold_s)
    with centre(side, site, agents_for(rate)) as (asterisk, allo):
        witness = Witness(site.host, asterisk.witness_secret)
        costs = [Cost(asterisk.pid), Cost(allo.child.pid if allo else None)]
        with office(site):
            _settle(costs)
            costs = [Cost(asterisk.pid), Cost(allo.child.pid if allo else None)]
            busy = _Busy()
            call(site, NUMBERS[side], rate, offered, lambda: [cost.look() for cost in costs])
            machine_busy = busy.share()
        cpu_ms = [1000 * cost.spent_s() / offered for cost in costs]
        journeys = witness.told()
    return _trial(side, rate, hold_s, offered, journeys, costs, cpu_ms, machine_busy)


def _settle(costs: list[Cost]) -> None:
    """Waits until both are at rest: starting a process costs as much as a hundred calls, and is no part of one."""
    until = time.monotonic() + SETTLED_S
    while time.monotonic() < until:
        before_s = sum(cost.spent_s() for cost in costs)
        time.sleep(AT_REST_S)
        if sum(cost.spent_s() for cost in costs) - before_s < AT_REST_SHARE * AT_REST_S:
            return


def _trial(
    side: str,
    rate: int,
    hold_s: float,
    offered: int,
    journeys: Journeys,
    costs: list[Cost],
    cpu_ms: list[float],
    machine_busy: float,
) -> Trial:
    to_agent, to_bridge = journeys.to_agent_ms(), journeys.to_bridge_ms()
    return Trial(
        side=side,
        rate=rate,
        hold_s=hold_s,
        offered=offered,
        arrived=len(journeys.arrived_s),
        bridged=len(journeys.bridged_s),
        arriving_s=journeys.arriving_s(),
        agent_p50_ms=percentile(to_agent, 0.5),
        agent_p99_ms=percentile(to_agent, 0.99),
        bridge_p50_ms=percentile(to_bridge, 0.5),
        bridge_p99_ms=percentile(to_bridge, 0.99),
        asterisk_cpu_ms=cpu_ms[0],
        allo_cpu_ms=cpu_ms[1],
        asterisk_rss_mb=costs[0].most_mb,
        allo_rss_mb=costs[1].most_mb,
        machine_busy=machine_busy,
    )


class Cost:
    """What a process and all that it started cost from now on; nothing if there is none."""

    def __init__(self, pid: int | None) -> None:
        self._pid = pid
        self.most_mb = 0.0
        self._before_s = self._used_s()

    def spent_s(self) -> float:
        return self._used_s() - self._before_s

    def look(self) -> None:
        """Notes the memory in use, if it is the most so far."""
        pages = sum(_resident_kb(pid) for pid in _family(self._pid))
        self.most_mb = max(self.most_mb, pages / 1024)

    def _used_s(self) -> float:
        return sum(_cpu_s(pid) for pid in _family(self._pid))


def _family(pid: int | None) -> list[int]:
    """A process and its descendants."""
    if pid is None:
        return []
    children = [int(one) for task in _tasks(pid) for one in _text(f"/proc/{pid}/task/{task}/children").split()]
    return [pid, *(one for child in children for one in _family(child))]


def _tasks(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def _cpu_s(pid: int) -> float:
    """User and system time of a process and of the children that it has waited for."""
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS_S if fields else 0.0


def _resident_kb(pid: int) -> int:
    rows = dict(line.split(":", 1) for line in _text(f"/proc/{pid}/status").splitlines() if ":" in line)
    return int(rows["VmRSS"].split()[0]) if "VmRSS" in rows else 0


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


class _Busy:
    """How busy the whole machine is, from now on."""

    def __init__(self) -> None:
        self._before = self._ticks()

    def share(self) -> float:
        idle, all_of_them = (now - then for now, then in zip(self._ticks(), self._before, strict=True))
        return 1 - idle / all_of_them if all_of_them else 0.0

    @staticmethod
    def _ticks() -> tuple[int, int]:
        ticks = [int(one) for one in _text("/proc/stat").splitlines()[0].split()[1:9]]
        return ticks[3] + ticks[4], sum(ticks)
