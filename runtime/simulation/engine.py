"""The day played by the real engine: the kernel itself decides, on a clock that jumps from event to event.

What telephones and people do is played: an agent's telephone is lifted after a moment, people talk, people give up.
Dialogue, sound and Asterisk are left out, for they take no part in who serves whom.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from acd.agent import wrap_up_ms
from core import events as e
from core import ids
from core.centre import Centre
from core.events.base import Event
from core.mind import Configurations
from runtime.kernel import Kernel
from runtime.simulation.arrivals import Caller

CAUSE: Final = "simulation"
# The first caller of a simulated day; any Monday does.
BEGINS_MS: Final = 1_791_781_200_000
# How long an agent's hand takes to the receiver, at least and at most.
LIFTED_MS: Final = (1_000, 3_000)


class Served(NamedTuple):
    """What became of a caller: answered by `agent` after `wait_ms`, or gone after it (`agent` empty)."""

    caller: Caller
    wait_ms: int
    agent: str


class Day(NamedTuple):
    """All callers of one day, and how long agents were busy with them and, from the first caller on, on line."""

    served: list[Served]
    busy_ms: int
    on_line_ms: int


Progress = Callable[[int], None]


def lifted_ms(caller: Caller) -> int:
    """The same caller's telephone is lifted as fast under every rule."""
    return random.Random(caller.at_ms ^ caller.talk_ms).randint(*LIFTED_MS)


class Engine:
    """One day with every agent of the configuration on line."""

    def __init__(self, centre: Centre, callers: Sequence[Caller], progress: Progress) -> None:
        self._centre = centre
        self._callers = callers
        self._progress = progress
        self._kernel = Kernel(Configurations(centre))
        self._agenda: list[tuple[int, int, Event | None, int]] = []
        self._count = itertools.count()
        self._of: dict[str, int] = {}
        self._waiting: set[str] = set()
        self._talking: dict[str, tuple[str, int]] = {}
        self._served: list[Served] = []
        self._busy_ms = 0

    def run(self) -> Day:
        for agent in self._centre.agents.values():
            if agent.queues:
                self._receive(e.AgentAsked(cause=CAUSE, agent=agent.name, wish="log_in", reason=""), BEGINS_MS)
        for number, caller in enumerate(self._callers):
            self._at(BEGINS_MS + caller.at_ms, None, number)
        while self._agenda:
            due_ms = self._kernel.next_deadline_ms()
            if due_ms is not None and due_ms <= self._agenda[0][0]:
                for step in self._kernel.reach(due_ms):
                    self._follow(step, due_ms)
            else:
                at_ms, _, event, number = heapq.heappop(self._agenda)
                self._happens(event, number, at_ms)
        ends_ms = max((BEGINS_MS + one.caller.at_ms + one.wait_ms for one in self._served), default=BEGINS_MS)
        staffed = sum(1 for agent in self._centre.agents.values() if agent.queues)
        first_ms = BEGINS_MS + min((caller.at_ms for caller in self._callers), default=0)
        return Day(self._served, self._busy_ms, staffed * max(0, ends_ms - first_ms))

    def _at(self, at_ms: int, event: Event | None, number: int) -> None:
        heapq.heappush(self._agenda, (at_ms, next(self._count), event, number))

    def _happens(self, event: Event | None, number: int, now_ms: int) -> None:
        caller = self._callers[number]
        if event is None:
            interaction = ids.mint(now_ms, number.to_bytes(10, "big"))
            self._of[interaction] = number
            self._waiting.add(interaction)
            self._receive(e.NeedStated(cause=CAUSE, interaction=interaction, need=caller.need), now_ms)
            gone = e.InteractionEnded(cause=CAUSE, interaction=interaction, outcome="abandoned", reason="hung_up")
            self._at(now_ms + caller.patience_ms, gone, number)
            self._progress(1)
        elif isinstance(event, e.InteractionEnded) and event.outcome == "abandoned":
            if event.interaction in self._waiting:
                self._waiting.discard(event.interaction)
                self._served.append(Served(caller, caller.patience_ms, ""))
                self._receive(event, now_ms)
        elif isinstance(event, e.LegAnswered):
            self._lifted(event, caller, number, now_ms)
        else:
            self._receive(event, now_ms)

    def _lifted(self, event: e.LegAnswered, caller: Caller, number: int, now_ms: int) -> None:
        if event.interaction not in self._waiting:
            return
        self._waiting.discard(event.interaction)
        agent = self._talking[event.interaction][0]
        self._receive(event, now_ms)
        self._receive(e.CallConnected(cause=CAUSE, interaction=event.interaction, agent=agent, leg=event.leg), now_ms)
        self._served.append(Served(caller, now_ms - BEGINS_MS - caller.at_ms, agent))
        over_ms = now_ms + caller.talk_ms
        self._busy_ms += caller.talk_ms + wrap_up_ms(
            self._centre.agents[agent], self._centre.queues.get(caller.need.queue)
        )
        self._at(
            over_ms,
            e.ConversationEnded(cause=CAUSE, interaction=event.interaction, agent=agent, by="caller"),
            number,
        )
        ended = e.InteractionEnded(cause=CAUSE, interaction=event.interaction, outcome="answered", reason="hung_up")
        self._at(over_ms, ended, number)

    def _receive(self, event: Event, now_ms: int) -> None:
        self._follow(self._kernel.receive(event, now_ms), now_ms)

    def _follow(self, step: Any, now_ms: int) -> None:
        """Telephones ring as the engine decides."""
        for fact in step.facts:
            if isinstance(fact, e.AgentChosen):
                self._talking[fact.interaction] = (fact.agent, now_ms)
                number = self._of[fact.interaction]
                rings = e.LegRinging(cause=CAUSE, interaction=fact.interaction, leg=fact.leg, channel="")
                up = e.LegAnswered(cause=CAUSE, interaction=fact.interaction, leg=fact.leg, channel="")
                self._at(now_ms, rings, number)
                self._at(now_ms + lifted_ms(self._callers[number]), up, number)
        if isinstance(step.input, e.Broken):
            raise AssertionError(f"{step.input.mind} broke on {step.input.fact}: {step.input.error}")
