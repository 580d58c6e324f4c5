"""Callbacks at an hour that somebody agreed on with the person: "demain matin".

Asked from a page, or by another system through the same door, about whoever speaks, somebody of the list or a number as
it was typed.  What is asked is judged at once, while the person may still be on the line to choose another hour.  It
stands instead of all that was to be done for the person, with the place of their first attempt: an hour is changed in
the same way.  Words that somebody left are not replaced by it: they are to be heard.
"""

from __future__ import annotations

from typing import Final

from casework.lists import closed
from casework.state import State
from casework.task import STANDING, Task
from core import events as e
from core import ids, limits, opening
from core.centre import Agent, Centre, Role
from core.destinations import classify
from core.events.base import because
from core.ids import TaskId
from core.mind import Decision
from core.personal import Personal

# Clocks of pages and kernel differ by less, and a form takes so long to send.
LATE_MS: Final = 60_000


def on_wished(state: State, fact: e.CallbackWished, now_ms: int) -> Decision:
    """An hour is agreed on, or the reason why not; answered in the same step."""
    agent = state.configurations.now.agents.get(fact.by)
    same = _of_the_same(state, fact)
    reason = _unfit(state.configurations.now, agent, fact, now_ms) or _stands(state, fact, same)
    if not reason:
        for key, _ in same:
            yield closed(fact, key, "replaced", fact.by)
        yield _opened(fact, [task for _, task in same], now_ms)
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not reason, reason=reason)


def _unfit(centre: Centre, agent: Agent | None, fact: e.CallbackWished, now_ms: int) -> str:
    """Why nobody of us may call this number at this hour."""
    service = centre.services.get(fact.need.service)
    if agent is None:
        return "agent_unknown"
    if service is None or service.tenant != fact.need.tenant or service.tenant not in agent.tenants:
        return "unknown_service"
    if fact.need.queue not in centre.queues:
        return "queue_unknown"
    if service.discreet:
        return "discreet"
    return why_not_called(centre, fact.number.text or "", agent.role) or _untimely(centre, fact, now_ms)


def why_not_called(centre: Centre, typed: str, role: Role) -> str:
    """Why a number as it was typed is not called back for somebody of `role`; empty if it may be."""
    number, kind = classify(typed)
    if kind == "emergency":
        return "emergency"
    if not number or kind not in centre.outgoing.allowed.get(role, ()):
        return "destination"
    return "own_number" if number in centre.own_numbers else ""


def _untimely(centre: Centre, fact: e.CallbackWished, now_ms: int) -> str:
    if fact.from_at_ms < now_ms - LATE_MS or fact.until_at_ms <= fact.from_at_ms:
        return "hour_past"
    if fact.until_at_ms > now_ms + limits.CALLBACK_AHEAD_MS:
        return "hour_far"
    shut, _ = opening.closed_until(centre.calling_hours(fact.need.service, fact.need.queue), fact.from_at_ms)
    return "closed_then" if shut else ""


def _of_the_same(state: State, fact: e.CallbackWished) -> list[tuple[TaskId, Task]]:
    """What is to be done for this person: known by the pseudonym, or by the number where it was typed once."""
    number, _ = classify(fact.number.text or "")
    return [
        (key, task)
        for key, task in state.tasks.items()
        if task.state in STANDING
        and task.tenant == fact.need.tenant
        and (
            key == fact.task
            or (fact.caller_key and task.caller_key == fact.caller_key)
            or (number and task.number is not None and task.number.text == number)
        )
    ]


def _stands(state: State, fact: e.CallbackWished, same: list[tuple[TaskId, Task]]) -> str:
    """Why what stands already is not to be replaced."""
    called = {calling.task for calling in state.calling.values()}
    if fact.task and fact.task not in dict(same):
        return "task_unknown"
    if any(task.kind == "message" for _, task in same):
        return "message_stands"
    if any(key in called for key, _ in same):
        return "being_called"
    return "task_taken" if any(task.state == "claimed" and task.agent != fact.by for _, task in same) else ""


def _opened(fact: e.CallbackWished, same: list[Task], now_ms: int) -> e.TaskOpened:
    number, _ = classify(fact.number.text or "")
    return e.TaskOpened(
        cause=because(fact),
        task=ids.task(fact.interaction),
        kind="callback",
        interaction=fact.interaction,
        tenant=fact.need.tenant,
        service=fact.need.service,
        queue=fact.need.queue,
        topic=fact.need.topic,
        number=Personal(fact.interaction, "number", number),
        caller_key=fact.caller_key,
        message="",
        since_at_ms=min([now_ms, *(task.since_at_ms for task in same)]),
        due_at_ms=fact.until_at_ms,
        expires_at_ms=fact.until_at_ms + limits.PROMISE_KEPT_MS,
        attempts=max(1, sum(task.attempts for task in same)),
        need=fact.need,
        from_at_ms=fact.from_at_ms,
        by=fact.by,
    )
