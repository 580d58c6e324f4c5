"""An agent speaks with somebody before they hand a citizen on: how it begins, and every way in which it ends."""

from __future__ import annotations

import pytest

from calls import consult
from calls.call import Call
from core import commands as c
from core import events as e
from core import ids, limits
from core.events.base import Event
from tests import centres
from tests.alone import A_LEG, CHANNEL, A, Alone, answered, chosen, leg_seen, names, only, queued, seen
from tests.calls.test_call import held
from tests.calls.test_transfers import AGENT, FIRST, SECOND, bridged, ended, talking

COLLEAGUE = ids.agent_leg(A, 2)


def asked(to: str = "mdph", into: e.TransferInto = "entry") -> e.TransferAsked:
    return e.TransferAsked(cause="pages", request="r", agent="alice", interaction=A, to=to, into=into, consult=True)


def wishes(wish: e.ConsultWish, agent: str = "alice") -> e.ConsultAsked:
    return e.ConsultAsked(cause="pages", request="w", agent=agent, interaction=A, wish=wish)


def with_agent(leg: str) -> e.LegsBridged:
    return e.LegsBridged(cause="t", interaction=A, leg=AGENT, other=leg)


def asking(*before: Event) -> Alone:
    """The telephone of whoever was asked for rings."""
    alone = talking()
    alone.tell(asked(), held(), *before)
    return alone


def speaking() -> Alone:
    alone = asking()
    alone.tell(answered(A, FIRST), with_agent(FIRST))
    return alone


def to_colleague() -> Alone:
    """bruno's telephone rings, for alice to speak with him."""
    alone = talking()
    alone.tell(asked("bruno", "agent"), queued(), held(), chosen(number=2, agent="bruno", phone="1002"))
    return alone


def call(alone: Alone) -> Call:
    row = alone.state.calls.get(A)
    assert isinstance(row, Call)
    return row


# -- it begins --------------------------------------------------------------------------------------------------------


def test_the_two_are_parted_in_one_stroke_and_nobody_is_free_yet() -> None:
    said = talking().tell(asked())
    assert names(said) == ["RequestAnswered", "TransferStarted", "PartLegs"]
    part = only(said, c.PartLegs)
    assert (part.leg, part.channel, part.agent_leg) == (A_LEG, CHANNEL, AGENT)


def test_whoever_answers_talks_with_the_agent_and_is_kept_when_left() -> None:
    alone = talking()
    alone.tell(asked())
    dial = only(alone.tell(held()), c.DialNumber)
    assert (dial.leg, dial.with_channel, dial.kept, dial.stays) == (FIRST, AGENT, True, False)
    begun = only(alone.tell(answered(A, FIRST), with_agent(FIRST)), e.ConsultBegun)
    assert (begun.agent, begun.leg) == ("alice", FIRST)


def test_a_colleague_is_asked_for_alone_and_rung_for_the_agent() -> None:
    alone = talking()
    need = only(alone.tell(asked("bruno", "agent")), e.NeedStated).need
    assert (need.preferred, need.preferred_ms > consult.ASKED_MS) == ("bruno", True)
    alone.tell(queued(), held())
    ring = only(alone.tell(chosen(number=2, agent="bruno", phone="1002")), c.RingAgent)
    assert (ring.leg, ring.caller_channel, ring.kept) == (COLLEAGUE, AGENT, True)
    assert only(alone.tell(answered(A, COLLEAGUE), with_agent(COLLEAGUE)), e.ConsultBegun).leg == COLLEAGUE


def test_of_a_queue_whoever_is_free_is_asked() -> None:
    need = only(talking().tell(asked("generaliste", "queue")), e.NeedStated).need
    assert (need.queue, need.preferred, need.priority) == ("generaliste", "", 0)


def test_a_step_that_hangs_is_ordered_again() -> None:
    alone = talking()
    alone.tell(asked())
    assert only(alone.next(), c.PartLegs).agent_leg == AGENT


# -- the agent decides ------------------------------------------------------------------------------------------------


def test_the_two_are_joined_and_the_agent_is_free_at_once() -> None:
    alone = speaking()
    said = alone.tell(wishes("join"))
    over = only(said, e.ConversationEnded)
    assert (over.agent, over.by) == ("alice", "transfer")
    join = only(said, c.JoinLegs)
    assert (join.leg, join.other, join.with_channel) == (FIRST, A_LEG, CHANNEL)
    assert only(said, c.HangUpLeg).leg == AGENT
    assert names(alone.tell(ended(AGENT))) == []
    assert only(alone.tell(bridged(FIRST)), e.TransferJoined).leg == FIRST


def test_a_colleague_takes_them_over_as_their_own_conversation() -> None:
    alone = to_colleague()
    alone.tell(answered(A, COLLEAGUE), with_agent(COLLEAGUE))
    assert only(alone.tell(wishes("join")), c.JoinLegs).leg == COLLEAGUE
    connected = only(alone.tell(bridged(COLLEAGUE)), e.CallConnected)
    assert (connected.agent, call(alone).state) == ("bruno", "connected")


