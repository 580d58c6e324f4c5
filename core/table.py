"""State that can step back.

The kernel's whole state is a handful of `Table`s of frozen rows.  `apply` is the only writer; while a step is being
decided every write is noted in a shared `Undo`, so that an exception in the middle leaves the state as it was
(rule 6).  What is derived from rows (indexes, deadlines) hangs on `watch` and is undone by the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Undo:
    """The writes of the step at hand, newest last: of which table, the key, the row before, and if that was dropped
    its place."""

    __slots__ = ("writes",)

    def __init__(self) -> None:
        self.writes: list[tuple[Table[Any, Any], Any, Any, int]] = []

    def forget(self) -> None:
        """The step is good: its writes stay."""
        self.writes.clear()

    def roll_back(self) -> None:
        """The step is bad: every row as before it, and where it was."""
        back: set[Table[Any, Any]] = set()
        while self.writes:
            table, key, old, place = self.writes.pop()
            if old is not None and key not in table:
                back.add(table)
            table._take_back(key, old, place)
        for table in back:
            table._sort()


class Table(Generic[K, V]):
    """Rows by key, in the order of their first writing.  Rows are frozen: a change puts a new row.

    `watch(key, old, new)` hears of every change (None stands for "no row"), undone ones too.  Each row keeps the number
    of its place, since decisions walk through tables: one whose dropping is taken back stands where it stood.
    `get(key)` is the row, or None.
    """

    __slots__ = ("_next", "_places", "_rows", "_watch", "_writes", "get")

    def __init__(self, undo: Undo, watch: Callable[[K, V | None, V | None], None] | None = None) -> None:
        self._rows: dict[K, V] = {}
        self.get: Callable[[K], V | None] = self._rows.get  # asked more often than all else: no step between
        self._places: dict[K, int] = {}
        self._next = 0
        self._writes = undo.writes
        self._watch = watch

    def put(self, key: K, row: V) -> None:
        old = self._rows.get(key)
        if old is None:
            self._places[key] = self._next
            self._next += 1
        self._writes.append((self, key, old, -1))
        self._rows[key] = row
        if self._watch is not None:
            self._watch(key, old, row)

    def drop(self, key: K) -> None:
        """Removes the row; a key that is not there is no fault."""
        if key in self._rows:
            old = self._rows.pop(key)
            self._writes.append((self, key, old, self._places.pop(key)))
            if self._watch is not None:
                self._watch(key, old, None)

    def _take_back(self, key: K, row: V | None, place: int) -> None:
        """`row` as it was before a write, at its place if the write dropped it."""
        old = self._rows.get(key)
        if row is None:
            del self._rows[key], self._places[key]
        else:
            self._rows[key] = row
            if old is None:
                self._places[key] = place
        if self._watch is not None:
            self._watch(key, old, row)

    def _sort(self) -> None:
        in_order = sorted(self._rows.items(), key=lambda item: self._places[item[0]])
        self._rows.clear()
        self._rows.update(in_order)

    def __getitem__(self, key: K) -> V:
        return self._rows[key]

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[K]:
        return iter(self._rows)

    def values(self) -> list[V]:
        return list(self._rows.values())

    def items(self) -> list[tuple[K, V]]:
        return list(self._rows.items())
