"""A circuit breaker: a system that keeps failing is left alone for a while, then asked once.  Pure: time is passed.

closed ── `failures` in a row ──▶ open ── `open_ms` later ──▶ one probe ── well ──▶ closed
                                   ▲                              └─ badly ─┘
"""

from __future__ import annotations

from typing import Final

FAILURES: Final = 5
OPEN_MS: Final = 30_000


class Breaker:
    """`allows` before asking, then `succeeded` or `failed`."""

    def __init__(self, failures: int = FAILURES, open_ms: int = OPEN_MS) -> None:
        self._bound = failures
        self._open_ms = open_ms
        self._failed = 0
        self._until_ms: int | None = None
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether the system is left alone."""
        return self._until_ms is not None

    def allows(self, now_ms: int) -> bool:
        """Whether it may be asked now; when open, one probe at a time once the pause is over."""
        if self._until_ms is None:
            return True
        if now_ms < self._until_ms or self._probing:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._failed = 0
        self._until_ms = None
        self._probing = False

    def failed(self, now_ms: int) -> None:
        self._failed += 1
        if self._probing or self._failed >= self._bound:
            self._until_ms = now_ms + self._open_ms
            self._probing = False
