"""Free agents: a line for each profile by how long they are idle, and which of the lines' heads is asked first.

Derived from the agents' table.  Whoever stands first of all is asked first: with the smallest of
"idle since + what their versatility costs", then idle longest, then by name.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from acd.profiles import Profiles, bits
from core.needs import Distribution

NOBODY: Final = 1 << 62
"""Where a line without anybody stands: after all others."""

MOST_MS: Final = 1 << 42
"""What a step of versatility costs when it counts before any idle time: more than a century."""

Line = list[tuple[int, str]]


class Able:
    """The profiles who may take one kind of need (there is one), as a set and as numbers to look up at once."""

    __slots__ = ("numbers", "profiles")

    def __init__(self, profiles: int) -> None:
        self.profiles = profiles
        self.numbers: Any = np.fromiter(bits(profiles), np.intp)


class Idle:
    """`count` agents are free; `present` is the set of their profiles.

    Where people wait, whoever becomes free is given somebody in the same moment: they step into line (`line_up`) only
    when they are not, or when somebody looks at the lines.
    """

    __slots__ = (
        "_alike",
        "_costs",
        "_fresh",
        "_heads",
        "_keep",
        "_kept",
        "_lines",
        "_present",
        "_profiles",
        "_stands",
        "count",
    )

    def __init__(self, profiles: Profiles, rules: Distribution) -> None:
        self._profiles = profiles
        worth = 0
        if rules.agents == "least_versatile":
            worth = MOST_MS if rules.fairness_ms is None else rules.fairness_ms
        self._costs = [worth * versatility for versatility in profiles.versatility]
        self._keep = rules.keep_free
        self._kept: dict[str, int] = {}
        self._stands = array("q", [NOBODY] * len(profiles.like))
        self._heads: Any = np.frombuffer(self._stands, np.int64)
        self._alike: dict[int, int] = {}
        self._lines: list[Line] = [[] for _ in profiles.like]
        self._fresh: dict[str, int] = {}
        self._present = 0
        self.count = 0

    @property
    def lines(self) -> list[Line]:
        if self._fresh:
            self.line_up()
        return self._lines

    @property
    def present(self) -> int:
        if self._fresh:
            self.line_up()
        return self._present

    def add(self, agent: str, since_ms: int) -> None:
        """Somebody whom the configuration does not know is never asked."""
        number = self._profiles.of.get(agent)
        if number is None:
            return
        self._fresh[agent] = since_ms
        self.count += 1
        if self._keep:
            self._count_kept(number, 1)

    def line_up(self) -> None:
        for agent, since_ms in self._fresh.items():
            number = self._profiles.of[agent]
            line = self._lines[number]
            insort(line, (since_ms, agent))
            if line[0][1] == agent:
                self._lead(number, line)
        self._fresh.clear()

    def drop(self, agent: str, since_ms: int) -> None:
        number = self._profiles.of.get(agent)
        if number is None:
            return
        self.count -= 1
        if self._keep:
            self._count_kept(number, -1)
        if self._fresh and self._fresh.pop(agent, None) is not None:
            return
        line = self._lines[number]
        if line[0][1] == agent:
            del line[0]
            self._lead(number, line)
        else:
            del line[bisect_left(line, (since_ms, agent))]

    def _lead(self, number: int, line: Line) -> None:
        """The line has another head now, or none."""
        before, alike = self._stands[number], self._alike
        if before != NOBODY:
            if alike[before] == 1:
                del alike[before]
            else:
                alike[before] -= 1
        if line:
            stands = line[0][0] + self._costs[number]
            alike[stands] = alike.get(stands, 0) + 1
            if before == NOBODY:
                self._present |= 1 << number
        else:
            stands = NOBODY
            self._present &= ~(1 << number)
        self._stands[number] = stands

    def _count_kept(self, number: int, by: int) -> None:
        if self._profiles.generalists >> number & 1:
            for tenant in self._profiles.tenants[number] or ("",):
                self._kept[tenant] = self._kept.get(tenant, 0) + by

    def held(self, number: int) -> bool:
        """Whether agents of the profile are kept free now, for emergencies and whoever has waited too long."""
        if not self._keep or not self._profiles.generalists >> number & 1:
            return False
        return any(self._kept.get(tenant, 0) <= self._keep for tenant in self._profiles.tenants[number] or ("",))

    def first(self, able: Able, *, all_of_them: bool) -> int | None:
        """The profile whose longest idle agent is asked; those who are held count if it is for `all_of_them`."""
        if self._fresh:
            self.line_up()
        if self._keep and not all_of_them:
            fitting = bits(self._present & able.profiles)
            return self._least(number for number in fitting if not self.held(number))
        numbers = able.numbers
        found: int = numbers.item(self._heads.take(numbers).argmin())
        stands = self._stands[found]
        if stands == NOBODY:
            return None
        if self._alike[stands] > 1:
            alike = bits(self._present & able.profiles)
            return self._least(number for number in alike if self._stands[number] == stands)
        return found

    def _least(self, numbers: Iterator[int]) -> int | None:
        return min(numbers, key=lambda number: (self._stands[number], self.lines[number][0]), default=None)

    def in_turn(self, able: Able, *, all_of_them: bool) -> list[tuple[int, str]]:
        """(profile, agent) of everybody who may be asked, in the order in which they would be."""
        everybody = [
            (since_ms + self._costs[number], since_ms, agent, number)
            for number in bits(self.present & able.profiles)
            if all_of_them or not self.held(number)
            for since_ms, agent in self.lines[number]
        ]
        everybody.sort()
        return [(number, agent) for _, _, agent, number in everybody]

    def kinds(self, able: Able, most: int, *, all_of_them: bool) -> tuple[int, list[tuple[int, int]]]:
        """How many may be asked, and (profile, how many) of those whose first comes first, `most` of them."""
        numbers = [number for number in bits(self.present & able.profiles) if all_of_them or not self.held(number)]
        total = sum(len(self.lines[number]) for number in numbers)
        if len(numbers) > 1:
            numbers.sort(key=lambda number: (self._stands[number], self.lines[number][0]))
        return total, [(number, len(self.lines[number])) for number in numbers[:most]]

    def second(self, kinds: list[tuple[int, int]]) -> tuple[int, str] | None:
        """Who would be asked if the first of the first kind were not there: (profile, agent)."""
        heads = [(self._stands[number], *self.lines[number][0], number) for number, _ in kinds[1:2]]
        if kinds and kinds[0][1] > 1:
            number = kinds[0][0]
            since_ms, agent = self.lines[number][1]
            heads.append((since_ms + self._costs[number], since_ms, agent, number))
        if not heads:
            return None
        _, _, agent, number = min(heads)
        return number, agent
