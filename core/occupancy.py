"""How much of the time at work was work, for teams: those of one queue, by the organisations they answer for.

    occupancy = on an interaction ÷ (on an interaction + available)

To talk, to write the notes and to do a task is to be on an interaction; while a telephone rings, in a pause or logged
out somebody is neither.  Time is added up for teams and for nobody alone: who serves several queues counts in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from core import events as e
from core.centre import Agent

Team = tuple[str, tuple[str, ...]]
"""A queue, and the organisations that its agents answer for."""

DOING: Final[Mapping[str, Literal["busy_ms", "free_ms"]]] = {
    "on_interaction": "busy_ms",
    "wrap_up": "busy_ms",
    "on_task": "busy_ms",
    "available": "free_ms",
}

LEAST: Final = 3
"""Of fewer people the figure would be one of somebody: it is not told."""


class Spent(msgspec.Struct, kw_only=True):
    """What a team's time went into."""

    busy_ms: int = 0
    free_ms: int = 0

    def add(self, other: Spent) -> None:
        self.busy_ms += other.busy_ms
        self.free_ms += other.free_ms

    @property
    def occupancy(self) -> float | None:
        """None before anybody was at work."""
        at_work_ms = self.busy_ms + self.free_ms
        return self.busy_ms / at_work_ms if at_work_ms else None


class Occupancy:
    """`take` every fact, in order."""

    def __init__(self) -> None:
        self.spent: dict[Team, Spent] = {}
        self._now: dict[str, tuple[str, int, tuple[Team, ...]]] = {}
        self._since_ms = 0

    def take(self, fact: object, now_ms: int, agents: Mapping[str, Agent]) -> None:
        if isinstance(fact, e.AgentStateChanged):
            self.becomes(fact.agent, fact.state, now_ms, agents)
        elif isinstance(fact, e.AgentChosen | e.WorkOffered):
            self.becomes(fact.agent, "offered", now_ms, agents)

    def becomes(self, name: str, state: str, now_ms: int, agents: Mapping[str, Agent]) -> None:
        """The agent is in `state` from now; of what was before the day only the state counts."""
        now_ms = max(now_ms, self._since_ms)
        before = self._now.pop(name, None)
        if before is not None:
            self._add(self.spent, *before, now_ms)
        agent, doing = agents.get(name), DOING.get(state)
        if agent is not None and doing is not None:
            self._now[name] = doing, now_ms, tuple((queue, agent.tenants) for queue in agent.queues)

    def until(self, now_ms: int) -> dict[Team, Spent]:
        """All of it, with what goes on still."""
        spent = {team: msgspec.structs.replace(one) for team, one in self.spent.items()}
        for doing in self._now.values():
            self._add(spent, *doing, now_ms)
        return spent

    def anew(self, now_ms: int) -> None:
        """Another day begins."""
        self.spent, self._since_ms = {}, now_ms
        self._now = {name: (doing, now_ms, teams) for name, (doing, _, teams) in self._now.items()}

    def add(self, spent: Mapping[Team, Spent]) -> None:
        for team, one in spent.items():
            self.spent.setdefault(team, Spent()).add(one)

    @staticmethod
    def _add(spent: dict[Team, Spent], doing: str, since_ms: int, teams: tuple[Team, ...], now_ms: int) -> None:
        for team in teams:
            one = spent.setdefault(team, Spent())
            setattr(one, doing, getattr(one, doing) + max(0, now_ms - since_ms))
