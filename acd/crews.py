"""Who is at work for a queue, as one organisation has it, and who of them is busy with its calls.

Derived from the agents' table, under one configuration.  Whoever could serve the queue at any step of its relaxation
counts: how much of them the queue really has is learnt (acd/wait.py).
"""

from __future__ import annotations

from typing import Final

from acd.agent import BREATH, AgentRow
from acd.need import stages
from acd.profiles import Profiles, bits
from acd.queue import queue_key
from core.centre import Centre, Queue
from core.events import Need

_AWAY: Final = ("logged_out", "paused")
"""States in which somebody may not be at work."""


class Crew:
    """The profiles who are `able`; of these so many are at work (`staffed`).  `busy` ones are with its calls."""

    __slots__ = ("able", "busy", "staffed")

    def __init__(self, able: int) -> None:
        self.able = able
        self.staffed = 0
        self.busy = 0


class Crews:
    """A crew is worked out when it is first asked for, and counted from then on.  `present` are the profiles of whoever
    is at work."""

    __slots__ = ("_at_work", "_busy", "_by_key", "_centre", "_of_profile", "_profiles", "present")

    def __init__(self, centre: Centre, profiles: Profiles) -> None:
        self._centre = centre
        self._profiles = profiles
        self._by_key: dict[str, Crew] = {}
        self._at_work = [0] * len(profiles.like)
        self._of_profile: list[list[Crew]] = [[] for _ in profiles.like]
        self._busy: dict[str, int] = {}
        self.present = 0

    def of(self, queue: Queue, tenant: str) -> Crew:
        key = queue_key(queue.name, tenant)
        found = self._by_key.get(key)
        if found is None:
            found = self._by_key[key] = self._new(key, queue, tenant)
        return found

    def _new(self, key: str, queue: Queue, tenant: str) -> Crew:
        need = Need(queue=queue.name, skills=(), priority=0, topic="", language="", tenant=tenant)
        able = 0
        for stage in stages(self._centre.tenants, queue, need):
            able |= self._profiles.able(stage.demand)
        crew = Crew(able)
        for profile in bits(able):
            self._of_profile[profile].append(crew)
            crew.staffed += self._at_work[profile]
        crew.busy = self._busy.get(key, 0)
        return crew

    def watch(self, name: str, old: AgentRow | None, new: AgentRow | None) -> None:
        """The watch of the agents' table."""
        if old is None or new is None or old.state in _AWAY or new.state in _AWAY:
            self._count_at_work(name, old, new)
        was, serves = old.serves if old is not None else "", new.serves if new is not None else ""
        if was != serves:
            self._count(was, -1)
            self._count(serves, 1)

    def _count_at_work(self, name: str, old: AgentRow | None, new: AgentRow | None) -> None:
        before, after = old is not None and at_work(old), new is not None and at_work(new)
        if before != after and (profile := self._profiles.of.get(name)) is not None:
            more = 1 if after else -1
            self._at_work[profile] += more
            bit = 1 << profile
            self.present = self.present | bit if self._at_work[profile] else self.present & ~bit
            for crew in self._of_profile[profile]:
                crew.staffed += more

    def _count(self, key: str, more: int) -> None:
        if key:
            self._busy[key] = self._busy.get(key, 0) + more
            if (crew := self._by_key.get(key)) is not None:
                crew.busy = self._busy[key]


def at_work(row: AgentRow) -> bool:
    """Whether they will be free in a while, or are: a pause may last, a breath does not."""
    return row.state not in _AWAY or (row.state == "paused" and row.reason == BREATH)
