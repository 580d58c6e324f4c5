"""Agents who are alike are one profile: who may take what is worked out once for all of them.

A set of profiles is an integer with a bit each.  Every fence and every level of a skill has its set; what a demand asks
is the same expression over sets, so that a new kind of demand costs microseconds, whatever the number of agents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from acd.need import Demand, stages
from core.centre import Agent, Centre
from core.events import Need
from core.needs import All, AnyOf, Has, Not, Requirement

LEVELS: Final = 5


class Profile(NamedTuple):
    """What agents are told apart by."""

    skills: tuple[tuple[str, int], ...]
    queues: tuple[str, ...]
    tenants: tuple[str, ...]
    languages: tuple[str, ...]
    sectors: tuple[str, ...]
    channels: tuple[str, ...]


def _profile(agent: Agent) -> Profile:
    return Profile(
        tuple(sorted(agent.skills.items())),
        tuple(sorted(agent.queues)),
        tuple(sorted(agent.tenants)),
        tuple(sorted(agent.languages)),
        tuple(sorted(agent.sectors)),
        tuple(sorted(agent.channels)),
    )


class Profiles:
    """Those of one configuration: `of` each agent, `like` which agent each is, and their `versatility`.

    `generalists` are those who could serve more than half of the queues of their organisations.
    """

    __slots__ = ("_by", "_levels", "everybody", "generalists", "like", "of", "tenants", "versatility")

    def __init__(self, centre: Centre) -> None:
        self.of: dict[str, int] = {}
        known: dict[Profile, int] = {}
        for agent in centre.agents.values():
            self.of[agent.name] = known.setdefault(_profile(agent), len(known))
        self.like: list[str] = []
        for name, number in self.of.items():
            if number == len(self.like):
                self.like.append(name)
        self.everybody = (1 << len(known)) - 1
        self.tenants = [profile.tenants for profile in known]
        self._by: dict[tuple[str, str], int] = {}
        self._levels: dict[str, list[int]] = {}
        for number, profile in enumerate(known):
            self._enter(profile, 1 << number)
        self.versatility = [0] * len(known)
        self.generalists = 0
        self._look_at_queues(centre)

    def _enter(self, profile: Profile, bit: int) -> None:
        for field in ("queues", "tenants", "languages", "sectors", "channels"):
            named: tuple[str, ...] = getattr(profile, field)
            # Who names no language, sector or channel is asked for all: they are counted under the empty name.
            for name in named or ("",):
                self._by[field, name] = self._by.get((field, name), 0) | bit
        for skill, level in profile.skills:
            levels = self._levels.setdefault(skill, [0] * (LEVELS + 1))
            for at in range(1, min(level, LEVELS) + 1):
                levels[at] |= bit

    def _look_at_queues(self, centre: Centre) -> None:
        """In how many queues each could serve, over the organisations that they answer for."""
        tenants = tuple(centre.tenants) or ("",)
        for tenant in tenants:
            for queue in centre.queues.values():
                need = Need(queue=queue.name, skills=(), priority=0, topic="", language="", tenant=tenant)
                for number in bits(self.able(stages(centre.tenants, queue, need)[0].demand._replace(channel=""))):
                    self.versatility[number] += 1
        for number, versatility in enumerate(self.versatility):
            theirs = sum(tenant in self.tenants[number] for tenant in tenants) if centre.tenants else 1
            if 2 * versatility > theirs * len(centre.queues):
                self.generalists |= 1 << number

    def able(self, demand: Demand) -> int:
        """The set of profiles who may take what is asked."""
        found = self._any("queues", demand.queues) & self._knowing(demand.needs)
        if demand.tenants:
            found &= self._any("tenants", demand.tenants)
        for field, name in (("languages", demand.language), ("sectors", demand.sector), ("channels", demand.channel)):
            if name:
                found &= self._any(field, (name, ""))
        return found

    def _any(self, field: str, names: tuple[str, ...]) -> int:
        found = 0
        for name in names:
            found |= self._by.get((field, name), 0)
        return found

    def _knowing(self, needs: Requirement) -> int:
        match needs:
            case Has():
                levels = self._levels.get(needs.skill)
                if needs.level < 1:
                    return self.everybody
                return levels[needs.level] if levels is not None and needs.level <= LEVELS else 0
            case All():
                found = self.everybody
                for one in needs.of:
                    found &= self._knowing(one)
                return found
            case AnyOf():
                found = 0
                for one in needs.of:
                    found |= self._knowing(one)
                return found
            case Not():
                return self.everybody & ~self._knowing(needs.of)


def bits(numbers: int) -> Iterator[int]:
    """The numbers in a set, lowest first."""
    while numbers:
        low = numbers & -numbers
        yield low.bit_length() - 1
        numbers ^= low
