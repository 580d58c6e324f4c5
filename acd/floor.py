"""What matching looks at: the free agents and those who wait, under one configuration.

Derived from the tables, and kept by their watchers; another configuration makes another floor, filled from the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from acd.agent import AgentRow
from acd.crews import Crews
from acd.idle import Idle
from acd.profiles import Profiles
from acd.queue import Contact
from acd.waiting import Waiting
from core.centre import Centre, Queue
from core.ids import InteractionId


class Floor:
    """`centre` is the configuration that it stands for; `queue_of` gives the heir of a queue that is no more."""

    __slots__ = ("centre", "crews", "idle", "profiles", "waiting")

    def __init__(self, centre: Centre, queue_of: Callable[[str], Queue]) -> None:
        self.centre = centre
        self.profiles = Profiles(centre)
        self.crews = Crews(centre, self.profiles)
        self.idle = Idle(self.profiles, centre.distribution)
        self.waiting = Waiting(centre, self.profiles, queue_of)

    def fill(self, agents: Iterable[tuple[str, AgentRow]], contacts: Iterable[tuple[InteractionId, Contact]]) -> None:
        """Everybody who is there."""
        for name, row in agents:
            self.agent(name, None, row)
        for key, contact in contacts:
            self.waiting.watch(key, None, contact)

    def agent(self, name: str, old: AgentRow | None, new: AgentRow | None) -> None:
        """The watch of the agents' table."""
        self.crews.watch(name, old, new)
        before = old.idle_since_ms if old is not None and old.state == "available" else None
        now = new.idle_since_ms if new is not None and new.state == "available" else None
        if before == now:
            return
        if before is not None:
            self.idle.drop(name, before)
        if now is not None:
            self.idle.add(name, now)
