"""What happens to the platform itself: start, configuration, clock, orders, faults."""

from __future__ import annotations

from core.commands import AnyCommand
from core.events.base import Event
from core.events.legs import CallArrived
from core.ids import InteractionId, OrderId


class CentreStarted(Event, frozen=True, kw_only=True):
    """This process took the kernel over, with this release of the code."""

    release: str


class ConfigurationApplied(Event, frozen=True, kw_only=True):
    """The configuration `digest` holds from now on; its content is kept by digest.  `by` whom, where a person asked."""

    digest: str
    by: str = ""


class ClockStepped(Event, frozen=True, kw_only=True):
    """The machine's clock and ours differ by `by_ms` (positive: the machine's is ahead); ours goes on evenly."""

    by_ms: int


class DeadlineReached(Event, frozen=True, kw_only=True):
    """The time `at_ms` that the row `key` of `kind` waited for has come."""

    kind: str
    key: str
    at_ms: int


class OrderDone(Event, frozen=True, kw_only=True):
    """The peer took the order; what comes of it is told by its own facts."""

    order: OrderId


class OrderRefused(Event, frozen=True, kw_only=True):
    """We would not send it: `reason` names the field."""

    order: OrderId
    command: AnyCommand
    reason: str


class OrderFailed(Event, frozen=True, kw_only=True):
    """The peer would not take it, or is away; `retryable` if nothing was done."""

    order: OrderId
    command: AnyCommand
    reason: str
    retryable: bool


class Broken(Event, frozen=True, kw_only=True):
    """A bug of ours: `fact` raised `error` in `mind`; nothing of that step holds.

    `interaction` goes down its service's safe path.  A deadline (`kind`, `key`) that broke is silent until its row
    changes.  `arrived`: the arrival that broke is taken all the same, for nobody would know of this caller otherwise.
    """

    mind: str
    fact: str
    error: str
    interaction: InteractionId | None
    kind: str = ""
    key: str = ""
    arrived: CallArrived | None = None


class FactsMissed(Event, frozen=True, kw_only=True):
    """The inbox was full: `count` facts of the telephony were not taken; the nodes are asked what is true."""

    count: int


class JournalAlarm(Event, frozen=True, kw_only=True):
    """The journal does not keep (`kept` false) or keeps again what happens."""

    kept: bool
    reason: str
