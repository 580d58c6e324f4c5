"""What is connected, and how interactions end."""

from __future__ import annotations

from typing import Literal

from core.events.base import Event
from core.events.dialogue import Need
from core.ids import InteractionId, LegId
from core.personal import Personal

Outcome = Literal[
    "answered",
    "resolved",
    "converted",
    "abandoned",
    "out_of_hours",
    "unknown_number",
    "machine",
    "lost",
    "reached",
    "unreached",
]


class CallConnected(Event, frozen=True, kw_only=True):
    """Caller and agent talk; `leg` is the agent's."""

    interaction: InteractionId
    agent: str
    leg: LegId


class ConversationEnded(Event, frozen=True, kw_only=True):
    """The conversation is over for the agent, whoever ended it; `caller` is the citizen, whoever called whom."""

    interaction: InteractionId
    agent: str
    by: Literal["caller", "agent", "fault", "transfer"]


class AgentLost(Event, frozen=True, kw_only=True):
    """In the middle of a conversation a fault took the agent away: the citizen, on `leg` and `channel`, is told so and
    goes to the head of their queue.

    `why`: the telephone is gone (`phone_gone`), its leg ended by a fault (`leg_failed`) or while nobody looked
    (`unseen`), or the citizen was taken out of the conversation by ourselves (`held`).
    """

    interaction: InteractionId
    agent: str
    service: str
    leg: LegId
    channel: str
    why: Literal["phone_gone", "leg_failed", "unseen", "held"]


class CallbackNoted(Event, frozen=True, kw_only=True):
    """No queue has room, or the service closes: the caller's `number` is noted with `queue`, and a person calls back.

    `held`: the caller hears music, and is told once they are out of it.
    """

    interaction: InteractionId
    queue: str
    number: Personal
    held: bool = False


class WaitLeft(Event, frozen=True, kw_only=True):
    """The caller waits in `queue` no longer: `script` takes a message, or tells them why and says goodbye.

    `held`: they hear music, and are led there once they are out of it.  `asked` agents were rung for them.  Whoever
    left it by a wish of their own has the place of `arrived_at_ms` if they come back.  `need` is what they waited for.
    """

    interaction: InteractionId
    queue: str
    script: str
    held: bool = False
    asked: int = 0
    arrived_at_ms: int | None = None
    need: Need | None = None


class LetIn(Event, frozen=True, kw_only=True):
    """No queue has room and there is no number to call back: the caller waits in `need.queue` beyond its bound."""

    interaction: InteractionId
    need: Need


class InteractionEnded(Event, frozen=True, kw_only=True):
    """The interaction is over: answered by a person, resolved by the dialogue, converted (a callback noted), abandoned
    by the caller, told that the service is closed (out_of_hours) or that no service has the number (unknown_number), a
    machine's, or lost: ended by us, by a fault, or nobody knows how.  An outgoing one has reached the
    citizen, or not (unreached)."""

    interaction: InteractionId
    outcome: Outcome
    reason: str
