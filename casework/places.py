"""The place is the citizen's: whoever gave up waiting and calls again has the place that their first call had.

It is kept by the task that they left (casework/lists.py), for as long as the queue says: from the same number, unless
many share it or discretion hides them, and for one call at a time.  Nothing is said about it, for whoever calls from
the same telephone may be somebody else: they only hear that they are next sooner.
"""

from __future__ import annotations

from typing import Final

from casework.state import State
from core import events as e
from core.events.base import because
from core.events.tasks import TaskKind
from core.mind import Decision

KEEP: Final[tuple[TaskKind, ...]] = ("abandoned", "callback")


def on_queued(state: State, fact: e.InteractionQueued, now_ms: int) -> Decision:
    row, queue = state.visits.get(fact.interaction), state.configurations.now.queues.get(fact.need.queue)
    if row is None or queue is None or not queue.keep_place_ms:
        return
    for key, task in state.standing_of(row):
        fresh = now_ms - queue.keep_place_ms <= task.since_at_ms < fact.arrived_at_ms
        if task.kind in KEEP and task.queue == queue.name and fresh and task.place_of not in state.visits:
            yield e.PlaceKept(
                cause=because(fact), interaction=fact.interaction, task=key, arrived_at_ms=task.since_at_ms
            )
            return
