"""What Asterisk says of legs, nodes and telephones.

The telephony edge translates these from AMI.  After a crash or a lost link the calls mind derives the ones we missed
from `NodeSeen`, in the same words, so that recovery needs no second path (rule 9).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core.events.base import Event
from core.ids import InteractionId, LegId, PlaybackId
from core.personal import Personal

EndReason = Literal["hung_up", "busy", "declined", "no_answer", "congestion", "unreachable", "failed", "lost", "left"]
"""`left`: whoever they talked with left them, and there was nothing more to do on the line."""


class CallArrived(Event, frozen=True, kw_only=True):
    """A caller reached us and hears ringing.  `channel` is Asterisk's name of the leg, `dialled` is in E.164.

    `caller_key` is the number's pseudonym (keyed HMAC), the same for each of this number's calls; empty when withheld.
    `trunk` is the line on which they came.
    """

    interaction: InteractionId
    leg: LegId
    node: str
    channel: str
    dialled: str
    caller: Personal | None
    caller_name: Personal | None
    answered: bool
    caller_key: str = ""
    trunk: str = ""


class LegRinging(Event, frozen=True, kw_only=True):
    """The telephone of the agent, or of a number that we dialled, rings."""

    interaction: InteractionId
    leg: LegId
    channel: str


class LegAnswered(Event, frozen=True, kw_only=True):
    """The leg is up: the caller's because we answered, an agent's because the agent did."""

    interaction: InteractionId
    leg: LegId
    channel: str


class LegEnded(Event, frozen=True, kw_only=True):
    """The leg is gone.  `code` is the Q.850 cause (16 normal, 17 busy, 19 no answer…), 0 when nobody said."""

    interaction: InteractionId
    leg: LegId
    reason: EndReason
    code: int


class CallerHeld(Event, frozen=True, kw_only=True):
    """The caller is in the holding bridge and hears music."""

    interaction: InteractionId
    leg: LegId


class CallerReturned(Event, frozen=True, kw_only=True):
    """The caller is with us alone again: out of the holding bridge, or left by the agent."""

    interaction: InteractionId
    leg: LegId


class LegsBridged(Event, frozen=True, kw_only=True):
    """`leg` and `other` hear each other; `other` is the caller if it is empty, and `leg` then is mostly the agent's."""

    interaction: InteractionId
    leg: LegId
    other: LegId = ""


class KeyPressed(Event, frozen=True, kw_only=True):
    """The caller pressed a key (0-9, *, #)."""

    interaction: InteractionId
    leg: LegId
    key: Personal


class PlaybackEnded(Event, frozen=True, kw_only=True):
    """The words are over; not `completed` when a key cut them (`pressed`) or they could not be played."""

    interaction: InteractionId
    playback: PlaybackId
    completed: bool
    pressed: bool = False


class PhoneSeen(Event, frozen=True, kw_only=True):
    """The telephone `phone` registered (reachable) or is gone."""

    phone: str
    reachable: bool


class SeenLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg that Asterisk has, as asked: `bridged_with` is the other leg; `held` in the holding bridge."""

    leg: LegId
    channel: str
    up: bool
    held: bool
    bridged_with: LegId | None


class NodeSeen(Event, frozen=True, kw_only=True):
    """The truth about a node, asked after a (re)connection: every leg of ours and every telephone reachable."""

    node: str
    legs: tuple[SeenLeg, ...]
    phones: tuple[str, ...]


class NodeLost(Event, frozen=True, kw_only=True):
    """The link to the node is down: calls go on without us, nothing can be ordered."""

    node: str
    reason: str
