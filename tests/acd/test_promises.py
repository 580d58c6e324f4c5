"""Promised callbacks: in turn like everybody, one attempt a person, never at night, a few times."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from acd.decide import mind
from acd.promises import AT_ONCE_MS
from core import events as e
from core import ids, limits
from core.centre import Centre, Hours
from core.events.outgoing import AGENT_UNANSWERED
from core.needs import HEAD, Callback
from core.personal import Personal
from tests import centres
from tests.acd.test_state import state_of
from tests.alone import A, Alone, B, names, need, only, queued, seen

TASK = ids.task(A)
CALLED = Personal(A, "number", "+33639980000")


def opened(**changes: Any) -> e.TaskOpened:
    whole: dict[str, Any] = {
        "cause": "casework",
        "task": TASK,
        "kind": "callback",
        "interaction": A,
        "tenant": "aure",
        "service": "solidarites",
        "queue": "generaliste",
        "topic": "",
        "number": CALLED,
        "caller_key": "key",
        "message": "",
        "since_at_ms": centres.START_MS,
        "due_at_ms": centres.START_MS + 1,
        "expires_at_ms": centres.START_MS + 9,
        "attempts": 1,
        "need": need(service="solidarites"),
    }
    return e.TaskOpened(**{**whole, **changes})


def with_(
    centre: Centre | None = None, *, opening: str = "", between: str = "", first: Literal["agent", "citizen"] = "agent"
) -> Alone:
    """A centre that calls back, its node in sight; its service's hours are `opening`."""
    twice = Callback(tries=2, again_after_ms=60_000, between="00:00-24:00", first=first)
    centre = centre or centres.with_queues(centres.calling_back(), "deux", callback=twice)
    if opening:
        service = msgspec.structs.replace(centre.services["solidarites"], hours="h")
        hours = {"h": Hours(name="h", title="", rules=opening)}
        centre = msgspec.structs.replace(centre, services={"solidarites": service}, hours=hours)
    if between:
        callback = centre.queues["generaliste"].callback
        assert callback is not None
        centre = centres.with_queues(centre, "nuit", callback=msgspec.structs.replace(callback, between=between))
    alone = Alone(mind, centre)
    alone.tell(seen())
    return alone


def calling(alone: Alone, agent: str = "chloé") -> e.CallbackChosen:
    """The agent is free and calls."""
    said = alone.tell(state_of(agent, "available"), after_ms=1_000)
    chosen = only(said, e.CallbackChosen)
    assert chosen.agent == agent
    alone.tell(state_of(agent, "on_interaction", chosen.interaction))
    return chosen


def ended(interaction: str, reason: str, outcome: e.Outcome = "unreached") -> e.InteractionEnded:
    return e.InteractionEnded(cause="calls", interaction=interaction, outcome=outcome, reason=reason)


def refused(interaction: str, why: Any) -> e.DialRefused:
    return e.DialRefused(cause="calls", request="", interaction=interaction, agent="chloé", kind="mobile", why=why)


# -- in turn ----------------------------------------------------------------------------------------------------------


def test_it_waits_with_the_place_of_the_first_call_and_the_agent_dials_the_task() -> None:
    alone = with_()
    due = only(alone.tell(opened(), after_ms=60_000), e.CallbackDue)
    assert (due.task, due.arrived_at_ms, due.need.queue) == (TASK, centres.START_MS, "generaliste")
    alone.tell(queued(B, at_ms=30_000))
    said = alone.tell(state_of("chloé", "available"))
    assert names(said)[:2] == ["CallbackChosen", "DialAsked"], "it came before B"
    asked = only(said, e.DialAsked)
    assert (asked.agent, asked.task, asked.number, asked.service) == ("chloé", TASK, CALLED, "solidarites")
    assert asked.interaction == due.interaction


def test_an_agent_who_is_free_is_given_it_at_once_and_is_told_nothing_while_it_waits() -> None:
    alone = with_()
    alone.tell(state_of("chloé", "available"))
    assert "CallbackChosen" in names(alone.tell(opened()))
    alone = with_()
    alone.tell(opened())
    assert alone.deadlines.first() is None, "nobody is on the line who could be told something"


@pytest.mark.parametrize(
    "changes", [{"kind": "abandoned"}, {"need": None}, {"number": None}], ids=("abandoned", "no-need", "no-number")
)
def test_other_tasks_wait_for_somebody_to_take_them(changes: dict[str, Any]) -> None:
    alone = with_()
    assert names(alone.tell(opened(**changes))) == []
    assert names(with_(centres.small()).tell(opened())) == []


