"""A queue that calls the citizen first: the agent is kept free, and rung once somebody has answered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import Site
from tests.asterisk.outside import Outside
from tests.asterisk.small_centre import SmallCentre, signature
from tests.asterisk.telephones import hears_signal, music, until
from tests.asterisk.test_callback import asks_to_be_called
from tests.asterisk.town import centre_elsewhere
from tests.asterisk.watch import Watch

CITIZEN_FIRST = SmallCentre(calls_out=True, callback={"key": "1", "tries": 2, "first": "citizen"})


@pytest.fixture
async def outside(town_with: TownWith) -> AsyncIterator[Outside]:
    outside = await Outside.open(await town_with(CITIZEN_FIRST))
    yield outside
    await outside.close()


async def test_who_answers_hears_that_somebody_comes_and_then_the_agent(outside: Outside) -> None:
    town = outside.town
    citizen = await asks_to_be_called(outside)
    due = await town.watch.fact(e.CallbackDue)
    desk = await town.desk()
    called = await outside.rings()
    assert desk.call is None, "nobody hears a telephone ring for nothing"
    called.answers()
    await town.watch.fact(e.CitizenAnswered, interaction=due.interaction, agent=desk.name)
    shown = await desk.takes()
    assert shown.remote.user == citizen.e164
    await called.both_hear(desk)
    assert (await town.watch.fact(e.TaskClosed, task=due.task)).how == "done"
    await called.call.hang_up()
    await outside.ended(due.interaction, "reached", "hung_up")
    await town.watch.fact(e.CallbackKept, task=due.task)


async def test_an_agent_who_does_not_lift_is_followed_by_the_next_and_nobody_is_hung_up_on(outside: Outside) -> None:
    town = outside.town
    await asks_to_be_called(outside)
    first, second = await town.desk(1), await town.desk(2)
    called = await outside.rings()
    due = await town.watch.fact(e.CallbackDue)
    called.answers()
    chosen = await town.watch.fact(e.AgentChosen, interaction=due.interaction)
    assert chosen.agent in (first.name, second.name)
    unmoved, other = (first, second) if chosen.agent == first.name else (second, first)
    ringing = await unmoved.rings()
    await hears_signal(called.call, signature("attente.rappel_bonjour"))
    await town.watch.fact(e.CallerHeld, interaction=due.interaction)
    await until(lambda: music(called.call), "music")
    ringing.reject(486)
    await other.takes()
    await called.both_hear(other)
    assert (await town.watch.fact(e.TaskClosed, task=due.task)).agent == other.name
    await called.call.hang_up()
    await outside.ended(due.interaction, "reached", "hung_up")


async def test_who_does_not_answer_costs_the_agent_nothing(outside: Outside) -> None:
    town = outside.town
    await asks_to_be_called(outside)
    desk = await town.desk()
    called = await outside.rings()
    waiting = await town.exchange.citizen()
    await waiting.fact(e.InteractionQueued)
    assert not town.watch.facts(e.AgentChosen), "the agent is kept free for whoever is called"
    called.call.reject(486)
    put_off = await town.watch.fact(e.CallbackPutOff)
    assert (put_off.why, put_off.tries) == ("unreached", 1)
    assert not town.watch.facts(e.AgentStateChanged, state="wrap_up"), "nothing to note: they heard nothing of it"
    await town.talking(waiting, desk)
    await waiting.call.hang_up()


async def test_who_hangs_up_before_the_agent_is_there_is_called_once_more(outside: Outside) -> None:
    town = outside.town
    await asks_to_be_called(outside)
    desk = await town.desk()
    called = await outside.rings()
    due = await town.watch.fact(e.CallbackDue)
    called.answers()
    await desk.rings()
    await called.call.hang_up()
    await outside.ended(due.interaction, "unreached", "hung_up")
    put_off = await town.watch.fact(e.CallbackPutOff)
    assert (put_off.why, put_off.tries) == ("unreached", 1)
    await town.watch.fact(e.OfferWithdrawn, agent=desk.name)


@pytest.mark.parametrize("phase", ["rings", "is told", "hears music"])
async def test_whom_we_called_first_outlives_our_end(site: Site, watch: Watch, phase: str) -> None:
    """Called once, in nobody's silence, joined with the agent by the next process."""
    async with centre_elsewhere(site, watch, CITIZEN_FIRST) as town:
        await town.up()
        outside = await Outside.open(town)
        await asks_to_be_called(outside)
        due = await watch.fact(e.CallbackDue)
        desk = await town.desk()
        called = await outside.rings()
        if phase != "rings":
            called.answers()
            offered = await desk.rings()
            if phase == "hears music":
                await watch.fact(e.CallerHeld, interaction=due.interaction)
        await town.process.kill()
        if phase == "rings":
            called.answers()
        await town.up()
        if phase == "rings":
            await desk.takes()
        else:
            offered.answer()
            desk.speak()
        await called.both_hear(desk)
        await called.call.hang_up()
        await outside.ended(due.interaction, "reached", "hung_up")
        assert len(watch.facts(e.CallPlaced)) == 1
        await outside.close()
