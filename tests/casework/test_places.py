"""Who gave up and calls again has the place of the first call."""

from __future__ import annotations

import msgspec
import pytest

from casework.decide import mind
from core import events as e
from core import ids
from core.events.citizens import Found
from core.personal import Personal
from tests import centres
from tests.alone import A, Alone, B, arrived, names, only, queued
from tests.casework.test_conversation import connected
from tests.casework.test_lists import HOUR_MS, C, discreet, ended, noted
from tests.casework.test_visit import begun


def keeping(keep_place_ms: int) -> Alone:
    centre = centres.small()
    queues = {
        name: msgspec.structs.replace(queue, keep_place_ms=keep_place_ms) for name, queue in centre.queues.items()
    }
    return Alone(mind, msgspec.structs.replace(centre, queues=queues))


def calls(
    alone: Alone, interaction: str, key: str = "key", *, at_ms: int = 0, withheld: bool = False
) -> list[e.PlaceKept]:
    """Somebody calls and waits in a queue, `at_ms` after the beginning: the place that was kept for them."""
    after_ms = at_ms - (alone.now_ms - centres.START_MS)
    arrival = msgspec.structs.replace(arrived(interaction, withheld=withheld), caller_key="" if withheld else key)
    alone.tell(arrival, begun(interaction), after_ms=after_ms)
    said = alone.tell(queued(interaction, at_ms=at_ms))
    return [fact for fact in said if isinstance(fact, e.PlaceKept)]


def gives_up(alone: Alone, interaction: str = A) -> list[e.TaskOpened]:
    return [fact for fact in alone.tell(ended(interaction), after_ms=60_000) if isinstance(fact, e.TaskOpened)]


def test_who_calls_again_in_time_has_the_place_of_the_first_call() -> None:
    alone = keeping(2 * HOUR_MS)
    calls(alone, A)
    (task,) = gives_up(alone)
    (kept,) = calls(alone, B, at_ms=HOUR_MS)
    assert (kept.interaction, kept.task, kept.arrived_at_ms) == (B, task.task, centres.START_MS)


def test_it_is_kept_through_several_attempts_and_for_one_call_at_a_time() -> None:
    alone = keeping(2 * HOUR_MS)
    calls(alone, A)
    gives_up(alone)
    assert calls(alone, B, at_ms=HOUR_MS)
    assert not calls(alone, C, at_ms=HOUR_MS), "B has it"
    gives_up(alone, C)
    gives_up(alone, B)
    (kept,) = calls(alone, centres.interaction(4), at_ms=HOUR_MS + 600_000)
    assert kept.arrived_at_ms == centres.START_MS


@pytest.mark.parametrize(
    ("keep_place_ms", "key", "at_ms"),
    [(2 * HOUR_MS, "another", HOUR_MS), (2 * HOUR_MS, "key", 2 * HOUR_MS + 1), (0, "key", HOUR_MS)],
    ids=("another-number", "too-late", "none-is-kept"),
)
def test_no_place_is_kept(keep_place_ms: int, key: str, at_ms: int) -> None:
    alone = keeping(keep_place_ms)
    calls(alone, A)
    gives_up(alone)
    assert not calls(alone, B, key, at_ms=at_ms)


def test_nobody_is_known_by_a_withheld_number_nor_at_a_discreet_service() -> None:
    alone = keeping(2 * HOUR_MS)
    calls(alone, A, withheld=True)
    gives_up(alone)
    assert not calls(alone, B, at_ms=HOUR_MS, withheld=True)
    alone = discreet()
    calls(alone, A)
    gives_up(alone)
    assert not calls(alone, B, at_ms=HOUR_MS)


# -- from another telephone -------------------------------------------------------------------------------------------


def recognised(interaction: str, record: str = "c-1", how: Found = "one") -> e.CitizenFound:
    boxed = Personal(interaction, "record", record) if how == "one" else None
    return e.CitizenFound(cause="records", interaction=interaction, how=how, record=boxed)


def gave_up_at(alone: Alone, key: str) -> e.TaskOpened:
    calls(alone, A, key)
    alone.tell(recognised(A))
    (task,) = gives_up(alone, A)
    return task


def test_whoever_the_records_know_has_the_place_on_another_telephone() -> None:
    alone = keeping(2 * HOUR_MS)
    task = gave_up_at(alone, "home")
    assert not calls(alone, B, "mobile", at_ms=HOUR_MS), "nobody has said yet who it is"
    kept = only(alone.tell(recognised(B)), e.PlaceKept)
    assert (kept.task, kept.arrived_at_ms) == (task.task, centres.START_MS)


def test_whoever_is_known_before_they_wait_has_it_at_once() -> None:
    alone = keeping(2 * HOUR_MS)
    gave_up_at(alone, "home")
    alone.tell(msgspec.structs.replace(arrived(B), caller_key="mobile"), begun(B), recognised(B), after_ms=HOUR_MS)
    assert [fact for fact in alone.tell(queued(B, at_ms=HOUR_MS)) if isinstance(fact, e.PlaceKept)]


@pytest.mark.parametrize(("record", "how"), [("c-2", "one"), ("c-1", "several"), ("c-1", "shared"), ("c-1", "none")])
def test_somebody_else_or_nobody_known_has_no_place_of_theirs(record: str, how: Found) -> None:
    alone = keeping(2 * HOUR_MS)
    gave_up_at(alone, "home")
    calls(alone, B, "mobile", at_ms=HOUR_MS)
    assert "PlaceKept" not in names(alone.tell(recognised(B, record, how)))


def test_one_person_is_called_once_at_the_telephone_they_called_from_last() -> None:
    alone = keeping(2 * HOUR_MS)
    first = gave_up_at(alone, "home")
    calls(alone, B, "mobile", at_ms=HOUR_MS)
    alone.tell(recognised(B))
    said = alone.tell(noted(B))
    assert only(said, e.TaskClosed).task == first.task
    assert only(said, e.TaskOpened).since_at_ms == centres.START_MS
    alone.tell(ended(B, "converted"))
    calls(alone, C, "work", at_ms=HOUR_MS)
    alone.tell(recognised(C))
    said = alone.tell(ended(C))
    assert only(said, e.TaskRepeated).task == ids.task(B), "what was promised stands"


def test_whoever_gets_through_from_another_telephone_is_not_called_any_more() -> None:
    alone = keeping(2 * HOUR_MS)
    task = gave_up_at(alone, "home")
    calls(alone, B, "mobile", at_ms=HOUR_MS)
    alone.tell(connected(interaction=B))
    closed = only(alone.tell(recognised(B)), e.TaskClosed)
    assert (closed.task, closed.how) == (task.task, "got_through")
