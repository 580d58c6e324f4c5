"""The estimated wait: exact where that is known, silent where nothing is, and better than the usual average."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd import wait
from acd.wait import Estimate, Habits, Seen

KNOWN = Habits(handled=50, aht_s=300.0, gave_up=10.0, waited_s=2_400.0)


def estimate(ahead: int, staffed: int, habits: Habits = KNOWN) -> Estimate:
    found = wait.estimate(habits, Seen(ahead=ahead, staffed=staffed))
    assert found is not None
    return found


def test_the_formula() -> None:
    """10 agents who take 300 s, patience 240 s: 1/30 calls a second, 1/240 more for each who may give up."""
    expected = sum(1 / (1 / 30 + number / 240) for number in range(4))
    assert estimate(3, 10).mean_s == pytest.approx(expected)


def test_nothing_is_told_where_nothing_is_known() -> None:
    for habits, staffed in ((Habits(), 10), (msgspec.structs.replace(KNOWN, handled=9), 10), (KNOWN, 0)):
        assert wait.estimate(habits, Seen(ahead=3, staffed=staffed)) is None


@given(ahead=st.integers(0, 300), staffed=st.integers(1, 300))
def test_more_before_you_is_longer_and_more_agents_are_shorter(ahead: int, staffed: int) -> None:
    found = estimate(ahead, staffed)
    assert 0 <= found.low_s <= found.mean_s <= found.high_s
    assert estimate(ahead + 1, staffed).mean_s > found.mean_s
    assert estimate(ahead, staffed + 1).mean_s < found.mean_s


def test_an_average_of_calls_adapts_and_begins_with_what_there_is() -> None:
    habits = wait.handled(Habits(), 100)
    assert habits.aht_s == 100
    for _ in range(600):
        habits = wait.handled(habits, 400)
    assert 399 < habits.aht_s <= 400


def test_a_queue_that_has_a_third_of_its_agents_learns_so_while_people_wait() -> None:
    habits = KNOWN
    for _ in range(200):
        habits = wait.elapsed(habits, 10, waiting=4, busy=3, staffed=9)
    assert habits.share == pytest.approx(1 / 3, abs=0.01)
    for _ in range(200):
        habits = wait.elapsed(habits, 10, waiting=0, busy=0, staffed=9)  # nobody waits: idle agents say nothing
    assert habits.share == pytest.approx(1 / 3, abs=0.01)


@given(ahead=st.integers(0, 3_000), patience=st.floats(0, 0.02))
def test_a_long_line_costs_no_more_and_is_as_exact(ahead: int, patience: float) -> None:
    habits = Habits(handled=50, aht_s=300.0, gave_up=patience, waited_s=1.0)
    expected = sum(1 / (1 / 30 + number * patience) for number in range(ahead + 1))
    assert estimate(ahead, 10, habits).mean_s == pytest.approx(expected, rel=1e-3)


class _Line:
    """One queue served by exponential agents with impatient callers, whose load swings through the day; beside it the
    moving average that app_queue announces (three quarters of the last, one of the newest)."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.habits = Habits()
        self.free = self.staffed = 27
        self.line: list[dict[str, Any]] = []
        self.average_s = self.last_s = 0.0
        self.found: list[tuple[float, Estimate | None, float]] = []
        self._events: list[tuple[float, int, str, Any]] = []
        self._count = itertools.count()

    def run(self, hours: float) -> None:
        before_s = now_s = 0.0
        self._at(0.0, "arrives", None)
        while now_s < hours * 3600:
            now_s, _, what, who = heapq.heappop(self._events)
            self.habits = wait.elapsed(
                self.habits, now_s - before_s, len(self.line), self.staffed - self.free, self.staffed
            )
            before_s = now_s
            getattr(self, what)(now_s, who)

    def _at(self, when_s: float, what: str, who: Any) -> None:
        heapq.heappush(self._events, (when_s, next(self._count), what, who))

    def arrives(self, now_s: float, _who: Any) -> None:
        rate = 300 / 3600 * (1 + 0.35 * math.sin(now_s / 36_000 * 2 * math.pi))
        self._at(now_s + self.random.expovariate(rate), "arrives", None)
        caller = {"came_s": now_s, "seen": None, "told": None, "average_s": self.average_s}
        if self.free and not self.line:
            self._serve(now_s, caller)
            return
        head_s = now_s - self.line[0]["came_s"] if self.line else 0.0
        caller["seen"] = Seen(ahead=len(self.line), staffed=self.staffed, head_s=head_s, last_s=self.last_s)
        caller["told"] = wait.estimate(self.habits, caller["seen"])
        self.line.append(caller)
        self._at(now_s + self.random.expovariate(1 / 240), "gives_up", caller)

    def gives_up(self, _now_s: float, who: Any) -> None:
        if who in self.line:
            self.line.remove(who)
            self.habits = wait.given_up(self.habits)

    def ends(self, now_s: float, duration_s: float) -> None:
        self.free += 1
        self.habits = wait.handled(self.habits, duration_s)
        if self.line:
            self._serve(now_s, self.line.pop(0))

    def _serve(self, now_s: float, caller: dict[str, Any]) -> None:
        self.free -= 1
        duration_s = self.random.expovariate(1 / 300)
        self._at(now_s + duration_s, "ends", duration_s)
        waited_s = now_s - caller["came_s"]
        if caller["seen"] is not None:
            self.found.append((waited_s, caller["told"], caller["average_s"]))
            self.habits = wait.served(self.habits, caller["seen"], waited_s)
        self.average_s = 0.75 * self.average_s + 0.25 * waited_s
        self.last_s = waited_s


@pytest.mark.parametrize("seed", range(3))
def test_better_than_the_usual_average_and_four_of_five_lie_within(seed: int) -> None:
    line = _Line(seed)
    line.run(120)
    told = [(waited_s, found, average_s) for waited_s, found, average_s in line.found[4_000:] if found is not None]
    assert len(told) > 5_000
    off = math.sqrt(sum((waited_s - found.mean_s) ** 2 for waited_s, found, _ in told) / len(told))
    usual = math.sqrt(sum((waited_s - average_s) ** 2 for waited_s, _, average_s in told) / len(told))
    within = sum(found.low_s <= waited_s <= found.high_s for waited_s, found, _ in told) / len(told)
    assert off <= 0.70 * usual
    assert 0.77 <= within <= 0.83
