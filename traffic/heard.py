"""What a telephone has heard: the last seconds of received audio, with arrival times.

Adding a frame is the hot path (10,000 a second with 200 calls): it writes into preallocated
rings and computes nothing.  Everything else is done when somebody asks, with numpy.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from traffic.sound import FRAME, FRAME_MS, SILENCE, decode_alaw

_JUMP_MS = 200.0
"""RTP time and arrival may differ by jitter; beyond this the sender has changed its clock."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Continuous sound rebuilt from frames; what was lost or never sent is silence.

    ``samples`` is int16 of shape (n,) at 8 kHz; the first one arrived at ``start_ms``.
    """

    samples: NDArray[np.int16]
    start_ms: float

    @property
    def end_ms(self) -> float:
        """When the last sample ends."""
        return self.start_ms + len(self.samples) / 8.0


class Heard:
    """A ring of the last ``seconds`` received.  ``frames`` counts all frames since the beginning."""

    def __init__(self, seconds: float = 30.0) -> None:
        self.frames = 0
        self._slots = max(1, round(seconds * 1000 / FRAME_MS))
        self._sound = bytearray(self._slots * FRAME)
        self._arrived_ms = array("d", bytes(8 * self._slots))
        self._timestamp = array("I", bytes(4 * self._slots))

    def add(self, arrived_ms: float, timestamp: int, payload: bytes) -> None:
        """Keep one A-law payload, of 20 ms as a rule; other lengths are cut or padded to frames."""
        if len(payload) != FRAME:
            self._add_odd(arrived_ms, timestamp, payload)
            return
        slot = self.frames % self._slots
        self._sound[slot * FRAME : (slot + 1) * FRAME] = payload
        self._arrived_ms[slot] = arrived_ms
        self._timestamp[slot] = timestamp
        self.frames += 1

    def _add_odd(self, arrived_ms: float, timestamp: int, payload: bytes) -> None:
        for start in range(0, len(payload), FRAME):
            piece = payload[start : start + FRAME].ljust(FRAME, SILENCE[:1])
            self.add(arrived_ms, (timestamp + start) & 0xFFFFFFFF, piece)

    def clear(self) -> None:
        """Forget the sound; for a test that wants only what comes next."""
        self.frames = 0

    @property
    def last_ms(self) -> float | None:
        """When the last frame arrived (Unix ms), None if nothing came yet."""
        return self._arrived_ms[(self.frames - 1) % self._slots] if self.frames else None

    def last(self, seconds: float) -> Recording:
        """Return the sound of the last ``seconds`` received (less if less was received)."""
        count = min(self.frames, self._slots, round(seconds * 1000 / FRAME_MS))
        return self._rebuild(self._latest(count))

    def since(self, since_ms: float, until_ms: float | None = None) -> Recording:
        """Return what arrived from ``since_ms`` up to ``until_ms`` (Unix ms), as far as kept."""
        kept = self._latest(min(self.frames, self._slots))
        arrived = np.frombuffer(self._arrived_ms, np.float64)[kept]
        wanted = arrived >= since_ms
        if until_ms is not None:
            wanted &= arrived < until_ms
        return self._rebuild(kept[wanted])

    def arrivals_ms(self) -> NDArray[np.float64]:
        """Return when each kept frame arrived, oldest first: shape (frames,), Unix ms."""
        kept = self._latest(min(self.frames, self._slots))
        return np.frombuffer(self._arrived_ms, np.float64)[kept].copy()

    def _latest(self, count: int) -> NDArray[np.int64]:
        """Ring positions of the last ``count`` frames, oldest first."""
        return np.arange(self.frames - count, self.frames) % self._slots

    def _rebuild(self, slots: NDArray[np.int64]) -> Recording:
        if not len(slots):
            return Recording(np.zeros(0, np.int16), 0.0)
        arrived = np.frombuffer(self._arrived_ms, np.float64)[slots]
        timestamp = np.frombuffer(self._timestamp, np.uint32)[slots]
        place = _places(arrived, timestamp)
        sound = np.full((int(place.max()) + 1, FRAME), SILENCE[0], np.uint8)
        sound[place] = np.frombuffer(self._sound, np.uint8).reshape(-1, FRAME)[slots]
        return Recording(decode_alaw(sound.tobytes()), float(arrived[0]))


def _places(arrived_ms: NDArray[np.float64], timestamp: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Give each frame its place on a 20 ms grid: by RTP time, or by arrival where RTP time jumps.

    Asterisk restarts its timestamps when it moves a call between bridges; then only the clock on
    the wall says how long the silence lasted.  Shapes: (n,) in, (n,) out, smallest place 0.
    """
    by_rtp_ms = np.diff(timestamp).astype(np.int32) / 8.0  # uint32 wraps, int32 makes it signed
    by_clock_ms = np.diff(arrived_ms)
    jumped = np.abs(by_rtp_ms - by_clock_ms) > _JUMP_MS
    steps = np.where(
        jumped,
        np.maximum(1, np.rint(by_clock_ms / FRAME_MS)),
        np.rint(by_rtp_ms / FRAME_MS),
    )
    places: NDArray[np.int64] = np.concatenate(([0], np.cumsum(steps))).astype(np.int64)
    places -= places.min()
    return places
