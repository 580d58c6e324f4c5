"""How fast passwords may be tried: after some failures each further try waits longer.

Nobody is locked out for good: that would let a stranger close the centre by guessing badly.
"""

from __future__ import annotations

from typing import Final

# Failures that cost nothing: fingers slip.
FREE: Final = 3
FIRST_S: Final = 2.0
LONGEST_S: Final = 60.0
# Failures are forgotten after this.
FORGET_S: Final = 15 * 60.0
# Names and addresses remembered: more are an attack from many places, which the oldest pay for.
MOST: Final = 10_000


class Attempts:
    """Failures by key (an account, an address); time in seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[int, float]] = {}

    def wait_s(self, key: str, now_s: float) -> float:
        """How long the next try must wait; 0 when it may come now."""
        failures, last_s = self._failed.get(key, (0, 0.0))
        if failures <= FREE or now_s - last_s > FORGET_S:
            return 0.0
        return float(max(0.0, last_s + min(LONGEST_S, FIRST_S * 2 ** (failures - FREE - 1)) - now_s))

    def failed(self, key: str, now_s: float) -> None:
        failures, last_s = self._failed.pop(key, (0, now_s))
        if now_s - last_s > FORGET_S:
            failures = 0
        while len(self._failed) >= MOST:
            del self._failed[next(iter(self._failed))]
        self._failed[key] = min(failures + 1, 64), now_s

    def succeeded(self, key: str) -> None:
        self._failed.pop(key, None)
