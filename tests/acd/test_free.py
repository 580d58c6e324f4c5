"""The index of free agents says what a walk through all agents would, whatever was written, undone or reconfigured."""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from acd.agent import AgentRow
from acd.state import State
from core.centre import Agent, Centre
from core.deadlines import Deadlines
from core.mind import Configurations
from core.table import Undo
from tests import centres

NAMES = tuple("abcdefgh")
ABILITIES = ((("rsa",), {"droit": 1}), (("rsa", "pmi"), {"droit": 1}), (("rsa",), {"droit": 2}))
INTERACTIONS = (None, None, "i1", "i2")

AGENTS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(ABILITIES), min_size=1)
WRITES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(NAMES),
            st.sampled_from(("available", "available", "paused", "offered")),
            st.integers(0, 3),
            st.sampled_from(INTERACTIONS),
        ),
        st.sampled_from(("good", "bad", "drop", "other", "look")),
    ),
    max_size=40,
)


def centre(digest: str, abilities: dict[str, tuple[tuple[str, ...], dict[str, int]]]) -> Centre:
    agents = {
        name: Agent(name=name, display="", phone=name, skills=skills, queues=queues)
        for name, (queues, skills) in abilities.items()
    }
    return msgspec.structs.replace(centres.small(), digest=digest, agents=agents)


def by_walking(state: State) -> Counter[tuple[object, ...]]:
    """(abilities, idle since, name) of everybody who is free, and (interaction, name) of the busy."""
    agents = state.configurations.now.agents
    return Counter(
        (agents[name].queues, tuple(agents[name].skills.items()), row.idle_since_ms, name)
        for name, row in state.agents.items()
        if row.state == "available" and name in agents
    )


def by_index(state: State) -> Counter[tuple[object, ...]]:
    for team in state.free.teams():
        assert team.free == sorted(team.free)
    return Counter(
        (team.like.queues, tuple(team.like.skills.items()), idle, name)
        for team in state.free.teams()
        for idle, name in team.free
    )


@given(AGENTS, AGENTS, WRITES)
def test_it_says_what_a_walk_says(one: dict, other: dict, writes: list) -> None:  # type: ignore[type-arg]
    undo = Undo()
    configurations = Configurations(centre("a", one))
    configurations.add(centre("b", other))
    state = State(undo, Deadlines(), configurations)
    in_force = configurations.now
    for write in writes:
        if write == "good":
            undo.forget()
            in_force = configurations.now
        elif write == "bad":
            undo.roll_back()
            configurations.now = in_force
        elif write == "drop":
            state.agents.drop(next(iter(state.agents), ""))
        elif write == "other":
            configurations.use("b" if configurations.now.digest == "a" else "a")
        elif write == "look":
            assert by_index(state) == by_walking(state)
        else:
            name, standing, idle, interaction = write
            row = AgentRow(state=standing, since_ms=0, idle_since_ms=idle, interaction=interaction)
            state.agents.put(name, row)
        for interaction in ("i1", "i2"):
            busy = sorted(name for name, row in state.agents.items() if row.interaction == interaction)
            assert state.free.busy_with(interaction) == busy
    assert by_index(state) == by_walking(state)
