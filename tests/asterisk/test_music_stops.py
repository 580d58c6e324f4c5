"""The music ends when somebody takes the call, even where Asterisk is just then busy with it.

While Asterisk fetches the next 20 ms of music nobody else can stop it, and it goes on afterwards: a citizen who is
joined in that moment would hear music instead of the agent, until they hang up.  On a loaded machine that is one call
in some thousands.  Here the music comes through a pipe, later than it is needed, so that Asterisk is always fetching.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from core import events as e
from speech.music import FILE
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.telephones import both_hear
from tests.asterisk.town import centre_here
from tests.asterisk.watch import Watch
from traffic.sound import FRAME, RATE_HZ, encode_alaw, tone

LATE_S = 0.1
"""A frame of music each: it lasts 0.020."""


class Pipe:
    """Music in the file's place that comes one late frame after the other."""

    def __init__(self, site: Site) -> None:
        self.path = site.run / "music" / FILE
        self._stop = threading.Event()
        self._feeding = threading.Thread(target=self._feed, daemon=True)

    def lay(self) -> None:
        self.path.unlink()
        os.mkfifo(self.path)
        self._feeding.start()

    def _feed(self) -> None:
        frame = encode_alaw(tone(300, FRAME / RATE_HZ, -20.0))
        end = os.open(self.path, os.O_RDWR)  # both ends: whoever stops listening breaks nothing
        while not self._stop.wait(LATE_S):
            os.write(end, frame)
        os.write(end, frame * 100)  # who is fetching still gets on
        os.close(end)

    def end(self) -> None:
        self._stop.set()
        self._feeding.join()


@pytest.fixture
def pipe(site: Site) -> Iterator[Pipe]:
    pipe = Pipe(site)
    yield pipe
    pipe.end()


async def test_whoever_is_taken_while_the_music_is_fetched_hears_the_agent(
    site: Site, watch: Watch, pipe: Pipe
) -> None:
    async with centre_here(site, watch, SmallCentre(offer="20s")) as town:
        pipe.lay()
        citizen = await town.exchange.citizen()
        await citizen.fact(e.CallerHeld)
        await citizen.hears_music()
        desk = await town.desk()
        await desk.takes()
        await both_hear(citizen, desk)
        await desk.hang_up()
        await town.outcome(citizen, "answered")
