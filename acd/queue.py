"""Waiting interactions, and callbacks that were promised: the rows.

A place is that of the arrival: a missed offer, a refusal or a broken telephone costs nobody the place.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from acd.wait import Seen
from core.centre import Queue
from core.deadlines import earliest
from core.events import Need, WaitingThere
from core.ids import InteractionId, LegId, OfferId, TaskId
from core.personal import Personal

ANNOUNCE_FIRST_MS: Final = 2_000
"""How long somebody waits before the first word about it: most are offered to an agent sooner."""


class Contact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An interaction that waits, or is offered.  `offers` counts offers made; `leg`, `agent`, `rang` and `answered`
    are the open offer's.

    With a `task` it is a promised callback: nobody is on the line.  Who `may_be_called` is told so.

    At `wakes_at_ms` less is asked of agents; until `preferred_until_at_ms` it waits for one who knows the person, or to
    whom a supervisor has `given` it.

    At `pulls_at_ms` agents are called back from tasks for them.

    It came into this queue at `queued_at_ms`, when `seen` was before it (None: that teaches nothing).  By all that was
    said it is served by `promised_at_ms`; `taken_back` once that was owned to be wrong.

    At `overflows_at_ms` a rule about the time waited holds; `redirected` until they are told that another queue sent
    them here, `turned_away` once a message or a callback was asked for them.
    """

    need: Need
    arrived_at_ms: int
    task: TaskId = ""
    may_be_called: bool = False
    offers: int = 0
    offer: OfferId | None = None
    agent: str = ""
    leg: LegId = ""
    rang: bool = False
    answered: bool = False
    expires_at_ms: int | None = None
    announce_at_ms: int | None = None
    wakes_at_ms: int | None = None
    preferred_until_at_ms: int | None = None
    given: bool = False
    pulls_at_ms: int | None = None
    queued_at_ms: int = 0
    seen: Seen | None = None
    promised_at_ms: int | None = None
    taken_back: bool = False
    overflows_at_ms: int | None = None
    redirected: bool = False
    turned_away: bool = False

    @property
    def deadline_ms(self) -> int | None:
        if self.offer is not None:
            return self.expires_at_ms
        return earliest(
            self.announce_at_ms,
            self.wakes_at_ms,
            self.preferred_until_at_ms,
            self.overflows_at_ms,
            self.pulls_at_ms,
        )


def next_limit_ms(queue: Queue, contact: Contact, now_ms: int) -> int | None:
    """When the next rule of the queue about the time waited in it will hold."""
    at_ms = (contact.queued_at_ms + rule.limit_ms for rule in queue.overflow if rule.when == "waited")
    return min((at for at in at_ms if at > now_ms), default=None)


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A callback that is due: `later`, `waiting` in its queue as `interaction`, `calling`, `talking` once they are
    reached, or `aside` while somebody sees to it (an agent who took the task; the person's own call `by`).

    `tries` counts calls that nobody answered, `names` the interactions it was given.  Nobody calls before `from_at_ms`.
    `citizen_first`: the attempt under way rings the citizen before the agent.
    """

    state: Literal["later", "waiting", "calling", "talking", "aside"]
    need: Need
    arrived_at_ms: int
    number: Personal
    tries: int = 0
    names: int = 0
    interaction: InteractionId = ""
    agent: str = ""
    by: InteractionId = ""
    from_at_ms: int = 0
    due_at_ms: int | None = None
    citizen_first: bool = False

    @property
    def deadline_ms(self) -> int | None:
        return self.due_at_ms


class Shut(msgspec.Struct, frozen=True, kw_only=True):
    """A queue that takes nobody new of one organisation until `until_at_ms`, because `by` said so."""

    until_at_ms: int
    by: str
    waiting: WaitingThere = "keep"

    @property
    def deadline_ms(self) -> int:
        return self.until_at_ms


def queue_key(queue: str, tenant: str) -> str:
    """The key of a queue as one organisation has it: names have no slash."""
    return f"{queue}/{tenant}"
