"""An asyncio loop whose clock jumps to the next timer: minutes pass in no time, and nothing is left to luck."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

STUCK = "every task waits, and no timer is set: nothing will ever happen"


class _Jumping(selectors.SelectSelector):
    """Where a loop would sleep, its clock moves instead."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError(STUCK)
        self._clock.now_s += timeout
        return []


class VirtualClock:
    """Seconds since the loop began; `wall_s` is a machine's clock beside it, which may be set."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.wall_offset_s = 1_800_000_000.0

    def steady_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return self.now_s + self.wall_offset_s


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(_Jumping(clock))
        self._virtual = clock
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._virtual.now_s


def run(clock: VirtualClock, work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` on virtual time; RuntimeError if it can never end."""
    with asyncio.Runner(loop_factory=lambda: _Loop(clock)) as runner:
        return runner.run(work)


async def passes(seconds: float) -> None:
    """Lets so much time pass: everything that is due meanwhile happens."""
    await asyncio.sleep(seconds)
