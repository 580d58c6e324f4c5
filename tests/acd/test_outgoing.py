"""Whoever is in no conversation may call, and is taken out of distribution by it; whom nobody took comes back."""

from __future__ import annotations

from typing import Literal

import pytest

from acd.decide import mind
from core import events as e
from core import ids
from core.centre import AgentWish
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


# -- handed on, and not taken -----------------------------------------------------------------------------------------


def two_at_work() -> Alone:
    """bruno has been free for longer; alice talks with A."""
    alone = Alone(mind)
    for name in ("bruno", "alice"):
        alone.tell(e.AgentAsked(cause="t", agent=name, wish="log_in", reason=""), after_ms=1_000)
    alone.tell(allowed())
    alone.tell(e.CallConnected(cause="t", interaction=A, agent="alice", leg=ids.agent_leg(A, 1)))
    return alone


def given_back(to: str = "alice") -> e.NeedStated:
    return e.NeedStated(cause="t", interaction=A, need=need(priority=0), since_at_ms=1, asked=1, back_to=to)


def over(by: Literal["transfer", "agent"] = "transfer") -> e.ConversationEnded:
    return e.ConversationEnded(cause="t", interaction=A, agent="alice", by=by)


def test_whom_nobody_took_goes_back_to_who_handed_them_on_although_notes_are_written() -> None:
    alone = two_at_work()
    alone.tell(over())
    assert alone.state.agents["alice"].state == "wrap_up"
    chosen = only(alone.tell(given_back()), e.AgentChosen)
    assert (chosen.agent, chosen.why.turn) == ("alice", "preferred")


def test_who_does_not_take_them_either_leaves_them_to_the_next() -> None:
    alone = two_at_work()
    alone.tell(over())
    chosen = only(alone.tell(given_back()), e.AgentChosen)
    said = alone.tell(e.LegEnded(cause="t", interaction=A, leg=chosen.leg, reason="declined", code=21))
    assert only(said, e.AgentChosen).agent == "bruno"


@pytest.mark.parametrize("wish", ["pause", "log_out"])
def test_who_is_about_to_leave_or_is_busy_again_is_passed_over(wish: AgentWish) -> None:
    alone = two_at_work()
    alone.tell(e.AgentAsked(cause="t", agent="alice", wish=wish, reason="dejeuner"))
    alone.tell(over())
    assert only(alone.tell(given_back()), e.AgentChosen).agent == "bruno"


def asked_for_a_word() -> Alone:
    """bruno's telephone rings for a word about A, whom alice wants to hand on."""
    alone = two_at_work()
    wanted = e.NeedStated(
        cause="t", interaction=A, need=need(priority=0, preferred="bruno", preferred_ms=60_000), since_at_ms=1, asked=1
    )
    assert only(alone.tell(wanted), e.AgentChosen).agent == "bruno"
    return alone


TAKEN_BACK = e.TransferFailed(cause="t", interaction=A, entry="bruno", reason="taken_back", agent="alice")


def test_taken_back_the_offer_is_withdrawn_and_nobody_waits_any_more() -> None:
    alone = asked_for_a_word()
    assert only(alone.tell(TAKEN_BACK), e.OfferWithdrawn).agent == "bruno"
    assert (len(alone.state.contacts), alone.state.agents["bruno"].state) == (0, "available")
    assert alone.state.agents["alice"].state == "on_interaction"


def test_taken_back_after_a_word_the_colleague_is_free_at_once() -> None:
    alone = asked_for_a_word()
    alone.tell(e.LegAnswered(cause="t", interaction=A, leg=alone.state.contacts[A].leg, channel="PJSIP/1002"))
    alone.tell(TAKEN_BACK)
    assert alone.state.agents["bruno"].state == "available"


def test_a_transfer_that_failed_without_a_word_changes_nobody() -> None:
    alone = two_at_work()
    assert alone.tell(e.TransferFailed(cause="t", interaction=A, entry="mdph", reason="busy")) == []
