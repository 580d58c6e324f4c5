"""Where somebody goes who does not fit into a queue, or should not wait in it any longer."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from acd.decide import mind
from acd.queue import next_limit_ms
from acd.wait import Habits
from core import events as e
from core.centre import Tenant
from core.needs import Overflow
from tests import centres
from tests.acd.test_state import state_of
from tests.alone import A, Alone, B, names, need, only

TO = Overflow(when="full", to="generaliste")
MESSAGE = Overflow(when="empty", script="messagerie")


def centre(*rules: Overflow, **changes: Any) -> Alone:
    """petit, with these rules in its queue rsa."""
    small = centres.small()
    rsa = msgspec.structs.replace(small.queues["rsa"], overflow=rules, **changes)
    return Alone(mind, msgspec.structs.replace(small, digest="x", queues={**small.queues, "rsa": rsa}))


def work(alone: Alone, *agents: str) -> None:
    """At work, and busy."""
    for agent in agents:
        alone.tell(state_of(agent, "available"), state_of(agent, "on_interaction"))


def states(interaction: str = A, **changes: Any) -> e.NeedStated:
    return e.NeedStated(cause="ivr", interaction=interaction, need=need("rsa", **changes))


def test_an_empty_queue_sends_on_only_where_somebody_works() -> None:
    alone = centre(Overflow(when="empty", to="generaliste"), MESSAGE)
    said = alone.tell(states())
    assert (only(said, e.QueueFull).script, only(said, e.QueueFull).why) == ("messagerie", "empty")
    work(alone, "chloé")
    said = alone.tell(states(B))
    overflowed = only(said, e.QueueOverflowed)
    assert (overflowed.queue, overflowed.why, overflowed.to) == ("rsa", "empty", "generaliste")
    assert only(said, e.InteractionQueued).overflowed
    work(alone, "alice")
    assert names(alone.tell(states(centres.interaction(3)))) == ["InteractionQueued"]


def test_who_could_be_served_by_nobody_at_work_is_alone_even_where_others_are() -> None:
    alone = centre(MESSAGE)
    work(alone, "bruno")
    assert names(alone.tell(states())) == ["InteractionQueued"]
    expert = (centres.Skill(name="rsa", level=3),)
    assert names(alone.tell(states(B, skills=expert))) == ["QueueFull"]


def test_neither_an_emergency_nor_who_was_given_back_is_sent_to_a_message() -> None:
    alone = centre(MESSAGE)
    assert names(alone.tell(states(emergency=True))) == ["InteractionQueued"]
    given_back = e.NeedStated(cause="calls", interaction=B, need=need("rsa", priority=0), since_at_ms=1)
    assert names(alone.tell(given_back)) == ["InteractionQueued"]


def test_people_of_an_organisation_that_shares_are_asked_where_ours_are_away() -> None:
    small = centres.small()
    agents = {
        name: msgspec.structs.replace(agent, tenants=("bure",) if name == "bruno" else ("aure",))
        for name, agent in small.agents.items()
    }
    tenants = {
        "aure": Tenant(name="aure", title="Aure", shares_with=("bure",)),
        "bure": Tenant(name="bure", title="Bure"),
    }
    rsa = msgspec.structs.replace(small.queues["rsa"], overflow=(Overflow(when="empty", tenants=True), MESSAGE))
    shared = msgspec.structs.replace(
        small, digest="x", agents=agents, tenants=tenants, queues={**small.queues, "rsa": rsa}
    )
    alone = Alone(mind, shared)
    assert names(alone.tell(states(tenant="aure"))) == ["QueueFull"]
    alone.tell(state_of("bruno", "available"))
    said = alone.tell(states(B, tenant="aure"))
    assert names(said) == ["QueueOverflowed", "InteractionQueued", "AgentChosen"]
    assert (only(said, e.InteractionQueued).need.shared, only(said, e.AgentChosen).agent) == (True, "bruno")
    assert names(alone.tell(states(centres.interaction(3), tenant="bure"))) == ["InteractionQueued"]


def test_who_has_waited_so_long_goes_on_with_the_place_of_their_arrival() -> None:
    alone = centre(Overflow(when="waited", limit_ms=20_000, to="generaliste"), announce_every_ms=600_000)
    work(alone, "bruno")
    alone.tell(states())
    arrived_at_ms = alone.state.contacts[A].arrived_at_ms
    assert names(alone.next()) == ["AnnouncementDue"]
    said = alone.next()
    overflowed = only(said, e.QueueOverflowed)
    assert (overflowed.why, overflowed.measured_ms, overflowed.limit_ms) == ("waited", 20_000, 20_000)
    contact = alone.state.contacts[A]
    assert (contact.need.queue, contact.arrived_at_ms) == ("generaliste", arrived_at_ms)
    told = only(alone.next(), e.AnnouncementDue)
    assert told.say[0].key == "attente.autre_equipe"
    assert only(alone.next(), e.AnnouncementDue).say[0].key == "attente.prochain"


def test_who_has_waited_so_long_for_nobody_elsewhere_stays() -> None:
    alone = centre(Overflow(when="waited", limit_ms=20_000, to="generaliste"), announce_every_ms=30_000)
    alone.tell(states())
    assert [names(alone.next()) for _ in range(4)] == [
        ["AnnouncementDue"],
        [],
        ["AnnouncementDue"],
        ["AnnouncementDue"],
    ]
    work(alone, "chloé")
    assert names(alone.next()) == ["QueueOverflowed", "ContactMoved"]


def test_a_message_or_a_callback_is_asked_once() -> None:
    alone = centre(Overflow(when="waited", limit_ms=20_000, callback=True), announce_every_ms=30_000)
    alone.tell(states())
    alone.next()
    closed = only(alone.next(), e.QueueClosed)
    assert (closed.queue, closed.why, closed.script) == ("rsa", "waited", "")
    assert [names(alone.next()) for _ in range(3)] == [["AnnouncementDue"]] * 3, "who cannot be called waits on"


def test_a_wait_that_would_be_too_long_leads_where_it_is_shorter() -> None:
    rule = Overflow(when="estimated", limit_ms=300_000, to="generaliste")
    alone = centre(rule)
    work(alone, "bruno")
    known = Habits(handled=50, aht_s=600.0, looked_at_ms=alone.now_ms)
    alone.state.habits.put("rsa/", known)
    assert names(alone.tell(states())) == ["InteractionQueued"], "nobody knows of the other queue"
    alone.state.habits.put("generaliste/", msgspec.structs.replace(known, aht_s=6_000.0))
    assert names(alone.tell(states(B))) == ["InteractionQueued"], "there it would be longer"
    alone.state.habits.put("generaliste/", msgspec.structs.replace(known, aht_s=100.0))
    said = alone.tell(states(centres.interaction(3)))
    overflowed = only(said, e.QueueOverflowed)
    assert (overflowed.why, overflowed.measured_ms, overflowed.limit_ms) == ("estimated", 1_800_000, 300_000)


def test_somebody_whom_a_supervisor_gave_to_an_agent_waits_for_them() -> None:
    alone = centre(Overflow(when="waited", limit_ms=20_000, callback=True), announce_every_ms=600_000)
    alone.tell(states())
    alone.state.change(A, given=True)
    assert [names(alone.next()) for _ in range(2)] == [["AnnouncementDue"], []]


def test_the_limits_of_several_rules_come_one_after_the_other() -> None:
    alone = centre(*(Overflow(when="waited", limit_ms=at, callback=True) for at in (30_000, 10_000)))
    alone.tell(states())
    contact, queue, since = alone.state.contacts[A], alone.state.queue("rsa"), alone.now_ms
    found = [next_limit_ms(queue, contact, since + after) for after in (0, 10_000, 30_000)]
    assert found == [since + 10_000, since + 30_000, None]


@given(
    st.lists(
        st.builds(
            Overflow,
            when=st.sampled_from(("full", "empty", "waited", "estimated")),
            limit_ms=st.sampled_from((1_000, 60_000)),
            to=st.sampled_from(("generaliste", "")),
        ).map(lambda rule: rule if rule.to else msgspec.structs.replace(rule, callback=True)),
        max_size=4,
    ),
    st.lists(st.sampled_from(("alice", "bruno", "chloé")), unique=True),
    st.integers(0, 6),
)
def test_everybody_is_somewhere_whatever_the_rules(rules: list[Overflow], agents: list[str], people: int) -> None:
    """Each need ends in a queue or at a door, exactly once, and nobody is sent beyond a queue's bound by a rule."""
    alone = centre(*rules, max_waiting=2)
    work(alone, *agents)
    for number in range(people):
        said = alone.tell(states(centres.interaction(number + 1)))
        assert sum(name in ("InteractionQueued", "QueueFull") for name in names(said)) == 1
    assert alone.state.waiting.length("rsa") <= 2


def test_whoever_comes_is_told_of_with_how_long_they_may_wait() -> None:
    alone = centre()
    assert only(alone.tell(states()), e.InteractionQueued).expected is None
    work(alone, "bruno")
    alone.state.habits.put("rsa/", Habits(handled=50, aht_s=600.0, looked_at_ms=alone.now_ms))
    expected = only(alone.tell(states(B)), e.InteractionQueued).expected
    assert expected is not None
    assert expected.low_ms < 1_200_000 < expected.high_ms
