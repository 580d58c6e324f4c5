"""One atomic step of the kernel: what happened, what it led to, what is ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

import msgspec

from core import events
from core.commands import Order
from core.events.base import Event

EVENTS: dict[str, type[Event]] = {
    name: fact
    for name, fact in vars(events).items()
    if isinstance(fact, type) and issubclass(fact, Event) and fact is not Event
}

if TYPE_CHECKING:
    AnyEvent = Event
else:
    AnyEvent = Union[tuple(EVENTS.values())]  # noqa: UP007  (what the wire decodes: a tagged union of all facts)


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """Which message brought a fact from an edge in another process: the `number`-th of that edge's start `origin`.

    It is kept with the step, so that a start knows what was taken, and takes nothing twice.
    """

    edge: str
    origin: int
    number: int


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`seq` counts steps without a gap; `facts` follow from `input` in this order; `orders` leave once this is kept.

    `came` is there when the input did not come from this process.
    """

    seq: int
    now_ms: int
    input: AnyEvent
    facts: tuple[AnyEvent, ...] = ()
    orders: tuple[Order, ...] = ()
    came: Came | msgspec.UnsetType = msgspec.UNSET
