"""Tasks that agents may be brought: the row, who has what, and the lines in which they wait.

A task waits by the day it is due, in the line of its queue and its organisation; whoever gave it back is not asked for
it again.  What an agent has in hand counts by its channel (`Capacity`): never more than the agent carries.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Final, Literal

import msgspec

from core.centre import Centre
from core.events import Need
from core.ids import InteractionId, TaskId
from core.needs import Channel

TASK: Final[Channel] = "task"


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A task as distribution sees it.

    `open`: it waits; `offered` to `agent`, `taken` by them; `aside`: claimed by hand, which counts against no capacity;
    `promised`: a callback that distribution makes by itself; `over`: closed, and still to be taken out of their hands.
    A writing has a `need`, as a call has, and weighs as its channel does.
    """

    queue: str
    tenant: str
    interaction: InteractionId
    due_at_ms: int
    state: Literal["open", "offered", "taken", "aside", "promised", "over"] = "open"
    agent: str = ""
    declined: tuple[str, ...] = ()
    need: Need | None = None

    @property
    def channel(self) -> Channel:
        return self.need.channel if self.need is not None else TASK


class PageOpen(msgspec.Struct, frozen=True, kw_only=True):
    """The agent has a page open: else nobody would see what is offered."""

    open: bool


class Lines:
    """Open tasks by queue and organisation, the first due first.  Derived from the table of work."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], list[tuple[int, TaskId]]] = {}

    def watch(self, key: TaskId, old: Work | None, new: Work | None) -> None:
        was = old is not None and old.state == "open"
        here = new is not None and new.state == "open"
        if was and old is not None:
            line = self._lines[old.queue, old.tenant]
            del line[bisect_left(line, (old.due_at_ms, key))]
        if here and new is not None:
            insort(self._lines.setdefault((new.queue, new.tenant), []), (new.due_at_ms, key))

    def of(self, queue: str, tenant: str) -> list[tuple[int, TaskId]]:
        return self._lines.get((queue, tenant), [])


def room(centre: Centre, channels: list[Channel], more: Channel) -> bool:
    """Whether somebody who has these in hand can carry one more."""
    load = centre.capacity.load
    return sum(load(channel).units for channel in channels) + load(more).units <= centre.capacity.units
