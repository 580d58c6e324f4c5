"""How much of the time at work was work: of teams, never of one person."""

from __future__ import annotations

import pytest

from core import events as e
from core.occupancy import Occupancy, Spent
from tests import centres

AGENTS = centres.small().agents
RSA, RECEPTION = ("rsa", ("aure",)), ("generaliste", ("aure",))


def becomes(state: str, agent: str = "alice") -> e.AgentStateChanged:
    return e.AgentStateChanged(
        cause="t",
        agent=agent,
        state=state,  # type: ignore[arg-type]
        reason="",
        interaction=None,
        until_at_ms=None,
        misses=0,
    )


def told(*facts: tuple[int, e.Event]) -> Occupancy:
    occupancy = Occupancy()
    for now_ms, fact in facts:
        occupancy.take(fact, now_ms, AGENTS)
    return occupancy


@pytest.mark.parametrize(
    ("state", "spent"),
    [
        ("on_interaction", Spent(busy_ms=5_000, free_ms=1_000)),
        ("wrap_up", Spent(busy_ms=5_000, free_ms=1_000)),
        ("on_task", Spent(busy_ms=5_000, free_ms=1_000)),
        ("offered", Spent(free_ms=1_000)),
        ("paused", Spent(free_ms=1_000)),
        ("missed", Spent(free_ms=1_000)),
        ("logged_out", Spent(free_ms=1_000)),
    ],
)
def test_what_counts_as_work_as_being_free_and_as_neither(state: str, spent: Spent) -> None:
    occupancy = told((0, becomes("available")), (1_000, becomes(state)))
    assert occupancy.until(6_000)[RSA] == spent
    assert occupancy.until(6_000) == occupancy.until(6_000), "looking adds nothing"


def test_who_serves_two_queues_counts_in_both_and_each_team_is_all_its_people() -> None:
    occupancy = told((0, becomes("available")), (0, becomes("on_interaction", "chloé")))
    spent = occupancy.until(2_000)
    assert spent == {RSA: Spent(free_ms=2_000), RECEPTION: Spent(busy_ms=2_000, free_ms=2_000)}
    assert spent[RECEPTION].occupancy == 0.5
    assert Spent().occupancy is None


def test_a_telephone_that_rings_ends_being_free() -> None:
    offered = e.WorkOffered(cause="t", task="t", agent="alice", until_at_ms=9, behind=0)
    assert told((0, becomes("available")), (1_000, offered)).until(9_000)[RSA] == Spent(free_ms=1_000)


def test_another_day_begins_with_what_is_done_now_and_earlier_parts_are_added() -> None:
    occupancy = told((0, becomes("on_interaction")))
    occupancy.anew(10_000)
    assert occupancy.until(11_000)[RSA] == Spent(busy_ms=1_000)
    occupancy.add({RSA: Spent(busy_ms=500, free_ms=500)})
    assert occupancy.until(11_000)[RSA] == Spent(busy_ms=1_500, free_ms=500)
    occupancy.take(becomes("available", "bruno"), 8_000, AGENTS)
    assert occupancy.until(11_000)[RSA] == Spent(busy_ms=1_500, free_ms=1_500), "nothing of before the day"
