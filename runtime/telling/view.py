"""The live picture of the centre, folded from the bus: who waits, who talks, agents, and the figures.

It never looks into the kernel: what it knows, any process that hears the steps could know.
"""

from __future__ import annotations

import math

import msgspec

from core import events as e
from core.centre import Centre
from core.step import Step


class Line(msgspec.Struct, kw_only=True):
    """One interaction that is here; times in Unix milliseconds."""

    interaction: str
    state: str
    since_ms: int
    arrived_at_ms: int
    queued_at_ms: int | None = None
    queue: str = ""
    agent: str = ""


class AgentLine(msgspec.Struct, kw_only=True):
    """One agent as the wallboard shows them."""

    state: str = "logged_out"
    reason: str = ""
    since_ms: int = 0


class View:
    """`fold` every step, in order; then read."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.lines: dict[str, Line] = {}
        self.agents: dict[str, AgentLine] = {name: AgentLine() for name in centre.agents}
        self.arrived = 0
        self.offered = 0
        self.connected = 0
        self.ended: dict[str, int] = {}
        self.answer_ms: list[int] = []

    def fold(self, step: Step) -> None:
        for fact in (step.input, *step.facts):
            self._fact(fact, step.now_ms)

    def _fact(self, fact: object, now_ms: int) -> None:
        if isinstance(fact, e.CallArrived):
            if fact.interaction not in self.lines:
                self.arrived += 1
                self.lines[fact.interaction] = Line(
                    interaction=fact.interaction, state="arrived", since_ms=now_ms, arrived_at_ms=now_ms
                )
        elif isinstance(fact, e.AgentStateChanged):
            self.agents[fact.agent] = AgentLine(state=fact.state, reason=fact.reason, since_ms=now_ms)
        elif isinstance(fact, e.WorkOffered):
            self.agents[fact.agent] = AgentLine(state="offered", since_ms=now_ms)
        elif isinstance(fact, e.AgentChosen):
            self.agents[fact.agent] = AgentLine(state="offered", since_ms=now_ms)
            self._line(fact.interaction, "offered", now_ms, agent=fact.agent)
        elif isinstance(fact, e.DialogueStarted | e.WaitLeft):
            self._line(fact.interaction, "guided", now_ms)
        elif isinstance(fact, e.InteractionQueued):
            self._queued(fact, now_ms)
        elif isinstance(fact, e.ContactMoved):
            self._line(fact.interaction, "queued", now_ms, queue=fact.need.queue)
        elif isinstance(fact, e.OfferMissed | e.OfferDeclined | e.OfferFailed):
            self._line(fact.interaction, "queued", now_ms, agent="")
        elif isinstance(fact, e.CallConnected):
            self._connected(fact, now_ms)
        elif isinstance(fact, e.InteractionEnded) and self.lines.pop(fact.interaction, None) is not None:
            self.ended[fact.outcome] = self.ended.get(fact.outcome, 0) + 1

    def _line(self, interaction: str, state: str, now_ms: int, **changes: str) -> None:
        line = self.lines.get(interaction)
        if line is not None:
            line.state, line.since_ms = state, now_ms
            for name, value in changes.items():
                setattr(line, name, value)

    def _queued(self, fact: e.InteractionQueued, now_ms: int) -> None:
        line = self.lines.get(fact.interaction)
        if line is not None:
            self.offered += line.queued_at_ms is None
            line.queued_at_ms = line.queued_at_ms or now_ms
            self._line(fact.interaction, "queued", now_ms, queue=fact.need.queue)

    def _connected(self, fact: e.CallConnected, now_ms: int) -> None:
        self.connected += 1
        line = self.lines.get(fact.interaction)
        if line is not None:
            self._line(fact.interaction, "connected", now_ms, agent=fact.agent)
            if line.queued_at_ms is not None:
                self.answer_ms.append(now_ms - line.queued_at_ms)

    def waiting(self) -> list[Line]:
        """Those who wait in a queue or are offered, the longest first."""
        here = [line for line in self.lines.values() if line.state in ("queued", "offered")]
        return sorted(here, key=lambda line: line.queued_at_ms or 0)

    def talking(self) -> list[Line]:
        return sorted(
            (line for line in self.lines.values() if line.state == "connected"), key=lambda line: line.since_ms
        )

    @property
    def lost(self) -> int:
        return self.ended.get("lost", 0)

    @property
    def abandoned(self) -> int:
        return self.ended.get("abandoned", 0)


def percentile(values: list[int], share: float) -> int | None:
    """The nearest-rank percentile, None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]