# -- later ------------------------------------------------------------------------------------------------------------


def test_a_service_that_is_closed_calls_nobody_until_it_opens() -> None:
    alone = with_(opening="Mo-Fr 14:00-17:00")
    put_off = only(alone.tell(opened()), e.CallbackPutOff)
    assert (put_off.why, put_off.tries) == ("closed", 0)
    assert put_off.until_at_ms > alone.now_ms
    assert "CallbackDue" in names(alone.next())
    assert alone.now_ms == put_off.until_at_ms


def test_nobody_is_called_outside_of_the_hours_for_it() -> None:
    put_off = only(with_(between="22:00-23:00").tell(opened()), e.CallbackPutOff)
    assert put_off.why == "closed"


def test_those_who_wait_when_the_service_closes_are_called_when_it_opens() -> None:
    alone = with_()
    alone.tell(opened())
    closes = e.OpeningChanged(cause="ivr", service="solidarites", state="closed", until_at_ms=alone.now_ms + 9_000_000)
    put_off = only(alone.tell(closes), e.CallbackPutOff)
    assert put_off.until_at_ms == closes.until_at_ms
    assert names(alone.tell(state_of("chloé", "available"))) == []


def test_an_hour_that_was_agreed_on_comes_first_and_then_the_place() -> None:
    alone = with_()
    hour_at_ms = centres.START_MS + 3_600_000
    alone.tell(state_of("chloé", "available"))
    put_off = only(alone.tell(opened(from_at_ms=hour_at_ms)), e.CallbackPutOff)
    assert (put_off.why, put_off.until_at_ms) == ("hour", hour_at_ms)
    said = alone.next()
    assert alone.now_ms == hour_at_ms
    assert only(said, e.CallbackDue).arrived_at_ms == centres.START_MS
    assert "CallbackChosen" in names(said)


def test_whoever_calls_before_the_hour_and_gives_up_is_still_not_called_before_it() -> None:
    alone = with_()
    alone.tell(opened(from_at_ms=centres.START_MS + 3_600_000))
    alone.tell(queued(B, at_ms=60_000))
    alone.tell(e.PlaceKept(cause="casework", interaction=B, task=TASK, arrived_at_ms=centres.START_MS))
    assert only(alone.tell(ended(B, "hung_up", "abandoned")), e.CallbackPutOff).why == "hour"


# -- not reached ------------------------------------------------------------------------------------------------------


def test_whoever_does_not_answer_is_called_again_a_few_times_then_it_is_for_people() -> None:
    alone = with_()
    alone.tell(opened())
    first = calling(alone)
    said = alone.tell(ended(first.interaction, "no_answer"))
    put_off = only(said, e.CallbackPutOff)
    assert (put_off.why, put_off.tries, put_off.until_at_ms) == ("unreached", 1, alone.now_ms + 60_000)
    released = only(said, e.TaskAsked)
    assert (released.agent, released.wish) == ("chloé", "release")
    alone.tell(state_of("chloé", "logged_out"))
    alone.now_ms = put_off.until_at_ms
    alone.tell(e.DeadlineReached(cause="clock", kind="promise", key=TASK, at_ms=put_off.until_at_ms))
    second = calling(alone)
    assert second.interaction != first.interaction
    left = only(alone.tell(ended(second.interaction, "busy")), e.CallbackLeft)
    assert left.tries == 2
    assert TASK not in alone.state.promises


def test_an_agent_who_does_not_lift_misses_and_the_person_loses_no_try() -> None:
    alone = with_()
    alone.tell(opened())
    chosen = calling(alone)
    said = alone.tell(ended(chosen.interaction, AGENT_UNANSWERED))
    assert only(said, e.CallbackPutOff).tries == 0
    assert only(said, e.AgentStateChanged).misses == 1


@pytest.mark.parametrize(("why", "left"), [("line_full", False), ("agent_cap", False), ("destination", True)])
def test_a_refused_call_comes_later_unless_it_would_always_be_refused(why: str, left: bool) -> None:
    alone = with_()
    alone.tell(opened())
    chosen = only(alone.tell(state_of("chloé", "available")), e.CallbackChosen)
    said = alone.tell(refused(chosen.interaction, why))
    assert ("CallbackLeft" in names(said)) is left
    if not left:
        assert only(said, e.CallbackPutOff).until_at_ms == alone.now_ms + limits.CALLBACK_REFUSED_MS


