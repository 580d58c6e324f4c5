"""Waiting interactions: the row, and the order in which they are served.

Order is (priority, arrival, id): a missed offer, a refusal or a broken telephone costs nobody the place.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, KeysView
from typing import Final

import msgspec

from core.centre import Agent, Queue, Skill
from core.deadlines import earliest
from core.events import Need
from core.ids import InteractionId, LegId, OfferId

ANNOUNCE_FIRST_MS: Final = 2_000
"""How long somebody waits before the first word about it: most are offered to an agent sooner."""

Place = tuple[int, int, str]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """An interaction that waits, or is offered.  `offers` counts offers made; `leg`, `agent`, `rang` and `answered`
    are the open offer's."""

    need: Need
    skills: tuple[Skill, ...]
    arrived_at_ms: int
    offers: int = 0
    offer: OfferId | None = None
    agent: str = ""
    leg: LegId = ""
    rang: bool = False
    answered: bool = False
    expires_at_ms: int | None = None
    announce_at_ms: int | None = None

    @property
    def deadline_ms(self) -> int | None:
        return earliest(self.expires_at_ms, self.announce_at_ms if self.offer is None else None)


def place(interaction: InteractionId, contact: Contact) -> Place:
    return contact.need.priority, contact.arrived_at_ms, interaction


def skills_of(queue: Queue, need: Need) -> tuple[Skill, ...]:
    """What the queue asks of its agents together with what this interaction needs, the higher level of each."""
    levels: dict[str, int] = {}
    for skill in (*queue.skills, *need.skills):
        levels[skill.name] = max(skill.level, levels.get(skill.name, 0))
    return tuple(Skill(name=name, level=level) for name, level in levels.items())


def can_take(agent: Agent, contact: Contact) -> bool:
    """Whether the agent works in the contact's queue, for its tenant, and knows enough."""
    return (
        contact.need.queue in agent.queues
        and within_walls(agent, contact.need)
        and all(agent.skills.get(skill.name, 0) >= skill.level for skill in contact.skills)
    )


def within_walls(agent: Agent, need: Need) -> bool:
    """Whether the agent answers for the organisation that was called: an agent of 78 never gets a call of 92."""
    return not need.tenant or need.tenant in agent.tenants


class Waiting:
    """Per queue, the places of those who wait without an offer, first to be served first.

    Derived from the contacts' table: it watches every change of it.
    """

    __slots__ = ("_queues",)

    def __init__(self) -> None:
        self._queues: dict[str, list[Place]] = {}

    def watch(self, key: InteractionId, old: Contact | None, new: Contact | None) -> None:
        if old is not None and old.offer is None:
            line = self._queues[old.need.queue]
            del line[bisect_left(line, place(key, old))]
        if new is not None and new.offer is None:
            insort(self._queues.setdefault(new.need.queue, []), place(key, new))

    def length(self, queue: str) -> int:
        return len(self._queues.get(queue, ()))

    def position(self, interaction: InteractionId, contact: Contact) -> int:
        """1 for the next to be served."""
        return bisect_left(self._queues.get(contact.need.queue, []), place(interaction, contact)) + 1

    def names(self) -> KeysView[str]:
        """The queues where somebody waits or has waited."""
        return self._queues.keys()

    def line(self, queue: str) -> Iterator[Place]:
        return iter(self._queues.get(queue, ()))
