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
    first: int | None = None
    for time in times:
        if time is not None and (first is None or time < first):
            first = time
    return first


Entry = tuple[int, str, str]
"""(time, key, kind)"""


class Deadlines:
    """The deadlines of all rows, ordered by (time, key, kind); a changed row costs O(log n).

    What a row waits for now is the very entry that `_standing` has; others in the heap are over, and go when there are
    more of them than can be left.  Then no entry is made anew, lest thousands of rows hold up whoever changes the next.
    """

    __slots__ = ("_full", "_heap", "_standing")

    def __init__(self) -> None:
        self._standing: dict[str, dict[str, Entry]] = {}
        self._heap: list[Entry] = []
        self._full = 64

    def watcher(self, kind: str) -> Callable[[str, Timed | None, Timed | None], None]:
        """The `watch` of a Table whose rows are `kind`."""
        standing = self._standing.setdefault(kind, {})

        def watch(key: str, _old: Timed | None, new: Timed | None) -> None:
            at_ms = None if new is None else new.deadline_ms
            if at_ms is None:
                standing.pop(key, None)
                return
            before = standing.get(key)
            if before is None or before[0] != at_ms:
                entry = standing[key] = at_ms, key, kind
                self._push(entry)

        return watch

    def _push(self, entry: Entry) -> None:
        heapq.heappush(self._heap, entry)
        if len(self._heap) > self._full:
            self._heap = [entry for each in self._standing.values() for entry in each.values()]
            heapq.heapify(self._heap)
            self._full = 4 * len(self._heap) + 64

    def silence(self, kind: str, key: str) -> None:
        """Forgets a deadline whose decision is broken, lest it fires for ever; the row's next change sets it anew."""
        self._standing.get(kind, {}).pop(key, None)

    def first(self) -> Entry | None:
        """The earliest, or None."""
        while self._heap:
            entry = self._heap[0]
            _, key, kind = entry
            if self._standing[kind].get(key) is entry:
                return entry
            heapq.heappop(self._heap)
        return None
