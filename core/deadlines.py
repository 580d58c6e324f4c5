"""The earliest time that any row waits for.  A timer is a field of a row; this index only remembers where it stands."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Protocol


class Timed(Protocol):
    """A row with timers: `deadline_ms` is the earliest of them, None when it waits for nothing."""

    @property
    def deadline_ms(self) -> int | None: ...


def earliest(*times: int | None) -> int | None:
    """The earliest of times, of which some may be None; None if all are."""
    return min((time for time in times if time is not None), default=None)


class Deadlines:
    """The deadlines of all rows, ordered by (time, key, kind); a changed row costs O(log n)."""

    __slots__ = ("_heap", "_standing")

    def __init__(self) -> None:
        self._standing: dict[tuple[str, str], int] = {}
        self._heap: list[tuple[int, str, str]] = []

    def watcher(self, kind: str) -> Callable[[str, Timed | None, Timed | None], None]:
        """The `watch` of a Table whose rows are `kind`."""

        def watch(key: str, _old: Timed | None, new: Timed | None) -> None:
            self._set(kind, key, new.deadline_ms if new is not None else None)

        return watch

    def _set(self, kind: str, key: str, at_ms: int | None) -> None:
        if at_ms is None:
            self._standing.pop((kind, key), None)
        elif self._standing.get((kind, key)) != at_ms:
            self._standing[kind, key] = at_ms
            heapq.heappush(self._heap, (at_ms, key, kind))
            if len(self._heap) > 4 * len(self._standing) + 64:
                self._heap = [(at, key, kind) for (kind, key), at in self._standing.items()]
                heapq.heapify(self._heap)

    def silence(self, kind: str, key: str) -> None:
        """Forgets a deadline whose decision is broken, lest it fires for ever; the row's next change sets it anew."""
        self._standing.pop((kind, key), None)

    def first(self) -> tuple[int, str, str] | None:
        """(time, key, kind) of the earliest, or None."""
        while self._heap:
            at_ms, key, kind = self._heap[0]
            if self._standing.get((kind, key)) == at_ms:
                return at_ms, key, kind
            heapq.heappop(self._heap)
        return None
