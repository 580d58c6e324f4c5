"""A channel of the Asterisk made of data, and what Asterisk tells when two of them meet."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from core import commands as c
from core import events as e
from core.ids import InteractionId, LegId, is_agent, is_caller

Then = Literal["hang_up", "kept", "with_us"]


@dataclass
class Line:
    """A channel.  `todo` are AGI commands that wait; `adopted`: it carries our id, so a new process knows it.

    A telephone that is rung `meets` the party of that leg or channel when it is answered; left alone it `then` hangs
    up, is kept on the line, or comes to us.  One that comes `beside` the party parts nobody: each of the three has a
    `partner` and a `guest`.
    """

    leg: LegId
    interaction: InteractionId
    channel: str
    place: str  # agi, holding, bridge, kept, phone (one that rings, or waits to be joined)
    dialled: str = ""
    number: str | None = None
    phone: str = ""
    up: bool = False
    known: bool = True
    adopted: bool = False
    partner: LegId | None = None
    guest: LegId | None = None
    beside: bool = False
    meets: str = ""
    then: Then = "hang_up"
    kept_ms: int | None = None
    playing: str = ""
    recording: str = ""
    todo: deque[c.PlayPrompt | c.RecordMessage] = field(default_factory=deque)


def met(one: Line, two: Line) -> e.LegsBridged:
    """Agents are told before numbers, the citizen last; of two of a kind, the later was rung for the other."""

    def rank(line: Line) -> tuple[bool, bool, int]:
        return not is_agent(line.leg), is_caller(line.leg), -int(line.leg.rpartition("-")[2][1:] or 0)

    first, second = sorted((one, two), key=rank)
    other = "" if is_caller(second.leg) else second.leg
    return e.LegsBridged(cause="telephony", interaction=first.interaction, leg=first.leg, other=other)
