"""A callback at an hour that was agreed on: who may ask, whom, when, and what it stands instead of."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from casework.decide import mind
from core import events as e
from core import ids, limits
from core.centre import Centre, Hours
from core.needs import Callback
from core.personal import Personal
from tests import centres
from tests.alone import A, Alone, B, need, only
from tests.casework.test_claims import answer, placed
from tests.casework.test_lists import called, ended, recorded, tasks

C = centres.interaction(3)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TOMORROW_MS = centres.START_MS + DAY_MS
NUMBER = "06 39 98 00 00"
SAME = "+33639980000"


def alone(**changes: Any) -> Alone:
    centre = centres.with_queues(centres.small(), "rappelant", callback=Callback())
    return Alone(mind, msgspec.structs.replace(centre, **changes))


def wished(**changes: Any) -> e.CallbackWished:
    interaction = changes.get("interaction", C)
    whole: dict[str, Any] = {
        "cause": "pages",
        "request": "r1",
        "by": "alice",
        "interaction": interaction,
        "task": "",
        "need": need(service="solidarites", tenant="aure"),
        "number": Personal(interaction, "number", changes.pop("typed", NUMBER)),
        "caller_key": "key",
        "from_at_ms": TOMORROW_MS,
        "until_at_ms": TOMORROW_MS + 3 * HOUR_MS,
    }
    return e.CallbackWished(**{**whole, **changes})


def test_it_is_listed_with_its_hour_and_the_number_as_it_is_dialled() -> None:
    said = alone().tell(wished())
    opened = only(said, e.TaskOpened)
    assert (opened.kind, opened.by, opened.number) == ("callback", "alice", Personal(C, "number", SAME))
    assert (opened.from_at_ms, opened.due_at_ms) == (TOMORROW_MS, TOMORROW_MS + 3 * HOUR_MS)
    assert opened.expires_at_ms > opened.due_at_ms
    assert answer(said) == (True, "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"by": "zoé"}, "agent_unknown"),
        ({"need": need(service="autre", tenant="aure")}, "unknown_service"),
        ({"need": need(service="solidarites", tenant="ailleurs")}, "unknown_service"),
        ({"need": need("fermée", service="solidarites", tenant="aure")}, "queue_unknown"),
        ({"typed": "15"}, "emergency"),
        ({"typed": "08 99 70 00 00"}, "destination"),
        ({"typed": "+41 22 730 00 00"}, "destination"),
        ({"typed": "06 39"}, "destination"),
        ({"typed": "le même"}, "destination"),
        ({"from_at_ms": centres.START_MS - HOUR_MS, "until_at_ms": centres.START_MS}, "hour_past"),
        ({"until_at_ms": TOMORROW_MS}, "hour_past"),
        ({"until_at_ms": TOMORROW_MS + limits.CALLBACK_AHEAD_MS}, "hour_far"),
        ({"from_at_ms": TOMORROW_MS - 6 * HOUR_MS}, "closed_then"),
        ({"task": "t-unknown"}, "task_unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_kept_is_not_promised(changes: dict[str, Any], reason: str) -> None:
    here = alone()
    assert answer(here.tell(wished(**changes))) == (False, reason)
    assert tasks(here) == []


def test_nobody_has_us_call_ourselves_nor_a_discreet_services_callers() -> None:
    here = alone()
    (own, *_) = centres.small().services["solidarites"].numbers
    assert answer(here.tell(wished(typed=own))) == (False, "own_number")
    service = msgspec.structs.replace(centres.small().services["solidarites"], discreet=True)
    assert answer(alone(services={"solidarites": service}).tell(wished())) == (False, "discreet")


def test_the_services_own_hours_count() -> None:
    service = msgspec.structs.replace(centres.small().services["solidarites"], hours="h")
    hours = {"h": Hours(name="h", title="", rules="Mo 08:00-18:00")}
    here = alone(services={"solidarites": service}, hours=hours)
    assert answer(here.tell(wished())) == (False, "closed_then")
    assert answer(here.tell(wished(from_at_ms=centres.START_MS + HOUR_MS))) == (True, "")


@pytest.mark.parametrize("changes", [{}, {"caller_key": ""}, {"caller_key": "", "task": ids.task(A)}])
def test_it_stands_instead_of_what_was_to_be_done_and_keeps_the_place(changes: dict[str, Any]) -> None:
    here = alone()
    called(here).tell(ended(), after_ms=HOUR_MS)
    said = here.tell(wished(**changes))
    assert only(said, e.TaskClosed).how == "replaced"
    assert only(said, e.TaskOpened).since_at_ms == centres.START_MS
    assert [task.kind for task in tasks(here)] == ["callback"]


def test_another_hour_is_another_task_at_the_same_place() -> None:
    here = alone()
    here.tell(wished())
    here.now_ms += HOUR_MS
    said = here.tell(wished(interaction=B, task=ids.task(C), from_at_ms=TOMORROW_MS + HOUR_MS))
    opened = only(said, e.TaskOpened)
    assert (opened.task, opened.since_at_ms) == (ids.task(B), centres.START_MS)
    assert only(said, e.TaskClosed).task == ids.task(C)


def test_words_that_were_left_are_to_be_heard() -> None:
    here = alone()
    called(here).tell(recorded(), ended())
    assert answer(here.tell(wished())) == (False, "message_stands")


def test_what_a_colleague_has_taken_or_is_just_calling_is_left_to_them() -> None:
    here = alone()
    here.tell(wished())
    claim = e.TaskAsked(cause="pages", request="", agent="bruno", task=ids.task(C), wish="claim")
    here.tell(claim)
    assert answer(here.tell(wished(interaction=B, task=ids.task(C)))) == (False, "task_taken")
    assert answer(here.tell(wished(interaction=B, task=ids.task(C), by="bruno"))) == (True, "")
    here.tell(placed(task=ids.task(B)))
    assert answer(here.tell(wished(interaction=A, task=ids.task(B), by="bruno"))) == (False, "being_called")


def test_whoever_needs_no_call_any_more_is_not_called() -> None:
    here = alone()
    here.tell(wished())
    off = e.TaskAsked(cause="pages", request="r1", agent="alice", task=ids.task(C), wish="call_off")
    assert only(here.tell(off), e.TaskClosed).how == "called_off"
    called(here).tell(ended())
    assert answer(here.tell(msgspec.structs.replace(off, task=ids.task(A)))) == (False, "task_not_yours")


def test_a_centre_reads_where_it_may_not_call() -> None:
    centre: Centre = alone().state.configurations.now
    assert centre.calling_hours("nowhere", "nowhere") == (None, None)
