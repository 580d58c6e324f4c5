"""The lives of things: whole tables, facts without entries, and the picture."""

from __future__ import annotations

import pytest

from core import events as e
from core.errors import ImpossibleTransition
from core.events.distribution import AgentState
from core.life import Life
from core.step import EVENTS
from runtime.diagrams import LIVES

DOOR = Life(
    "door",
    "closed",
    {"closed": {"Opened": "open"}, "open": {"Closed": "closed", "Broken": "gone"}, "gone": {}},
    peers=frozenset({"Opened"}),
)

EVERY = pytest.mark.parametrize("life", LIVES, ids=[life.name for life in LIVES])


def test_a_fact_of_ours_leads_where_the_table_says_and_nowhere_else() -> None:
    assert DOOR.after("closed", "Opened") == "open"
    with pytest.raises(ImpossibleTransition, match="door: Closed cannot happen in state closed"):
        DOOR.after("closed", "Closed")


def test_a_fact_of_a_peers_that_comes_late_or_twice_changes_nothing() -> None:
    assert DOOR.after("open", "Opened") == "open"
    assert DOOR.may("open", "Opened") is False


def test_the_picture_has_every_arrow_a_beginning_and_an_end() -> None:
    assert DOOR.diagram().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> closed",
        "    closed --> open: Opened",
        "    open --> closed: Closed",
        "    open --> gone: Broken",
        "    gone --> [*]",
    ]


@EVERY
def test_every_arrow_leads_to_a_state_of_the_table(life: Life) -> None:
    assert set(life.firsts) <= set(life.table)
    for row in life.table.values():
        assert set(row.values()) <= set(life.table)


@EVERY
def test_every_state_is_reached_from_the_first(life: Life) -> None:
    assert set().union(*(_reached(life, first) for first in life.firsts)) == set(life.table)


@EVERY
def test_every_state_has_a_way_to_an_end_or_back_to_rest(life: Life) -> None:
    """An agent has no end: they go home, and come back."""
    ends = {state for state, row in life.table.items() if not row} or {life.first}
    assert [state for state in life.table if not ends & _reached(life, state)] == []


@EVERY
def test_every_word_is_a_fact_or_a_state_of_an_agents(life: Life) -> None:
    known = set(AgentState.__args__) if life.name == "agent" else set(EVENTS)
    assert life.words <= known
    assert life.peers <= set(EVENTS)


def test_the_ledger_hears_every_word_of_its_life() -> None:
    from core.interaction import LIFE

    assert {name for name in LIFE.words if not hasattr(e, name)} == set()


def _reached(life: Life, start: str) -> set[str]:
    found, waiting = set[str](), [start]
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting += life.table[state].values()
    return found
