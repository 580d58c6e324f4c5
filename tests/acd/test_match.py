"""Who suits whom, against choices made the slow way."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from acd import match
from acd.agent import AgentRow
from acd.decide import mind
from acd.queue import Contact
from core import events as e
from core.centre import Agent, Centre, Queue, Skill
from tests import centres
from tests.alone import Alone, need

EVENT = e.CentreStarted(cause="test", release="0")
QUEUES = ("rsa", "pmi", "mdph")
SKILLS = ("droit", "accueil")
TENANTS = ("78", "92")

AGENTS = st.lists(
    st.tuples(
        st.sets(st.sampled_from(QUEUES), min_size=1),
        st.tuples(st.integers(0, 3), st.integers(0, 3)),
        st.sampled_from(("available", "available", "paused", "offered")),
        st.integers(0, 5),
        st.sets(st.sampled_from(TENANTS)),
    ),
    max_size=6,
)
CONTACTS = st.lists(
    st.tuples(
        st.sampled_from(QUEUES),
        st.tuples(st.integers(0, 3), st.integers(0, 3)),
        st.integers(1, 2),
        st.integers(0, 5),
        st.booleans(),
        st.sampled_from(("", *TENANTS)),
    ),
    max_size=6,
)
Agents = list[tuple[set[str], tuple[int, int], str, int, set[str]]]
Contacts = list[tuple[str, tuple[int, int], int, int, bool, str]]


def centre(agents: Agents) -> Centre:
    people = {
        f"agent{at}": Agent(
            name=f"agent{at}",
            display="",
            phone=str(at),
            skills=dict(zip(SKILLS, levels, strict=True)),
            queues=tuple(sorted(queues)),
            tenants=tuple(sorted(tenants)),
        )
        for at, (queues, levels, _, _, tenants) in enumerate(agents)
    }
    queues = {name: Queue(name=name, title=name) for name in QUEUES}
    return msgspec.structs.replace(centres.small(), digest="autre", agents=people, queues=queues)


def scene(agents: Agents, contacts: Contacts) -> Alone:
    alone = Alone(mind, centre(agents))
    for at, (_, _, state, idle, _) in enumerate(agents):
        alone.state.agents.put(f"agent{at}", AgentRow(state=state, since_ms=0, idle_since_ms=idle))
    for at, (queue, levels, priority, at_ms, offered, tenant) in enumerate(contacts):
        asked = tuple(Skill(name=name, level=level) for name, level in zip(SKILLS, levels, strict=True) if level)
        alone.state.contacts.put(
            centres.interaction(at + 1),
            Contact(
                need=msgspec.structs.replace(need(queue, priority, skills=asked), tenant=tenant),
                skills=asked,
                arrived_at_ms=at_ms,
                offer="o" if offered else None,
            ),
        )
    return alone


def suits(alone: Alone, name: str, interaction: str) -> bool:
    """The rule, written a second time."""
    agent, row = alone.configurations.now.agents[name], alone.state.agents[name]
    contact = alone.state.contacts[interaction]
    return (
        row.state == "available"
        and contact.offer is None
        and contact.need.queue in agent.queues
        and contact.need.tenant in ("", *agent.tenants)
        and all(agent.skills[skill.name] >= skill.level for skill in contact.skills)
    )


def order(alone: Alone, interaction: str) -> tuple[int, int, str]:
    contact = alone.state.contacts[interaction]
    return contact.need.priority, contact.arrived_at_ms, interaction


@given(AGENTS, CONTACTS)
def test_a_contact_gets_the_longest_idle_of_those_who_can_take_it(agents: Agents, contacts: Contacts) -> None:
    alone = scene(agents, contacts)
    for interaction in alone.state.contacts:
        able = [name for name in alone.state.agents if suits(alone, name, interaction)]
        best = min(able, key=lambda name: (alone.state.agents[name].idle_since_ms, name), default=None)
        found = match.for_contact(alone.state, interaction, EVENT, 10)
        assert (found.agent if found else None) == best
        if found is not None:
            free = [name for name, row in alone.state.agents.items() if row.state == "available"]
            assert (found.why.available, found.why.eligible) == (len(free), len(able))


@given(AGENTS, CONTACTS)
def test_an_agent_gets_the_first_in_place_over_all_their_queues(agents: Agents, contacts: Contacts) -> None:
    alone = scene(agents, contacts)
    for name in alone.state.agents:
        mine = [interaction for interaction in alone.state.contacts if suits(alone, name, interaction)]
        best = min(mine, key=lambda interaction: order(alone, interaction), default=None)
        found = match.for_agent(alone.state, name, EVENT, 10)
        assert (found.interaction if found else None) == best


@given(AGENTS, CONTACTS)
def test_all_at_once_nobody_is_given_twice_and_no_pair_is_left_over(agents: Agents, contacts: Contacts) -> None:
    alone = scene(agents, contacts)
    pairs = [(one.agent, one.interaction) for one in match.for_everyone(alone.state, EVENT, 10)]
    assert len({agent for agent, _ in pairs}) == len({interaction for _, interaction in pairs}) == len(pairs)
    assert all(suits(alone, *pair) for pair in pairs)
    left = [
        (name, interaction)
        for name in alone.state.agents
        for interaction in alone.state.contacts
        if suits(alone, name, interaction)
        and name not in [agent for agent, _ in pairs]
        and interaction not in [found for _, found in pairs]
    ]
    assert left == []


@given(AGENTS, CONTACTS)
def test_an_agent_of_one_organisation_never_gets_a_call_of_another(agents: Agents, contacts: Contacts) -> None:
    """By whichever of the three ways they are matched, and in a queue that a reload has taken away as well."""
    alone = scene(agents, contacts)
    gone = next(iter(QUEUES))
    kept = {name: queue for name, queue in alone.configurations.now.queues.items() if name != gone}
    for queues in (alone.configurations.now.queues, kept):
        alone.configurations.now = msgspec.structs.replace(alone.configurations.now, queues=queues)
        chosen = [
            *match.for_everyone(alone.state, EVENT, 10),
            *(match.for_contact(alone.state, interaction, EVENT, 10) for interaction in alone.state.contacts),
            *(match.for_agent(alone.state, name, EVENT, 10) for name in alone.state.agents),
        ]
        for found in chosen:
            if found is not None:
                called = alone.state.contacts[found.interaction].need.tenant
                assert called in ("", *alone.configurations.now.agents[found.agent].tenants)


def test_offers_of_one_interaction_are_numbered_and_never_named_alike() -> None:
    alone = scene([({"rsa"}, (0, 0), "available", 0, set())], [("rsa", (0, 0), 1, 0, False, "")])
    first = match.for_contact(alone.state, centres.interaction(1), EVENT, 10)
    assert first is not None
    alone.tell(first, e.OfferDeclined(cause="t", interaction=first.interaction, offer=first.offer, agent=first.agent))
    second = match.for_contact(alone.state, centres.interaction(1), EVENT, 10)
    assert second is None  # the agent is offered still, in this scene
    assert alone.state.contacts[first.interaction].offers == 1
