"""An agent lost in the middle of a conversation: the citizen is told, and is the next to be served."""

from __future__ import annotations

import pytest

from calls.decide import mind
from core import commands as c
from core import events as e
from core import ids, limits
from tests import centres
from tests.alone import A_LEG, A, Alone, answered, arrived, chosen, ended, leg_seen, names, only, queued, seen
from tests.calls.test_call import held

AGENT = ids.agent_leg(A, 1)
ANNOUNCED = e.AnnouncementEnded(cause="ivr", interaction=A)
RETURNED = e.CallerReturned(cause="t", interaction=A, leg=A_LEG)
CONNECTED = e.LegsBridged(cause="t", interaction=A, leg=AGENT)


def phone(*, reachable: bool, name: str = "1001") -> e.PhoneSeen:
    return e.PhoneSeen(cause="t", phone=name, reachable=reachable)


def talking() -> Alone:
    alone = Alone(mind)
    alone.tell(seen(phones=("1001",)), arrived(), answered(), queued(), held(), chosen(), answered(A, AGENT), CONNECTED)
    return alone


def test_a_telephone_that_is_gone_for_long_is_given_up_and_the_citizen_is_first_since_they_came() -> None:
    alone = talking()
    assert alone.tell(phone(reachable=False), after_ms=60_000) == []
    before_ms = alone.now_ms
    said = alone.next()
    assert alone.now_ms == before_ms + limits.PHONE_BACK_MS
    assert names(said) == ["AgentLost", "ConversationEnded", "NeedStated", "HangUpLeg"]
    need = only(said, e.NeedStated)
    assert (need.need.queue, need.need.priority, need.since_at_ms) == ("generaliste", 0, centres.START_MS)
    assert only(said, e.ConversationEnded).by == "fault"
    assert only(said, c.HangUpLeg).leg == AGENT


@pytest.mark.parametrize(
    "back", [phone(reachable=True), seen(leg_seen(with_leg=AGENT), leg_seen(AGENT, with_leg=A_LEG), phones=("1001",))]
)
def test_one_that_only_registers_anew_loses_nothing(back: e.Event) -> None:
    alone = talking()
    alone.tell(phone(reachable=False))
    assert alone.tell(back, after_ms=limits.PHONE_BACK_MS - 1) == []
    assert alone.deadlines.first() is None


def test_told_twice_that_it_is_gone_it_has_no_longer() -> None:
    alone = talking()
    alone.tell(phone(reachable=False))
    first = alone.deadlines.first()
    alone.tell(phone(reachable=False), after_ms=10_000)
    assert alone.deadlines.first() == first


def test_somebody_elses_telephone_and_one_that_only_rings_are_no_loss() -> None:
    alone = talking()
    alone.tell(phone(reachable=False, name="1002"))
    assert alone.deadlines.first() is None
    alone = Alone(mind)
    alone.tell(seen(), arrived(), answered(), queued(), held(), chosen())
    alone.tell(phone(reachable=False))
    assert alone.deadlines.first() is None


def test_a_citizen_who_hung_up_meanwhile_waits_for_nobody() -> None:
    alone = talking()
    alone.tell(phone(reachable=False))
    assert only(alone.tell(ended()), e.InteractionEnded).outcome == "answered"
    assert alone.deadlines.first() is None


@pytest.mark.parametrize("reason", ["failed", "unreachable", "congestion", "no_answer"])
def test_a_leg_that_nobody_hung_up_is_a_loss_and_the_citizen_comes_by_themselves(reason: e.EndReason) -> None:
    said = talking().tell(ended(A, AGENT, reason))
    assert names(said) == ["AgentLost", "ConversationEnded", "NeedStated"]
    assert only(said, e.AgentLost).why == "leg_failed"


def test_an_agent_who_was_left_by_a_citizen_who_is_still_there_was_lost_by_an_order_of_ours() -> None:
    alone = talking()
    assert only(alone.tell(ended(A, AGENT, "left")), e.AgentLost).why == "held"
    assert alone.tell(queued(), held()) == [], "on the way out of the music, to be told"
    assert names(alone.tell(RETURNED, ANNOUNCED)) == ["HoldCaller"]


@pytest.mark.parametrize("reason", ["hung_up", "declined", "busy"])
def test_a_leg_that_the_agent_hung_up_is_none(reason: e.EndReason) -> None:
    assert names(talking().tell(ended(A, AGENT, reason))) == ["ConversationEnded", "HangUpLeg"]


def test_held_by_nobodys_wish_the_citizen_is_taken_out_of_the_music_to_be_told() -> None:
    said = talking().tell(held())
    assert only(said, e.AgentLost).why == "held"
    assert [type(one).__name__ for one in said if isinstance(one, c.Command)] == ["HangUpLeg", "ReturnCaller"]


def test_found_gone_after_a_crash_the_citizen_is_fetched_from_wherever_they_are() -> None:
    said = talking().tell(seen(leg_seen(A_LEG), phones=("1001",)))
    assert only(said, e.AgentLost).why == "unseen"
    assert only(said, c.ReturnCaller).leg == A_LEG


def test_found_gone_with_the_citizen_there_is_nobody_to_be_told() -> None:
    said = talking().tell(seen())
    assert [one for one in said if isinstance(one, e.AgentLost | e.NeedStated)] == []
    assert only(said, e.InteractionEnded).outcome == "answered"


def test_the_citizen_hears_the_words_then_music_in_the_place_that_they_have_already() -> None:
    alone = talking()
    alone.tell(ended(A, AGENT, "failed"))
    assert alone.tell(queued(), RETURNED) == []
    assert only(alone.tell(ANNOUNCED), c.HoldCaller).leg == A_LEG


def test_words_that_never_end_lead_to_the_music_too() -> None:
    alone = talking()
    alone.tell(ended(A, AGENT, "failed"), queued())
    assert names(alone.next()) == ["HoldCaller"]


def test_another_agent_may_take_them_out_of_the_words() -> None:
    alone = talking()
    alone.tell(ended(A, AGENT, "failed"), queued())
    second = ids.agent_leg(A, 2)
    assert only(alone.tell(chosen(A, 2, "bruno", "1002")), c.RingAgent).leg == second
    said = alone.tell(answered(A, second), e.LegsBridged(cause="t", interaction=A, leg=second))
    assert only(said, e.CallConnected).agent == "bruno"


def test_a_failed_order_of_before_the_conversation_is_no_loss() -> None:
    command = c.ReturnCaller(cause="t", interaction=A, leg=A_LEG, channel="x")
    said = talking().tell(e.OrderFailed(cause="t", order="1", command=command, reason="", retryable=False))
    assert said == []
