"""The life of a thing as one literal table, and the picture drawn from it.

A table maps a state to what may happen in it and where that leads.  Facts that *we* decide must have an entry: one
without is a bug and raises.  Facts that *peers* report may come late or twice: without an entry they change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.errors import ImpossibleTransition

Transitions = Mapping[str, Mapping[str, str]]


class Life:
    """`name` of the thing, its first state, its table, and the facts of the table that peers report.

    `others` are further states in which its life may begin.
    """

    __slots__ = ("first", "firsts", "name", "peers", "table", "words")

    def __init__(
        self,
        name: str,
        first: str,
        table: Transitions,
        peers: frozenset[str] = frozenset(),
        others: tuple[str, ...] = (),
    ) -> None:
        self.name: Final = name
        self.first: Final = first
        self.firsts: Final = (first, *others)
        self.table: Final = table
        self.peers: Final = peers
        self.words: Final = frozenset(word for row in table.values() for word in row)

    def after(self, state: str, fact: str) -> str:
        """The state that follows `fact` in `state`.

        Raises ImpossibleTransition for a fact of ours that has no entry.
        """
        following = self.table[state].get(fact)
        if following is not None:
            return following
        if fact in self.peers:
            return state
        raise ImpossibleTransition(f"{self.name}: {fact} cannot happen in state {state}")

    def may(self, state: str, fact: str) -> bool:
        """Whether the table has an entry for `fact` in `state`."""
        return fact in self.table[state]

    def diagram(self) -> str:
        """Mermaid source of the table, as it stands in docs/life-of-a-call.md."""
        lines = ["stateDiagram-v2", *(f"    [*] --> {first}" for first in self.firsts)]
        for state, row in self.table.items():
            if not row:
                lines.append(f"    {state} --> [*]")
            lines += [f"    {state} --> {following}: {fact}" for fact, following in row.items()]
        return "\n".join(lines)
