"""Who waits, who is asked to take it, and what agents do."""

from __future__ import annotations

from typing import Literal

import msgspec

from core.centre import AgentWish
from core.events.base import Event
from core.events.dialogue import Need
from core.ids import InteractionId, LegId, OfferId, TaskId
from core.needs import OverflowsWhen, Relax
from core.text import Text

AgentState = Literal["logged_out", "available", "offered", "on_interaction", "wrap_up", "paused", "missed", "on_task"]


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """How much longer somebody will wait: four times out of five between these."""

    low_ms: int
    high_ms: int


class InteractionQueued(Event, frozen=True, kw_only=True):
    """The interaction waits in `need.queue`; its place is that of `arrived_at_ms`, or an earlier one that was kept.

    `asked` agents were rung for it before it came here.  `overflowed`: another queue sent it here, as it is told.
    `expected` is how long it may wait, None where nobody knows.  Who `may_be_called` may choose not to wait.
    """

    interaction: InteractionId
    need: Need
    arrived_at_ms: int
    asked: int = 0
    overflowed: bool = False
    expected: Expected | None = None
    may_be_called: bool = False


class ContactKnown(Event, frozen=True, kw_only=True):
    """The records have told who waits: `need` asks for the agent who follows them, and for their sector, as it would
    have from the beginning."""

    interaction: InteractionId
    need: Need


class ContactSpeaks(Event, frozen=True, kw_only=True):
    """Somebody who waits goes on in another language: `need` asks for people who speak it; the place stays theirs."""

    interaction: InteractionId
    need: Need


class PlaceKept(Event, frozen=True, kw_only=True):
    """The person had waited before, and gave up: their place is that of `arrived_at_ms`, kept by `task`."""

    interaction: InteractionId
    task: TaskId
    arrived_at_ms: int


class QueueOverflowed(Event, frozen=True, kw_only=True):
    """`queue` sends this one `to` another, or to organisations that share if it is the same; `why` it does.

    It had `waiting` interactions; for the others of `why` the wait, or the mean that was estimated, stands beside its
    `limit_ms`.  A queue that a supervisor has `shut` is as one that is full.
    """

    interaction: InteractionId
    queue: str
    waiting: int
    to: str
    why: OverflowsWhen = "full"
    measured_ms: int = 0
    limit_ms: int = 0
    shut: bool = False


class QueueFull(Event, frozen=True, kw_only=True):
    """`queue`, and all that it overflows to, takes nobody now: the caller is led to `script` if there is one, noted for
    a callback, or let in all the same."""

    interaction: InteractionId
    queue: str
    need: Need
    why: OverflowsWhen = "full"
    script: str = ""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """Agents who are alike but for how long they were idle: `like` one of them, `idle` of them free."""

    like: str
    idle: int


class Eased(msgspec.Struct, frozen=True, kw_only=True):
    """A step of relaxation that was needed to find this agent, and since when it holds."""

    step: Relax
    since_at_ms: int


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """The agent who would have been asked instead; `versatility` is in how many queues they could serve."""

    agent: str
    idle_ms: int
    versatility: int


class Following(msgspec.Struct, frozen=True, kw_only=True):
    """Whom this agent would have been given instead."""

    interaction: InteractionId
    queue: str
    waited_ms: int


