"""Calls that agents place, and conversations that they hand on: what is asked, what is allowed, what comes of it.

Who asks through a page is answered by `RequestAnswered`; its `reason` is the `why` of the refusal.
"""

from __future__ import annotations

from typing import Final, Literal

from core.centre import Destination
from core.events.base import Event
from core.ids import InteractionId, LegId, TaskId
from core.personal import Personal

DialRefusal = Literal[
    "agent_busy",
    "agent_away",
    "unknown_service",
    "destination",
    "emergency",
    "agent_cap",
    "platform_cap",
    "fraud",
    "no_line",
    "line_full",
    "telephony_away",
    "task_taken",
]
"""Why nobody is dialled: the agent is in a call, or logged out; the role may not call such numbers; an emergency number
(said, never dialled); calls of the day used up; held after an alert; no line to call by, none free, Asterisk away;
what the call is for has been claimed by somebody else."""

AGENT_UNANSWERED: Final = "agent_unanswered"
"""The reason of an outgoing call's end when the agent's own telephone was not answered: nobody was dialled."""

TAKEN_BACK: Final = "taken_back"
"""The reason of a transfer's end when the agent who spoke with somebody first took the citizen back."""

TransferInto = Literal["entry", "queue", "agent", "number"]
"""Whom a conversation is handed on to: somebody of the directory, a queue, an agent by name, a typed number."""

ConsultWish = Literal["join", "take_back"]

HelpWish = Literal["bring", "dismiss", "leave"]
"""An emergency service is called into the conversation; is no longer wanted; has the citizen, and the agent leaves."""

TransferRefusal = Literal[
    "not_talking",
    "unknown_entry",
    "role",
    "agent_busy",
    "agent_away",
    "destination",
    "emergency",
    "agent_cap",
    "platform_cap",
    "fraud",
    "line_full",
    "not_answered",
    "closed_now",
    "help_called",
]
"""Why nobody is handed on: the agent talks with nobody; no such entry, queue or agent; it is not for the agent's
role or tenant; the agent meant is in a call, or logged out; the number may not be called, as for a call; no line is
free; whoever is rung has not answered yet; it is outside of the entry's hours, and of those of its deputies; an
emergency service is in the conversation, or on its way."""


class DialAsked(Event, frozen=True, kw_only=True):
    """`agent` wants to call `number` (as typed) for `service`; `interaction` is minted by whoever tells this.

    `task` is what the call is for (a message, a callback), empty when nothing asked for it.  `citizen_first`: the agent
    is rung once the citizen has answered.
    """

    request: str
    interaction: InteractionId
    agent: str
    service: str
    number: Personal
    task: TaskId = ""
    citizen_first: bool = False


class DialAllowed(Event, frozen=True, kw_only=True):
    """The number may be called, by `line` of `node`; whether the agent is free is still to be seen."""

    request: str
    interaction: InteractionId
    agent: str
    service: str
    number: Personal
    task: TaskId
    kind: Destination
    line: str
    node: str
    citizen_first: bool = False


class DialRefused(Event, frozen=True, kw_only=True):
    """Nobody is dialled, and there is no interaction."""

    request: str
    interaction: InteractionId
    agent: str
    kind: Destination
    why: DialRefusal


class CallPlaced(Event, frozen=True, kw_only=True):
    """An outgoing interaction begins: first the agent's telephone rings, on `leg`; then `number` (E.164) is dialled.

    `citizen_first`: `number` is dialled now, and `agent` is kept free for whoever answers.
    """

    request: str
    interaction: InteractionId
    agent: str
    phone: str
    leg: LegId
    service: str
    number: Personal
    task: TaskId
    kind: Destination
    line: str
    node: str
    citizen_first: bool = False


class CitizenDialled(Event, frozen=True, kw_only=True):
    """The agent is on the line, or kept free for them: the citizen's telephone is dialled, on `leg`."""

    interaction: InteractionId
    agent: str
    leg: LegId


