"""An agent has answered, and Asterisk is joining the two: nothing of ours may tear them apart."""

from __future__ import annotations

from core import commands as c
from core import events as e
from core import ids, limits
from tests.alone import A, Alone, answered, chosen, ended, names, only
from tests.calls.test_decide import AGENT, bridged, due, returned, ringing


def announcing_to_one_who_is_answered() -> Alone:
    """The agent has answered while the caller is being told something."""
    alone = ringing()
    alone.tell(due(), returned(), answered(A, AGENT))
    return alone


ANNOUNCED = e.AnnouncementEnded(cause="ivr", interaction=A)


def test_words_that_end_as_an_agent_answers_hold_nobody_the_bridge_is_on_its_way() -> None:
    alone = announcing_to_one_who_is_answered()
    assert alone.tell(ANNOUNCED) == []
    assert names(alone.tell(bridged())) == ["CallConnected"]


def test_nor_does_coming_back_to_us_at_that_moment() -> None:
    alone = ringing()
    alone.tell(answered(A, AGENT))
    assert alone.tell(returned()) == []


def test_an_agent_who_answers_and_is_gone_before_the_bridge_leaves_a_caller_who_is_held_then() -> None:
    alone = announcing_to_one_who_is_answered()
    alone.tell(ANNOUNCED)
    failed_offer = e.OfferFailed(cause="acd", interaction=A, offer=chosen().offer, agent="alice", reason="hung_up")
    said = alone.tell(ended(A, AGENT), failed_offer)
    assert only(said, c.HoldCaller).unless_with == ""


def test_a_bridge_that_does_not_come_is_ordered_once_more_and_at_last_the_agent_is_let_go() -> None:
    alone = announcing_to_one_who_is_answered()
    alone.tell(ANNOUNCED)
    for _ in range(limits.CALL_STEP_TRIES):
        again = only(alone.next(), c.JoinLegs)
        assert (again.leg, again.other) == (AGENT, ids.caller_leg(A))
    assert names(alone.next()) == ["LegEnded", "HangUpLeg"]


def test_who_was_held_meanwhile_is_joined_as_well() -> None:
    alone = announcing_to_one_who_is_answered()
    alone.tell(e.CallerHeld(cause="telephony", interaction=A, leg=ids.caller_leg(A)))
    assert only(alone.next(), c.JoinLegs).leg == AGENT
    assert names(alone.tell(bridged())) == ["CallConnected"]
