"""The in-process bus: kept steps, handed to whoever listens (views, the demo's table, readers).

A listener gets every step once it is kept, in order.  With a wire each step is encoded and decoded on the way, as it
would be between processes: in tests always, so that nothing travels that could not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from core.step import Step

log = logging.getLogger("allo.bus")

Listener = Callable[[Step], None]


class StepWire(Protocol):
    def encode(self, step: Step) -> bytes: ...

    def decode(self, record: bytes) -> Step: ...


class Bus:
    """Listeners of one process."""

    def __init__(self, wire: StepWire | None = None) -> None:
        self._wire = wire
        self._listeners: list[Listener] = []
        self._seq = 0

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Adds a listener; the answer takes it away again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, step: Step) -> None:
        """Hands the step to every listener, once; one that raises is told of, and hinders nobody."""
        if step.seq <= self._seq:
            return
        self._seq = step.seq
        if not self._listeners:
            return
        if self._wire is not None:
            step = self._wire.decode(self._wire.encode(step))
        for listener in list(self._listeners):
            try:
                listener(step)
            except Exception:
                log.exception("a listener failed on step %d", step.seq)
