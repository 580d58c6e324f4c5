"""Callbacks instead of waiting: the place waits, the person does not.

A promised callback (`TaskOpened`) of a queue that calls back by itself keeps the place of the person's first call.  It
waits in the queue like everybody (`CallbackDue` puts a contact without a line there), and when its turn comes the agent
is rung first, then the citizen, as if the agent had dialled the task: nobody is called whom no agent waits for, and
there are never more calls than free agents.  Where the queue calls the citizen first, the agent is kept free for them
while they are rung; whoever answers waits at the head of the queue, for that agent before all others.

Services that are closed call nobody; nobody is called outside of `between`, eight to twenty if nothing else is said.

No more than a share of the queue's agents call at a time, so that those who wait on the line are served beside,
however many were promised a call yesterday.  Whoever is not reached is called again later, a few times, then the task
is left to people.  Whoever agreed on an hour is not called before it.

While an agent has taken the task by hand, or the person waits by telephone themselves, nobody
calls them: one attempt a person.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from acd.after import free
from acd.match import for_agent, for_contact
from acd.queue import Contact, Promise
from acd.state import State, timed
from core import events as e
from core import ids, limits, opening
from core.centre import Queue
from core.events.base import Event, because
from core.events.distribution import PutOff
from core.events.outgoing import AGENT_UNANSWERED
from core.ids import InteractionId, TaskId
from core.mind import Applies, Decides, Decision
from core.needs import HEAD

AT_ONCE_MS: Final = 1
"""Who was kept free takes whoever answers in the same step; an emergency that does first leaves them to anybody."""

UNDER_WAY: Final = ("waiting", "calling", "talking")

NEVER: Final = frozenset({"destination", "emergency", "unknown_service"})
"""Refusals that asking again would not change."""


# -- decided ----------------------------------------------------------------------------------------------------------


def on_opened(state: State, fact: e.TaskOpened, now_ms: int) -> Decision:
    if fact.task in state.promises:
        yield from _in_turn(state, fact.task, fact, now_ms)


def on_time(state: State, fact: e.DeadlineReached, now_ms: int) -> Decision:
    row = state.promises.get(fact.key)
    if row is not None and row.state == "later":
        yield from _in_turn(state, fact.key, fact, now_ms)


def _in_turn(state: State, task: TaskId, event: Event, now_ms: int) -> Decision:
    """Into the queue, or later if nobody may be called now."""
    row = state.promises[task]
    if row.from_at_ms > now_ms:
        yield _put_off(task, row, "hour", row.from_at_ms, event)
        return
    until_at_ms = _closed_until(state, row, now_ms)
    if until_at_ms is not None:
        yield _put_off(task, row, "closed", until_at_ms, event)
        return
    if _under_way(state, row.need.queue) >= _at_most(state, row.need.queue):
        if row.state != "later" or row.due_at_ms is not None:
            yield _put_off(task, row, "turn", None, event)
        return
    yield e.CallbackDue(
        cause=because(event),
        interaction=_named(task, row.names + 1, now_ms),
        task=task,
        need=row.need,
        arrived_at_ms=row.arrived_at_ms,
    )


def _under_way(state: State, queue: str) -> int:
    return sum(row.need.queue == queue and row.state in UNDER_WAY for row in state.promises.values())


def _at_most(state: State, queue: str) -> int:
    """How many of the queue's agents may call at a time."""
    centre, callback = state.configurations.now, state.queue(queue).callback
    at_work = sum(
        row.state != "logged_out" and name in centre.agents and queue in centre.agents[name].queues
        for name, row in state.agents.items()
    )
    return max(1, at_work * callback.share // 100) if callback is not None else 0


def _next(state: State, queue: str, event: Event, now_ms: int) -> Decision:
    """An attempt less is under way: whoever has waited longest for their turn, as many as there is room for."""
    room = _at_most(state, queue) - _under_way(state, queue)
    held = [
        (row.arrived_at_ms, task)
        for task, row in state.promises.items()
        if row.need.queue == queue and row.state == "later" and row.due_at_ms is None
    ]
    for _, task in sorted(held)[: max(0, room)]:
        yield from _in_turn(state, task, event, now_ms)


def _named(task: TaskId, number: int, now_ms: int) -> InteractionId:
    """The interaction that the `number`-th attempt is: derived, so that two kernels name it alike."""
    return ids.mint(now_ms, hashlib.sha256(f"{task}/{number}".encode()).digest()[:10])


def _closed_until(state: State, row: Promise, now_ms: int) -> int | None:
    """When the person may be called next; None: now."""
    hours = state.configurations.now.calling_hours(row.need.service, state.queue(row.need.queue).name)
    closed, until_at_ms = opening.closed_until(hours, now_ms)
    return until_at_ms or now_ms + limits.CALLBACK_AGAIN_MS if closed else None


def _put_off(task: TaskId, row: Promise, why: PutOff, until_at_ms: int | None, event: Event, tries: int = 0) -> Event:
    return e.CallbackPutOff(
        cause=because(event),
        interaction=row.interaction,
        task=task,
        queue=row.need.queue,
        agent=row.agent,
        why=why,
        tries=tries or row.tries,
        until_at_ms=until_at_ms,
    )


def _left(task: TaskId, row: Promise, event: Event, tries: int) -> Event:
    return e.CallbackLeft(
        cause=because(event), interaction=row.interaction, task=task, queue=row.need.queue, agent=row.agent, tries=tries
    )


def on_due(state: State, fact: e.CallbackDue, now_ms: int) -> Decision:
    chosen = for_contact(state, fact.interaction, fact, now_ms)
    if chosen is not None:
        yield chosen


def on_chosen(state: State, fact: e.CallbackChosen, _now_ms: int) -> Decision:
    row = state.promises.get(fact.task)
    if row is not None and row.state == "calling":
        yield e.DialAsked(
            cause=because(fact),
            request="",
            interaction=fact.interaction,
            agent=fact.agent,
            service=row.need.service,
            number=row.number,
            task=fact.task,
            citizen_first=row.citizen_first,
        )


def on_answered(state: State, fact: e.CitizenAnswered, now_ms: int) -> Decision:
    """The citizen is there: the agent who was kept free for them is rung like for anybody who waits.

    Whoever of them wished for a pause meanwhile has it; then it is the next who is free.
    """
    task = state.callbacks.get(fact.interaction)
    row = state.promises.get(task) if task is not None else None
    if row is None:
        return
    agent = state.agent(fact.agent, now_ms)
    waits = agent.state == "on_interaction" and agent.interaction == fact.interaction
    need = msgspec.structs.replace(row.need, priority=HEAD)
    if waits and agent.asked is None:
        need = msgspec.structs.replace(need, preferred=fact.agent, preferred_ms=AT_ONCE_MS)
    if waits:
        yield from free(state, fact, fact.agent, now_ms, agent.misses)
    yield e.InteractionQueued(
        cause=because(fact), interaction=fact.interaction, need=need, arrived_at_ms=row.arrived_at_ms
    )


def kept_free(state: State, interaction: InteractionId) -> bool:
    """Whether whoever is busy with it only waits for the citizen to answer: there is nothing to note of that."""
    row = state.promises.get(state.callbacks.get(interaction, ""))
    return row is not None and row.citizen_first and row.state == "calling"


def on_refused(state: State, fact: e.DialRefused, now_ms: int) -> Decision:
    """No line is free, or the agent may call nobody more today: another time, another agent."""
    task = state.callbacks.get(fact.interaction)
    if task is None:
        return
    row = state.promises[task]
    if fact.why in NEVER:
        yield _left(task, row, fact, tries=row.tries)
    else:
        yield _put_off(task, row, "refused", now_ms + limits.CALLBACK_REFUSED_MS, fact)


def on_put_off(state: State, fact: e.CallbackPutOff | e.CallbackLeft, now_ms: int) -> Decision:
    """Whoever was to call, and did not, takes somebody else; and another's turn to be called may have come."""
    chosen = for_agent(state, fact.agent, fact, now_ms) if fact.agent else None
    if chosen is not None:
        yield chosen
    if isinstance(fact, e.CallbackLeft) or fact.why != "turn":
        yield from _next(state, fact.queue, fact, now_ms)


def on_kept(state: State, fact: e.CallbackKept, now_ms: int) -> Decision:
    yield from _next(state, fact.queue, fact, now_ms)


def on_ended(state: State, fact: e.InteractionEnded, now_ms: int) -> Decision:
    """The attempt is over; or the person's own call, which ended without anybody."""
    task = state.callbacks.get(fact.interaction)
    row = state.promises.get(task) if task is not None else None
    if task is None or row is None:
        return
    if row.state == "aside":
        yield from _in_turn(state, task, fact, now_ms)
    elif row.state == "talking":
        yield e.CallbackKept(cause=because(fact), interaction=row.interaction, task=task, queue=row.need.queue)
    elif fact.outcome == "unreached":
        yield from _unreached(state, task, row, fact, now_ms)
    else:
        yield _left(task, row, fact, tries=row.tries)


def _unreached(state: State, task: TaskId, row: Promise, fact: e.InteractionEnded, now_ms: int) -> Decision:
    callback = state.queue(row.need.queue).callback
    if fact.reason == AGENT_UNANSWERED:
        yield _put_off(task, row, "agent_unanswered", now_ms + limits.CALLBACK_REFUSED_MS, fact)
    elif callback is None or row.tries + 1 >= callback.tries:
        yield _left(task, row, fact, tries=row.tries + 1)
    else:
        until_at_ms = now_ms + callback.again_after_ms
        yield _put_off(task, row, "unreached", until_at_ms, fact, row.tries + 1)
    yield e.TaskAsked(cause=because(fact), request="", agent=row.agent, task=task, wish="release")


def on_released(state: State, fact: e.TaskReleased, now_ms: int) -> Decision:
    """Whoever had taken it gives it back."""
    row = state.promises.get(fact.task)
    if row is not None and row.state == "aside" and not row.by:
        yield from _in_turn(state, fact.task, fact, now_ms)


def on_opening(state: State, fact: e.OpeningChanged, now_ms: int) -> Decision:
    """The service closes: those who were to be called still are, once it opens."""
    if fact.state != "closed":
        return
    for task, row in state.promises.items():
        if row.state == "waiting" and row.need.service == fact.service:
            until_at_ms = fact.until_at_ms or now_ms + limits.CALLBACK_AGAIN_MS
            yield _put_off(task, row, "closed", until_at_ms, fact)


DECIDES: Final[Decides] = {
    e.TaskOpened: on_opened,
    e.CallbackDue: on_due,
    e.CallbackChosen: on_chosen,
    e.CitizenAnswered: on_answered,
    e.DialRefused: on_refused,
    e.CallbackPutOff: on_put_off,
    e.CallbackLeft: on_put_off,
    e.CallbackKept: on_kept,
    e.TaskReleased: on_released,
}


# -- how it changes the state -----------------------------------------------------------------------------------------


def calls_back(queue: Queue, fact: e.TaskOpened) -> bool:
    return fact.kind == "callback" and fact.need is not None and fact.number is not None and queue.callback is not None


def _opened(state: State, fact: e.TaskOpened, _now_ms: int) -> None:
    if fact.need is None or fact.number is None or not calls_back(state.queue(fact.need.queue), fact):
        return
    row = Promise(
        state="later",
        need=fact.need,
        arrived_at_ms=fact.since_at_ms,
        number=fact.number,
        from_at_ms=fact.from_at_ms or 0,
    )
    state.promises.put(fact.task, row)


def _change(here: State, task: TaskId, **changes: object) -> None:
    """The promise anew; whoever does not wait in the queue any more leaves it."""
    row = here.promises.get(task)
    if row is None:
        return
    if row.state == "waiting":
        here.contacts.drop(row.interaction)
    here.promises.put(task, msgspec.structs.replace(row, **changes))


def _due(state: State, fact: e.CallbackDue, now_ms: int) -> None:
    row = state.promises.get(fact.task)
    if row is None:
        return
    _change(
        state,
        fact.task,
        state="waiting",
        interaction=fact.interaction,
        names=row.names + 1,
        agent="",
        by="",
        due_at_ms=None,
    )
    contact = Contact(need=fact.need, arrived_at_ms=fact.arrived_at_ms, task=fact.task)
    wakes_at_ms = state.waiting.wakes_at_ms(contact, now_ms)
    state.contacts.put(fact.interaction, msgspec.structs.replace(contact, wakes_at_ms=wakes_at_ms))


def _chosen(state: State, fact: e.CallbackChosen, _now_ms: int) -> None:
    row = state.promises.get(fact.task)
    callback = state.queue(row.need.queue).callback if row is not None else None
    first = callback is not None and callback.first == "citizen"
    _change(state, fact.task, state="calling", agent=fact.agent, citizen_first=first)


def _later(state: State, fact: e.CallbackPutOff, _now_ms: int) -> None:
    _change(state, fact.task, state="later", tries=fact.tries, due_at_ms=fact.until_at_ms)


def _over(state: State, fact: e.CallbackLeft | e.CallbackKept | e.TaskClosed, _now_ms: int) -> None:
    """Whoever is reached talks on: the attempt counts until they have."""
    row = state.promises.get(fact.task)
    if row is not None and row.state == "calling" and isinstance(fact, e.TaskClosed):
        _change(state, fact.task, state="talking")
    else:
        _change(state, fact.task, state="later")
        state.promises.drop(fact.task)


def _claimed(state: State, fact: e.TaskClaimed, _now_ms: int) -> None:
    row = state.promises.get(fact.task)
    if row is not None and row.state != "calling":
        _change(state, fact.task, state="aside", agent=fact.agent, due_at_ms=None)


def _place_kept(state: State, fact: e.PlaceKept, now_ms: int) -> None:
    """The person waits by telephone: with the place of the first call, and nobody calls them meanwhile."""
    contact = state.contacts.get(fact.interaction)
    if contact is not None and fact.arrived_at_ms < contact.arrived_at_ms:
        contact = msgspec.structs.replace(contact, arrived_at_ms=fact.arrived_at_ms)
        state.contacts.put(fact.interaction, timed(state, contact, now_ms))
    row = state.promises.get(fact.task)
    if row is not None and row.state != "calling":
        _change(state, fact.task, state="aside", by=fact.interaction, due_at_ms=None)


APPLIES: Final[Applies] = {
    e.TaskOpened: _opened,
    e.CallbackDue: _due,
    e.CallbackChosen: _chosen,
    e.CallbackPutOff: _later,
    e.CallbackLeft: _over,
    e.CallbackKept: _over,
    e.TaskClosed: _over,
    e.TaskClaimed: _claimed,
    e.PlaceKept: _place_kept,
}
