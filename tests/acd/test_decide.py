"""Who waits where, who is asked, and what becomes of an offer."""

from __future__ import annotations

import pytest

from acd.agent import BREATH, BREATH_MS, CUT_OFF
from acd.decide import mind
from core import events as e
from core.centre import AgentWish
from core.events.distribution import AgentState
from tests import centres
from tests.acd.test_state import asked, phone, state_of
from tests.alone import A, Alone, B, answered, ended, names, need, only, queued, seen


def offered(*agents: str, centre: str = "petit") -> Alone:
    """A waits, and rings at the first of `agents`; the others are free."""
    alone = Alone(mind, centres.CENTRES[centre]())
    alone.tell(seen())
    for agent in agents:
        alone.tell(state_of(agent, "available"), after_ms=10)
    alone.tell(queued())
    alone.tell(e.LegRinging(cause="t", interaction=A, leg=leg(alone), channel="c"))
    return alone


def leg(alone: Alone) -> str:
    found: str = alone.state.contacts[A].leg
    return found


def state(alone: Alone, agent: str = "alice") -> tuple[str, str]:
    row = alone.state.agents[agent]
    return row.state, row.reason


# -- queues -----------------------------------------------------------------------------------------------------------


def stated(interaction: str, queue: str = "rsa") -> e.NeedStated:
    return e.NeedStated(cause="ivr", interaction=interaction, need=need(queue))


def test_a_need_is_queued_where_it_says() -> None:
    said = Alone(mind).tell(stated(A))
    assert only(said, e.InteractionQueued).need.queue == "rsa"


def test_a_full_queue_overflows_and_the_other_team_takes_it_as_it_can() -> None:
    alone = Alone(mind, centres.narrow())
    alone.tell(stated(A))
    said = alone.tell(e.NeedStated(cause="ivr", interaction=B, need=need("rsa", skills=())))
    overflow = only(said, e.QueueOverflowed)
    assert (overflow.queue, overflow.waiting, overflow.to) == ("rsa", 1, "generaliste")
    assert only(said, e.InteractionQueued).need.queue == "generaliste"


def test_when_everything_is_full_that_is_a_fact_and_whoever_is_let_in_waits_beyond_the_bound() -> None:
    alone = Alone(mind, centres.narrow())
    alone.tell(stated(A), stated(B))
    third = centres.interaction(3)
    full = only(alone.tell(stated(third)), e.QueueFull)
    assert full.queue == "rsa"
    said = alone.tell(e.LetIn(cause="calls", interaction=third, need=full.need))
    assert only(said, e.InteractionQueued).need.queue == "rsa"
    assert alone.state.waiting.length("rsa") == 2


def test_who_waits_is_told_where_they_stand_again_and_again() -> None:
    alone = Alone(mind)
    alone.tell(queued(A), queued(B, at_ms=1))
    texts = [only(alone.next(), e.AnnouncementDue).say[0] for _ in range(4)]
    assert [text.key for text in texts] == ["attente.prochain", "attente.position"] * 2
    assert texts[1].values == {"position": "2"}


def test_who_was_on_offer_when_it_was_time_to_tell_them_is_told_once_the_offer_is_over() -> None:
    alone = offered("alice")
    assert "OfferMissed" in names(alone.next())
    assert "AnnouncementDue" in names(alone.next())


# -- offers -----------------------------------------------------------------------------------------------------------


def test_an_agent_who_answers_is_taken() -> None:
    alone = offered("alice")
    said = alone.tell(answered(A, leg(alone)))
    assert names(said) == ["OfferAnswered", "AgentStateChanged"]
    assert state(alone) == ("on_interaction", "")
    assert alone.tell(answered(A, leg(alone))) == []  # told twice


def test_a_refusal_is_a_right_and_goes_to_the_next() -> None:
    alone = offered("alice", "bruno")
    said = alone.tell(ended(A, leg(alone), "declined"))
    assert names(said) == ["OfferDeclined", "AgentStateChanged", "AgentChosen"]
    assert only(said, e.AgentChosen).agent == "bruno"
    assert state(alone) == ("paused", BREATH)


def test_one_miss_is_a_breath_and_two_are_enough() -> None:
    alone = offered("alice")
    missed = only(alone.tell(ended(A, leg(alone), "no_answer")), e.OfferMissed)
    assert (missed.misses, *state(alone)) == (1, "paused", BREATH)
    alone.tell(
        e.DeadlineReached(cause="c", kind="agent", key="alice", at_ms=alone.now_ms + BREATH_MS), after_ms=BREATH_MS
    )
    alone.tell(e.LegRinging(cause="t", interaction=A, leg=leg(alone), channel="c"))
    missed = only(alone.tell(ended(A, leg(alone), "no_answer")), e.OfferMissed)
    assert (missed.misses, *state(alone)) == (2, "missed", "")


