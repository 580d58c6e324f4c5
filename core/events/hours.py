"""When services answer, and what that means for those who wait."""

from __future__ import annotations

from typing import Literal

from core.events.base import Event
from core.events.dialogue import Need
from core.ids import InteractionId
from core.needs import OverflowsWhen
from core.text import Text

OpeningState = Literal["open", "last_admission", "closed"]
"""Answering; answering those who wait and taking nobody new; closed."""


class OpeningChanged(Event, frozen=True, kw_only=True):
    """The service is in `state` from now until `until_at_ms`; None: until its hours are changed."""

    service: str
    state: OpeningState
    until_at_ms: int | None


class QueueClosed(Event, frozen=True, kw_only=True):
    """`queue` is closed to this caller who waits in it: the service closes, or `why` says what else.  They are led to
    `script` if there is one; or a callback is noted where there is a number, and who has none keeps the place."""

    interaction: InteractionId
    queue: str
    need: Need
    why: OverflowsWhen | None = None
    script: str = ""


ServiceWish = Literal["announce", "withdraw", "shut", "reopen"]
"""Say a message to every caller, say it no more; close before the hours do, open again."""


class ServiceAsked(Event, frozen=True, kw_only=True):
    """`by` wants something of `services` until `until_at_ms`: an agent, or `@account` for whoever has the machine.

    `text` is the message of "announce"; `reason` is why, for the journal.  Answered by RequestAnswered.
    """

    request: str
    by: str
    wish: ServiceWish
    services: tuple[str, ...]
    text: Text | None
    until_at_ms: int
    reason: str


class NoticeSet(Event, frozen=True, kw_only=True):
    """`text` is said to every caller of `service` until `until_at_ms`, in the place of any before it."""

    service: str
    text: Text
    until_at_ms: int
    by: str
    reason: str


class NoticeLifted(Event, frozen=True, kw_only=True):
    """The message of `service` is said no more; without `by` its time has come."""

    service: str
    by: str


class ServiceClosed(Event, frozen=True, kw_only=True):
    """`service` is closed until `until_at_ms`, whatever its hours say."""

    service: str
    until_at_ms: int
    by: str
    reason: str


class ServiceReopened(Event, frozen=True, kw_only=True):
    """The hours of `service` hold again; without `by` the time of its closing is over."""

    service: str
    by: str
