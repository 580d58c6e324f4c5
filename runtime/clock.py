"""The only clock: Unix milliseconds that never go back.

Wall time is read once, at the start, and never below the journal's last; from then on the steady clock counts.  When
the machine's wall clock is set, ours goes on evenly and says by how much they differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

STEP_WORTH_TELLING_MS: Final = 1_000


class Clock:
    """`wall_s` and `steady_s` are the machine's two clocks, in seconds; `not_before_ms` the journal's last time."""

    def __init__(self, wall_s: Callable[[], float], steady_s: Callable[[], float], not_before_ms: int = 0) -> None:
        self._wall_s = wall_s
        self._steady_s = steady_s
        self._base_ms = max(int(wall_s() * 1000), not_before_ms)
        self._base_steady_s = steady_s()
        self._told_ms = self._difference_ms()

    def now_ms(self) -> int:
        return self._base_ms + int((self._steady_s() - self._base_steady_s) * 1000)

    def seconds_until(self, at_ms: int) -> float:
        """How long from now to `at_ms`, 0 if it is past."""
        return max(0.0, (at_ms - self._base_ms) / 1000 - (self._steady_s() - self._base_steady_s))

    def stepped_by_ms(self) -> int | None:
        """By how much the wall clock was set since this was last asked; None if it was not."""
        difference = self._difference_ms()
        by_ms = difference - self._told_ms
        if abs(by_ms) < STEP_WORTH_TELLING_MS:
            return None
        self._told_ms = difference
        return by_ms

    def _difference_ms(self) -> int:
        return int(self._wall_s() * 1000) - self.now_ms()
