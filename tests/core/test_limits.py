"""Bounds, and the relations that their sense depends on."""

from __future__ import annotations

from core import limits


def test_what_waits_for_the_peer_ends_after_the_peers_own_limit() -> None:
    assert limits.AMI_PING_EVERY_MS + limits.AMI_PING_ANSWER_MS < limits.AMI_HALF_OPEN_MS
    assert limits.AMI_ANSWER_MS < limits.CALL_STEP_MS
    assert limits.PROMPT_READY_MS < limits.ANNOUNCEMENT_MS < limits.PROMPT_LONGEST_MS


def test_pages_give_way_before_calls_do() -> None:
    assert limits.INBOX_SHED_AT < limits.INBOX_EVENTS
    assert limits.BATCH_STEPS < limits.INBOX_SHED_AT
    assert limits.BATCH_STEPS < limits.JOURNAL_RING_STEPS


def test_every_bound_is_a_positive_whole_number() -> None:
    bounds = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert bounds
    assert [name for name, value in bounds.items() if not (isinstance(value, int) and value > 0)] == []
