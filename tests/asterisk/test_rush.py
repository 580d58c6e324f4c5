"""A rush: forty callers and five agents who do anything at any moment.  In the end every call has one outcome, no
channel is left and every agent is free; the fixture sees to that."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random

import pytest

from core import events as e
from tests.asterisk.small_centre import DIRECT, LUNCH, READY, WELCOME
from tests.asterisk.telephones import Citizen, Desk
from tests.asterisk.town import Here
from traffic.errors import NotAnswered, TooLong

CALLERS = 40
AGENTS = 5
SEED = int(os.environ.get("ALLO_RUSH_SEED", "1"))
"""Another rush: ALLO_RUSH_SEED=2 ./allo test tests/asterisk/test_rush.py"""


@pytest.mark.alone
@pytest.mark.parametrize("seed", [SEED])
async def test_whatever_callers_and_agents_do_nobody_is_lost_and_nothing_is_left(town: Here, seed: int) -> None:
    chance = random.Random(seed)
    desks, closing_time = await town.desks(AGENTS), asyncio.Event()
    agents = [_works(desk, random.Random(chance.random()), closing_time) for desk in desks]

    async def callers() -> None:
        try:
            await asyncio.gather(*(_calls(town, random.Random(chance.random())) for _ in range(CALLERS)))
        finally:
            closing_time.set()

    await asyncio.gather(callers(), *agents)
    await town.watch.until(lambda: not town.watch.here(), "the end of every interaction", 30)
    outcomes = [fact.outcome for fact in town.watch.facts(e.InteractionEnded)]
    assert len(outcomes) == len(town.watch.facts(e.CallArrived)) == CALLERS
    assert "lost" not in outcomes


async def _calls(town: Here, chance: random.Random) -> None:
    """Calls at some moment of the first seconds, presses keys or not, and hangs up at some moment."""
    await asyncio.sleep(chance.uniform(0, 4))
    citizen = await town.exchange.citizen(chance.choice((DIRECT, WELCOME)))
    with contextlib.suppress(NotAnswered, TimeoutError):
        await asyncio.wait_for(_lives(citizen, chance), chance.uniform(0.01, 8))
    await citizen.call.hang_up()


async def _lives(citizen: Citizen, chance: random.Random) -> None:
    await citizen.call.answered(10)
    citizen.speak()
    for _ in range(chance.randint(0, 3)):
        await asyncio.sleep(chance.uniform(0, 1.5))
        with contextlib.suppress(RuntimeError):
            await citizen.call.press(chance.choice("15#*7"), tone_ms=60)
    await citizen.call.ended(20)


async def _works(desk: Desk, chance: random.Random, closing_time: asyncio.Event) -> None:
    """Answers, refuses, lets it ring, hangs up, takes a pause."""
    while not closing_time.is_set():
        try:
            call = await desk.rings(1)
        except TooLong:
            continue
        await asyncio.sleep(chance.choice((0, 0, 0.05, 0.4)))
        fate = chance.random()
        if fate < 0.1:
            call.reject(chance.choice((486, 603, 480, 503)))
        elif fate < 0.2:
            await call.ended(30)
        elif call.end is None:
            call.answer()
            desk.speak()
            with contextlib.suppress(TooLong):
                await call.ended(chance.uniform(0.01, 1.5))
            await call.hang_up()
        if chance.random() < 0.15:
            await desk.dial(LUNCH)
            await desk.dial(READY)
