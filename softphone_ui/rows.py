"""What the picture is made of: interactions, agents, tasks, a day's figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from core import events as e
from core.ids import InteractionId
from core.occupancy import Spent, Team
from core.personal import Personal
from core.queue_counts import Counts, Of


class Handed(msgspec.Struct, kw_only=True):
    """Where the conversation was handed on by the agent `by`: an `entry` (of the directory, or a colleague's name) on a
    `line`, a typed `number`, or a `queue`; how that stands.

    `back`: nobody answered, and the citizen stands at the head of the queue they came from; with the agent again, if
    that one wanted to speak with somebody first (`consult`).
    """

    by: str
    entry: str = ""
    queue: str = ""
    line: str = ""
    state: Literal["ringing", "joined", "queued", "colleague", "back"] = "ringing"
    number: Personal | None = None
    consult: bool = False


class Helped(msgspec.Struct, kw_only=True):
    """An emergency service that was called into the conversation, by a `line`; `why` it is not, or no longer, in it."""

    entry: str
    line: str
    state: Literal["ringing", "joined", "ended"] = "ringing"
    why: str = ""


class Heard(msgspec.Struct, kw_only=True):
    """What a caller said in their own words, as often as they spoke, and what was understood of it.

    `topic` is what the dialogue followed, `confidence` (percent) how sure it was of that; `corrected`: an agent said
    so.  `missing` are the kinds of details that were asked for in vain.
    """

    words: list[Personal] = []
    topic: str = ""
    confidence: int = 0
    urgency: e.Urgency = 4
    danger: str = ""
    vulnerable: tuple[str, ...] = ()
    details: tuple[e.Detail, ...] = ()
    missing: tuple[str, ...] = ()
    corrected: bool = False


class Contact(msgspec.Struct, kw_only=True):
    """One interaction that is here, or whose agent still writes notes.

    Who waits has a `need` and the place of `place_at_ms`; `given_to` is the agent for whom a supervisor keeps them.
    `expected` is how much longer they may wait, as was last told.  `heard` is what they said in their own words.
    `citizen_first`: we call them, and their agent after them.
    """

    interaction: InteractionId
    service: str
    tenant: str
    state: str = "arrived"
    topic: str = ""
    queue: str = ""
    priority: int = 5
    since_ms: int
    arrived_at_ms: int
    queued_at_ms: int | None = None
    connected_at_ms: int | None = None
    agent: str = ""
    offer: str = ""
    trunk: str = ""
    number: Personal | None = None
    found: str = ""
    record: Personal | None = None
    code: str = ""
    shown: bool = False
    ended: bool = False
    outgoing: bool = False
    citizen_first: bool = False
    handed: Handed | None = None
    help: Helped | None = None
    need: e.Need | None = None
    place_at_ms: int = 0
    given_to: str = ""
    expected: e.Expected | None = None
    heard: Heard | None = None

    @property
    def waiting(self) -> bool:
        return self.state in ("queued", "offered")


class AgentLine(msgspec.Struct, kw_only=True):
    """What an agent does; `asked` is what they want once they are free.  A pause that is too long has `overran`, a
    wrap-up was `extended`.  `preview` is the task before their eyes; `pulled`: callers wait, their task went back.

    What a supervisor wished for them (`ordered_by`, `ordered_why`) is told until they wish something themselves.
    """

    state: str = "logged_out"
    reason: str = ""
    since_ms: int = 0
    until_at_ms: int | None = None
    interaction: InteractionId | None = None
    asked: str = ""
    asked_reason: str = ""
    ordered_by: str = ""
    ordered_why: str = ""
    overran: bool = False
    extended: bool = False
    preview: str = ""
    pulled: bool = False


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """What a supervisor did: `what` (a fact's name), to whom or to which queue, for `tenants`."""

    at_ms: int
    by: str
    what: str
    reason: str
    tenants: tuple[str, ...]
    interaction: InteractionId = ""
    agent: str = ""
    queue: str = ""
    wish: str = ""
    priority: int = 0
    until_at_ms: int | None = None


class Suspected(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of `agent` today were `count` times within an hour like those of a stolen account; `held`: none until
    tomorrow.  Or so many records of `tenant` were looked for: by `agent`, or one record by so many agents."""

    at_ms: int
    agent: str
    why: Literal["refused", "costly", "short", "persons", "agents"]
    count: int
    held: bool
    tenant: str = ""


class ShutLine(msgspec.Struct, frozen=True, kw_only=True):
    """A queue that takes nobody new of one organisation for a while."""

    until_at_ms: int
    by: str


class Letter(msgspec.Struct, kw_only=True):
    """What somebody wrote, until it is a task."""

    arrived: e.WritingArrived
    heard: Heard | None = None


class Replied(msgspec.Struct, kw_only=True):
    """How an agent dealt with what the system of `letter` brought, until that has had the time to fetch it."""

    letter: e.WritingArrived
    answered: e.WritingAnswered
    at_ms: int


class Task(msgspec.Struct, kw_only=True):
    """What is left to do for somebody who is not on the line; `letter` is what they wrote, `heard` what it means."""

    opened: e.TaskOpened
    agent: str = ""
    until_at_ms: int | None = None
    draft: Personal | None = None
    letter: e.WritingArrived | None = None
    heard: Heard | None = None


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What every caller of a service hears: a `key` of the catalogue, or the words that somebody typed."""

    key: str
    typed: str
    until_at_ms: int
    by: str


class ServiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a service answers until `until_at_ms`, its message of the moment, and until when who has closed it."""

    state: e.OpeningState = "open"
    until_at_ms: int | None = None
    notice: Words | None = None
    closed_until_at_ms: int | None = None
    closed_by: str = ""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of a day since `since_ms`; the day ends at `day_ends_ms`."""

    counts: dict[Of, Counts]
    outcomes: dict[tuple[str, str], int]
    since_ms: int
    day_ends_ms: int
    spent: dict[Team, Spent] = {}
    ordered: tuple[Ordered, ...] = ()
    suspected: tuple[Suspected, ...] = ()


class Known(NamedTuple):
    """Who was found: the `record`'s id, the agent who follows them, and where they live, as far as that may be told."""

    record: str
    referent: str
    commune: str


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What was at step `seq`: agents and services as they stood, and the interactions that a page may still be asked
    about.  `away` are the trunks that cannot be reached, and why; `room` is what is known of hearing callers, and
    who is `listened` to."""

    seq: int
    now_ms: int
    agents: dict[str, AgentLine]
    live: frozenset[InteractionId]
    services: dict[str, ServiceLine] = {}
    shut: dict[tuple[str, str], ShutLine] = {}
    away: dict[str, e.TrunkFault] = {}
    room: e.SpeechCapacity | None = None
    listened: frozenset[InteractionId] = frozenset()


def day_of(now_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """When the day of `now_ms` began there, and when it ends; some have 23 hours."""
    day = datetime.fromtimestamp(now_ms / 1000, zone).date()
    first, last = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (day, day + timedelta(days=1)))
    return int(first.timestamp() * 1000), int(last.timestamp() * 1000)
