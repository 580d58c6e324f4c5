"""Who is heard: each party of a call speaks a tone of its own, recognised at the other end.

Citizens and agents have grids that interleave: citizens on multiples of 10 Hz, agents 5 Hz
beside them.  Looking at one grid over 0.4 s, a tone of the other falls on a zero of the window
or between two places of the grid: echo of one's own voice is never taken for the other party.
Both grids begin above the 425 and 440 Hz of ringing tones.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from traffic.clock import now_ms
from traffic.heard import Heard
from traffic.sound import strongest_tone, tone_onset_ms

CITIZEN_TONES: Sequence[int] = range(500, 3200, 10)
AGENT_TONES: Sequence[int] = range(505, 3200, 10)

WINDOW_S = 0.4
MEASURE_S = 1.0
_POLL_S = 0.25
_STALE_MS = 300.0  # sound older than this is not "at present"; jitter and a busy loop are less

CLEAR_DB = 15.0
"""A tone must stand this far above the loudest of its neighbours on the grid…"""

PURE = 0.5
"""…and hold this share of all the power: a note of the waiting music does not."""


@dataclass(frozen=True, slots=True)
class HeardTone:
    """The other party's tone: which one, since when (Unix ms), how loud, how clear."""

    hz: int
    since_ms: float
    dbfs: float
    ratio_db: float
    purity: float


class ToneBook:
    """Gives out the tones of a grid: always the one that has been free for longest.

    Two calls that follow each other never share one, and two calls at the same time do only
    when there are more calls than tones (270).
    """

    def __init__(self, grid: Sequence[int]) -> None:
        self._users = OrderedDict.fromkeys(grid, 0)

    def take(self) -> int:
        """Take a tone."""
        fewest = min(self._users.values())
        hz = next(hz for hz, users in self._users.items() if users == fewest)
        self._users[hz] += 1
        self._users.move_to_end(hz)
        return hz

    def give_back(self, hz: int) -> None:
        """The call is over: the tone may be used again, as late as possible."""
        self._users[hz] -= 1
        self._users.move_to_end(hz)


async def listen_for(heard: Heard, grid: Sequence[int]) -> HeardTone:
    """Wait, without limit, until a tone of the grid is clearly heard twice running; say since when.

    The caller bounds the wait.  Listening costs about 0.15 ms four times a second.
    """
    before: HeardTone | None = None
    while True:
        found = hear(heard, grid)
        if found is not None and before is not None and found.hz == before.hz:
            return replace(found, since_ms=before.since_ms)
        before = found
        await asyncio.sleep(_POLL_S)


def hear(heard: Heard, grid: Sequence[int], window_s: float = WINDOW_S) -> HeardTone | None:
    """Return the tone of the grid that is heard at present, None if there is none clear enough."""
    if heard.last_ms is None or heard.last_ms < now_ms() - _STALE_MS:
        return None
    found = strongest_tone(heard.last(window_s).samples, grid)
    if found is None or found.ratio_db < CLEAR_DB or found.purity < PURE:
        return None
    recent = heard.last(window_s + 2 * _POLL_S)
    onset_ms = tone_onset_ms(recent.samples, found.hz) or 0.0
    since_ms = recent.start_ms + onset_ms
    return HeardTone(found.hz, since_ms, found.dbfs, found.ratio_db, found.purity)


async def measure(heard: Heard, first: HeardTone, grid: Sequence[int]) -> HeardTone | None:
    """Listen for `MEASURE_S` more and measure over all of it; None if that tone is not there any more."""
    await asyncio.sleep(MEASURE_S)
    again = hear(heard, grid, MEASURE_S)
    if again is None or again.hz != first.hz:
        return None
    return replace(again, since_ms=first.since_ms)
