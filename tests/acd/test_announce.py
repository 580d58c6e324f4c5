"""What is said of a wait: honest sentences, rounded outwards, owned up to once when they were wrong."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd import announce
from acd.announce import MINUTE_MS, Said, Words, to_say
from acd.decide import mind
from acd.wait import Estimate, Habits
from core import events as e
from core.centre import Announced
from tests import centres
from tests.acd.test_state import state_of
from tests.alone import A, Alone, B, only, queued

KNOWN = Habits(handled=50, aht_s=300.0)


def found(low_min: float, high_min: float) -> Estimate:
    return Estimate(low_s=low_min * 60, mean_s=(low_min + high_min) * 30, high_s=high_min * 60)


@pytest.mark.parametrize(
    ("low_min", "high_min", "said"),
    [
        (0, 0.4, "attente.moins_de_2"),
        (0, 2.1, "attente.moins_de_5"),
        (2, 4.9, "attente.moins_de_5"),
        (4, 9, "attente.moins_de_10"),
        (5, 9, "attente.entre_5_et_10"),
        (9, 15, "attente.moins_de_20"),
        (10, 15, "attente.entre_10_et_20"),
        (12, 30, "attente.plus_de_10"),
        (20, 59, "attente.plus_de_20"),
        (5, 25, None),
        (30, 90, None),
    ],
)
def test_the_narrowest_sentence_that_holds_the_interval(low_min: float, high_min: float, said: str | None) -> None:
    words = announce.words(found(low_min, high_min))
    assert (words.text if words is not None else None) == said


def test_an_interval_that_may_be_anything_is_not_told() -> None:
    assert announce.words(Estimate(mean_s=90, low_s=0, high_s=700)) is None


@given(low=st.floats(0, 100), width=st.floats(0, 100))
def test_what_is_said_holds_whatever_is_estimated(low: float, width: float) -> None:
    words = announce.words(found(low, low + width))
    if words is not None:
        assert words.at_least <= low
        assert words.at_most is None or low + width <= words.at_most


def test_a_wait_that_grows_is_owned_up_to_once() -> None:
    first = to_say(found(1, 4), 0, None, taken_back=False)
    assert first == Said(Words(0, 5), False, 5 * MINUTE_MS)
    minute = MINUTE_MS
    shorter = to_say(found(0, 1.5), 1 * minute, 5 * minute, taken_back=False)
    assert shorter == Said(Words(0, 2), False, 3 * minute)
    longer = to_say(found(1, 4), 2 * minute, 3 * minute, taken_back=False)
    assert longer == Said(Words(0, 5), True, 7 * minute)
    assert to_say(found(1, 9), 3 * minute, 7 * minute, taken_back=True) is None
    assert to_say(None, 0, None, taken_back=False) is None


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), max_size=30))
def test_nobody_is_told_later_and_later(estimates: list[tuple[float, float]]) -> None:
    """However the estimate swings, the moment that was promised moves back once at most, and never unsaid."""
    by_at_ms, taken_back, raised = None, False, 0
    for number, (low, width) in enumerate(estimates):
        said = to_say(found(low, low + width), number * 30_000, by_at_ms, taken_back=taken_back)
        if said is None:
            continue
        if by_at_ms is not None and (said.by_at_ms is None or said.by_at_ms > by_at_ms):
            assert said.longer
            raised += 1
        by_at_ms, taken_back = said.by_at_ms, taken_back or said.longer
    assert raised <= 1


def told(*what: Announced, habits: Habits | None = KNOWN) -> e.AnnouncementDue:
    """What B is told first, with A before them and two agents at work elsewhere."""
    alone = Alone(mind, centres.with_queues(centres.small(), "sage", announce=what))
    for agent in ("alice", "bruno"):
        alone.tell(state_of(agent, "available"), state_of(agent, "on_interaction"))
    alone.tell(queued(B, "rsa", at_ms=1), queued(A, "rsa"))
    if habits is not None:
        alone.state.habits.put("rsa/", msgspec.structs.replace(habits, looked_at_ms=alone.now_ms))
    said = [only(alone.next(), e.AnnouncementDue) for _ in range(2)]
    return next(fact for fact in said if fact.interaction == B)


def test_the_queue_says_what_is_told() -> None:
    texts = {what: [text.key for text in told(*what).say] for what in ((), ("wait",), ("position",))}
    assert texts == {(): [], ("wait",): ["attente.moins_de_10"], ("position",): ["attente.position"]}
    assert [text.key for text in told("position", "wait").say] == ["attente.position", "attente.moins_de_10"]


def test_nothing_is_said_of_a_wait_of_which_nothing_is_known() -> None:
    fact = told("position", "wait", habits=None)
    assert ([text.key for text in fact.say], fact.promised_at_ms) == (["attente.position"], None)


def test_what_was_promised_is_kept_with_the_place() -> None:
    fact = told("wait")
    assert fact.promised_at_ms is not None
    assert fact.promised_at_ms - fact.next_at_ms == 10 * MINUTE_MS - 30_000
