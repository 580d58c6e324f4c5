"""The estimated wait: exact where that is known, silent where nothing is, and better than the usual average."""

from __future__ import annotations

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
