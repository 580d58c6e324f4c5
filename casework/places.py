"""The place is the citizen's: whoever gave up waiting and calls again has the place that their first call had.

It is kept by the task that they left (casework/lists.py), for as long as the queue says: from the same number, unless
many share it or discretion hides them, or from another once the records know the person, and for one call at a time.
Nothing is said about it, for whoever calls from the same telephone may be somebody else: they only hear that they are
next sooner.
"""

from __future__ import annotations

from typing import Final

from casework import lists
from casework.state import State
from casework.visit import Visit
from core import events as e
from core.events.base import Event, because
from core.events.tasks import TaskKind
from core.ids import InteractionId
from core.mind import Decision

KEEP: Final[tuple[TaskKind, ...]] = ("abandoned", "callback")


def on_queued(state: State, fact: e.InteractionQueued, now_ms: int) -> Decision:
    row = state.visits.get(fact.interaction)
    if row is not None:
        yield from _kept(state, fact.interaction, row, fact.need.queue, fact.arrived_at_ms, fact, now_ms)


def on_found(state: State, fact: e.CitizenFound, now_ms: int) -> Decision:
    """The records know who waits, or who speaks: they left something from another telephone."""
    row = state.visits.get(fact.interaction)
    if row is None or row.known_record is None:
        return
    if row.talking:
        yield from lists.got_through(state.recognised(row), "", fact)
    elif row.queued and row.need is not None:
        yield from _kept(state, fact.interaction, row, row.need.queue, row.place_at_ms, fact, now_ms)


def _kept(
    state: State, interaction: InteractionId, row: Visit, name: str, arrived_at_ms: int, event: Event, now_ms: int
) -> Decision:
    queue = state.configurations.now.queues.get(name)
    if queue is None or not queue.keep_place_ms:
        return
    for key, task in (*state.standing_of(row), *state.recognised(row)):
        fresh = now_ms - queue.keep_place_ms <= task.since_at_ms < arrived_at_ms
        if task.kind in KEEP and task.queue == queue.name and fresh and task.place_of not in state.visits:
            yield e.PlaceKept(cause=because(event), interaction=interaction, task=key, arrived_at_ms=task.since_at_ms)
            return
