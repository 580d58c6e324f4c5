"""What people write: taken once, understood, then a task for those who would take a call about the same.

A writing that was answered with a name is in the journal, and is a task in the end: where nobody could understand it in
time, for the people of the service's safe queue.  The same writing sent again is answered with the same name.  Only
what a machine wrote comes before nobody's eyes.

Grave ones are due at once; no task of another sort stands before them.  A writing never expires unread.
"""

from __future__ import annotations

from typing import Final

import msgspec

from casework.lists import due
from casework.state import State
from casework.task import Task
from core import events as e
from core import ids, limits
from core.centre import Centre, Service
from core.commands import UnderstandWriting
from core.events.base import Event, because
from core.events.speech import Understanding
from core.ids import InteractionId
from core.mind import Applies, Decides, Decision
from core.personal import Personal
from core.script import Ask, Branch, Details, HandOver, Languages, Listen, Notices, Say, Script

SOONER: Final[dict[int, int]] = {1: 1, 2: 1, 3: 3}
"""The priority that what somebody wrote gives them, by its urgency, as what callers say does."""
GRAVE: Final = 2


class Writing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`arrived` as long as it is to be understood, until `until_at_ms`; its `name` is remembered until `forget_at_ms`,
    so that the same is not taken twice.  Once it is `answered`, its system has as long to fetch the answer."""

    name: tuple[str, str]
    arrived: e.WritingArrived | None
    until_at_ms: int | None
    forget_at_ms: int
    reading: Understanding | None = None
    answered: bool = False

    @property
    def deadline_ms(self) -> int | None:
        return self.until_at_ms if self.arrived is not None else self.forget_at_ms


def _why_not(state: State, fact: e.WritingArrived) -> str:
    service = state.configurations.now.services.get(fact.service)
    if service is None or service.tenant != fact.tenant:
        return "unknown_service"
    if state.standing.rows(fact.tenant) + len(state.writings) >= limits.TASKS_PER_TENANT:
        return "full"
    return ""


# -- facts ------------------------------------------------------------------------------------------------------------


def _arrived(state: State, fact: e.WritingArrived, now_ms: int) -> None:
    if state.named.get((fact.system, fact.key)) is not None or _why_not(state, fact):
        return
    row = Writing(
        name=(fact.system, fact.key),
        arrived=fact,
        until_at_ms=now_ms + limits.WRITING_UNDERSTOOD_MS,
        forget_at_ms=now_ms + limits.WRITING_NAMED_MS,
    )
    state.writings.put(fact.interaction, row)


def _understood(state: State, fact: e.WritingUnderstood, _now_ms: int) -> None:
    row = state.writings.get(fact.interaction)
    if row is not None and row.arrived is not None:
        state.writings.put(fact.interaction, msgspec.structs.replace(row, reading=fact.reading))


def _listed(state: State, fact: e.TaskOpened | e.WritingSetAside, _now_ms: int) -> None:
    row = state.writings.get(fact.interaction)
    if row is not None:
        settled = msgspec.structs.replace(row, arrived=None, until_at_ms=None, reading=None)
        state.writings.put(fact.interaction, settled)


def _answered(state: State, fact: e.WritingAnswered, now_ms: int) -> None:
    if _why_not_answered(state, fact):
        return
    row = state.writings.get(fact.interaction)
    name = row.name if row is not None else ("", fact.interaction)
    forget_at_ms = now_ms + limits.WRITING_NAMED_MS
    done = Writing(name=name, arrived=None, until_at_ms=None, forget_at_ms=forget_at_ms, answered=True)
    state.writings.put(fact.interaction, done)


def _why_not_answered(state: State, fact: e.WritingAnswered) -> str:
    row = state.tasks.get(fact.task)
    if row is None or not holds(row, fact.agent) or row.interaction != fact.interaction:
        return "task_not_yours"
    return "code_unknown" if fact.code and fact.code not in state.configurations.now.wrap_up_codes else ""


def _deadline(state: State, fact: e.DeadlineReached, _now_ms: int) -> None:
    row = state.writings.get(fact.key) if fact.kind == "writing" else None
    if row is not None and row.arrived is None:
        state.writings.drop(fact.key)
    elif row is not None:
        state.writings.put(fact.key, msgspec.structs.replace(row, until_at_ms=None))


# -- decisions --------------------------------------------------------------------------------------------------------


def on_arrived(state: State, fact: e.WritingArrived, _now_ms: int) -> Decision:
    known = state.named.get((fact.system, fact.key))
    reason = "" if known is not None else _why_not(state, fact)
    yield e.RequestAnswered(
        cause=because(fact), request=fact.request, done=not reason, reason=reason, interaction=known or ""
    )
    if known != fact.interaction:
        return
    if fact.automatic:
        yield e.WritingSetAside(cause=because(fact), interaction=fact.interaction)
    else:
        yield _understand(fact, fact)


def _understand(writing: e.WritingArrived, event: Event) -> UnderstandWriting:
    """Of its subject and its text, as one."""
    told = [part.text for part in (writing.subject, writing.text) if part is not None and part.text]
    return UnderstandWriting(
        cause=because(event),
        interaction=writing.interaction,
        language=writing.language,
        text=Personal(writing.interaction, "words", "\n".join(told)),
    )


def on_understood(state: State, fact: e.WritingUnderstood, now_ms: int) -> Decision:
    yield from _list(state, fact.interaction, fact, now_ms)


def on_time_over(state: State, fact: e.DeadlineReached, now_ms: int) -> Decision:
    yield from _list(state, fact.key, fact, now_ms)


def on_undone(state: State, fact: e.OrderFailed | e.OrderRefused, now_ms: int) -> Decision:
    """What died with the last process is understood by this one; else people read it without."""
    command = fact.command
    row = state.writings.get(command.interaction) if isinstance(command, UnderstandWriting) else None
    if row is None or row.arrived is None:
        return
    if fact.cause == "start":
        yield _understand(row.arrived, fact)
    else:
        yield from _list(state, row.arrived.interaction, fact, now_ms)


def _list(state: State, interaction: InteractionId, event: Event, now_ms: int) -> Decision:
    """It is a task now, if it is none yet."""
    row = state.writings.get(interaction)
    writing = row.arrived if row is not None else None
    if row is None or writing is None:
        return
    centre = state.configurations.now
    need = need_of(centre, writing, row.reading or Understanding())
    urgency = row.reading.urgency if row.reading is not None else 4
    queue = centre.queues[need.queue]
    yield e.TaskOpened(
        cause=because(event),
        task=ids.task(interaction),
        kind="written",
        interaction=interaction,
        tenant=writing.tenant,
        service=writing.service,
        queue=need.queue,
        topic=need.topic,
        number=None,
        caller_key="",
        message="",
        since_at_ms=now_ms,
        due_at_ms=now_ms if urgency <= GRAVE else due(state, writing.service, queue, now_ms),
        expires_at_ms=now_ms + limits.WRITING_KEPT_MS,
        attempts=1,
        need=need,
    )


def need_of(centre: Centre, writing: e.WritingArrived, reading: Understanding) -> e.Need:
    """Those who take calls about the same topic; without one, or one that leads nowhere, those of the safe queue."""
    service = centre.services.get(writing.service)
    topic = reading.topic if reading.in_scope and reading.topic in centre.topics else ""
    step = _led(centre, service, topic) if topic and service is not None and _sure(centre, service, reading) else None
    queue = step.queue if step is not None else service.safe_queue if service is not None else ""
    return e.Need(
        queue=queue if queue in centre.queues else next(iter(centre.queues)),
        skills=step.skills if step is not None else (),
        needs=step.needs if step is not None else None,
        priority=min(step.priority if step is not None else 5, SOONER.get(reading.urgency, 9)),
        topic=topic,
        language=writing.language,
        service=writing.service,
        tenant=writing.tenant,
        emergency=reading.urgency == 1,
        channel=writing.channel,
    )


def _listens(script: Script) -> Listen | None:
    return next((step for step in script.steps.values() if isinstance(step, Listen)), None)


def _sure(centre: Centre, service: Service, reading: Understanding) -> bool:
    """Nobody can be asked back: what would be asked of a caller is for those who know a little of everything."""
    listens = _listens(centre.scripts[service.script])
    return listens is not None and reading.confidence >= listens.sure


def _led(centre: Centre, service: Service, topic: str) -> HandOver | None:
    """Where the service's dialogue leads somebody who says so; whoever is asked anything more on the way says
    nothing."""
    script = centre.scripts[service.script]
    listens = _listens(script)
    if listens is None:
        return None
    name = listens.topics.get(topic) or listens.topics.get(centre.topics[topic].group, "")
    for _ in script.steps:
        step = script.steps.get(name)
        if isinstance(step, HandOver):
            return step if step.queue in centre.queues else None
        if isinstance(step, Say | Notices | Languages | Details):
            name = step.then
        elif isinstance(step, Ask | Branch | Listen):
            name = step.otherwise
        else:
            return None
    return None


# -- what agents do with it -------------------------------------------------------------------------------------------


def on_answered(state: State, fact: e.WritingAnswered, _now_ms: int) -> Decision:
    """Whoever has it says how it ended."""
    reason = _why_not_answered(state, fact)
    if not reason:
        yield e.TaskClosed(cause=because(fact), task=fact.task, agent=fact.agent, how="done")
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not reason, reason=reason)


def holds(row: Task, agent: str) -> bool:
    return row.kind == "written" and row.state == "claimed" and row.agent == agent


def may_correct(state: State, agent: str, interaction: InteractionId) -> bool:
    """Whether the agent has the writing in hand: they read what it is about."""
    row = state.tasks.get(ids.task(interaction))
    return row is not None and holds(row, agent)


APPLIES: Final[Applies] = {
    e.WritingArrived: _arrived,
    e.WritingUnderstood: _understood,
    e.WritingSetAside: _listed,
    e.WritingAnswered: _answered,
    e.TaskOpened: _listed,
    e.DeadlineReached: _deadline,
}
DECIDES: Final[Decides] = {
    e.WritingArrived: on_arrived,
    e.WritingUnderstood: on_understood,
    e.WritingAnswered: on_answered,
}
