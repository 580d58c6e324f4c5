"""What supervisors order about people who wait, agents and queues; each order says why, and is kept with who gave it.

An order is an instruction here: the word "order" is that of commands to peers.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core.centre import ForcedWish
from core.events.base import Event
from core.events.dialogue import Need
from core.ids import InteractionId

WaitingThere = Literal["keep", "overflow"]
"""What becomes of those who wait in a queue that closes: served where they are, or sent where it overflows to."""


class Move(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The person waits in `queue` from now, with the place of their arrival."""

    interaction: InteractionId
    queue: str


class Rank(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The person has this `priority`: 1 the soonest, 9 the latest."""

    interaction: InteractionId
    priority: int


class Give(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`agent` takes the person: at once if free, else as soon as they are."""

    interaction: InteractionId
    agent: str


class Force(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`agent` is to be available, paused or logged out: after the conversation if they are in one."""

    agent: str
    wish: ForcedWish


class Shut(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nobody new of `tenants` (all of the one who orders, if empty) enters `queue` until `until_at_ms`."""

    queue: str
    until_at_ms: int
    waiting: WaitingThere = "keep"
    tenants: tuple[str, ...] = ()


class Reopen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`queue` takes people of `tenants` again."""

    queue: str
    tenants: tuple[str, ...] = ()


Instruction = Move | Rank | Give | Force | Shut | Reopen


class InstructionGiven(Event, frozen=True, kw_only=True):
    """`by` orders `what` because of `reason`: a supervisor, or `@account` for whoever has the machine.

    What would need thinking about is refused once, unless `anyway`.  Answered by RequestAnswered.
    """

    request: str
    by: str
    what: Instruction
    reason: str
    anyway: bool = False


class ContactMoved(Event, frozen=True, kw_only=True):
    """Somebody who waited in the queue `left` waits in `need.queue` now, with the same place."""

    interaction: InteractionId
    left: str
    need: Need
    by: str
    reason: str


class ContactRanked(Event, frozen=True, kw_only=True):
    """Somebody who waits goes before or behind others from now: `need.priority` was `priority_before`."""

    interaction: InteractionId
    priority_before: int
    need: Need
    by: str
    reason: str


class ContactGiven(Event, frozen=True, kw_only=True):
    """Somebody who waits is for `agent`, who is asked as soon as they are free; after `until_at_ms` for anybody."""

    interaction: InteractionId
    agent: str
    tenant: str
    until_at_ms: int
    by: str
    reason: str


class AgentForced(Event, frozen=True, kw_only=True):
    """`by` wishes for `agent` what they could wish themselves; it is done as if they had."""

    agent: str
    wish: ForcedWish
    by: str
    reason: str


class QueueShut(Event, frozen=True, kw_only=True):
    """Nobody new of `tenant` enters `queue` until `until_at_ms`."""

    queue: str
    tenant: str
    until_at_ms: int
    waiting: WaitingThere
    by: str
    reason: str


class QueueReopened(Event, frozen=True, kw_only=True):
    """`queue` takes people of `tenant` again; without `by` the time of its closing is over."""

    queue: str
    tenant: str
    by: str
    reason: str
