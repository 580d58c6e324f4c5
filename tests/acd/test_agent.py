"""An agent's row and life."""

from __future__ import annotations

import pytest

from acd.agent import BREATH_MS, LIFE, AgentRow


def test_an_agent_is_only_offered_something_when_available_or_at_tasks_that_leave_room() -> None:
    assert [state for state in LIFE.table if LIFE.may(state, "offered")] == ["available", "on_task"]


@pytest.mark.parametrize("state", [state for state in LIFE.table if state != "logged_out"])
def test_everybody_may_go_home_or_will_be_able_to(state: str) -> None:
    assert LIFE.may(state, "logged_out")


def test_the_only_timer_is_that_of_the_state() -> None:
    assert AgentRow(state="wrap_up", since_ms=0, idle_since_ms=0, until_at_ms=7).deadline_ms == 7
    assert AgentRow(state="available", since_ms=0, idle_since_ms=0).deadline_ms is None


def test_a_breath_is_shorter_than_any_wrap_up() -> None:
    assert 1_000 <= BREATH_MS <= 5_000
