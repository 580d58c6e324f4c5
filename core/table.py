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
    """The writes of the step at hand, newest last."""

    __slots__ = ("_writes",)

    def __init__(self) -> None:
        self._writes: list[tuple[Table[Any, Any], Any, Any, int]] = []

    def note(self, table: Table[Any, Any], key: Any, old: Any, place: int) -> None:
        self._writes.append((table, key, old, place))

    def forget(self) -> None:
        """The step is good: its writes stay."""
        self._writes.clear()

    def roll_back(self) -> None:
        """The step is bad: every row as before it, and where it was."""
        back: set[Table[Any, Any]] = set()
        while self._writes:
            table, key, old, place = self._writes.pop()
            if old is not None and key not in table:
                back.add(table)
            table._set(key, old, place)
        for table in back:
            table._sort()


class Table(Generic[K, V]):
    """Rows by key, in the order of their first writing.  Rows are frozen: a change puts a new row.

    `watch(key, old, new)` hears of every change (None stands for "no row"), undone ones too.  Each row keeps the number
    of its place, since decisions walk through tables: one whose dropping is taken back stands where it stood.
    """

    __slots__ = ("_next", "_places", "_rows", "_undo", "_watch")

    def __init__(self, undo: Undo, watch: Callable[[K, V | None, V | None], None] | None = None) -> None:
        self._rows: dict[K, V] = {}
        self._places: dict[K, int] = {}
        self._next = 0
        self._undo = undo
        self._watch = watch

    def put(self, key: K, row: V) -> None:
        old = self._rows.get(key)
        place = self._places[key] if old is not None else self._next
        if old is None:
            self._next += 1
        self._undo.note(self, key, old, place)
        self._set(key, row, place)

    def drop(self, key: K) -> None:
        """Removes the row; a key that is not there is no fault."""
        if key in self._rows:
            place = self._places[key]
            self._undo.note(self, key, self._rows[key], place)
            self._set(key, None, place)

    def _set(self, key: K, row: V | None, place: int) -> None:
        old = self._rows.get(key)
        if row is None:
            self._rows.pop(key, None)
            self._places.pop(key, None)
        else:
            self._rows[key] = row
            self._places[key] = place
        if self._watch is not None:
            self._watch(key, old, row)

    def _sort(self) -> None:
        self._rows = dict(sorted(self._rows.items(), key=lambda item: self._places[item[0]]))

    def get(self, key: K) -> V | None:
        return self._rows.get(key)

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
