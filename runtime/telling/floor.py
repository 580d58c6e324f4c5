"""Who waits, who works and which queues are open, read from the kernel on its own loop, for whoever has the machine."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from acd.explained import wait_of
from acd.queue import queue_key
from acd.state import State
from core import events as e
from core.ids import InteractionId
from runtime.kernel import Kernel

Show = Literal["contacts", "agents", "queues"]


class OneWaiting(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody who waits, the `place`-th of `queue`; `agent`: whose telephone rings, or whom they wait for."""

    interaction: InteractionId
    queue: str
    place: int
    waited_ms: int
    topic: str
    priority: int
    emergency: bool
    tenant: str
    agent: str


LEAVES: Final = "retiré de la configuration"


class OneAgent(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An agent's state since `for_ms`; `asked` is what comes after the conversation."""

    agent: str
    state: str
    reason: str
    for_ms: int
    asked: str


class OneQueue(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A queue, and for which organisations it takes nobody new, until when, by whom."""

    queue: str
    title: str
    waiting: int
    oldest_ms: int
    shut: tuple[tuple[str, int, str], ...]


def on_the_floor(kernel: Kernel, show: Show, now_ms: int) -> tuple[OneWaiting | OneAgent | OneQueue, ...]:
    state: State = kernel.mind("acd")
    if show == "contacts":
        return tuple(sorted(_waiting(state, now_ms), key=lambda one: (one.queue, one.place)))
    if show == "agents":
        # Whoever a reload took away finishes what they are at: until then they are here.
        centre = state.configurations.now
        leaving = sorted(name for name in state.agents if name not in centre.agents)
        busy = [name for name in leaving if state.agents[name].state != "logged_out"]
        return tuple(_agent(state, name, now_ms) for name in (*centre.agents, *busy))
    return tuple(_queue(state, name, now_ms) for name in state.configurations.now.queues)


def why_waiting(kernel: Kernel, interaction: InteractionId, now_ms: int) -> e.Wait | None:
    """Why somebody still waits; None if they do not."""
    state: State = kernel.mind("acd")
    contact = state.contacts.get(interaction)
    return None if contact is None or contact.answered else wait_of(state, interaction, contact, now_ms)


def _waiting(state: State, now_ms: int) -> list[OneWaiting]:
    return [
        OneWaiting(
            interaction=interaction,
            queue=contact.need.queue,
            place=state.waiting.position(interaction, contact, now_ms),
            waited_ms=max(0, now_ms - contact.arrived_at_ms),
            topic=contact.need.topic,
            priority=contact.need.priority,
            emergency=contact.need.emergency,
            tenant=contact.need.tenant,
            agent=contact.agent or (contact.need.preferred if contact.given else ""),
        )
        for interaction, contact in state.contacts.items()
        if not contact.answered
    ]


def _agent(state: State, name: str, now_ms: int) -> OneAgent:
    row = state.agent(name, now_ms)
    asked = row.asked or ("" if name in state.configurations.now.agents else LEAVES)
    return OneAgent(agent=name, state=row.state, reason=row.reason, for_ms=max(0, now_ms - row.since_ms), asked=asked)


def _queue(state: State, name: str, now_ms: int) -> OneQueue:
    since = [contact.arrived_at_ms for contact in state.contacts.values() if contact.need.queue == name]
    tenants = state.configurations.now.organisations
    shut = [(tenant, row) for tenant in tenants if (row := state.shut.get(queue_key(name, tenant))) is not None]
    return OneQueue(
        queue=name,
        title=state.configurations.now.queues[name].title,
        waiting=len(since),
        oldest_ms=max(0, now_ms - min(since)) if since else 0,
        shut=tuple((tenant, row.until_at_ms, row.by) for tenant, row in shut),
    )
