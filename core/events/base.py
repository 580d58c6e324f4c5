"""What every fact is."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", gc=False):
    """A fact.  `cause` is what led to it: an edge's name (`telephony`), or the fact that made us decide.

    A frozen tree: nothing in it leads back to it, and the garbage collector need not look (runtime/process.py).
    """

    cause: str


def because(event: Event) -> str:
    """The cause to write into what `event` led to."""
    return type(event).__name__