class Why(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why this agent: how many were available, how many of them could take it, and the rule that chose.

    `turn` is the rule by which it was this person's turn: that of their queue, `emergency`, `longest_wait`, `preferred`
    (the agent knows them) or `given` (a supervisor's order).  `kinds` are the first kinds of agents who could have
    taken it; `instead` and `following` stand second on either side.
    """

    available: int
    eligible: int
    rule: str
    waited_ms: int
    turn: str = ""
    idle_ms: int = 0
    versatility: int = 0
    kinds: tuple[Kind, ...] = ()
    eased: tuple[Eased, ...] = ()
    instead: Rival | None = None
    following: Following | None = None


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """So many agents are in this state."""

    state: str
    agents: int


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """What will be asked no longer, when, and how many agents at work could take it then."""

    step: Relax
    at_ms: int
    agents: int


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody still waits, the `place`-th of `queue`; `before` people, of any queue, go first to the same agents.

    `doing` is what those do who could take them now; `held`: somebody free is kept for emergencies and the late.
    `first_at_ms` is when they go before all but emergencies.  They ring at `rings_at`, or are kept for an agent until a
    time (`ordered` by a supervisor).  Where nobody knows how long it lasts, `low_ms` and `high_ms` are None.
    """

    queue: str
    place: int
    before: int
    waited_ms: int
    priority: int
    turn: str
    doing: tuple[Doing, ...]
    held: bool
    eased: tuple[Eased, ...]
    coming: tuple[Coming, ...]
    first_at_ms: int | None
    rings_at: str
    kept_for: str
    kept_until_at_ms: int | None
    ordered: bool
    shut: bool
    low_ms: int | None
    high_ms: int | None


class WaitAsked(Event, frozen=True, kw_only=True):
    """`by`, a supervisor or `@account`, asks why somebody still waits."""

    request: str
    by: str
    interaction: InteractionId


class WaitExplained(Event, frozen=True, kw_only=True):
    """The answer, as it was then; RequestAnswered follows."""

    request: str
    interaction: InteractionId
    wait: Wait


class AgentChosen(Event, frozen=True, kw_only=True):
    """`agent` is asked to take the interaction on `leg` until `expires_at_ms`."""

    interaction: InteractionId
    offer: OfferId
    agent: str
    phone: str
    leg: LegId
    expires_at_ms: int
    why: Why


PutOff = Literal["turn", "closed", "hour", "unreached", "refused", "agent_unanswered"]
"""Why a promised callback comes later: enough agents call already, nobody may be called now, an hour was agreed on,
nobody answered, no line
or no call of the day is left, the agent's own telephone was not answered."""


class CallbackAsked(Event, frozen=True, kw_only=True):
    """The person who waits in `queue` would rather be called back than wait; `script` asks at which number."""

    interaction: InteractionId
    queue: str
    script: str = ""


class CallbackDue(Event, frozen=True, kw_only=True):
    """The promised callback `task` waits in `need.queue` as `interaction`; its place is that of `arrived_at_ms`."""

    interaction: InteractionId
    task: TaskId
    need: Need
    arrived_at_ms: int


class CallbackChosen(Event, frozen=True, kw_only=True):
    """It is the turn of the promised callback `task`: `agent` calls them now."""

    interaction: InteractionId
    task: TaskId
    agent: str
    why: Why


class CallbackPutOff(Event, frozen=True, kw_only=True):
    """The promised callback `task` is due again at `until_at_ms`, or at its turn (None), after `tries` calls that
    nobody answered; `agent` was to call them."""

    interaction: InteractionId
    task: TaskId
    queue: str
    agent: str
    why: PutOff
    tries: int
    until_at_ms: int | None


class CallbackKept(Event, frozen=True, kw_only=True):
    """Who was promised a callback by `queue` was called and talked with somebody: that is over."""

    interaction: InteractionId
    task: TaskId
    queue: str


class CallbackLeft(Event, frozen=True, kw_only=True):
    """The promised callback `task` was tried `tries` times, the last by `agent`: from now it is for people to do."""

    interaction: InteractionId
    task: TaskId
    queue: str
    agent: str
    tries: int


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
    """The caller left, or a supervisor sent them elsewhere, while the agent's telephone rang."""

    interaction: InteractionId
    offer: OfferId
    agent: str


class AgentAsked(Event, frozen=True, kw_only=True):
    """An agent asks for a state: from a page, which is answered by its `request`, or by a star code."""

    agent: str
    wish: AgentWish
    reason: str
    request: str = ""


class WishKept(Event, frozen=True, kw_only=True):
    """The agent will have what they asked for, a pause with its `reason` or to log out, once they are free; None: they
    took it back."""

    agent: str
    wish: Literal["pause", "log_out"] | None
    reason: str


class AgentStateChanged(Event, frozen=True, kw_only=True):
    """The agent is in `state` from now; `until_at_ms` ends it by itself, but for a pause, which is too long from then
    on; `misses` are offers missed in a row."""

    agent: str
    state: AgentState
    reason: str
    interaction: InteractionId | None
    until_at_ms: int | None
    misses: int


class WrapUpExtended(Event, frozen=True, kw_only=True):
    """The agent needs more time for their notes: until `until_at_ms`."""

    agent: str
    interaction: InteractionId
    until_at_ms: int


class PauseOverran(Event, frozen=True, kw_only=True):
    """The agent is in the pause `reason` since `since_at_ms`, longer than it may last: shown, and nothing more."""

    agent: str
    reason: str
    since_at_ms: int
    longest_ms: int


class AnnouncementDue(Event, frozen=True, kw_only=True):
    """It is time to tell a waiting caller the texts `say`, if there are any; the next time is `next_at_ms`.

    By all that was said of their wait they are served by `promised_at_ms`; `taken_back` once that had to be put off.
    `expected` is how much longer they may wait, whether they are told or not.  `anew`: instead of what is being said,
    for they chose another language.
    """

    interaction: InteractionId
    say: tuple[Text, ...]
    next_at_ms: int
    promised_at_ms: int | None = None
    taken_back: bool = False
    expected: Expected | None = None
    anew: bool = False
