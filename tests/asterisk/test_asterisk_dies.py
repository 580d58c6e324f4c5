"""The neighbour that breaks here is Asterisk: killed with calls in it.  Allo starts it again and goes on."""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import WELCOME, SmallCentre
from tests.asterisk.town import Here, centre_here
from tests.asterisk.watch import Watch
from traffic.clock import now_ms

BACK_MS = 15_000
"""From the death of Asterisk to the next conversation; 3 s where nothing else runs."""


@pytest.fixture
async def own_town(site: Site, watch: Watch) -> AsyncIterator[Here]:
    """A centre with an Asterisk that nobody else needs."""
    async with centre_here(site, watch, SmallCentre()) as town:
        yield town


def _kill(site: Site) -> None:
    pid = site.asterisk_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


async def test_its_calls_end_with_their_outcome_and_new_ones_work_within_seconds(
    own_town: Here, caplog: pytest.LogCaptureFixture
) -> None:
    town = own_town
    desk = await town.desk()
    talking = await town.exchange.citizen()
    await town.talking(talking, desk)
    waiting, welcomed = await town.exchange.citizen(), await town.exchange.citizen(WELCOME)
    await waiting.fact(e.CallerHeld)
    await welcomed.fact(e.PlaybackStarted)

    killed_ms = now_ms()
    _kill(town.site)
    await town.watch.fact(e.NodeLost)
    await town.watch.fact(e.NodeSeen, nth=2)
    assert (await talking.fact(e.ConversationEnded)).by == "fault"
    await town.outcome(talking, "answered")
    await town.outcome(waiting, "lost")
    await town.outcome(welcomed, "lost")
    for citizen in (waiting, welcomed):
        assert (await citizen.fact(e.TaskOpened)).kind == "abandoned", "who was lost is called back"
    assert town.watch.facts(e.TaskOpened, interaction=await talking.interaction()) == []
    for citizen in (talking, waiting, welcomed):
        await citizen.call.hang_up()
    assert desk.call is not None
    await desk.call.hang_up()

    await desk.phone.register()
    await town.watch.agent(desk.name, "available")
    again = await town.exchange.citizen()
    await town.talking(again, desk)
    assert now_ms() - killed_ms < BACK_MS
    await desk.hang_up()
    await town.outcome(again, "answered")
    await town.settled()
    assert "est mort" in caplog.text


async def test_killed_again_and_again_it_is_started_ever_more_slowly(
    own_town: Here, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for deaths in range(1, 4):
        _kill(own_town.site)
        await own_town.watch.fact(e.NodeSeen, nth=deaths + 1)
    told = re.findall(r"est mort : redémarrage dans (\d+) ms", caplog.text)
    waits_ms = [int(wait) for wait in told]
    assert waits_ms == sorted(waits_ms)
    assert len(set(waits_ms)) == 3
    citizen = await own_town.exchange.citizen()
    await citizen.hears_music()
    await citizen.call.hang_up()
    await own_town.outcome(citizen, "abandoned")


async def test_killed_while_a_telephone_rings_the_agent_is_free_again(own_town: Here) -> None:
    desk = await own_town.desk()
    citizen = await own_town.exchange.citizen()
    offered = await desk.rings()
    _kill(own_town.site)
    await own_town.watch.fact(e.NodeSeen, nth=2)
    await own_town.outcome(citizen, "lost")
    offered.reject(480)
    await citizen.call.hang_up()
    await desk.phone.register()
    await own_town.watch.agent(desk.name, "available")
    again = await own_town.exchange.citizen()
    await own_town.talking(again, desk)
    await desk.hang_up()
    await own_town.outcome(again, "answered")
