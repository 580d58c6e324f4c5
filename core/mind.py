"""What a mind is: a state of its own, and for each fact that concerns it how it changes and what is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from core.centre import Centre
from core.commands import Command
from core.events.base import Event
from core.table import Table

Decision = Iterable[Event | Command]
Applies = Mapping[type[Event], Callable[[Any, Any, int], None]]
Decides = Mapping[type[Event], Callable[[Any, Any, int], Decision]]
Tables = Mapping[str, tuple[Table[str, Any], type]]


def applied_by(*parts: Applies) -> Applies:
    """One table out of several: a fact that several parts take is taken by each, in their order."""
    every: dict[type[Event], list[Callable[[Any, Any, int], None]]] = {}
    for part in parts:
        for fact, apply in part.items():
            every.setdefault(fact, []).append(apply)

    def each(applies: list[Callable[[Any, Any, int], None]]) -> Callable[[Any, Any, int], None]:
        def apply(state: Any, fact: Any, now_ms: int) -> None:
            for one in applies:
                one(state, fact, now_ms)

        return apply

    return {fact: applies[0] if len(applies) == 1 else each(applies) for fact, applies in every.items()}


def decided_by(*parts: Decides) -> Decides:
    """One table out of several: a fact that several parts decide upon is decided upon by each, in their order."""
    every: dict[type[Event], list[Callable[[Any, Any, int], Decision]]] = {}
    for part in parts:
        for fact, decide in part.items():
            every.setdefault(fact, []).append(decide)

    def each(decides: list[Callable[[Any, Any, int], Decision]]) -> Callable[[Any, Any, int], Decision]:
        def decide(state: Any, fact: Any, now_ms: int) -> Decision:
            for one in decides:
                yield from one(state, fact, now_ms)

        return decide

    return {fact: decides[0] if len(decides) == 1 else each(decides) for fact, decides in every.items()}


class Configurations:
    """The configuration in force and those that live dialogues still follow, by digest (rule 14)."""

    __slots__ = ("by_digest", "now")

    def __init__(self, centre: Centre) -> None:
        self.by_digest: dict[str, Centre] = {centre.digest: centre}
        self.now = centre

    def add(self, centre: Centre) -> None:
        """Makes `centre` known; it holds once ConfigurationApplied says so."""
        self.by_digest[centre.digest] = centre

    def use(self, digest: str) -> None:
        """The configuration `digest` holds from now."""
        self.now = self.by_digest[digest]


class Mind:
    """`applies` and `decides` map a fact's type to what the mind does with it: (state, fact, now_ms).

    Applying is the only way that state changes; deciding only reads, and gives the facts and orders that follow.
    A fact is applied before it is decided upon, and the state may already hold later facts of the same step: decide
    on what the state says, not on what the fact says was so.
    """

    __slots__ = ("applies", "decides", "name", "orders", "state", "tables")

    def __init__(
        self,
        name: str,
        state: Any,
        tables: Tables,
        applies: Applies,
        decides: Decides,
        orders: tuple[type[Command], ...],
    ) -> None:
        self.name = name
        self.state = state
        self.tables = tables
        self.applies = applies
        self.decides = decides
        self.orders = orders
