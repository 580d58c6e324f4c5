"""The virtual clock's agenda."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class Agenda:
    """What is still to happen, by time; what comes at the same time comes in the order it was noted in."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[int], None]]] = []
        self._count = 0

    def at(self, at_ms: int, act: Callable[[int], None]) -> None:
        """Notes `act`, to be called with its time."""
        self._count += 1
        heapq.heappush(self._heap, (at_ms, self._count, act))

    def next_ms(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def pop(self) -> tuple[int, Callable[[int], None]]:
        at_ms, _, act = heapq.heappop(self._heap)
        return at_ms, act
