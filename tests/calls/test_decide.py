"""Answers, holds, rings, joins and ends."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from calls.decide import mind
from core import commands as c
from core import events as e
from core import ids, limits
from tests import centres
from tests.alone import (
    A_LEG,
    A,
    Alone,
    B,
    answered,
    arrived,
    chosen,
    ended,
    leg_seen,
    names,
    need,
    only,
    queued,
    seen,
)
from tests.calls.test_call import call, held

AGENT = ids.agent_leg(A, 1)


def guided(*, withheld: bool = False) -> Alone:
    alone = Alone(mind)
    alone.tell(arrived(withheld=withheld), answered())
    return alone


def waiting() -> Alone:
    alone = guided()
    alone.tell(queued(), held())
    return alone


def ringing() -> Alone:
    alone = waiting()
    alone.tell(chosen())
    return alone


def talking() -> Alone:
    alone = ringing()
    alone.tell(answered(A, AGENT), bridged())
    return alone


def bridged(leg: str = AGENT) -> e.LegsBridged:
    return e.LegsBridged(cause="t", interaction=A, leg=leg)


def machine() -> e.MachineHeard:
    return e.MachineHeard(cause="telephony", interaction=A, leg=A_LEG, what="fax")


def returned() -> e.CallerReturned:
    return e.CallerReturned(cause="t", interaction=A, leg=A_LEG)


def due() -> e.AnnouncementDue:
    from core.text import say

    return e.AnnouncementDue(cause="acd", interaction=A, say=(say("attente.prochain"),), next_at_ms=1)


def failed(command: c.AnyCommand, *, retryable: bool = False) -> e.OrderFailed:
    return e.OrderFailed(cause="t", order="1.1", command=command, reason="r", retryable=retryable)


# -- machines


@pytest.mark.parametrize("make", [guided, waiting, ringing])
def test_a_machine_is_hung_up_and_reaches_nobody(make: Callable[[], Alone]) -> None:
    alone = make()
    assert names(alone.tell(machine())) == ["HangUpLeg"]
    if make is guided:
        alone.tell(chosen())
    assert only(alone.tell(ended()), e.InteractionEnded).outcome == "machine"


def test_a_machine_that_an_agent_talks_with_frees_the_agent_and_counts_as_answered() -> None:
    alone = talking()
    said = alone.tell(machine())
    assert names(said) == ["ConversationEnded", "HangUpLeg"]
    assert only(alone.tell(ended()), e.InteractionEnded).outcome == "answered"


def test_a_machine_heard_before_the_answer_is_never_answered() -> None:
    alone = Alone(mind)
    alone.tell(arrived())
    assert names(alone.tell(machine())) == ["HangUpLeg"]
    assert names(alone.next()) == ["HangUpLeg"]


# -- to the bridge ----------------------------------------------------------------------------------------------------


def test_a_caller_is_answered_after_a_second_and_again_if_nothing_comes_of_it() -> None:
    alone = Alone(mind)
    alone.tell(arrived())
    assert names(alone.next()) == ["AnswerCall"]
    assert names(alone.next()) == ["AnswerCall"]


def test_a_caller_whom_nobody_can_answer_is_given_up_in_the_end_and_hung_up() -> None:
    alone = Alone(mind)
    alone.tell(arrived())
    said = [name for _ in range(limits.CALL_STEP_TRIES + 2) for name in names(alone.next())]
    assert said[-3:] == ["LegEnded", "HangUpLeg", "InteractionEnded"]


def test_a_caller_queued_before_being_answered_is_answered_then_held_once() -> None:
    alone = Alone(mind)
    assert alone.tell(arrived(), queued()) == []
    assert names(alone.next()) == ["AnswerCall"], "in its own time, once"
    assert names(alone.tell(answered())) == ["HoldCaller"]
    assert alone.tell(answered()) == []


def test_a_caller_who_is_up_is_held_once() -> None:
    assert names(guided().tell(queued())) == ["HoldCaller"]


def test_being_held_rings_the_agent_once_however_often_it_is_told() -> None:
    alone = guided()
    alone.tell(queued(), chosen())
    ring = only(alone.tell(held()), c.RingAgent)
    assert (ring.phone, ring.leg, ring.caller_channel) == ("1001", AGENT, call(alone).channel)
    assert ring.show_name == "Allo Solidarités"
    assert ring.timeout_ms > 20_000
    assert alone.tell(held()) == []


def test_an_agent_chosen_during_an_announcement_is_rung_at_once_and_only_then() -> None:
    alone = waiting()
    assert names(alone.tell(due())) == ["ReturnCaller"]
    assert names(alone.tell(chosen())) == ["RingAgent"]
    assert names(alone.tell(e.AnnouncementEnded(cause="ivr", interaction=A))) == ["HoldCaller"]
    assert alone.tell(held()) == []


def test_a_caller_out_of_the_bridge_unasked_goes_back_into_it_and_no_telephone_rings_twice() -> None:
    alone = ringing()
    assert names(alone.tell(returned())) == ["HoldCaller"]
    assert alone.tell(held()) == []


def test_an_announcement_on_the_way_to_the_bridge_orders_nothing() -> None:
    alone = guided()
    alone.tell(queued())
    assert alone.tell(due()) == []


# -- no room ----------------------------------------------------------------------------------------------------------


def full() -> e.QueueFull:
    return e.QueueFull(cause="acd", interaction=A, queue="rsa", need=need("rsa"))


def test_without_room_a_number_is_noted() -> None:
    noted = only(guided().tell(full()), e.CallbackNoted)
    assert (noted.queue, noted.number.text) == ("rsa", "+33639980000")


def test_without_room_and_without_a_number_or_a_line_the_caller_is_let_in() -> None:
    assert only(guided(withheld=True).tell(full()), e.LetIn).need.queue == "rsa"
    unanswered = Alone(mind)
    unanswered.tell(arrived())
    assert names(unanswered.tell(full())) == ["LetIn"]


# -- together, and apart ----------------------------------------------------------------------------------------------


def test_both_in_one_bridge_are_connected_once() -> None:
    alone = ringing()
    alone.tell(answered(A, AGENT))
    assert only(alone.tell(bridged()), e.CallConnected).agent == "alice"
    assert alone.tell(bridged()) == []


def test_another_agents_leg_connects_nobody() -> None:
    alone = ringing()
    assert alone.tell(bridged(ids.agent_leg(A, 9)), bridged("alien")) == []


def test_an_agent_who_leaves_ends_the_conversation_and_the_caller_is_hung_up() -> None:
    said = talking().tell(ended(A, AGENT))
    assert only(said, e.ConversationEnded).by == "agent"
    assert only(said, c.HangUpLeg).leg == A_LEG


def test_a_caller_left_alone_ends_the_conversation_too() -> None:
    said = talking().tell(returned())
    assert names(said) == ["ConversationEnded", "HangUpLeg"]


def test_a_caller_who_leaves_is_answered_and_the_agent_hung_up() -> None:
    said = talking().tell(ended())
    assert names(said) == ["ConversationEnded", "InteractionEnded", "HangUpLeg"]
    assert only(said, e.InteractionEnded).outcome == "answered"
    assert only(said, c.HangUpLeg).leg == AGENT


def test_an_agent_who_answered_a_caller_who_just_left_is_hung_up() -> None:
    alone = ringing()
    alone.tell(answered(A, AGENT))
    assert only(alone.tell(ended()), c.HangUpLeg).leg == AGENT


@pytest.mark.parametrize(
    ("reason", "outcome"), [("hung_up", "abandoned"), ("lost", "lost"), ("failed", "lost"), ("congestion", "abandoned")]
)
def test_a_caller_who_leaves_before_talking(reason: e.EndReason, outcome: str) -> None:
    assert only(waiting().tell(ended(reason=reason)), e.InteractionEnded).outcome == outcome


@pytest.mark.parametrize("over", [e.OfferMissed, e.OfferFailed, e.OfferWithdrawn])
def test_an_offer_that_is_over_ends_its_telephones_ringing(over: type[e.Event]) -> None:
    extra = {"misses": 1} if over is e.OfferMissed else {"reason": "r"} if over is e.OfferFailed else {}
    said = ringing().tell(
        over(cause="acd", interaction=A, offer=ids.offer(A, 1), agent="alice", **extra)  # type: ignore[call-arg]
    )
    assert only(said, c.HangUpLeg).leg == AGENT


def test_a_refusal_has_ended_its_ringing_by_itself() -> None:
    declined = e.OfferDeclined(cause="acd", interaction=A, offer=ids.offer(A, 1), agent="alice")
    assert ringing().tell(declined) == []


# -- orders that did not come about -----------------------------------------------------------------------------------


def test_a_telephone_that_could_not_be_rung_has_ended_but_a_link_that_is_down_says_nothing_yet() -> None:
    alone = waiting()
    ring = only(alone.tell(chosen()), c.RingAgent)
    assert alone.tell(failed(ring, retryable=True)) == []
    end = only(alone.tell(failed(ring)), e.LegEnded)
    assert (end.leg, end.reason) == (AGENT, "unreachable")
    refused = e.OrderRefused(cause="t", order="1.1", command=ring, reason="phone")
    assert only(alone.tell(refused), e.LegEnded).leg == AGENT


def test_a_caller_who_could_not_be_taken_out_is_still_in_the_music() -> None:
    alone = waiting()
    order = only(alone.tell(due()), c.ReturnCaller)
    assert names(alone.tell(failed(order))) == ["CallerHeld"]
    assert (call(alone).state, call(alone).deadline_ms) == ("waiting", None)


def test_a_step_that_hangs_is_ordered_again_and_given_up_in_the_end() -> None:
    alone = guided()
    alone.tell(queued())
    tries = [names(alone.next()) for _ in range(limits.CALL_STEP_TRIES + 1)]
    assert tries[:-1] == [["HoldCaller"]] * limits.CALL_STEP_TRIES
    assert tries[-1] == ["LegEnded", "HangUpLeg", "InteractionEnded"]


# -- the node is seen again -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["holding", "waiting"])
def test_whoever_should_be_in_the_music_is_brought_there(state: str) -> None:
    alone = waiting()
    if state == "holding":
        alone.tell(returned())
    assert call(alone).state == state
    assert names(alone.tell(seen(leg_seen()))) == ["HoldCaller"]


def test_whoever_should_be_in_the_music_but_was_never_answered_is_answered_first() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), queued())
    assert names(alone.tell(seen(leg_seen(up=False)))) == ["AnswerCall"]
    said = alone.tell(seen(leg_seen()))
    assert names(said) == ["LegAnswered", "HoldCaller"]


def test_whoever_should_be_gone_is_hung_up() -> None:
    alone = guided()
    alone.tell(e.DialogueEnded(cause="ivr", interaction=A, how="resolved"))
    assert names(alone.tell(seen(leg_seen()))) == ["HangUpLeg"]


def test_an_answer_that_was_not_given_is_given() -> None:
    alone = Alone(mind)
    alone.tell(arrived())
    alone.next()
    assert names(alone.tell(seen(leg_seen(up=False)))) == ["AnswerCall"]


def test_a_telephone_that_rings_for_nobody_is_hung_up() -> None:
    said = waiting().tell(seen(leg_seen(held=True), leg_seen(ids.agent_leg(B, 4), up=False)))
    assert [one.leg for one in said if isinstance(one, c.HangUpLeg)] == [ids.agent_leg(B, 4)]


def test_an_agent_whose_offer_was_over_when_they_answered_unheard_gives_the_caller_back() -> None:
    late = ids.agent_leg(A, 7)
    said = waiting().tell(seen(leg_seen(with_leg=late), leg_seen(late, with_leg=A_LEG)))
    assert [one.leg for one in said if isinstance(one, c.HangUpLeg)] == [late]


def test_a_conversation_that_goes_on_is_left_alone() -> None:
    assert talking().tell(seen(leg_seen(with_leg=AGENT), leg_seen(AGENT, with_leg=A_LEG))) == []


def test_a_conversation_of_people_we_know_nothing_of_is_left_alone() -> None:
    unknown = ids.agent_leg(B, 1)
    said = Alone(mind).tell(
        seen(leg_seen(ids.caller_leg(B), with_leg=unknown), leg_seen(unknown, with_leg=ids.caller_leg(B)))
    )
    assert said == []


def test_another_node_says_nothing_about_ours() -> None:
    assert waiting().tell(seen(node="sud")) == []


@pytest.mark.parametrize("fact", ["LegEnded", "CallerHeld", "LegsBridged"])
def test_what_a_bug_made_us_forget_of_a_call_is_asked_again(fact: str) -> None:
    alone = waiting()
    said = alone.tell(e.Broken(cause="kernel", mind="x", fact=fact, error="KeyError", interaction=A))
    assert only(said, c.LookAgain).node == "nord"


@pytest.mark.parametrize("fact", ["NodeSeen", "KeyPressed", "DeadlineReached"])
def test_a_bug_that_looking_again_would_not_mend_or_would_repeat_asks_nothing(fact: str) -> None:
    alone = waiting()
    broken = e.Broken(cause="kernel", mind="x", fact=fact, error="KeyError", interaction=A)
    assert names(alone.tell(broken)) == []


def test_every_node_is_asked_what_a_full_inbox_left_out() -> None:
    alone = waiting()
    assert only(alone.tell(e.FactsMissed(cause="loop", count=3)), c.LookAgain).node == ""


# -- a telephone that answers by itself -------------------------------------------------------------------------------


def automatic(*, page: bool = True) -> Alone:
    """A caller in the music, and alice, whose telephone answers by itself, with her page open or not."""
    alone = Alone(mind, centres.automatic())
    alone.tell(e.PageSeen(cause="pages", agent="alice", open=page))
    alone.tell(arrived(), answered(), queued(), held())
    return alone


def shown(number: int = 1, agent: str = "alice") -> e.RecordShown:
    return e.RecordShown(cause="pages", interaction=A, offer=f"{A}-o{number}", agent=agent)


def test_an_automatic_answer_waits_for_the_page_to_paint_the_record() -> None:
    alone = automatic()
    assert alone.tell(chosen()) == []
    ring = only(alone.tell(shown(), after_ms=40), c.RingAgent)
    assert ring.auto_answer
    assert alone.tell(shown()) == []


def test_a_page_that_does_not_paint_delays_an_automatic_answer_by_a_blink() -> None:
    alone = automatic()
    alone.tell(chosen())
    begun_ms = alone.now_ms
    assert only(alone.next(), c.RingAgent).auto_answer
    assert alone.now_ms == begun_ms + limits.RECORD_SHOWN_MS
    assert alone.tell(shown()) == []


def test_without_a_page_an_automatic_answer_waits_for_nothing() -> None:
    assert only(automatic(page=False).tell(chosen()), c.RingAgent).auto_answer
    alone = automatic()
    alone.tell(e.CentreStarted(cause="start", release="0"))
    assert names(alone.tell(chosen())) == ["RingAgent"], "pages hang on the process that went"


def test_a_person_who_lifts_the_handset_reads_meanwhile() -> None:
    alone = automatic()
    alone.tell(e.PageSeen(cause="pages", agent="bruno", open=True))
    assert not only(alone.tell(chosen(agent="bruno", phone="1002")), c.RingAgent).auto_answer


@pytest.mark.parametrize("painted", [True, False])
def test_a_caller_still_on_the_way_to_the_music_is_waited_for_as_well(painted: bool) -> None:
    alone = Alone(mind, centres.automatic())
    alone.tell(e.PageSeen(cause="pages", agent="alice", open=True), arrived(), answered(), queued(), chosen())
    assert (alone.tell(shown()) if painted else alone.next()) == []
    assert names(alone.tell(held())) == ["RingAgent"]


def test_held_first_it_is_the_page_that_is_waited_for() -> None:
    alone = Alone(mind, centres.automatic())
    alone.tell(e.PageSeen(cause="pages", agent="alice", open=True), arrived(), answered(), queued(), chosen())
    assert alone.tell(held()) == []
    assert names(alone.tell(shown())) == ["RingAgent"]


def test_another_offers_or_agents_page_rings_nobody() -> None:
    alone = automatic()
    alone.tell(chosen())
    assert alone.tell(shown(number=2), shown(agent="bruno")) == []
    assert names(alone.tell(shown())) == ["RingAgent"]


# -- whom nobody talks with -------------------------------------------------------------------------------------------


def test_a_family_is_not_called_back_about_a_discreet_service() -> None:
    centre = centres.small()
    service = msgspec.structs.replace(centre.services["solidarites"], discreet=True)
    alone = Alone(mind, msgspec.structs.replace(centre, services={"solidarites": service}))
    alone.tell(arrived(), answered())
    assert names(alone.tell(full())) == ["LetIn"]


@pytest.mark.parametrize(("duration_ms", "outcome"), [(5_000, "converted"), (0, "abandoned")])
def test_who_hangs_up_having_left_a_message_did_not_give_up(duration_ms: int, outcome: str) -> None:
    alone = guided()
    message = e.MessageRecorded(cause="t", interaction=A, message="m", path="/m", duration_ms=duration_ms)
    assert only(alone.tell(message, ended()), e.InteractionEnded).outcome == outcome


def begun(unserved: str) -> e.DialogueStarted:
    return e.DialogueStarted(
        cause="ivr",
        interaction=A,
        service="solidarites",
        script="ferme",
        digest="petit",
        unserved=unserved,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("unserved", ["out_of_hours", "unknown_number"])
@pytest.mark.parametrize("heard", [True, False])
def test_who_was_told_that_nobody_answers_has_neither_been_served_nor_given_up(unserved: str, heard: bool) -> None:
    alone = guided()
    alone.tell(begun(unserved))
    if heard:
        alone.tell(e.DialogueEnded(cause="ivr", interaction=A, how="resolved"))
    assert only(alone.tell(ended()), e.InteractionEnded).outcome == unserved


def test_a_message_left_out_of_hours_is_what_becomes_of_the_call() -> None:
    alone = guided()
    alone.tell(begun("out_of_hours"))
    alone.tell(e.MessageRecorded(cause="t", interaction=A, message="m", path="/m", duration_ms=9_000))
    alone.tell(e.DialogueEnded(cause="ivr", interaction=A, how="resolved"))
    assert only(alone.tell(ended()), e.InteractionEnded).outcome == "converted"


def test_who_gives_up_in_a_queue_that_a_closed_service_led_to_has_abandoned() -> None:
    alone = guided()
    alone.tell(begun("out_of_hours"), queued(), held())
    assert only(alone.tell(ended()), e.InteractionEnded).outcome == "abandoned"


def test_a_fault_while_they_are_told_is_a_loss() -> None:
    alone = guided()
    alone.tell(begun("out_of_hours"))
    assert only(alone.tell(ended(reason="failed")), e.InteractionEnded).outcome == "lost"
