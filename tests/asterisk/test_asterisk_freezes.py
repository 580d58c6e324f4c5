"""The neighbour that breaks here is Asterisk, stopped but not dead (SIGSTOP): a link that is half open."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from core import events as e
from core.limits import AMI_HALF_OPEN_MS
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.town import Here, centre_here
from tests.asterisk.watch import Watch
from traffic.clock import now_ms


@pytest.fixture
async def own_town(site: Site, watch: Watch) -> AsyncIterator[Here]:
    """A centre with an Asterisk that nobody else needs; whatever happens, it is thawed in the end."""
    async with centre_here(site, watch, SmallCentre()) as town:
        pid = site.asterisk_pid
        assert pid is not None
        try:
            yield town
        finally:
            os.kill(pid, signal.SIGCONT)


async def test_silence_is_noticed_within_five_seconds_and_calls_go_on_afterwards(own_town: Here) -> None:
    town = own_town
    desk, talking = await town.desk(), await town.exchange.citizen()
    await town.talking(talking, desk)
    waiting = await town.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    pid = town.site.asterisk_pid
    assert pid is not None

    os.kill(pid, signal.SIGSTOP)
    stopped_ms = now_ms()
    await town.watch.fact(e.NodeLost)
    assert now_ms() - stopped_ms < AMI_HALF_OPEN_MS + 1_000
    os.kill(pid, signal.SIGCONT)

    await town.watch.fact(e.NodeSeen, nth=2)
    await town.talking_still(talking, desk)
    await waiting.hears_music()
    await desk.hang_up()
    await town.talking(waiting, desk)
    await desk.hang_up()
    await town.outcome(waiting, "answered")
    await town.settled()


async def test_what_was_done_while_it_was_frozen_is_known_when_it_thaws(own_town: Here) -> None:
    """The agent and the citizen hang up while nobody hears it; somebody new calls meanwhile."""
    town = own_town
    desk, talking = await town.desk(), await town.exchange.citizen()
    await town.talking(talking, desk)
    pid = town.site.asterisk_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    await town.watch.fact(e.NodeLost)
    leaving = asyncio.ensure_future(talking.call.hang_up())
    meanwhile = await town.exchange.citizen()
    os.kill(pid, signal.SIGCONT)
    await leaving
    await town.outcome(talking, "answered")
    assert desk.call is not None
    await desk.call.ended(10)
    await town.talking(meanwhile, desk)
    await desk.hang_up()
    await town.outcome(meanwhile, "answered")
    await town.settled()
