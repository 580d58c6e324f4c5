"""Who is free, the longest idle first, by what they can take: looked at for each caller, on a platform of thousands.

Agents who serve the same queues for the same organisations with the same skills form a team: who may take a contact
is asked once for each team, however many are free in it.  Derived from the agents' table, whose every change it
watches, and from the configuration, which says who can what: when another one holds, the teams are formed anew.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from acd.agent import AgentRow
from core.centre import Agent, Centre
from core.mind import Configurations
from core.table import Table

Idle = tuple[int, str]
"""(since when idle, name): the order in which agents are chosen."""

_Abilities = tuple[tuple[str, ...], tuple[str, ...], frozenset[tuple[str, int]]]


class Team:
    """The `free` agents of equal abilities, in order; `like` is one of them, who stands for all."""

    __slots__ = ("free", "like")

    def __init__(self, like: Agent) -> None:
        self.like = like
        self.free: list[Idle] = []

    def copy(self) -> Team:
        copied = Team(self.like)
        copied.free = list(self.free)
        return copied


class Free:
    """`rows` is set once the table is there, whose `watch` this has."""

    __slots__ = ("_busy", "_centre", "_configurations", "_team_of", "_teams", "rows")

    def __init__(self, configurations: Configurations) -> None:
        self.rows: Table[str, AgentRow]
        self._configurations = configurations
        self._centre: Centre | None = None
        self._teams: list[Team] = []
        self._team_of: dict[str, Team] = {}
        self._busy: dict[str, list[str]] = {}

    def watch(self, name: str, old: AgentRow | None, new: AgentRow | None) -> None:
        self._watch_busy(name, old, new)
        if self._centre is not self._configurations.now:
            self._centre = None
            return
        team = self._team_of.get(name)
        if team is None:
            return
        if old is not None and old.state == "available":
            del team.free[bisect_left(team.free, (old.idle_since_ms, name))]
        if new is not None and new.state == "available":
            insort(team.free, (new.idle_since_ms, name))

    def _watch_busy(self, name: str, old: AgentRow | None, new: AgentRow | None) -> None:
        before = old.interaction if old is not None else None
        after = new.interaction if new is not None else None
        if before == after:
            return
        if before is not None:
            self._busy[before].remove(name)
            if not self._busy[before]:
                del self._busy[before]
        if after is not None:
            insort(self._busy.setdefault(after, []), name)

    def busy_with(self, interaction: str) -> list[str]:
        """The agents whose row names the interaction, by name."""
        return list(self._busy.get(interaction, ()))

    def teams(self) -> list[Team]:
        """Every team in which somebody is free; not to be changed."""
        if self._centre is not self._configurations.now:
            self._form()
        return [team for team in self._teams if team.free]

    def _form(self) -> None:
        """The teams of the configuration in force, with whoever is free of them."""
        self._centre = self._configurations.now
        teams: dict[_Abilities, Team] = {}
        self._team_of = {}
        for name, agent in self._centre.agents.items():
            abilities = (agent.queues, agent.tenants, frozenset(agent.skills.items()))
            self._team_of[name] = teams.setdefault(abilities, Team(agent))
        self._teams = list(teams.values())
        for name, row in self.rows.items():
            if row.state == "available" and name in self._team_of:
                self._team_of[name].free.append((row.idle_since_ms, name))
        for team in self._teams:
            team.free.sort()
