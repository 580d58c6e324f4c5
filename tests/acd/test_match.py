"""Who suits whom: always what looking at everybody would say, by any rules, after anything that happened."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acd import match
from acd.agent import AgentRow
from acd.decide import mind
from acd.floor import Floor
from acd.queue import Contact
from acd.state import State
from core import events as e
from core.centre import Centre
from core.deadlines import Deadlines
from core.mind import Configurations
from core.needs import Distribution, Has, Not, Relax, Turn
from core.table import Undo
from tests import centres
from tests.acd import floors
from tests.alone import A, Alone, B, need, only

EVENT = e.CentreStarted(cause="test", release="0")
AGENT_STATES = ("available", "available", "paused", "offered")

writes = st.lists(
    st.one_of(
        st.tuples(st.just("agent"), st.integers(0, 6), st.sampled_from(AGENT_STATES), st.integers(0, 4)),
        st.tuples(st.just("waits"), st.integers(0, 8), floors.needs, st.sampled_from(range(0, 10_000, 1_000))),
        st.tuples(st.just("offered"), st.integers(0, 8)),
        st.tuples(st.just("leaves"), st.integers(0, 8)),
        st.tuples(st.just("later"), st.sampled_from((0, 1, 1_000, 3_000))),
        st.tuples(st.sampled_from(("good", "bad", "other", "look"))),
    ),
    min_size=5,
    max_size=40,
)


class Scene:
    """The tables and what is derived from them, under two configurations, written to and taken back."""

    def __init__(self, one: Centre, other: Centre) -> None:
        self.undo = Undo()
        self.configurations = Configurations(one)
        self.configurations.add(other)
        self.digests = (one.digest, other.digest)
        self.state = State(self.undo, Deadlines(), self.configurations)
        self.in_force = one
        self.now_ms = 10_000

    def write(self, what: str, *more: Any) -> None:
        state = self.state
        if what == "agent":
            at, row, idle = more
            state.agents.put(f"agent{at}", AgentRow(state=row, since_ms=0, idle_since_ms=idle))
        elif what == "waits":
            at, asked, ago = more
            state.contacts.put(centres.interaction(at), Contact(need=asked, arrived_at_ms=self.now_ms - ago))
        elif what == "offered":
            state.change(centres.interaction(more[0]), offer="o")
        elif what == "leaves":
            state.contacts.drop(centres.interaction(more[0]))
        elif what == "later":
            self.now_ms += more[0]
        elif what == "good":
            self.undo.forget()
            self.in_force = self.configurations.now
        elif what == "bad":
            self.undo.roll_back()
            self.configurations.now = self.in_force
        elif what == "other":
            now = self.configurations.now.digest
            self.configurations.use(self.digests[now == self.digests[0]])
        else:
            self.look()

    def look(self) -> None:
        """Every agent and everybody who waits are matched as the slow way would."""
        state, now_ms, agents = self.state, self.now_ms, self.configurations.now.agents
        for name, row in state.agents.items():
            if row.state == "available" and name in agents:
                found = match.for_agent(state, name, EVENT, now_ms)
                assert (found.interaction if found else None) == floors.next_for(state, name, now_ms)
        present = {name for name in state.agents if name in agents}
        for key, _ in floors.waiting(state):
            given_to = match.for_contact(state, key, EVENT, now_ms)
            if present == set(state.agents):
                assert (given_to.agent if given_to else None) == floors.asked_first(state, key, now_ms)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(floors.platforms(), floors.platforms(), writes)
def test_the_index_decides_what_looking_at_everybody_would(one: Centre, other: Centre, done: list[Any]) -> None:
    """Whatever was written, taken back or reconfigured, by any rules: so it is what a rebuild would be as well."""
    agents = {name: agent for name, agent in other.agents.items() if name in one.agents}
    missing = {name: agent for name, agent in one.agents.items() if name not in agents}
    scene = Scene(one, msgspec.structs.replace(other, agents={**agents, **missing}, digest="autre"))
    for what, *more in done:
        if what != "agent" or f"agent{more[0]}" in one.agents:
            scene.write(what, *more)
    scene.look()
    again = Floor(scene.configurations.now, scene.state.queue)
    again.fill(scene.state.agents.items(), scene.state.contacts.items())
    kept = scene.state.floor
    assert kept.idle.lines == again.idle.lines
    for queue in floors.QUEUES:
        assert kept.waiting.length(queue) == again.waiting.length(queue)
    for key, contact in floors.waiting(scene.state):
        place = kept.waiting.position(key, contact, scene.now_ms)
        assert place == again.waiting.position(key, contact, scene.now_ms)
        before = floors.turn(scene.configurations.now, key, contact, scene.now_ms)
        here = contact.need.queue, contact.need.tenant  # who waits for another organisation is before nobody here
        same = [one for one in floors.waiting(scene.state) if (one[1].need.queue, one[1].need.tenant) == here]
        assert place == 1 + sum(floors.turn(scene.configurations.now, *one, scene.now_ms) < before for one in same)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(floors.platforms(), writes)
def test_all_at_once_nobody_is_given_twice_and_no_pair_is_left_over(one: Centre, done: list[Any]) -> None:
    scene = Scene(one, msgspec.structs.replace(one, digest="autre"))
    for what, *more in done:
        scene.write(what, *more) if what != "look" else None
    state, centre = scene.state, scene.configurations.now
    pairs = [(chosen.agent, chosen.interaction) for chosen in match.for_everyone(state, EVENT, scene.now_ms)]
    assert len({agent for agent, _ in pairs}) == len({interaction for _, interaction in pairs}) == len(pairs)
    taken, given_to = {agent for agent, _ in pairs}, {interaction for _, interaction in pairs}
    for agent, interaction in pairs:
        assert floors.suits(centre, centre.agents[agent], state.contacts[interaction], scene.now_ms)
    left = [
        (name, key)
        for name, row in state.agents.items()
        for key, contact in floors.waiting(state)
        if name in centre.agents and name not in taken and key not in given_to and row.state == "available"
        if floors.suits(centre, centre.agents[name], contact, scene.now_ms)
    ]
    assert left == []


# -- a mind, told facts -----------------------------------------------------------------------------------------------


def staffed(distribution: Distribution = Distribution(), **queue: Any) -> Alone:  # noqa: B008  (frozen)
    """petit, where the queue rsa is as asked for, and alice, bruno and chloé are idle in this order."""
    centre = centres.small()
    queues = {**centre.queues, "rsa": msgspec.structs.replace(centre.queues["rsa"], **queue)}
    alone = Alone(mind, msgspec.structs.replace(centre, digest="réglé", queues=queues, distribution=distribution))
    return alone


def free(agent: str) -> e.AgentStateChanged:
    return e.AgentStateChanged(
        cause="t", agent=agent, state="available", reason="", interaction=None, until_at_ms=None, misses=0
    )


def comes(interaction: str, at_ms: int, **changes: Any) -> e.InteractionQueued:
    return e.InteractionQueued(cause="acd", interaction=interaction, need=need(**changes), arrived_at_ms=at_ms)


def test_less_is_asked_as_the_wait_goes_on_and_the_choice_says_since_when() -> None:
    step = Relax(after_ms=30_000, drop=("rsa",), queues=("generaliste",))
    alone = staffed(relax=(step,))
    alone.tell(free("chloé"))
    assert "AgentChosen" not in [type(one).__name__ for one in alone.tell(comes(A, alone.now_ms, queue="rsa"))]
    began = alone.now_ms
    said: list[Any] = []
    while not any(isinstance(one, e.AgentChosen) for one in said):
        said = alone.next()
    chosen = only(said, e.AgentChosen)
    assert (chosen.agent, alone.now_ms) == ("chloé", began + 30_000)
    assert chosen.why.eased == (e.Eased(step=step, since_at_ms=began + 30_000),)


def test_an_emergency_goes_before_whoever_has_waited_too_long_and_they_before_all_others() -> None:
    alone = staffed(Distribution(turn=Turn(order="edf", longest_wait_ms=60_000)))
    third = centres.interaction(3)
    alone.tell(
        comes(A, alone.now_ms - 50_000, priority=1),
        comes(B, alone.now_ms - 61_000, priority=9),
        comes(third, alone.now_ms, emergency=True),
    )
    order = [only(alone.tell(free(name)), e.AgentChosen) for name in ("alice", "bruno", "chloé")]
    assert [(one.interaction, one.why.turn) for one in order] == [(third, "emergency"), (B, "longest_wait"), (A, "edf")]
    assert order[0].why.following == e.Following(interaction=B, queue="generaliste", waited_ms=61_000)


def test_who_knows_the_person_is_waited_for_and_then_anybody() -> None:
    alone = staffed()
    busy = e.AgentStateChanged(
        cause="t", agent="bruno", state="on_interaction", reason="", interaction="z", until_at_ms=None, misses=0
    )
    alone.tell(free("bruno"), busy, free("alice"))
    began = alone.now_ms
    alone.tell(comes(A, began, preferred="bruno", preferred_ms=20_000))
    assert alone.state.contacts[A].offer is None
    alone.tell(comes(B, began, preferred="bruno", preferred_ms=20_000))
    first = only(alone.tell(free("bruno")), e.AgentChosen)
    assert (first.agent, first.interaction, first.why.turn) == ("bruno", A, "preferred")
    alone.tell(e.CallConnected(cause="t", interaction=A, agent="bruno", leg=first.leg))
    while alone.state.contacts[B].offer is None:
        alone.next()
    assert (alone.state.contacts[B].agent, alone.now_ms) == ("alice", began + 20_000)


def test_nobody_is_waited_for_who_is_not_at_work() -> None:
    alone = staffed()
    alone.tell(free("alice"))
    chosen = only(alone.tell(comes(A, alone.now_ms, preferred="bruno", preferred_ms=20_000)), e.AgentChosen)
    assert chosen.agent == "alice"


def test_generalists_are_left_free_but_for_emergencies_and_whoever_waits_too_long() -> None:
    rules = Distribution(turn=Turn(longest_wait_ms=60_000), keep_free=1)
    alone = staffed(rules)
    alone.tell(free("alice"))  # who serves both queues
    began = alone.now_ms
    assert [one for one in alone.tell(comes(A, began)) if isinstance(one, e.AgentChosen)] == []
    assert only(alone.tell(comes(B, began, emergency=True)), e.AgentChosen).agent == "alice"
    alone.tell(free("bruno"))
    assert alone.state.contacts[A].offer is None
    while alone.state.contacts[A].offer is None:
        alone.next()
    assert (alone.state.contacts[A].agent, alone.now_ms) == ("bruno", began + 60_000)


def test_a_second_free_generalist_takes_who_waits() -> None:
    alone = staffed(Distribution(keep_free=1))
    alone.tell(free("alice"), comes(A, alone.now_ms))
    assert only(alone.tell(free("bruno")), e.AgentChosen).interaction == A


def test_the_least_versatile_is_asked_unless_another_was_idle_for_much_longer() -> None:
    for fairness_ms, expected in ((None, "chloé"), (60_000, "chloé"), (1_000, "alice")):
        alone = staffed(Distribution(agents="least_versatile", fairness_ms=fairness_ms))
        alone.tell(free("alice"))
        alone.tell(free("chloé"), after_ms=10_000)
        chosen = only(alone.tell(comes(A, alone.now_ms), after_ms=1_000), e.AgentChosen)
        assert chosen.agent == expected
        assert chosen.why.instead is not None
        assert {chosen.agent, chosen.why.instead.agent} == {"alice", "chloé"}
        assert [kind.idle for kind in chosen.why.kinds] == [1, 1]


def test_what_must_not_be_is_not_asked_and_never_given_way_on() -> None:
    relax = (Relax(after_ms=1_000, lower=4, drop=("accueil", "rsa")),)
    alone = staffed(relax=relax, needs=Not(of=Has(skill="rsa", level=3)))
    alone.tell(free("alice"), comes(A, alone.now_ms, queue="rsa"))
    assert alone.state.contacts[A].offer is None
    assert only(alone.tell(free("bruno"), after_ms=2_000), e.AgentChosen).agent == "bruno"


def test_offers_of_one_interaction_are_numbered_and_never_named_alike() -> None:
    alone = staffed()
    first = only(alone.tell(free("alice"), comes(A, alone.now_ms)), e.AgentChosen)
    alone.tell(free("bruno"))
    declined = e.OfferDeclined(cause="t", interaction=A, offer=first.offer, agent="alice")
    second = only(alone.tell(declined), e.AgentChosen)
    assert (first.leg[-3:], second.leg[-3:]) == ("-a1", "-a2")


def test_of_two_who_came_at_once_and_ask_otherwise_the_first_by_name_is_served_whoever_was_written_first() -> None:
    for first, second in ((A, B), (B, A)):
        alone = staffed()
        alone.tell(comes(first, alone.now_ms, language="fr"), comes(second, alone.now_ms, language="en"))
        assert only(alone.tell(free("alice")), e.AgentChosen).interaction == A
