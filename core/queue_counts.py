"""What became of each wait in a queue, counted from facts alone.

Whoever begins to wait somewhere is offered to that queue once, and that wait has one end: an agent answered, they gave
up, they were moved to another queue, they left for something else (a message, a promised call, the agent who had asked
for a word first took them back), or they wait there still.  Nothing else happens, so that always

    offered = answered + abandoned + moved + left + waiting now

for each queue of each organisation.  Who has talked with an agent and is handed on to a queue begins another wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from core import events as e
from core.centre import Queue
from core.ids import InteractionId

SHORT_ABANDON_MS: Final = 5_000
"""Left the queue sooner: counted apart, for nobody could have answered (the field's usual threshold)."""

Of = tuple[str, str]
"""A queue, and the organisation whose people wait in it."""

How = Literal["answered", "abandoned", "moved", "left"]

GAVE_UP: Final = ("abandoned", "answered")
"""How interactions end whose caller hung up while they waited; who was `answered` had talked with somebody before."""


_ENDING: Final = (e.CallConnected, e.WaitLeft, e.CallbackNoted, e.TransferFailed, e.InteractionEnded)


class Counts(msgspec.Struct, kw_only=True):
    """One queue of one organisation; `wait_ms` is the sum over those who were answered.

    Whoever was `moved` to another queue is offered there too, and counts there with the whole wait.
    """

    offered: int = 0
    answered: int = 0
    in_target: int = 0
    abandoned: int = 0
    short: int = 0
    wait_ms: int = 0
    moved: int = 0
    left: int = 0

    def add(self, other: Counts) -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Begun(NamedTuple):
    """Somebody waits."""

    of: Of
    since_ms: int


class Ended(NamedTuple):
    """A wait is over."""

    of: Of
    how: How
    waited_ms: int


class QueueCounts:
    """`take` every fact, in order; `waiting` is whose wait is not over."""

    def __init__(self) -> None:
        self.counts: dict[Of, Counts] = {}
        self.waiting: dict[InteractionId, Begun] = {}

    def take(self, fact: object, now_ms: int, queues: Mapping[str, Queue]) -> Ended | None:
        """The wait that this fact ends, if it ends one."""
        if isinstance(fact, e.InteractionQueued | e.ContactMoved):
            return self._waits(fact, now_ms)
        if not isinstance(fact, _ENDING) or fact.interaction not in self.waiting:
            return None
        how: How = "left"
        if isinstance(fact, e.CallConnected):
            how = "answered"
        elif isinstance(fact, e.InteractionEnded):
            how = "abandoned" if fact.outcome in GAVE_UP else "left"
        elif isinstance(fact, e.TransferFailed) and not fact.agent:
            return None  # they wait on
        return self._over(fact.interaction, how, now_ms, queues)

    def anew(self) -> None:
        """Another day: who waits counts in it."""
        self.counts = {}
        for begun in self.waiting.values():
            self.of(begun.of).offered += 1

    def of(self, key: Of) -> Counts:
        return self.counts.setdefault(key, Counts())

    def _waits(self, fact: e.InteractionQueued | e.ContactMoved, now_ms: int) -> Ended | None:
        key = fact.need.queue, fact.need.tenant
        begun = self.waiting.get(fact.interaction)
        if begun is not None and begun.of == key:
            return None  # told again
        if begun is None and isinstance(fact, e.ContactMoved):
            return None
        ended = None
        if begun is not None:
            self.of(begun.of).moved += 1
            ended = Ended(begun.of, "moved", now_ms - begun.since_ms)
        self.waiting[fact.interaction] = Begun(key, now_ms if begun is None else begun.since_ms)
        self.of(key).offered += 1
        return ended

    def _over(self, interaction: InteractionId, how: How, now_ms: int, queues: Mapping[str, Queue]) -> Ended:
        begun = self.waiting.pop(interaction)
        counts, waited_ms = self.of(begun.of), now_ms - begun.since_ms
        setattr(counts, how, getattr(counts, how) + 1)
        if how == "answered":
            queue = queues.get(begun.of[0])
            counts.wait_ms += waited_ms
            counts.in_target += queue is not None and waited_ms <= queue.target_ms
        elif how == "abandoned":
            counts.short += waited_ms <= SHORT_ABANDON_MS
        return Ended(begun.of, how, waited_ms)
