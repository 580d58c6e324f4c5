"""One timer that serves every stream of the process each 20 ms, on a monotonic schedule.

A task or a reader callback per stream would cost more than the work itself: with 200 calls there
are 20,000 packets a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import weakref
from typing import Protocol

from traffic.clock import now_ms
from traffic.sound import FRAME_MS

_TICK_S = FRAME_MS / 1000
_GIVE_UP_CATCHING_UP_S = 0.2


class Paced(Protocol):
    """What is served: it reads what has come, then sends one frame."""

    def receive(self, present_ms: float, wall_offset_ms: float) -> None:
        """Read; Unix time in ms plus the offset gives the package's clock."""

    def send_frame(self) -> None:
        """Send the next 20 ms."""


class Ticker:
    """Serves all streams of an event loop; get it with `Ticker.shared`.

    ``ticks`` and ``busy_s`` tell the work done, ``worst_late_ms`` the worst delay of a tick,
    ``stalls`` how often the process fell so far behind that it gave up catching up.
    """

    def __init__(self) -> None:
        self.ticks = 0
        self.stalls = 0
        self.worst_late_ms = 0.0
        self.busy_s = 0.0
        self._streams: list[Paced] = []
        self._next_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def shared(cls) -> Ticker:
        """Return the ticker of the running loop."""
        return _TICKERS.setdefault(asyncio.get_running_loop(), cls())

    def add(self, stream: Paced) -> None:
        """Serve this stream from the next tick on."""
        self._streams.append(stream)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._next_s = loop.time() + _TICK_S
            self._timer = loop.call_at(self._next_s, self._tick, loop)

    def remove(self, stream: Paced) -> None:
        """Serve it no more; the last one out stops the timer."""
        with contextlib.suppress(ValueError):
            self._streams.remove(stream)
        if not self._streams and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def running(self) -> bool:
        """Whether a tick will come."""
        return self._timer is not None

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        begun_s = loop.time()
        late_s = begun_s - self._next_s
        self.worst_late_ms = max(self.worst_late_ms, late_s * 1000)
        self.ticks += 1
        self._next_s += _TICK_S
        if late_s > _GIVE_UP_CATCHING_UP_S:  # a stalled process: do not burst a second of sound
            self.stalls += 1
            self._next_s = begun_s + _TICK_S
        # The next tick is set first: a source that raises must not silence the other streams.
        self._timer = loop.call_at(self._next_s, self._tick, loop)
        present_ms = now_ms()
        wall_offset_ms = present_ms - time.time() * 1000
        for stream in self._streams.copy():
            stream.receive(present_ms, wall_offset_ms)
            stream.send_frame()
        self.busy_s += loop.time() - begun_s


_TICKERS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Ticker] = weakref.WeakKeyDictionary()
