"""Who waits, who is asked to take it, and what agents do."""

from __future__ import annotations

from typing import Literal

import msgspec

from core.centre import AgentWish
from core.events.base import Event
from core.events.dialogue import Need
from core.ids import InteractionId, LegId, OfferId
from core.text import Text

AgentState = Literal["logged_out", "available", "offered", "on_interaction", "wrap_up", "paused"]


class InteractionQueued(Event, frozen=True, kw_only=True):
    """The interaction waits in `need.queue`; its place is that of `arrived_at_ms`, which never changes.

    `asked` agents were rung for it before it came here.
    """

    interaction: InteractionId
    need: Need
    arrived_at_ms: int
    asked: int = 0


class QueueOverflowed(Event, frozen=True, kw_only=True):
    """`queue` has `waiting` interactions, its maximum: this one goes to `to`."""

    interaction: InteractionId
    queue: str
    waiting: int
    to: str


class QueueFull(Event, frozen=True, kw_only=True):
    """`queue` and all that it overflows to are full: the caller is noted for a callback, or let in all the same."""

    interaction: InteractionId
    queue: str
    need: Need


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why this agent: how many were available, how many of them could take it, and the rule that chose."""

    available: int
    eligible: int
    rule: str
    waited_ms: int


class AgentChosen(Event, frozen=True, kw_only=True):
    """`agent` is asked to take the interaction on `leg` until `expires_at_ms`."""

    interaction: InteractionId
    offer: OfferId
    agent: str
    phone: str
    leg: LegId
    expires_at_ms: int
    why: Why


class OfferAnswered(Event, frozen=True, kw_only=True):
    """The agent took it."""

    interaction: InteractionId
    offer: OfferId
    agent: str


class OfferMissed(Event, frozen=True, kw_only=True):
    """The telephone rang and nobody answered: `misses` in a row now."""

    interaction: InteractionId
    offer: OfferId
    agent: str
    misses: int


class OfferDeclined(Event, frozen=True, kw_only=True):
    """The agent said no: a person's right, not a failure."""

    interaction: InteractionId
    offer: OfferId
    agent: str


class OfferFailed(Event, frozen=True, kw_only=True):
    """The agent's telephone could not be rung (gone, congestion, fault)."""

    interaction: InteractionId
    offer: OfferId
    agent: str
    reason: str


class OfferWithdrawn(Event, frozen=True, kw_only=True):
    """The caller left while the agent's telephone rang."""

    interaction: InteractionId
    offer: OfferId
    agent: str


class AgentAsked(Event, frozen=True, kw_only=True):
    """An agent asks for a state: from a page, which is answered by its `request`, or by a star code."""

    agent: str
    wish: AgentWish
    reason: str
    request: str = ""


class AgentStateChanged(Event, frozen=True, kw_only=True):
    """The agent is in `state` from now; `until_at_ms` ends it by itself; `misses` are offers missed in a row."""

    agent: str
    state: AgentState
    reason: str
    interaction: InteractionId | None
    until_at_ms: int | None
    misses: int


class AnnouncementDue(Event, frozen=True, kw_only=True):
    """It is time to tell a waiting caller `text`; the next time is `next_at_ms`."""

    interaction: InteractionId
    text: Text
    next_at_ms: int
