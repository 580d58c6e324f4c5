"""Who is to be called back, and who no longer is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from casework.decide import mind
from casework.task import Task
from core import commands as c
from core import events as e
from core import ids, limits
from core.centre import Hours, Tasks
from core.personal import Personal
from tests import centres
from tests.alone import A, Alone, B, arrived, names, need, only, queued
from tests.casework.test_conversation import connected
from tests.casework.test_visit import begun, told

C = centres.interaction(3)
MESSAGE = ids.message(A, 1)
HOUR_MS = 3_600_000


def called(alone: Alone, interaction: str = A, key: str = "key", *, withheld: bool = False) -> Alone:
    """Somebody calls and waits in a queue."""
    arrival = msgspec.structs.replace(arrived(interaction, withheld=withheld), caller_key="" if withheld else key)
    alone.tell(arrival, begun(interaction))
    alone.tell(e.NeedStated(cause="ivr", interaction=interaction, need=need(topic="rsa")), queued(interaction))
    return alone


def ended(interaction: str = A, outcome: e.Outcome = "abandoned") -> e.InteractionEnded:
    return e.InteractionEnded(cause="calls", interaction=interaction, outcome=outcome, reason="hung_up")


def recorded(duration_ms: int = 8_000, message: str = MESSAGE) -> e.MessageRecorded:
    return e.MessageRecorded(
        cause="telephony", interaction=A, message=message, path=f"/m/{message}.wav", duration_ms=duration_ms
    )


def noted(interaction: str = A) -> e.CallbackNoted:
    number = Personal(interaction, "number", "+33639980000")
    return e.CallbackNoted(cause="calls", interaction=interaction, queue="rsa", number=number)


def with_tasks(**changes: Any) -> Alone:
    return Alone(mind, msgspec.structs.replace(centres.small(), tasks=Tasks(**changes)))


def discreet() -> Alone:
    centre = centres.small()
    service = msgspec.structs.replace(centre.services["solidarites"], discreet=True)
    return Alone(mind, msgspec.structs.replace(centre, services={"solidarites": service}))


def tasks(alone: Alone) -> list[Task]:
    return list(alone.state.tasks.values())


# -- giving up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["abandoned", "lost"])
def test_who_gave_up_waiting_or_was_lost_there_is_listed(outcome: e.Outcome) -> None:
    alone = called(Alone(mind))
    task = only(alone.tell(ended(outcome=outcome), after_ms=5_000), e.TaskOpened)
    assert (task.kind, task.tenant, task.service, task.queue) == ("abandoned", "aure", "solidarites", "generaliste")
    assert (task.topic, task.caller_key, task.attempts, task.message) == ("rsa", "key", 1, "")
    assert task.number == Personal(A, "number", "+33639980000")
    assert task.since_at_ms == centres.START_MS
    assert task.due_at_ms == alone.now_ms + 8 * HOUR_MS
    assert len(alone.state.visits) == 0


def test_the_time_to_call_back_counts_while_the_service_is_open() -> None:
    """START_MS is a Monday, half past eight: three hours are left of it, and five are taken from Tuesday."""
    centre = centres.small()
    mornings = Hours(name="matin", title="", rules="Mo-Fr 08:30-11:30,13:30-17:30; Mo off; Mo 08:30-11:30")
    service = msgspec.structs.replace(centre.services["solidarites"], hours="matin", closed_script="accueil")
    alone = Alone(mind, msgspec.structs.replace(centre, services={"solidarites": service}, hours={"matin": mornings}))
    task = only(called(alone).tell(ended(outcome="abandoned")), e.TaskOpened)
    assert task.due_at_ms == centres.START_MS + 31 * HOUR_MS


@pytest.mark.parametrize("outcome", ["answered", "resolved", "converted", "out_of_hours", "unknown_number"])
def test_who_got_what_they_came_for_is_not(outcome: e.Outcome) -> None:
    alone = called(Alone(mind))
    assert alone.tell(ended(outcome=outcome)) == []
    assert len(alone.state.visits) == 0


def test_discretion_keeps_people_out_of_the_list() -> None:
    """A withheld number, one that many share, a service of which a family must not learn."""
    assert called(Alone(mind), withheld=True).tell(ended()) == []
    shared = called(Alone(mind))
    shared.tell(told("shared"))
    assert shared.tell(ended()) == []
    assert called(discreet()).tell(ended(outcome="lost")) == []


def test_how_far_one_must_have_come_is_configured() -> None:
    def hung_up_while_greeted(since: str, outcome: e.Outcome = "abandoned") -> list[str]:
        alone = with_tasks(abandoned_from=since)
        alone.tell(msgspec.structs.replace(arrived(), caller_key="key"), begun())
        return names(alone.tell(ended(outcome=outcome)))

    assert hung_up_while_greeted("queue") == []
    assert hung_up_while_greeted("arrival") == ["TaskOpened"]
    assert hung_up_while_greeted("queue", "lost") == ["TaskOpened"], "a fault of ours is no choice of theirs"
    assert called(with_tasks(abandoned_from="never")).tell(ended()) == []


def test_who_tries_again_keeps_the_place_of_the_first_attempt() -> None:
    alone = called(Alone(mind))
    alone.tell(ended())
    again = only(called(alone, B).tell(ended(B), after_ms=60_000), e.TaskRepeated)
    assert (again.task, again.interaction, again.attempts) == (ids.task(A), B, 2)
    (task,) = tasks(alone)
    assert (task.attempts, task.since_at_ms) == (2, centres.START_MS)
    assert len(alone.state.visits) == 0


def test_two_people_are_two_tasks_and_so_is_one_whose_number_nobody_can_recognise() -> None:
    alone = called(Alone(mind))
    alone.tell(ended())
    called(alone, B, "other").tell(ended(B))
    called(alone, C, "").tell(ended(C))
    assert len(tasks(alone)) == 3


def test_who_gets_through_is_called_by_nobody() -> None:
    alone = called(Alone(mind))
    alone.tell(ended())
    closed = only(called(alone, B).tell(connected(B, "bruno")), e.TaskClosed)
    assert (closed.task, closed.how, closed.agent) == (ids.task(A), "got_through", "bruno")
    assert tasks(alone) == []


def test_somebody_else_on_a_shared_number_closes_nothing() -> None:
    alone = called(Alone(mind))
    alone.tell(ended())
    called(alone, B).tell(e.CitizenFound(cause="crm", interaction=B, how="shared", record=None))
    assert alone.tell(connected(B)) == []


def test_after_some_time_it_is_too_late_to_call() -> None:
    alone = called(with_tasks(abandoned_kept_ms=HOUR_MS))
    alone.tell(ended())
    closed = only(alone.next(), e.TaskClosed)
    assert (closed.how, alone.now_ms) == ("expired", centres.START_MS + HOUR_MS)
    assert tasks(alone) == []
    assert alone.deadlines.first() is None


# -- promises and messages --------------------------------------------------------------------------------------------


def test_a_promised_call_is_a_task_and_replaces_that_they_gave_up() -> None:
    alone = called(Alone(mind))
    alone.tell(ended())
    said = called(alone, B).tell(noted(B), after_ms=60_000)
    assert names(said) == ["TaskClosed", "TaskOpened"]
    assert only(said, e.TaskClosed).how == "replaced"
    promise = only(said, e.TaskOpened)
    assert (promise.kind, promise.attempts, promise.since_at_ms) == ("callback", 2, centres.START_MS)
    assert names(called(alone, C).tell(noted(C))) == ["TaskRepeated"], "promised twice is one call"


def test_a_message_is_a_task_with_its_recording_and_stays_when_they_get_through() -> None:
    alone = called(Alone(mind))
    alone.tell(e.RecordingStarted(cause="ivr", interaction=A, message=MESSAGE, queue="rsa", topic="apa", until_at_ms=1))
    task = only(alone.tell(recorded()), e.TaskOpened)
    assert (task.task, task.kind, task.message) == (ids.task(MESSAGE), "message", MESSAGE)
    assert (task.queue, task.topic) == ("rsa", "apa")
    assert tasks(alone)[0].path == f"/m/{MESSAGE}.wav"
    assert alone.tell(recorded()) == [], "told twice"
    assert alone.tell(ended(outcome="abandoned")) == [], "who left a message did not give up"
    assert called(alone, B).tell(connected(B)) == []


def test_a_message_replaces_what_else_was_to_be_done_and_trying_again_adds_to_it() -> None:
    alone = called(Alone(mind), B)
    alone.tell(noted(B))
    called(alone, C).tell(ended(C))
    said = called(alone).tell(recorded())
    assert names(said) == ["TaskClosed", "TaskOpened"]
    assert only(said, e.TaskOpened).attempts == 3
    alone.tell(ended(outcome="converted"))
    again = centres.interaction(4)
    assert names(called(alone, again).tell(ended(again))) == ["TaskRepeated"]


@pytest.mark.parametrize("duration_ms", [0, limits.MESSAGE_SHORTEST_MS - 1])
def test_a_breath_is_no_message_and_is_erased(duration_ms: int) -> None:
    alone = called(Alone(mind))
    assert names(alone.tell(recorded(duration_ms))) == ["EraseMessage"]
    assert names(alone.tell(ended())) == ["TaskOpened"], "and they gave up"


def test_a_recording_of_nobody_is_erased() -> None:
    order = only(Alone(mind).tell(recorded()), c.EraseMessage)
    assert order.path == f"/m/{MESSAGE}.wav"


def test_of_a_discreet_service_nothing_says_whose_message_it_is() -> None:
    task = only(called(discreet()).tell(recorded()), e.TaskOpened)
    assert (task.number, task.caller_key) == (None, "")


def test_a_recording_is_kept_after_its_task_then_erased_until_that_is_told() -> None:
    alone = called(with_tasks(recordings_kept_ms=HOUR_MS))
    alone.tell(recorded(), ended(outcome="converted"))
    assert only(alone.next(), e.TaskClosed).how == "expired"
    closed_ms = alone.now_ms
    assert closed_ms == centres.START_MS + limits.PROMISE_KEPT_MS
    assert names(alone.next()) == ["EraseMessage"]
    assert alone.now_ms == closed_ms + HOUR_MS
    assert names(alone.next()) == ["EraseMessage"], "nobody told that it is gone"
    alone.tell(e.MessageErased(cause="telephony", interaction=A, message=MESSAGE))
    assert tasks(alone) == []
    assert alone.deadlines.first() is None


def test_the_list_has_a_bound_and_promises_are_the_last_to_go() -> None:
    alone = Alone(mind)
    promised = only(called(alone).tell(noted()), e.TaskOpened)
    kind = type(promised)
    for number in range(2, limits.TASKS_PER_TENANT + 1):
        fields = {name: getattr(promised, name) for name in promised.__struct_fields__}
        given_up = {"task": f"t{number}", "kind": "abandoned", "caller_key": f"k{number}"}
        alone.tell(kind(**{**fields, **given_up, "since_at_ms": promised.since_at_ms + number}))
    said = called(alone, B, "another").tell(ended(B))
    assert names(said) == ["TaskClosed", "TaskOpened"]
    assert only(said, e.TaskClosed).task == "t2"
    assert len(tasks(alone)) == limits.TASKS_PER_TENANT


def test_who_was_promised_a_call_got_through_and_was_cut_off_is_listed_again_by_another_name() -> None:
    alone = called(Alone(mind))
    alone.tell(noted())
    assert list(alone.state.tasks) == [ids.task(A)]
    alone.tell(connected())
    assert list(alone.state.tasks) == []
    assert only(alone.tell(ended(outcome="lost")), e.TaskOpened).task == ids.task(f"{A}-2")


# -- a number that was typed ------------------------------------------------------------------------------------------


def typed(interaction: str, number: str = "+33639980013") -> e.CallbackNoted:
    return msgspec.structs.replace(noted(interaction), number=Personal(interaction, "number", number))


def test_the_number_that_was_typed_is_called_and_not_the_one_that_was_called_from() -> None:
    assert only(called(with_tasks()).tell(typed(A)), e.TaskOpened).number == typed(A).number
    hidden = only(called(with_tasks(), withheld=True).tell(typed(A)), e.TaskOpened)
    assert (hidden.number, hidden.caller_key) == (typed(A).number, "")


def test_nobody_is_called_twice_at_one_telephone_whoever_asked_for_it() -> None:
    alone = called(with_tasks(), withheld=True)
    task = only(alone.tell(typed(A), ended(A, "converted")), e.TaskOpened).task
    called(alone, B, withheld=True)
    assert only(alone.tell(typed(B)), e.TaskRepeated).task == task
    called(alone, C, withheld=True)
    assert "TaskOpened" in names(alone.tell(typed(C, "+33639980014")))
