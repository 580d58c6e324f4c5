"""Each wait in a queue is offered once and ends once."""

from __future__ import annotations

import pytest

from core import events as e
from core.queue_counts import Counts, Ended, QueueCounts
from core.text import say
from tests import centres
from tests.alone import A, need

QUEUES = centres.small().queues
RSA, RECEPTION = ("rsa", "aure"), ("generaliste", "aure")


def waits(queue: str = "rsa") -> e.InteractionQueued:
    return e.InteractionQueued(cause="t", interaction=A, need=need(queue, tenant="aure"), arrived_at_ms=0)


def moved(queue: str = "generaliste") -> e.ContactMoved:
    there = need(queue, tenant="aure")
    return e.ContactMoved(cause="t", interaction=A, left="rsa", need=there, by="", reason="")


TALKS = e.CallConnected(cause="t", interaction=A, agent="alice", leg="l")
TAKEN_BACK = e.TransferFailed(cause="t", interaction=A, agent="alice", reason="taken_back", entry="")


def ended(outcome: e.Outcome) -> e.InteractionEnded:
    return e.InteractionEnded(cause="t", interaction=A, outcome=outcome, reason="")


def told(*facts: tuple[int, object]) -> tuple[QueueCounts, list[Ended | None]]:
    counts = QueueCounts()
    return counts, [counts.take(fact, now_ms, QUEUES) for now_ms, fact in facts]


@pytest.mark.parametrize(
    ("end", "after_ms", "counted"),
    [
        (TALKS, 9_000, Counts(offered=1, answered=1, in_target=1, wait_ms=9_000)),
        (TALKS, 90_000, Counts(offered=1, answered=1, wait_ms=90_000)),
        (ended("abandoned"), 5_000, Counts(offered=1, abandoned=1, short=1)),
        (ended("abandoned"), 5_001, Counts(offered=1, abandoned=1)),
        (ended("answered"), 9_000, Counts(offered=1, abandoned=1)),
        (ended("lost"), 9_000, Counts(offered=1, left=1)),
        (e.WaitLeft(cause="t", interaction=A, queue="rsa", script="s"), 9_000, Counts(offered=1, left=1)),
        (TAKEN_BACK, 9_000, Counts(offered=1, left=1)),
    ],
)
def test_a_wait_has_one_end_and_what_comes_after_it_ends_nothing(end: e.Event, after_ms: int, counted: Counts) -> None:
    counts, overs = told((0, waits()), (after_ms, end), (99_000, ended("answered")))
    assert counts.counts == {RSA: counted}
    assert [over is not None for over in overs] == [False, True, False]
    assert not counts.waiting


def test_who_is_moved_is_offered_there_too_with_the_whole_wait() -> None:
    counts, overs = told((0, waits()), (4_000, moved()), (4_000, waits("generaliste")), (9_000, TALKS))
    assert counts.counts[RSA] == Counts(offered=1, moved=1)
    assert counts.counts[RECEPTION] == Counts(offered=1, answered=1, in_target=1, wait_ms=9_000)
    assert overs[1] == Ended(RSA, "moved", 4_000)


def test_who_has_talked_and_is_handed_on_waits_once_more_in_the_same_queue_as_well() -> None:
    counts, _ = told((0, waits()), (1_000, TALKS), (60_000, waits()), (63_000, TALKS))
    assert counts.counts == {RSA: Counts(offered=2, answered=2, in_target=2, wait_ms=4_000)}


def test_what_changes_no_wait_is_not_counted() -> None:
    nobody = e.TransferFailed(cause="t", interaction=A, agent="", reason="no_answer", entry="")
    told_so = e.AnnouncementDue(cause="t", interaction=A, say=(say("attente.prochain"),), next_at_ms=1)
    counts, _ = told((0, moved()), (0, waits()), (1, waits()), (2, nobody), (3, told_so))
    assert counts.counts == {RSA: Counts(offered=1)}
    assert counts.waiting[A].since_ms == 0


def test_who_waits_when_the_day_turns_counts_in_the_new_one() -> None:
    counts, _ = told((0, waits()))
    counts.anew()
    counts.take(TALKS, 30_000, QUEUES)
    assert counts.counts == {RSA: Counts(offered=1, answered=1, wait_ms=30_000)}
