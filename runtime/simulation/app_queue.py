"""The baseline: the rule of Asterisk's own app_queue, as its source has it.

Every waiting caller looks once a second whether it is their turn: with n agents free for the queue, the first n may
ring one (`autofill`), the longest idle.  So a freed agent is rung after half a second on average, queues are served in
the order in which their callers happen to look, and no caller of one queue knows of another.  Skills are membership of
the queue, as there is nothing else: an agent without the levels that a caller needs is no member.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from typing import Any, Final

from acd.agent import wrap_up_ms
from acd.need import meets, stages
from core.centre import Centre
from core.events import Need
from runtime.simulation.arrivals import Caller
from runtime.simulation.engine import Day, Progress, Served, lifted_ms

POLL_MS: Final = 1_000


class _Waiting:
    __slots__ = ("caller", "gone", "members", "ringing")

    def __init__(self, caller: Caller, members: frozenset[str]) -> None:
        self.caller = caller
        self.members = members
        self.ringing = ""
        self.gone = False


class AppQueue:
    """One day with every agent of the configuration on line."""

    def __init__(self, centre: Centre, callers: Sequence[Caller], progress: Progress) -> None:
        self._queues = centre.queues
        self._agents = {agent.name: agent for agent in centre.agents.values() if agent.queues}
        self._centre = centre
        self._callers = callers
        self._progress = progress
        self._members: dict[Any, frozenset[str]] = {}
        self._idle = dict.fromkeys(self._agents, 0)  # since when; the longest idle first
        self._lines: dict[str, list[_Waiting]] = {}
        self._agenda: list[tuple[int, int, str, Any]] = []
        self._count = itertools.count()
        self._served: list[Served] = []
        self._busy_ms = 0

    def run(self) -> Day:
        for caller in self._callers:
            self._at(caller.at_ms, "arrives", caller)
        while self._agenda:
            now_ms, _, what, who = heapq.heappop(self._agenda)
            getattr(self, f"_{what}")(who, now_ms)
        ends_ms = max((one.caller.at_ms + one.wait_ms for one in self._served), default=0)
        first_ms = min((caller.at_ms for caller in self._callers), default=0)
        return Day(self._served, self._busy_ms, len(self._agents) * max(0, ends_ms - first_ms))

    def _at(self, at_ms: int, what: str, who: Any) -> None:
        heapq.heappush(self._agenda, (at_ms, next(self._count), what, who))

    def _arrives(self, caller: Caller, now_ms: int) -> None:
        one = _Waiting(caller, self._members_of(caller.need))
        self._lines.setdefault(caller.need.queue, []).append(one)
        self._at(now_ms, "polls", one)
        self._at(now_ms + caller.patience_ms, "gives_up", one)
        self._progress(1)

    def _members_of(self, need: Need) -> frozenset[str]:
        key = (need.queue, need.skills, need.needs, need.tenant)
        if key not in self._members:
            demand = stages(self._centre.tenants, self._centre.queues[need.queue], need)[0].demand
            self._members[key] = frozenset(name for name, agent in self._agents.items() if meets(agent, demand))
        return self._members[key]

    def _polls(self, one: _Waiting, now_ms: int) -> None:
        if one.gone or one.ringing:
            return
        free = [name for name in self._idle if name in one.members]
        line = self._lines[one.caller.need.queue]
        before = sum(1 for other in line[: line.index(one)] if not other.ringing)
        if before < len(free):
            one.ringing = min(free, key=lambda name: (self._idle[name], name))
            del self._idle[one.ringing]
            self._at(now_ms + lifted_ms(one.caller), "lifts", one)
        else:
            self._at(now_ms + POLL_MS, "polls", one)

    def _lifts(self, one: _Waiting, now_ms: int) -> None:
        if one.gone:
            return
        one.gone = True
        self._lines[one.caller.need.queue].remove(one)
        self._served.append(Served(one.caller, now_ms - one.caller.at_ms, one.ringing))
        busy_ms = one.caller.talk_ms + wrap_up_ms(self._agents[one.ringing], self._queues.get(one.caller.need.queue))
        self._busy_ms += busy_ms
        self._at(now_ms + busy_ms, "frees", one.ringing)

    def _frees(self, agent: str, now_ms: int) -> None:
        self._idle[agent] = now_ms

    def _gives_up(self, one: _Waiting, now_ms: int) -> None:
        if not one.gone:
            one.gone = True
            if one.ringing:
                self._idle[one.ringing] = now_ms
            self._lines[one.caller.need.queue].remove(one)
            self._served.append(Served(one.caller, one.caller.patience_ms, ""))