class CitizenAnswered(Event, frozen=True, kw_only=True):
    """The citizen who was called first is on the line: now it is the turn of `agent`, who was kept free for them."""

    interaction: InteractionId
    agent: str
    service: str
    leg: LegId
    channel: str


class FraudSuspected(Event, frozen=True, kw_only=True):
    """`count` calls of `agent` within the hour are like those of stolen accounts; `held`: no more until tomorrow."""

    agent: str
    why: Literal["refused", "costly", "short"]
    count: int
    held: bool


class TransferAsked(Event, frozen=True, kw_only=True):
    """`agent` hands the conversation on `to` an entry of the directory, a queue or an agent, by name; or `into` a
    `number` as typed, and then `to` is empty.

    `consult`: the agent wants to speak with them first, while the citizen hears music.
    """

    request: str
    agent: str
    interaction: InteractionId
    to: str
    into: TransferInto
    number: Personal | None = None
    consult: bool = False


class ConsultAsked(Event, frozen=True, kw_only=True):
    """`agent`, who speaks with somebody while the citizen hears music, joins the two, or takes the citizen back."""

    request: str
    agent: str
    interaction: InteractionId
    wish: ConsultWish


class TransferStarted(Event, frozen=True, kw_only=True):
    """The citizen is handed on: `entry` of the directory is rung on `leg`, by `line`; into a `queue`, these are empty.

    `agent` is who did it, empty when it is the deputy of an entry that did not answer.  A typed `number` is rung as an
    entry is; a `colleague` is waited for at the head of the queue, which then has the citizen as anybody.  `consult`:
    the agent stays on the line, and whoever answers talks with them first.
    """

    interaction: InteractionId
    agent: str
    entry: str
    leg: LegId
    line: str
    queue: str
    colleague: str = ""
    number: Personal | None = None
    kind: Destination | None = None
    consult: bool = False


class ConsultBegun(Event, frozen=True, kw_only=True):
    """`agent` speaks with whoever they asked for, on `leg`; the citizen hears music."""

    interaction: InteractionId
    agent: str
    leg: LegId


class ConversationResumed(Event, frozen=True, kw_only=True):
    """`agent` talks with the citizen again, who heard music meanwhile."""

    interaction: InteractionId
    agent: str
    leg: LegId


class TransferJoined(Event, frozen=True, kw_only=True):
    """The citizen talks with the one they were handed on to."""

    interaction: InteractionId
    entry: str
    leg: LegId


class TransferFailed(Event, frozen=True, kw_only=True):
    """`entry` did not take the citizen, for this `reason`: next is its deputy, or the head of the queue.

    `agent` wanted to speak with them first, and has the citizen back; `TAKEN_BACK` is the reason when they wished so.
    """

    interaction: InteractionId
    entry: str
    reason: str
    agent: str = ""


class HelpAsked(Event, frozen=True, kw_only=True):
    """`agent` wants an emergency service in the conversation: the entry `to` of the directory, which is one.

    `to` is empty for the other wishes, which are about the one that was called.
    """

    request: str
    agent: str
    interaction: InteractionId
    to: str
    wish: HelpWish


class HelpCalled(Event, frozen=True, kw_only=True):
    """The emergency service `entry` is rung on `leg`, by `line`; the citizen and `agent` talk on meanwhile."""

    interaction: InteractionId
    agent: str
    entry: str
    leg: LegId
    line: str


class HelpJoined(Event, frozen=True, kw_only=True):
    """The emergency service has answered: the citizen, the agent and they hear one another."""

    interaction: InteractionId
    entry: str
    leg: LegId


class HelpEnded(Event, frozen=True, kw_only=True):
    """The emergency service is not, or no longer, in the conversation, for this `reason`; the other two talk on."""

    interaction: InteractionId
    entry: str
    reason: str


class HelpStays(Event, frozen=True, kw_only=True):
    """`agent` is out of the conversation: the citizen and the emergency service `entry`, on `leg`, talk on."""

    interaction: InteractionId
    agent: str
    entry: str
    leg: LegId