def test_an_offer_that_runs_out_is_missed() -> None:
    alone = offered("alice")
    assert names(alone.next())[:2] == ["OfferMissed", "AgentStateChanged"]


def test_a_telephone_that_never_rang_is_no_miss() -> None:
    alone = Alone(mind)
    alone.tell(seen(), state_of("alice", "available"), queued())
    alone.tell(e.DeadlineReached(cause="c", kind="contact", key=A, at_ms=0))
    said = alone.tell(ended(A, leg(alone), "no_answer"))
    assert only(said, e.OfferFailed).reason == "not_rung"
    assert alone.state.agents["alice"].misses == 0


@pytest.mark.parametrize("reason", ["congestion", "unreachable", "failed", "lost", "hung_up"])
def test_a_telephone_that_fails_is_no_miss(reason: e.EndReason) -> None:
    alone = offered("alice")
    said = alone.tell(ended(A, leg(alone), reason))
    assert only(said, e.OfferFailed).reason == reason
    assert state(alone) == ("paused", BREATH)


def test_an_agent_who_answered_and_was_lost_is_free_and_the_caller_offered_anew() -> None:
    alone = offered("alice")
    alone.tell(answered(A, leg(alone)))
    said = alone.tell(ended(A, leg(alone), "failed"))
    assert names(said)[:2] == ["OfferFailed", "AgentStateChanged"]
    assert only(said, e.AgentChosen).leg.endswith("-a2")


def test_an_agent_who_asked_for_something_before_being_lost_gets_it() -> None:
    alone = offered("alice")
    alone.tell(asked("log_out"), answered(A, leg(alone)))
    alone.tell(ended(A, leg(alone), "failed"))
    assert state(alone)[0] == "logged_out"


def test_a_leg_that_ends_after_its_offer_means_nothing() -> None:
    alone = offered("alice", "bruno")
    first = leg(alone)
    alone.tell(ended(A, first, "declined"))
    assert alone.tell(ended(A, first, "hung_up"), answered(A, first)) == []


def test_a_caller_who_leaves_withdraws_the_offer() -> None:
    alone = offered("alice")
    said = alone.tell(e.InteractionEnded(cause="t", interaction=A, outcome="abandoned", reason="hung_up"))
    assert names(said) == ["OfferWithdrawn", "AgentStateChanged"]
    assert state(alone)[0] == "available"


def test_talking_without_anybody_having_told_of_the_answer_makes_the_agent_busy_all_the_same() -> None:
    alone = offered("alice")
    said = alone.tell(e.CallConnected(cause="t", interaction=A, agent="alice", leg=leg(alone)))
    assert names(said) == ["OfferAnswered", "AgentStateChanged"]
    assert state(alone)[0] == "on_interaction"


# -- after the conversation -----------------------------------------------------------------------------------------


def talking() -> Alone:
    alone = offered("alice")
    alone.tell(answered(A, leg(alone)), e.CallConnected(cause="t", interaction=A, agent="alice", leg=leg(alone)))
    return alone


def over() -> e.ConversationEnded:
    return e.ConversationEnded(cause="t", interaction=A, agent="alice", by="caller")


def test_wrap_up_follows_and_ends_by_itself() -> None:
    alone = talking()
    changed = only(alone.tell(over()), e.AgentStateChanged)
    assert (changed.state, changed.until_at_ms) == ("wrap_up", alone.now_ms + 10_000)
    assert only(alone.next(), e.AgentStateChanged).state == "available"


@pytest.mark.parametrize(("wish", "then"), [("pause", "paused"), ("log_out", "logged_out")])
def test_what_was_asked_while_talking_is_granted_after_the_wrap_up(wish: AgentWish, then: AgentState) -> None:
    alone = talking()
    assert only(alone.tell(asked(wish)), e.WishKept).wish == wish
    alone.tell(over())
    assert only(alone.next(), e.AgentStateChanged).state == then


def test_a_conversation_of_somebody_elses_changes_nothing() -> None:
    alone = talking()
    assert alone.tell(e.ConversationEnded(cause="t", interaction=B, agent="alice", by="caller")) == []


# -- wishes and telephones ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "then"), [("pause", "paused"), ("log_out", "logged_out"), ("ready", "available"), ("log_in", "available")]
)
def test_a_free_agent_gets_what_they_ask_for(wish: AgentWish, then: str) -> None:
    alone = Alone(mind)
    alone.tell(state_of("alice", "available"))
    alone.tell(asked(wish))
    assert state(alone)[0] == then


def test_somebody_nobody_knows_gets_nothing() -> None:
    alone = Alone(mind)
    assert alone.tell(e.AgentAsked(cause="t", agent="inconnue", wish="ready", reason="")) == []
    assert alone.tell(e.PhoneSeen(cause="t", phone="9999", reachable=True)) == []


