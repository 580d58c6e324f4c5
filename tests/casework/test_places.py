"""Who gave up and calls again has the place of the first call."""

from __future__ import annotations

import msgspec
import pytest

from casework.decide import mind
from core import events as e
from tests import centres
from tests.alone import A, Alone, B, arrived, queued
from tests.casework.test_lists import HOUR_MS, C, discreet, ended
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
