"""The estimated wait beside the average that app_queue announces, for bench/acd.py.

One queue of 27 agents whose load swings through the day around what they can answer, with impatient callers: whoever
has to wait is told an estimate when they come, and how long it really was is held against it.  `holdtime` is
app_queue's own, as its source has it: three quarters of the last, one of the newest wait.  The first waits are left
out, for they are those from which it learns; who gave up is left out as well, for nobody knows how long it would have
been.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from typing import Any, Final, NamedTuple

from acd import wait
from acd.wait import Estimate, Habits, Seen

AGENTS: Final = 27
CALLS_S: Final = 300 / 3600
SWING: Final = 0.35
DAY_S: Final = 36_000
TALK_S: Final = 300
PATIENCE_S: Final = 240
LEARNING: Final = 4_000
HOURS: Final = 120


class Waited(NamedTuple):
    """How long it really was, what had been told, and app_queue's average then."""

    waited_s: float
    told: Estimate | None
    average_s: float


class _Caller:
    __slots__ = ("average_s", "came_s", "seen", "told")

    def __init__(self, came_s: float, average_s: float) -> None:
        self.came_s = came_s
        self.average_s = average_s
        self.seen: Seen | None = None
        self.told: Estimate | None = None


class Line:
    """The queue, on a clock that jumps from event to event."""

    def __init__(self, seed: int) -> None:
        self.found: list[Waited] = []
        self._random = random.Random(seed)
        self._habits = Habits()
        self._free = AGENTS
        self._line: list[_Caller] = []
        self._average_s = self._last_s = 0.0
        self._events: list[tuple[float, int, str, Any]] = []
        self._count = itertools.count()

    def run(self, hours: float) -> None:
        before_s = now_s = 0.0
        self._at(0.0, "_arrives", None)
        while now_s < hours * 3600:
            now_s, _, what, who = heapq.heappop(self._events)
            busy = AGENTS - self._free
            self._habits = wait.elapsed(self._habits, now_s - before_s, len(self._line), busy, AGENTS)
            before_s = now_s
            getattr(self, what)(now_s, who)

    def _at(self, when_s: float, what: str, who: Any) -> None:
        heapq.heappush(self._events, (when_s, next(self._count), what, who))

    def _arrives(self, now_s: float, _who: None) -> None:
        rate = CALLS_S * (1 + SWING * math.sin(now_s / DAY_S * 2 * math.pi))
        self._at(now_s + self._random.expovariate(rate), "_arrives", None)
        caller = _Caller(now_s, self._average_s)
        if self._free and not self._line:
            self._serve(now_s, caller)
            return
        head_s = now_s - self._line[0].came_s if self._line else 0.0
        caller.seen = Seen(ahead=len(self._line), staffed=AGENTS, head_s=head_s, last_s=self._last_s)
        caller.told = wait.estimate(self._habits, caller.seen)
        self._line.append(caller)
        self._at(now_s + self._random.expovariate(1 / PATIENCE_S), "_gives_up", caller)

    def _gives_up(self, _now_s: float, who: _Caller) -> None:
        if who in self._line:
            self._line.remove(who)
            self._habits = wait.given_up(self._habits)

    def _ends(self, now_s: float, duration_s: float) -> None:
        self._free += 1
        self._habits = wait.handled(self._habits, duration_s)
        if self._line:
            self._serve(now_s, self._line.pop(0))

    def _serve(self, now_s: float, caller: _Caller) -> None:
        self._free -= 1
        duration_s = self._random.expovariate(1 / TALK_S)
        self._at(now_s + duration_s, "_ends", duration_s)
        waited_s = now_s - caller.came_s
        if caller.seen is not None:
            self.found.append(Waited(waited_s, caller.told, caller.average_s))
            self._habits = wait.served(self._habits, caller.seen, waited_s)
        self._average_s = 0.75 * self._average_s + 0.25 * waited_s
        self._last_s = waited_s


def beside_holdtime(seed: int, hours: float = HOURS) -> dict[str, float]:
    """Root of the mean square by which each was off, their ratio, and which share of the waits lay in the interval."""
    line = Line(seed)
    line.run(hours)
    told = [(one, one.told) for one in line.found[LEARNING:] if one.told is not None]
    off_s = math.sqrt(sum((one.waited_s - found.mean_s) ** 2 for one, found in told) / len(told))
    usual_s = math.sqrt(sum((one.waited_s - one.average_s) ** 2 for one, _ in told) / len(told))
    within = sum(found.low_s <= one.waited_s <= found.high_s for one, found in told) / len(told)
    return {
        "waits": len(told),
        "rmse_s": round(off_s, 1),
        "holdtime_rmse_s": round(usual_s, 1),
        "ratio": round(off_s / usual_s, 3),
        "coverage": round(within, 3),
    }
