"""The need for a person, stated: as the script says, or at once where something of ours is broken."""

from __future__ import annotations

from typing import Final

from core import events as e
from core.events.base import Event, because
from core.mind import Decision
from core.script import BY_COMMUNE, HandOver
from ivr import robots
from ivr.dialogue import Dialogue, State
from ivr.spoken import preferred_agent

SOONER: Final[dict[int, int]] = {1: 1, 2: 1, 3: 3}
"""The priority that what a caller said gives them, by its urgency; a script may give them a better one."""


def hand_over(state: State, row: Dialogue, interaction: str, step: HandOver, event: Event, now_ms: int) -> Decision:
    """A person is needed, unless it is a machine that calls."""
    if robots.suspected(state, row, now_ms):
        yield e.MachineHeard(cause=because(event), interaction=interaction, leg=row.leg, what="robot")
        return
    need = row.waited if not step.queue and row.waited is not None else _needed(state, row, step, now_ms)
    queue = state.configurations.now.queues.get(need.queue)
    says_where = queue is not None and queue.callback is not None and bool(queue.callback.script)
    may_be_called = (row.caller_known or says_where) and not state.service_of(row).discreet
    yield e.NeedStated(
        cause=because(event),
        interaction=interaction,
        need=need,
        since_at_ms=row.since_at_ms,
        asked=row.rung,
        may_be_called=may_be_called,
    )
    yield e.DialogueEnded(cause=because(event), interaction=interaction, how="handed_over")


def _needed(state: State, row: Dialogue, step: HandOver, now_ms: int) -> e.Need:
    """What the step asks; who named no queue is for those whom a fault of ours leaves."""
    name = step.queue or state.service_of(row).safe_queue
    queue = state.configurations.now.queues.get(name)
    topic = row.meant or step.topic
    preferred, preferred_ms = preferred_agent(state, row, queue, topic, now_ms) if queue is not None else ("", 0)
    return e.Need(
        queue=name,
        skills=step.skills,
        priority=min(step.priority, SOONER.get(row.urgency, step.priority)),
        topic=topic,
        language=row.language,
        service=row.service,
        tenant=state.service_of(row).tenant,
        needs=step.needs,
        emergency=step.emergency or row.urgency == 1,
        sector=row.sector if step.sector == BY_COMMUNE else step.sector,
        preferred=preferred,
        preferred_ms=preferred_ms,
        by_commune=step.sector == BY_COMMUNE and "commune" not in row.taken,
    )


def safe_need(state: State, interaction: str, row: Dialogue, event: Event) -> e.NeedStated:
    """A person, at once: when we cannot keep what is said, or something of ours is broken."""
    service = state.service_of(row)
    need = e.Need(
        queue=service.safe_queue,
        skills=(),
        priority=1,
        topic="",
        language=row.language,
        service=service.name,
        tenant=service.tenant,
    )
    return e.NeedStated(cause=because(event), interaction=interaction, need=need, asked=row.rung)