@pytest.mark.parametrize(
    ("state", "wish", "reason"),
    [("available", "pause", ""), ("paused", "ready", ""), ("available", "ready", ""), ("talking", "pause", "later")],
)
def test_a_page_that_asks_is_answered_whether_it_is_now_or_later(state: str, wish: AgentWish, reason: str) -> None:
    alone = talking() if state == "talking" else Alone(mind)
    if state != "talking":
        alone.tell(state_of("alice", state))  # type: ignore[arg-type]
    fact = e.AgentAsked(cause="pages", agent="alice", wish=wish, reason="", request="r1")
    answer = only(alone.tell(fact), e.RequestAnswered)
    assert (answer.request, answer.done, answer.reason) == ("r1", True, reason)


def test_a_page_that_asks_for_somebody_nobody_knows_is_told_so() -> None:
    fact = e.AgentAsked(cause="pages", agent="inconnue", wish="ready", reason="", request="r1")
    answer = only(Alone(mind).tell(fact), e.RequestAnswered)
    assert (answer.done, answer.reason) == (False, "agent_unknown")


def test_a_telephone_logs_its_agent_in_and_out() -> None:
    alone = Alone(mind)
    assert only(alone.tell(phone(reachable=True)), e.AgentStateChanged).state == "available"
    assert only(alone.tell(phone(reachable=False)), e.AgentStateChanged).state == "logged_out"


def lost(why: str) -> e.AgentLost:
    return e.AgentLost(
        cause="calls",
        interaction=A,
        agent="alice",
        service="solidarites",
        leg=f"{A}-c",
        channel="c",
        why=why,  # type: ignore[arg-type]
    )


def test_nobody_is_given_to_a_telephone_that_failed_until_it_is_back() -> None:
    alone = talking()
    alone.tell(lost("leg_failed"), over())
    assert state(alone) == ("paused", CUT_OFF)
    assert alone.tell(queued(B)) == []
    said = alone.tell(phone(reachable=True))
    assert only(said, e.AgentStateChanged).state == "available"
    assert only(said, e.AgentChosen).interaction == B


def test_one_that_is_gone_logs_its_agent_out_at_once_and_in_again() -> None:
    alone = talking()
    alone.tell(phone(reachable=False), lost("phone_gone"), over())
    assert state(alone) == ("logged_out", "téléphone")
    assert only(alone.tell(phone(reachable=True)), e.AgentStateChanged).state == "available"


def test_the_agent_may_say_that_they_are_back() -> None:
    alone = talking()
    alone.tell(lost("leg_failed"))
    assert only(alone.tell(asked("ready")), e.AgentStateChanged).state == "available"


@pytest.mark.parametrize("why", ["held", "unseen"])
def test_an_agent_whose_telephone_is_sound_notes_what_was_said(why: str) -> None:
    alone = talking()
    alone.tell(lost(why), over())
    assert state(alone) == ("wrap_up", "")


def test_telephones_are_looked_at_again_after_a_gap() -> None:
    alone = Alone(mind)
    alone.tell(phone(reachable=True))
    said = alone.tell(seen(phones=("1002", "1003")))
    changed = {one.agent: one.state for one in said if isinstance(one, e.AgentStateChanged)}
    assert changed == {"alice": "logged_out", "bruno": "available", "chloé": "available"}


# -- another configuration ------------------------------------------------------------------------------------------


def applied(digest: str) -> e.ConfigurationApplied:
    return e.ConfigurationApplied(cause="reload", digest=digest)


def test_who_waits_may_be_for_other_people_under_another_configuration() -> None:
    alone = Alone(mind)
    alone.tell(state_of("chloé", "available"), queued(A, "rsa"), queued(B, "rsa", at_ms=1))
    said = alone.tell(applied("élargi"))
    assert only(said, e.AgentChosen).interaction == A


def test_a_removed_queue_drains_to_its_heir_in_its_order() -> None:
    alone = Alone(mind)
    alone.tell(queued(A, "rsa"), queued(B, "rsa", at_ms=1), applied("réformé"))
    assert only(alone.tell(state_of("chloé", "available")), e.AgentChosen).interaction == A
    assert only(alone.tell(state_of("bruno", "available")), e.AgentChosen).interaction == B


def test_a_removed_agent_leaves_when_free_and_finishes_first_when_busy() -> None:
    alone = talking()
    alone.tell(state_of("bruno", "available"))
    assert alone.tell(applied("réformé")) == []
    alone.tell(over())
    said = alone.next()
    assert [one.state for one in said if isinstance(one, e.AgentStateChanged)] == ["available", "logged_out"]
    idle = Alone(mind)
    idle.tell(state_of("alice", "available"))
    assert only(idle.tell(applied("réformé")), e.AgentStateChanged).reason == "retiré"
