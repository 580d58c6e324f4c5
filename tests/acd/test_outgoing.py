"""Whoever is in no conversation may call, and is taken out of distribution by it."""

from __future__ import annotations

import pytest

from acd.decide import mind
from core import events as e
from core import ids
from core.events.outgoing import AGENT_UNANSWERED
from core.personal import Personal
from tests.alone import A, Alone, B, need, only


def allowed(agent: str = "alice") -> e.DialAllowed:
    return e.DialAllowed(
        cause="t",
        request="r1",
        interaction=A,
        agent=agent,
        service="solidarites",
        number=Personal(A, "number", "+33639980000"),
        task="",
        kind="mobile",
        line="operateur",
        node="nord",
    )


def ended(outcome: str, reason: str) -> e.InteractionEnded:
    return e.InteractionEnded(cause="t", interaction=A, outcome=outcome, reason=reason)  # type: ignore[arg-type]


def at_work(*wishes: str) -> Alone:
    alone = Alone(mind)
    for wish in ("log_in", *wishes):
        alone.tell(e.AgentAsked(cause="t", agent="alice", wish=wish, reason="dejeuner"))  # type: ignore[arg-type]
    return alone


def test_an_agent_who_is_free_is_busy_from_the_request_on() -> None:
    alone = at_work()
    placed = only(alone.tell(allowed()), e.CallPlaced)
    assert (placed.phone, placed.leg, placed.request) == ("1001", ids.agent_leg(A, 1), "r1")
    row = alone.state.agents["alice"]
    assert (row.state, row.interaction) == ("on_interaction", A)


def test_nobody_is_offered_to_whoever_calls() -> None:
    alone = at_work()
    alone.tell(allowed())
    assert not [said for said in alone.tell(need(B)) if isinstance(said, e.AgentChosen)]


@pytest.mark.parametrize(("agent", "why"), [("chloé", "agent_away"), ("inconnue", "agent_away")])
def test_whoever_is_not_at_work_calls_nobody(agent: str, why: str) -> None:
    assert only(at_work().tell(allowed(agent)), e.DialRefused).why == why


def test_whoever_is_in_a_call_calls_nobody() -> None:
    alone = at_work()
    alone.tell(allowed())
    assert only(alone.tell(allowed()), e.DialRefused).why == "agent_busy"


def test_a_pause_goes_on_after_a_call_that_was_placed_in_it() -> None:
    alone = at_work("pause")
    alone.tell(allowed())
    alone.tell(e.ConversationEnded(cause="t", interaction=A, agent="alice", by="caller"))
    assert alone.state.agents["alice"].state == "wrap_up"
    alone.next()
    row = alone.state.agents["alice"]
    assert (row.state, row.reason) == ("paused", "dejeuner")


def test_a_call_that_reached_nobody_is_wrapped_up_and_one_that_was_never_dialled_is_not() -> None:
    alone = at_work()
    alone.tell(allowed(), ended("unreached", "no_answer"))
    assert alone.state.agents["alice"].state == "wrap_up"
    alone = at_work()
    alone.tell(allowed(), ended("unreached", AGENT_UNANSWERED))
    assert alone.state.agents["alice"].state == "available"
