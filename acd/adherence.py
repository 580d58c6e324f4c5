"""Whether agents were where the roster had them.  Pure: the roster and what the journal told of agents' states.

Adherence is the time in the planned state ÷ the planned time: on line when planned on line, off line when planned for
anything else.  Shrinkage is the paid time that was not on line ÷ the paid time.  What nobody planned is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

import msgspec

ON_LINE: Final = frozenset({"available", "offered", "on_interaction", "wrap_up", "on_task"})
"""Staffed: at work for the queues, talking or not."""


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """`agent` is paid from `begins_at_ms` until `ends_at_ms`: `on_line`, or for something else."""

    agent: str
    begins_at_ms: int
    ends_at_ms: int
    on_line: bool
    activity: str = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One agent's times, in milliseconds; `beyond_ms` is on line although nothing was planned."""

    agent: str
    paid_ms: int
    planned_on_line_ms: int
    on_line_ms: int
    as_planned_ms: int
    beyond_ms: int

    @property
    def adherence(self) -> float | None:
        """A share; None where nothing was planned."""
        return self.as_planned_ms / self.paid_ms if self.paid_ms else None

    @property
    def shrinkage(self) -> float | None:
        return 1 - self.on_line_ms / self.paid_ms if self.paid_ms else None


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """`agent` is planned on line and is not, since then, but `state`: `logged_out` where nothing is told of them."""

    agent: str
    since_at_ms: int
    state: str


States = Mapping[str, Iterable[tuple[int, str]]]
"""Per agent: since when which state, in order."""


def overlapping(shifts: Iterable[Shift]) -> list[tuple[Shift, Shift]]:
    """Shifts of one agent that share time, by agent and time: each with the one that begins next."""
    ordered = sorted(shifts, key=lambda shift: (shift.agent, shift.begins_at_ms))
    return [
        (before, after)
        for before, after in pairwise(ordered)
        if before.agent == after.agent and after.begins_at_ms < before.ends_at_ms
    ]


def kept(shifts: Iterable[Shift], states: States, begins_at_ms: int, ends_at_ms: int) -> list[Kept]:
    """Each agent's times from `begins_at_ms` until `ends_at_ms`, by name; shifts of one agent do not overlap."""
    planned: dict[str, list[Shift]] = {}
    for shift in shifts:
        planned.setdefault(shift.agent, []).append(shift)
    agents = sorted({*planned, *states})
    rows = [
        _one(agent, planned.get(agent, []), list(states.get(agent, ())), begins_at_ms, ends_at_ms) for agent in agents
    ]
    return [row for row in rows if row.paid_ms or row.beyond_ms]


def missing(shifts: Iterable[Shift], states: States, now_ms: int) -> list[Missing]:
    """Who should be on line now and is not, the longest first."""
    found = []
    for shift in shifts:
        if not shift.on_line or not shift.begins_at_ms <= now_ms < shift.ends_at_ms:
            continue
        since_at_ms, state = shift.begins_at_ms, "logged_out"
        for at_ms, told in states.get(shift.agent, ()):
            if at_ms > now_ms:
                break
            if told in ON_LINE or state in ON_LINE:
                since_at_ms = max(shift.begins_at_ms, at_ms)
            state = told
        if state not in ON_LINE:
            found.append(Missing(agent=shift.agent, since_at_ms=since_at_ms, state=state))
    return sorted(found, key=lambda row: (row.since_at_ms, row.agent))


def _one(agent: str, shifts: list[Shift], changes: list[tuple[int, str]], begins_at_ms: int, ends_at_ms: int) -> Kept:
    present = _on_line(changes, begins_at_ms, ends_at_ms)
    paid_ms = planned_ms = on_line_ms = as_planned_ms = 0
    for shift in shifts:
        begins, ends = max(shift.begins_at_ms, begins_at_ms), min(shift.ends_at_ms, ends_at_ms)
        if ends <= begins:
            continue
        there_ms = sum(max(0, min(ends, until) - max(begins, since)) for since, until in present)
        paid_ms += ends - begins
        on_line_ms += there_ms
        planned_ms += (ends - begins) if shift.on_line else 0
        as_planned_ms += there_ms if shift.on_line else ends - begins - there_ms
    return Kept(
        agent=agent,
        paid_ms=paid_ms,
        planned_on_line_ms=planned_ms,
        on_line_ms=on_line_ms,
        as_planned_ms=as_planned_ms,
        beyond_ms=sum(until - since for since, until in present) - on_line_ms,
    )


def _on_line(changes: list[tuple[int, str]], begins_at_ms: int, ends_at_ms: int) -> list[tuple[int, int]]:
    """When the agent was on line, within those bounds."""
    spans = []
    ends = [at_ms for at_ms, _ in changes[1:]] + [ends_at_ms]
    for (since, state), until in zip(changes, ends, strict=False):
        begins, ends_here = max(since, begins_at_ms), min(until, ends_at_ms)
        if state in ON_LINE and ends_here > begins:
            spans.append((begins, ends_here))
    return spans
