"""Who is told to hear whom, and in which order conversations end."""

from __future__ import annotations

from core import ids
from tests.telephony.test_translate import (
    AGENT,
    CALLER,
    FIRST,
    SECOND,
    Message,
    agent,
    both_in,
    line,
    seen,
    started,
    translator,
    with_a_held_caller_and,
)


def test_being_joined_is_told_once_whatever_the_order() -> None:
    assert with_a_held_caller_and(*both_in("b")) == ["LegsBridged a1"]
    assert with_a_held_caller_and(*reversed(both_in("b"))) == ["LegsBridged a1"]
    assert with_a_held_caller_and(*both_in("b"), *both_in("b")) == ["LegsBridged a1"]


def test_being_joined_again_elsewhere_is_told_again() -> None:
    assert with_a_held_caller_and(*both_in("b"), *both_in("another")) == ["LegsBridged a1"] * 2


def test_an_agent_whose_telephone_fails_goes_before_the_caller_is_back() -> None:
    back, gone = {**started(), "Event": "AsyncAGIStart"}, agent("Hangup", Cause="18")
    told = with_a_held_caller_and(*both_in("b"), agent("HangupRequest", Cause="18"), back, gone)
    assert told == ["LegsBridged a1", "LegEnded a1 reason=unreachable code=18", "CallerReturned c"]


def test_one_that_says_no_reason_yet_is_told_by_its_end() -> None:
    back, gone = {**started(), "Event": "AsyncAGIStart"}, agent("Hangup", Cause="16")
    told = with_a_held_caller_and(*both_in("b"), agent("HangupRequest"), back, gone)
    assert told == ["LegsBridged a1", "CallerReturned c", "LegEnded a1 reason=hung_up code=16"]
    assert with_a_held_caller_and(agent("HangupRequest", Cause="18")) == []


def test_two_strangers_in_one_bridge_are_not_joined() -> None:
    other = ids.agent_leg(SECOND, 1)
    messages = [
        {**message, "Uniqueid": other} if "marie" in message["Channel"] else message for message in both_in("b")
    ]
    assert with_a_held_caller_and(*messages) == []


def test_who_left_the_bridge_is_not_met_in_it() -> None:
    enter_agent, enter_caller = both_in("b")
    left = {**enter_agent, "Event": "BridgeLeave"}
    assert with_a_held_caller_and(enter_agent, left, enter_caller) == []


def torn(bridge: str) -> list[Message]:
    """An order into the music that came too late: out of the conversation, and held."""
    enter_agent, enter_caller = both_in(bridge)
    held = {**enter_caller, "BridgeUniqueid": "h", "BridgeTechnology": "holding_bridge"}
    return [{**enter_caller, "Event": "BridgeLeave"}, {**enter_agent, "Event": "BridgeLeave"}, held]


def ordered_to_be_held_while_it_rings(*messages: Message) -> list[str]:
    of = translator()
    of.facts(started())
    of.ringing(AGENT)
    assert of.holding(CALLER, AGENT) == AGENT, "Asterisk has not made its channel yet"
    of.facts(agent("Newchannel"))
    assert of.holding(CALLER, AGENT) is None, "that is written already"
    return [line(fact) for message in messages for fact in of.facts(message)]


def test_who_is_torn_from_the_agent_by_an_order_that_came_too_late_is_joined_again_and_nobody_is_told() -> None:
    assert ordered_to_be_held_while_it_rings(*both_in("b"), *torn("b"), *both_in("again")) == ["LegsBridged a1"]


def test_torn_and_not_joined_again_is_held_before_the_agent_is_gone() -> None:
    up, gone = agent("Newstate", ChannelState="6"), agent("Hangup", Cause="26")
    told = ordered_to_be_held_while_it_rings(up, *both_in("b"), *torn("b"), gone)
    assert told[1:] == ["LegsBridged a1", "CallerHeld c", "LegEnded a1 reason=left code=26"]


def test_held_before_the_answer_they_are_held_and_a_later_order_takes_them_away_for_good() -> None:
    held = torn("b")[-1]
    told = ordered_to_be_held_while_it_rings(held, *both_in("b"), *torn("b"))
    assert told == ["CallerHeld c", "LegsBridged a1", "CallerHeld c"]


def test_no_telephone_rings_for_whom_nobody_is_called_and_for_whom_hears_the_agent() -> None:
    of = translator()
    assert of.holding(CALLER, AGENT) is None, "a caller whom nobody knows"
    of.facts(started())
    assert of.holding(CALLER) is None
    assert of.holding(CALLER, AGENT) is None, "who was not ordered to ring yet"
    of.ringing(AGENT)
    assert of.holding(CALLER, AGENT) == AGENT
    for message in both_in("b"):
        of.facts(message)
    assert of.holding(CALLER, AGENT) == "", "taken from whom they hear on purpose: nobody is to join them again"
    of.facts(agent("Hangup", Cause="16"))
    assert of.holding(CALLER, AGENT) is None


def test_who_hears_the_agent_already_is_known_and_nobody_else_is_taken_for_them() -> None:
    of = translator()
    of.mint()
    seen("seen_bridged", of)
    four = ids.agent_leg(FIRST, 4)
    assert [line(fact) for fact in of.joined_already(CALLER, four)] == ["LegsBridged a4"]
    assert of.joined_already(CALLER, AGENT) == of.joined_already(CALLER, "") == of.joined_already(AGENT, four) == []
    of = translator()
    of.mint()
    seen("seen_waiting", of)
    assert of.joined_already(CALLER, four) == []