def test_taken_back_after_a_word_the_agent_talks_with_the_citizen_again() -> None:
    alone = speaking()
    said = alone.tell(wishes("take_back"))
    failed = only(said, e.TransferFailed)
    assert (failed.entry, failed.reason, failed.agent) == ("mdph", "taken_back", "alice")
    assert (only(said, c.HangUpLeg).leg, only(said, c.JoinLegs).leg) == (FIRST, AGENT)
    assert names(alone.tell(ended(FIRST))) == []
    assert only(alone.tell(bridged(AGENT)), e.ConversationResumed).agent == "alice"
    over = only(alone.tell(ended(AGENT)), e.ConversationEnded)
    assert (over.agent, over.by) == ("alice", "agent")


def test_taken_back_before_the_music_they_are_joined_when_it_has_come() -> None:
    alone = talking()
    alone.tell(asked())
    assert not [one for one in alone.tell(wishes("take_back")) if isinstance(one, c.JoinLegs)]
    said = alone.tell(held())
    assert names(said) == ["JoinLegs"]
    assert only(said, c.JoinLegs).leg == AGENT


@pytest.mark.parametrize(
    ("alone", "fact", "why"),
    [
        (asking(), wishes("join"), "not_answered"),
        (asking(), wishes("join", "bruno"), "not_talking"),
        (talking(), wishes("take_back"), "not_talking"),
        (speaking(), asked(), "not_talking"),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(alone: Alone, fact: Event, why: str) -> None:
    said = alone.tell(fact)
    assert names(said) == ["RequestAnswered"]
    assert only(said, e.RequestAnswered).reason == why


# -- others decide ----------------------------------------------------------------------------------------------------


def test_nobody_answers_nor_the_deputy_and_the_agent_has_the_citizen_back() -> None:
    alone = asking()
    said = alone.tell(ended(FIRST, "busy"))
    assert (only(said, e.TransferFailed).agent, only(said, e.TransferStarted).consult) == ("", True)
    assert only(said, c.DialNumber).with_channel == AGENT
    said = alone.tell(ended(SECOND, "no_answer"))
    assert only(said, e.TransferFailed).agent == "alice"
    assert only(said, c.JoinLegs).leg == AGENT


def test_whoever_was_spoken_with_hangs_up_and_no_deputy_is_rung() -> None:
    said = speaking().tell(ended(FIRST))
    assert names(said) == ["TransferFailed", "JoinLegs"]


def test_a_colleague_who_declines_or_has_gone_after_a_word_gives_the_citizen_back() -> None:
    offer = ids.offer(A, 2)
    declined = e.OfferDeclined(cause="acd", interaction=A, offer=offer, agent="bruno")
    assert only(to_colleague().tell(declined), e.TransferFailed).reason == "declined"
    alone = to_colleague()
    alone.tell(answered(A, COLLEAGUE), with_agent(COLLEAGUE))
    gone = e.OfferFailed(cause="acd", interaction=A, offer=offer, agent="bruno", reason="hung_up")
    assert only(alone.tell(gone), c.JoinLegs).leg == AGENT


def test_after_a_word_with_another_queue_the_citizen_is_of_their_own_again() -> None:
    alone = talking()
    alone.tell(asked("rsa", "queue"), queued(queue="rsa"), held(), wishes("take_back"))
    need = only(alone.tell(ended(AGENT, "lost")), e.NeedStated).need
    assert (need.queue, need.priority) == ("generaliste", 0)


def test_nobody_of_the_queue_is_free_for_a_minute_and_the_citizen_is_back() -> None:
    alone = talking()
    alone.tell(asked("generaliste", "queue"), queued(), held())
    failed = only(alone.next(), e.TransferFailed)
    assert (failed.reason, failed.agent) == ("no_answer", "alice")
    assert alone.now_ms == centres.START_MS + consult.ASKED_MS


def test_the_citizen_hangs_up_and_everybody_is_let_go() -> None:
    said = speaking().tell(ended(A_LEG))
    over = only(said, e.ConversationEnded)
    assert (over.agent, over.by) == ("alice", "caller")
    assert only(said, e.InteractionEnded).outcome == "answered"
    assert {one.leg for one in said if isinstance(one, c.HangUpLeg)} == {AGENT, FIRST}


@pytest.mark.parametrize(("reason", "by"), [("hung_up", "transfer"), ("lost", "fault")])
def test_an_agent_who_is_gone_after_a_word_has_handed_over(reason: str, by: str) -> None:
    alone = speaking()
    said = alone.tell(ended(AGENT, reason))
    assert (only(said, e.ConversationEnded).by, only(said, c.JoinLegs).leg) == (by, FIRST)
    assert only(alone.tell(bridged(FIRST)), e.TransferJoined).leg == FIRST


def test_an_agent_who_is_gone_while_it_rings_leaves_it_ringing_for_the_citizen() -> None:
    alone = asking()
    assert only(alone.tell(ended(AGENT)), c.JoinLegs).leg == FIRST
    assert only(alone.tell(answered(A, FIRST), bridged(FIRST)), e.TransferJoined).leg == FIRST


def test_an_agent_who_is_gone_while_the_citizen_comes_back_leaves_them_first_in_the_queue() -> None:
    alone = speaking()
    alone.tell(wishes("take_back"))
    assert only(alone.tell(ended(AGENT, "lost")), e.NeedStated).need.priority == 0


def test_whoever_is_handed_over_to_and_leaves_before_they_are_joined_gives_the_citizen_back() -> None:
    alone = speaking()
    alone.tell(wishes("join"))
    need = only(alone.tell(ended(FIRST)), e.NeedStated)
    assert (need.need.priority, need.back_to) == (0, "alice")


def test_a_telephone_that_cannot_be_reached_for_a_while_hands_over() -> None:
    alone = speaking()
    alone.tell(e.PhoneSeen(cause="t", phone="1001", reachable=False))
    said = alone.next()
    assert (only(said, e.ConversationEnded).by, only(said, c.JoinLegs).leg) == ("fault", FIRST)
    assert alone.now_ms == centres.START_MS + limits.PHONE_BACK_MS
    back = speaking()
    back.tell(
        e.PhoneSeen(cause="t", phone="1001", reachable=False), e.PhoneSeen(cause="t", phone="1001", reachable=True)
    )
    assert back.deadlines.first() is None


# -- Asterisk does not do as it is told --------------------------------------------------------------------------------


def test_who_is_not_joined_is_asked_for_once_more_then_counts_as_gone() -> None:
    alone = speaking()
    alone.tell(wishes("take_back"))
    assert only(alone.next(), c.JoinLegs).leg == AGENT
    said = alone.next()
    assert only(said, e.LegEnded).leg == AGENT
    assert only(said, e.NeedStated).need.priority == 0


def test_an_order_to_join_that_fails_is_the_end_of_that_leg() -> None:
    alone = speaking()
    join = only(alone.tell(wishes("join")), c.JoinLegs)
    failed = e.OrderFailed(cause="t", order="1", command=join, reason="no such channel", retryable=False)
    assert only(alone.tell(failed), e.TransferFailed).entry == "mdph"


def test_music_that_breaks_off_is_ordered_again_and_the_two_talk_on() -> None:
    alone = speaking()
    returned = e.CallerReturned(cause="t", interaction=A, leg=A_LEG)
    assert names(alone.tell(returned)) == ["HoldCaller"]
    assert names(alone.tell(held())) == []
    assert only(alone.tell(wishes("join")), c.JoinLegs).leg == FIRST


def test_somebody_else_who_is_kept_on_the_line_is_not_the_citizen() -> None:
    alone = speaking()
    for fact in (
        e.CallerHeld(cause="t", interaction=A, leg=FIRST),
        e.CallerReturned(cause="t", interaction=A, leg=FIRST),
    ):
        assert names(alone.tell(fact)) == []


# -- killed meanwhile -------------------------------------------------------------------------------------------------

HELD = leg_seen(A_LEG, held=True)
SPEAK = (leg_seen(AGENT, with_leg=FIRST), leg_seen(FIRST, with_leg=AGENT))


def test_killed_while_they_speak_they_speak_on() -> None:
    alone = speaking()
    assert names(alone.tell(seen(HELD, *SPEAK, phones=("1001",)))) == []
    assert only(alone.tell(wishes("join")), c.JoinLegs).leg == FIRST


def test_killed_while_it_rings_and_answered_meanwhile_they_speak() -> None:
    assert only(asking().tell(seen(HELD, *SPEAK)), e.ConsultBegun).leg == FIRST


def test_killed_before_they_were_parted_they_are() -> None:
    alone = talking()
    alone.tell(asked())
    both = seen(leg_seen(A_LEG, with_leg=AGENT), leg_seen(AGENT, with_leg=A_LEG))
    assert only(alone.tell(both), c.PartLegs).agent_leg == AGENT


def test_killed_between_the_wish_and_the_order_they_are_joined() -> None:
    alone = speaking()
    alone.tell(wishes("join"))
    assert only(alone.tell(seen(HELD, leg_seen(FIRST))), c.JoinLegs).leg == FIRST


def test_the_other_hung_up_meanwhile_and_the_agent_has_the_citizen() -> None:
    assert only(speaking().tell(seen(HELD, leg_seen(AGENT))), c.JoinLegs).leg == AGENT


def test_the_agent_hung_up_meanwhile_and_the_other_has_the_citizen() -> None:
    assert only(speaking().tell(seen(HELD, leg_seen(FIRST))), c.JoinLegs).leg == FIRST


def test_both_are_gone_and_the_citizen_is_first_in_the_queue() -> None:
    assert only(speaking().tell(seen(HELD)), e.NeedStated).need.priority == 0


def test_the_citizen_left_meanwhile_and_nobody_is_kept() -> None:
    said = speaking().tell(seen(*SPEAK))
    assert only(said, e.InteractionEnded).reason == "lost"
    assert {one.leg for one in said if isinstance(one, c.HangUpLeg)} >= {AGENT, FIRST}
