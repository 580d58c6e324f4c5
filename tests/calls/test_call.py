"""The rows of calls and how facts change them."""

from __future__ import annotations

from calls.call import AGENT_LEG, LIFE, AgentLeg, Call
from calls.decide import mind
from core import commands as c
from core import events as e
from core import limits
from tests import centres
from tests.alone import A_LEG, A, Alone, answered, arrived, chosen, ended, queued


def call(alone: Alone) -> Call:
    row: Call = alone.state.calls[A]
    return row


def leg(alone: Alone) -> AgentLeg:
    found = call(alone).agent_leg
    assert found is not None
    return found


def held() -> e.CallerHeld:
    return e.CallerHeld(cause="telephony", interaction=A, leg=A_LEG)


def test_a_call_begins_ringing_and_is_to_be_answered_in_a_second() -> None:
    alone = Alone(mind)
    alone.tell(arrived())
    row = call(alone)
    assert (row.state, row.up, row.outcome) == (LIFE.first, False, "abandoned")
    assert row.answer_at_ms == row.deadline_ms == centres.START_MS + 1_000


def test_a_call_found_answered_is_guided_at_once() -> None:
    alone = Alone(mind)
    alone.tell(arrived(answered=True))
    assert (call(alone).state, call(alone).up, call(alone).deadline_ms) == ("guided", True, None)


def test_an_arrival_told_twice_changes_nothing() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered())
    before = call(alone)
    alone.tell(arrived())
    assert call(alone) == before


def test_each_step_that_needs_asterisk_has_its_limit() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered(), queued())
    assert (call(alone).state, call(alone).deadline_ms) == ("holding", alone.now_ms + limits.CALL_STEP_MS)
    alone.tell(held())
    assert (call(alone).state, call(alone).deadline_ms) == ("waiting", None)


def test_an_agent_chosen_on_the_way_to_the_bridge_is_wanted_and_rung_once_held() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered(), queued(), chosen())
    assert leg(alone).state == AGENT_LEG.first == "wanted"
    alone.tell(held())
    assert (leg(alone).state, call(alone).ring_due) == ("ringing", True)
    alone.tell(held())
    assert call(alone).ring_due is False


def test_an_agents_leg_follows_its_own_facts_only() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered(), queued(), held(), chosen())
    alone.tell(answered(A, "alien-a7"), e.LegsBridged(cause="t", interaction=A, leg="alien-a7"))
    assert leg(alone).state == "ringing"
    alone.tell(answered(A, leg(alone).leg))
    assert leg(alone).state == "answered"


def test_the_outcome_is_always_the_one_it_would_have_if_it_ended_now() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered())
    assert call(alone).outcome == "abandoned"
    alone.tell(e.DialogueEnded(cause="ivr", interaction=A, how="resolved"))
    assert (call(alone).state, call(alone).outcome) == ("closing", "resolved")


def test_a_dialogue_handed_over_closes_nothing() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered(), e.DialogueEnded(cause="ivr", interaction=A, how="handed_over"))
    assert call(alone).state == "guided"


def test_a_link_that_is_down_does_not_count_as_a_try() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered())
    alone.tell(queued())
    for _ in range(3 * limits.CALL_STEP_TRIES):
        order = c.Order(id="1", lane=A, command=alone.next()[0])  # type: ignore[arg-type]
        alone.tell(e.OrderFailed(cause="t", order="1", command=order.command, reason="liaison coupée", retryable=True))
    assert call(alone).state == "holding"


def test_a_call_that_is_over_leaves_no_row() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), e.InteractionEnded(cause="t", interaction=A, outcome="abandoned", reason="hung_up"))
    assert len(alone.state.calls) == 0
    assert alone.deadlines.first() is None


def test_a_telephone_knows_the_calls_that_it_rings_and_talks_for() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered(), queued())
    assert alone.state.on_phones.of("1001") == ()
    alone.tell(chosen())
    assert alone.state.on_phones.of("1001") == (A,)
    alone.tell(ended())
    assert alone.state.on_phones.of("1001") == ()