# -- one attempt a person ---------------------------------------------------------------------------------------------


def test_nobody_calls_whom_an_agent_has_taken_by_hand() -> None:
    alone = with_()
    alone.tell(opened())
    alone.tell(e.TaskClaimed(cause="casework", task=TASK, agent="alice", until_at_ms=alone.now_ms + 600_000))
    assert names(alone.tell(state_of("chloé", "available"))) == []
    said = alone.tell(e.TaskReleased(cause="casework", task=TASK, agent="alice"))
    assert "CallbackChosen" in names(said)


def test_nobody_calls_whoever_waits_by_telephone_themselves() -> None:
    alone = with_()
    alone.tell(opened())
    alone.tell(queued(B, at_ms=60_000))
    kept = e.PlaceKept(cause="casework", interaction=B, task=TASK, arrived_at_ms=centres.START_MS)
    alone.tell(kept)
    assert names(alone.tell(state_of("chloé", "available"))) == ["AgentChosen"]
    said = alone.tell(ended(B, "hung_up", "abandoned"))
    assert "CallbackDue" in names(said), "they gave up: they are called after all"


@pytest.mark.parametrize("how", ["done", "got_through", "expired"])
def test_a_task_that_is_closed_is_called_no_more(how: e.TaskEnd) -> None:
    alone = with_()
    alone.tell(opened())
    alone.tell(e.TaskClosed(cause="casework", task=TASK, agent="", how=how))
    assert names(alone.tell(state_of("chloé", "available"))) == []
    assert not alone.state.promises
    assert not alone.state.callbacks


# -- beside those who wait on the line --------------------------------------------------------------------------------


def test_only_a_share_of_the_agents_call_at_a_time_however_many_were_promised() -> None:
    alone = with_()
    alone.tell(state_of("alice", "available"), state_of("alice", "on_interaction"))
    alone.tell(opened(), opened(task=ids.task(B), interaction=B, since_at_ms=centres.START_MS + 1))
    assert [row.state for row in alone.state.promises.values()] == ["waiting", "later"]
    first = calling(alone)
    alone.tell(e.TaskClosed(cause="casework", task=TASK, agent="chloé", how="done"))
    assert [row.state for row in alone.state.promises.values()] == ["talking", "later"], "they talk: no other yet"
    said = alone.tell(ended(first.interaction, "hung_up", "reached"))
    assert {"CallbackKept", "CallbackDue"} <= set(names(said))
    assert [row.state for row in alone.state.promises.values()] == ["waiting"]


def test_whoever_waits_on_the_line_is_served_while_another_was_promised_a_call_before() -> None:
    alone = with_()
    alone.tell(opened(), opened(task=ids.task(B), interaction=B, since_at_ms=centres.START_MS + 1))
    waiting = centres.interaction(3)
    alone.tell(queued(waiting, at_ms=60_000), after_ms=60_000)
    calling(alone)
    chosen = only(alone.tell(state_of("alice", "available")), e.AgentChosen)
    assert chosen.interaction == waiting, "the second promise has waited longer, and comes after"


# -- beside tasks that are brought to agents --------------------------------------------------------------------------


def at_their_page(agent: str) -> e.PageSeen:
    return e.PageSeen(cause="pages", agent=agent, open=True)


def test_it_is_brought_to_nobody_while_it_is_called_by_itself_and_to_somebody_once_it_is_left_to_people() -> None:
    alone = with_()
    alone.tell(state_of("chloé", "available"), at_their_page("alice"))
    chosen = only(alone.tell(opened()), e.CallbackChosen)
    assert "WorkOffered" not in names(alone.tell(state_of("alice", "available"))), "chloé calls"
    said = alone.tell(refused(chosen.interaction, "destination"))
    assert (only(said, e.CallbackLeft).task, only(said, e.WorkOffered).agent) == (TASK, "alice")


def test_whoever_had_it_and_gives_it_back_leaves_it_to_be_called_by_itself() -> None:
    alone = with_()
    alone.tell(at_their_page("alice"), opened())
    alone.tell(e.TaskClaimed(cause="TaskAsked", task=TASK, agent="bruno", until_at_ms=1 << 50))
    assert "WorkOffered" not in names(alone.tell(state_of("alice", "available")))
    said = alone.tell(e.TaskReleased(cause="TaskAsked", task=TASK, agent="bruno"))
    assert "WorkOffered" not in names(said)
    assert only(said, e.CallbackDue).task == TASK


