"""Who is at work for a queue is counted as agents come and go, whenever it is first asked for."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from acd.agent import AgentRow
from acd.crews import Crews, at_work
from acd.profiles import Profiles
from core.needs import Relax
from tests import centres

STATES = ("logged_out", "available", "offered", "on_interaction", "wrap_up", "paused")
ROWS = st.builds(
    AgentRow,
    state=st.sampled_from(STATES),
    reason=st.sampled_from(("", "souffle", "dejeuner")),
    since_ms=st.just(0),
    idle_since_ms=st.just(0),
    serves=st.sampled_from(("", "rsa/aure", "generaliste/aure")),
)


def counted(crews: Crews, centre: Any) -> dict[str, tuple[int, int]]:
    return {
        name: (crews.of(queue, "aure").staffed, crews.of(queue, "aure").busy) for name, queue in centre.queues.items()
    }


@given(
    changes=st.lists(st.tuples(st.sampled_from(("alice", "bruno", "chloé")), ROWS), max_size=20), early=st.booleans()
)
def test_counts_are_those_of_the_rows(changes: list[tuple[str, AgentRow]], early: bool) -> None:
    centre = centres.small()
    crews = Crews(centre, Profiles(centre))
    if early:
        counted(crews, centre)
    rows: dict[str, AgentRow] = {}
    for name, row in changes:
        crews.watch(name, rows.get(name), row)
        rows[name] = row
    assert counted(crews, centre) == {
        queue: (
            sum(at_work(row) and queue in centre.agents[name].queues for name, row in rows.items()),
            sum(row.serves == f"{queue}/aure" for row in rows.values()),
        )
        for queue in centre.queues
    }


def test_whoever_may_help_later_is_of_the_crew() -> None:
    centre = centres.with_queues(
        centres.small(), "x", relax=(Relax(after_ms=1, queues=("generaliste",), drop=("rsa",)),)
    )
    crews = Crews(centre, Profiles(centre))
    crews.watch("chloé", None, AgentRow(state="available", since_ms=0, idle_since_ms=0))
    assert crews.of(centre.queues["rsa"], "aure").staffed == 1


def test_a_breath_is_work_and_a_pause_is_none() -> None:
    row = AgentRow(state="paused", reason="souffle", since_ms=0, idle_since_ms=0)
    assert at_work(row)
    assert not at_work(AgentRow(state="paused", reason="dejeuner", since_ms=0, idle_since_ms=0))
