"""Whose turn it is, as a number that grows with waiting: weight × wait + bonus.

Since it grows alike for all who ask the same, of these only the first in order of arrival can be next.  Numbers are
whole, so that no rounding decides between two people.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from core.centre import Centre, Queue
from core.events import Need
from core.needs import Turn

ONE_MS: Final = 1_000
"""What a millisecond of waiting is worth, where targets do not weigh it."""

USUAL_TARGET_MS: Final = 60_000
"""The target at which `wait_over_target` weighs a millisecond like the other rules do."""

MIDDLE_PRIORITY: Final = 5
GIVEN_BACK: Final = 0
"""The priority of those who have talked with somebody already: the next by any rule."""

ABOVE_ALL_WAITS: Final = 1 << 57
"""A step of priority that counts before any wait: whole years of it, by any rule."""


class Weighed(NamedTuple):
    """How the turn of one kind of need grows; `late_ms` is the wait from which it goes before all but emergencies."""

    weight: int
    bonus: int
    late_ms: int | None
    emergency: bool
    order: str


def weighed(turn: Turn, queue: Queue, need: Need) -> Weighed:
    weight = ONE_MS
    if turn.order == "wait_over_target":
        weight = max(1, ONE_MS * USUAL_TARGET_MS // queue.target_ms)
    bonus = -ONE_MS * queue.target_ms if turn.order == "edf" else 0
    step = ABOVE_ALL_WAITS if turn.priority_worth_ms is None else ONE_MS * turn.priority_worth_ms
    if need.priority <= GIVEN_BACK:
        step = ABOVE_ALL_WAITS
    bonus += (MIDDLE_PRIORITY - need.priority) * step
    return Weighed(weight, bonus, None if need.emergency else turn.longest_wait_ms, need.emergency, turn.order)


EMERGENCIES: Final = -(1 << 62)
THE_LATE: Final = -(1 << 61)
BOUND: Final = -(3 << 59)
"""Ranks of emergencies, of the late, and of all others lie apart: ordinary ones never come below the bound."""


def grown(turn: Weighed, arrived_at_ms: int, now_ms: int) -> tuple[int, int | None]:
    """The rank of somebody who arrived then, less what all of the same weight have grown since; and when it jumps."""
    if turn.emergency:
        return EMERGENCIES + arrived_at_ms, None
    late_at_ms = None if turn.late_ms is None else arrived_at_ms + turn.late_ms
    if late_at_ms is not None and late_at_ms <= now_ms:
        return THE_LATE + arrived_at_ms, None
    return turn.weight * arrived_at_ms - turn.bonus, late_at_ms


def place_in_queue(centre: Centre, need: Need, arrived_at_ms: int, now_ms: int) -> tuple[int, int]:
    """By which those who wait in one queue can be sorted: the smallest goes first."""
    queue = centre.queues.get(need.queue)
    if queue is None:
        return arrived_at_ms, arrived_at_ms
    rank, _ = grown(weighed(centre.turn_of(queue), queue, need), arrived_at_ms, now_ms)
    return rank, arrived_at_ms