# -- the citizen first ------------------------------------------------------------------------------------------------


def answered(interaction: str, agent: str = "chloé") -> e.CitizenAnswered:
    return e.CitizenAnswered(
        cause="calls", interaction=interaction, agent=agent, service="solidarites", leg=f"{interaction}-d1", channel="x"
    )


def kept_for(alone: Alone) -> str:
    """It is dialled for chloé, who is kept free; gives the attempt's interaction."""
    alone.tell(opened(), state_of("chloé", "available"))
    [row] = alone.state.promises.values()
    assert (row.state, row.agent, row.citizen_first) == ("calling", "chloé", True)
    alone.tell(state_of("chloé", "on_interaction", row.interaction))
    return str(row.interaction)


def test_the_number_is_dialled_first_where_the_queue_has_it_so() -> None:
    alone = with_(first="citizen")
    alone.tell(opened())
    assert only(alone.tell(state_of("chloé", "available")), e.DialAsked).citizen_first
    alone = with_()
    alone.tell(opened())
    assert not only(alone.tell(state_of("chloé", "available")), e.DialAsked).citizen_first


def test_who_is_kept_free_is_offered_nobody_else_and_then_whoever_answers() -> None:
    alone = with_(first="citizen")
    attempt = kept_for(alone)
    assert "AgentChosen" not in names(alone.tell(queued(B, at_ms=0)))
    said = alone.tell(answered(attempt))
    offered = only(said, e.AgentChosen)
    assert (offered.agent, offered.interaction) == ("chloé", attempt)
    into = only(said, e.InteractionQueued)
    assert (into.arrived_at_ms, into.need.priority, into.need.preferred) == (centres.START_MS, HEAD, "chloé")


def test_who_wished_for_a_pause_meanwhile_has_it_and_another_takes_whoever_answers() -> None:
    alone = with_(first="citizen")
    attempt = kept_for(alone)
    alone.tell(e.WishKept(cause="acd", agent="chloé", wish="pause", reason="dejeuner"))
    said = alone.tell(answered(attempt))
    assert only(said, e.AgentStateChanged).state == "paused"
    assert only(said, e.InteractionQueued).need.preferred == ""
    assert only(alone.tell(state_of("alice", "available")), e.AgentChosen).interaction == attempt


def test_an_emergency_that_came_meanwhile_goes_first_and_then_anybody_may_take_whoever_answered() -> None:
    alone = with_(first="citizen")
    attempt = kept_for(alone)
    urgent = e.InteractionQueued(cause="acd", interaction=B, need=need(emergency=True), arrived_at_ms=alone.now_ms)
    assert "AgentChosen" not in names(alone.tell(urgent))
    assert only(alone.tell(answered(attempt)), e.AgentChosen).interaction == B
    since_ms = alone.now_ms
    alone.next()
    assert alone.now_ms == since_ms + AT_ONCE_MS
    assert only(alone.tell(state_of("alice", "available")), e.AgentChosen).interaction == attempt


@pytest.mark.parametrize("reason", ["no_answer", "busy", "unreachable"])
def test_who_does_not_answer_leaves_the_agent_free_at_once_with_nothing_to_note(reason: str) -> None:
    alone = with_(first="citizen")
    attempt = kept_for(alone)
    said = alone.tell(ended(attempt, reason))
    assert (only(said, e.CallbackPutOff).why, only(said, e.CallbackPutOff).tries) == ("unreached", 1)
    assert only(said, e.AgentStateChanged).state == "available"


def test_who_hangs_up_before_the_agent_keeps_the_place_and_is_tried_again() -> None:
    alone = with_(first="citizen")
    attempt = kept_for(alone)
    alone.tell(answered(attempt))
    put_off = only(alone.tell(ended(attempt, "hung_up")), e.CallbackPutOff)
    assert (put_off.why, put_off.tries) == ("unreached", 1)
    assert alone.state.promises[TASK].arrived_at_ms == centres.START_MS


def test_without_a_line_the_agent_is_not_kept_and_no_try_is_counted() -> None:
    alone = with_(first="citizen")
    alone.tell(opened())
    chosen = only(alone.tell(state_of("chloé", "available")), e.CallbackChosen)
    put_off = only(alone.tell(refused(chosen.interaction, "line_full")), e.CallbackPutOff)
    assert (put_off.why, put_off.tries) == ("refused", 0)
    assert alone.state.agents["chloé"].state == "available"
