"""The neighbour that breaks here is the machine's clock: somebody sets it while people wait and talk."""

from __future__ import annotations

import asyncio
import time

import pytest

from core import events as e
from runtime.clock import Clock
from tests.asterisk.town import Here

HOUR_S = 3_600.0


class Wall:
    """The machine's clock, as somebody sets it."""

    def __init__(self) -> None:
        self.set_by_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.set_by_s


@pytest.mark.parametrize("by_s", [2 * HOUR_S, -2 * HOUR_S])
async def test_offers_waits_and_talks_last_as_long_as_they_would(town: Here, by_s: float) -> None:
    wall, loop = Wall(), town.platform.loop
    loop.clock = Clock(wall, asyncio.get_running_loop().time, not_before_ms=loop.kernel.now_ms)
    desk = await town.desk()
    talking = await town.exchange.citizen()
    await town.talking(talking, desk)
    waiting = await town.exchange.citizen()
    await waiting.fact(e.CallerHeld)

    wall.set_by_s = by_s
    stepped = await town.watch.fact(e.ClockStepped)  # the next step notices
    assert abs(stepped.by_ms - by_s * 1000) < 1_000
    await town.talking_still(talking, desk)
    await desk.hang_up()
    await town.talking(waiting, desk)  # neither given up as if two hours had passed, nor left for two more
    await desk.hang_up()
    for citizen in (talking, waiting):
        await town.outcome(citizen, "answered")
    assert len(town.watch.facts(e.ClockStepped)) == 1
    times = [step.now_ms for step in town.watch.steps]
    assert times == sorted(times)
    assert times[-1] - times[0] < HOUR_S * 1000
