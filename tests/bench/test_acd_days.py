"""The days of the distribution bench: fewer are missed than by app_queue's rule, in every one of a few days."""

from __future__ import annotations

import pytest

from bench.acd_days import MISSED, compared, one_day, platform


def test_three_of_five_agents_are_specialists_and_every_queue_has_somebody() -> None:
    centre, needs, shares = platform()
    assert sum(len(agent.queues) == 1 for agent in centre.agents.values()) == 180
    assert {queue for agent in centre.agents.values() for queue in agent.queues} == {need.queue for need in needs}
    assert sum(shares) == pytest.approx(1)


def test_on_a_busy_day_fewer_are_missed_and_the_days_are_the_same_for_both() -> None:
    ours, theirs = one_day("busy", 1)
    assert ours.offered == theirs.offered
    assert MISSED["misses"](ours) < 0.9 * MISSED["misses"](theirs)
    assert MISSED["worst_queue_misses"](ours) < 0.75 * MISSED["worst_queue_misses"](theirs)


def test_a_ratio_of_equal_days_is_one_and_sure() -> None:
    ours, _ = one_day("busy", 2)
    found = compared([(ours, ours)] * 10)
    assert [found[name] for name in MISSED] == [{"ratio": 1.0, "upper": 1.0}] * 3
