"""What comes into the list of tasks, and what leaves it by itself.

A message and a promised callback stand for themselves; whoever gave up waiting is listed too, so that somebody calls
them.  One person is called once: a message replaces their other tasks, a promise replaces that they gave up, and trying
again adds an attempt to what stands.  The place in the list is that of the first attempt.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from casework.state import State
from casework.task import STANDING, Task
from casework.visit import Visit
from core import events as e
from core import ids, limits, opening
from core.centre import Queue
from core.commands import EraseMessage
from core.events.base import Event, because
from core.events.tasks import TaskEnd, TaskKind
from core.ids import InteractionId, TaskId
from core.mind import Decision


def closed(event: Event, task: TaskId, how: TaskEnd, agent: str = "") -> e.TaskClosed:
    return e.TaskClosed(cause=because(event), task=task, agent=agent, how=how)


def erase(event: Event, interaction: InteractionId, message: str, path: str) -> EraseMessage:
    return EraseMessage(cause=because(event), interaction=interaction, message=message, path=path)


def on_recorded(state: State, fact: e.MessageRecorded, now_ms: int) -> Decision:
    """Words are a task; a breath is none, and neither is what nobody knows the caller of."""
    if ids.task(fact.message) in state.tasks:
        return
    row = state.visits.get(fact.interaction)
    if row is not None and fact.duration_ms >= limits.MESSAGE_SHORTEST_MS:
        yield from _open(state, "message", fact.interaction, row, ("abandoned", "callback"), fact, now_ms)
    elif fact.path:
        yield erase(fact, fact.interaction, fact.message, fact.path)


def on_noted(state: State, fact: e.CallbackNoted, now_ms: int) -> Decision:
    row = state.visits.get(fact.interaction)
    if row is None or row.task(fact.interaction, max(1, row.listed)) in state.tasks:
        return
    row = msgspec.structs.replace(row, number=fact.number)  # it may be another than the one that was called from
    yield from _again_or_open(state, "callback", fact.interaction, row, ("abandoned",), fact, now_ms)


def on_ended(state: State, fact: e.InteractionEnded, now_ms: int) -> Decision:
    """Somebody whom nobody talked with is gone."""
    row = state.visits.get(fact.interaction)
    if row is not None and row.left:
        yield from _again_or_open(state, "abandoned", fact.interaction, row, (), fact, now_ms)


def on_connected(state: State, fact: e.CallConnected, _now_ms: int) -> Decision:
    """They got through; a message is still to be heard."""
    row = state.visits.get(fact.interaction)
    if row is not None:
        yield from got_through([*state.standing_of(row), *state.recognised(row)], fact.agent, fact)


def got_through(standing: list[tuple[TaskId, Task]], agent: str, event: Event) -> Iterator[Event]:
    for key, task in standing:
        if task.kind != "message":
            yield closed(event, key, "got_through", agent)


def on_expired(state: State, fact: e.DeadlineReached, row: Task) -> Decision:
    """Too late to call, or time to erase what was said."""
    if row.state == "open":
        yield closed(fact, fact.key, "expired")
    elif row.state == "closed":
        yield erase(fact, row.interaction, row.message, row.path)


def _again_or_open(
    state: State,
    kind: TaskKind,
    interaction: InteractionId,
    row: Visit,
    replaces: tuple[TaskKind, ...],
    event: Event,
    now_ms: int,
) -> Decision:
    """One more attempt of what stands already, or a new task."""
    standing = [pair for pair in state.standing_of(row) if pair[1].kind not in replaces]
    if kind == "abandoned":  # what was promised to them at another telephone stands
        standing += [pair for pair in state.recognised(row) if pair[1].kind == "callback"]
    if kind == "callback":  # typed in another call as well: nobody is called twice at one telephone
        standing += [pair for pair in state.at_number(row) if pair[1].kind == "callback"]
    stays = next(iter(standing), None)
    if stays is None:
        yield from _open(state, kind, interaction, row, replaces, event, now_ms)
        return
    key, task = stays
    yield e.TaskRepeated(cause=because(event), task=key, interaction=interaction, attempts=task.attempts + 1)


def _open(
    state: State,
    kind: TaskKind,
    interaction: InteractionId,
    row: Visit,
    replaces: tuple[TaskKind, ...],
    event: Event,
    now_ms: int,
) -> Decision:
    """Lists the task; of a discreet service nothing says whose call it was."""
    yield from _make_room(state, row.tenant, event)
    old = [(key, task) for key, task in state.standing_of(row) if task.kind in replaces]
    if kind != "message":  # from another telephone: they are called at this one now, in the same place
        old += [(key, task) for key, task in state.recognised(row) if task.kind != "message"]
    for key, _ in old:
        yield closed(event, key, "replaced")
    centre = state.configurations.now
    queue = centre.queues.get(row.queue) or next(iter(centre.queues.values()))
    abandoned = kind == "abandoned"
    kept_ms = centre.tasks.abandoned_kept_ms if abandoned else limits.PROMISE_KEPT_MS
    yield e.TaskOpened(
        cause=because(event),
        task=ids.task(row.message) if kind == "message" else row.task(interaction, row.listed + 1),
        kind=kind,
        interaction=interaction,
        tenant=row.tenant,
        service=row.service,
        queue=queue.name,
        topic=row.topic,
        number=None if row.discreet else row.number,
        caller_key=row.known_as,
        message=row.message if kind == "message" else "",
        since_at_ms=min([row.arrived_at_ms, *(task.since_at_ms for _, task in old)]),
        due_at_ms=due(state, row.service, queue, now_ms),
        expires_at_ms=now_ms + kept_ms,
        attempts=1 + sum(task.attempts for _, task in old),
        need=row.need if kind == "callback" else None,
    )


def due(state: State, name: str, queue: Queue, now_ms: int) -> int:
    """By when: time counts while the service is open, for nobody calls back on a Sunday."""
    centre = state.configurations.now
    service = centre.services.get(name)
    hours = centre.hours.get(service.hours) if service is not None else None
    return opening.after(hours, now_ms, queue.call_back_within_ms)


def _make_room(state: State, tenant: str, event: Event) -> Iterator[Event | EraseMessage]:
    """Whoever gave up goes first, the oldest; promises only if there is nothing else."""
    if state.standing.rows(tenant) < limits.TASKS_PER_TENANT:
        return
    rows = [(key, row) for key, row in state.tasks.items() if row.tenant == tenant and row.state in STANDING]
    if rows:
        key, _ = min(rows, key=lambda pair: (pair[1].kind != "abandoned", pair[1].since_at_ms, pair[0]))
        yield closed(event, key, "expired")
