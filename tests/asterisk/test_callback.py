"""Whoever would rather be called than wait keeps their place, and is: the agent's telephone first, then theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import Site
from tests.asterisk.outside import Outside
from tests.asterisk.small_centre import DIRECT, SECOND_TEAM, SmallCentre
from tests.asterisk.telephones import Citizen
from tests.asterisk.town import centre_elsewhere
from tests.asterisk.watch import Watch

CALLS_BACK = SmallCentre(calls_out=True, callback={"key": "1", "tries": 2})


@pytest.fixture
async def outside(town_with: TownWith) -> AsyncIterator[Outside]:
    """A queue that calls back, and the people it calls."""
    outside = await Outside.open(await town_with(CALLS_BACK))
    yield outside
    await outside.close()


async def asks_to_be_called(outside: Outside) -> Citizen:
    """Waits, presses the key, is told that the number is noted, and the call ends."""
    citizen = await outside.town.exchange.citizen()
    await citizen.fact(e.CallerHeld)
    await citizen.call.press("1")
    await citizen.hears_prompt("attente.rappel_note")
    await outside.town.outcome(citizen, "converted")
    return citizen


async def test_who_asks_for_it_is_called_when_it_is_their_turn(outside: Outside) -> None:
    town = outside.town
    citizen = await asks_to_be_called(outside)
    due = await town.watch.fact(e.CallbackDue)
    arrived = (await citizen.fact(e.TaskOpened)).since_at_ms
    assert due.arrived_at_ms == arrived
    later = await town.exchange.citizen()
    await later.fact(e.CallerHeld)

    desk = await town.desk()
    shown = await desk.takes()
    assert shown.remote.user == citizen.e164
    called = await outside.rings()
    called.answers()
    await called.both_hear(desk)
    assert (await town.watch.fact(e.TaskClosed, task=due.task)).how == "done"
    await called.call.hang_up()

    await town.talking(later, desk)
    await later.call.hang_up()
    await outside.ended(due.interaction, "reached", "hung_up")


@pytest.fixture
async def asking(town_with: TownWith) -> AsyncIterator[Outside]:
    """A queue that asks at which number to call."""
    where = {"key": "1", "tries": 2, "script": "rappel"}
    outside = await Outside.open(await town_with(SmallCentre(calls_out=True, callback=where)))
    yield outside
    await outside.close()


async def is_asked_where(outside: Outside, dialled: str = DIRECT) -> Citizen:
    """Whoever hides their number waits, presses the key, and is asked at which to call."""
    citizen = await outside.town.exchange.citizen(dialled, privacy=True)
    await outside.town.watch.fact(e.CallerHeld)
    await citizen.call.press("1")
    await citizen.hears_prompt("rappel.numero")
    return citizen


async def test_who_hides_their_number_types_another_and_hears_it_read_back(asking: Outside) -> None:
    town = asking.town
    citizen = await is_asked_where(asking)
    await citizen.call.press("15#")
    await citizen.hears_prompt("rappel.numero_faux")
    await citizen.call.press("0639987702")
    for digit in "0639987702":
        await citizen.hears_prompt(f"chiffre.{digit}")
    await citizen.hears_prompt("rappel.confirmer")
    await citizen.call.press("1")
    await citizen.hears_prompt("attente.rappel_note")
    assert (await town.watch.fact(e.InteractionEnded)).outcome == "converted"
    desk = await town.desk()
    shown = await desk.takes()
    assert shown.remote.user == "+33639987702"
    called = await asking.rings()
    called.answers()
    await called.both_hear(desk)
    await called.call.hang_up()


@pytest.mark.parametrize(("dialled", "agent"), [(DIRECT, 1), (SECOND_TEAM, 6)])
async def test_whoever_types_nothing_that_can_be_called_waits_again_at_their_place(
    asking: Outside, dialled: str, agent: int
) -> None:
    """In the queue in which they waited, whichever: one script is for all."""
    town = asking.town
    citizen = await is_asked_where(asking, dialled)
    first = await town.watch.fact(e.InteractionQueued)
    await citizen.call.press("15#")
    await citizen.hears_prompt("rappel.numero_faux")
    await citizen.call.press("18#")
    again = await town.watch.fact(e.InteractionQueued, nth=2)
    assert (again.need, again.arrived_at_ms) == (first.need, first.arrived_at_ms)
    desk = await town.desk(agent)
    await desk.takes()
    citizen.speak()
    await desk.hears_from(citizen)
    await desk.hang_up()


async def test_an_agent_who_does_not_lift_costs_no_place(outside: Outside) -> None:
    town = outside.town
    await asks_to_be_called(outside)
    first = await town.desk()
    chosen = await town.watch.fact(e.CallbackChosen)
    assert chosen.agent == first.name
    ringing = await first.rings()
    ringing.reject(486)
    put_off = await town.watch.fact(e.CallbackPutOff)
    assert (put_off.why, put_off.tries) == ("agent_unanswered", 0)


async def test_what_was_promised_is_kept_by_the_next_process(site: Site, watch: Watch) -> None:
    async with centre_elsewhere(site, watch, CALLS_BACK) as town:
        await town.up()
        outside = await Outside.open(town)
        await asks_to_be_called(outside)
        due = await watch.fact(e.CallbackDue)
        await town.process.kill()
        await town.up()
        desk = await town.desk()
        await desk.takes()
        called = await outside.rings()
        await town.process.kill()  # while the citizen's telephone rings
        called.answers()
        await called.both_hear(desk)
        await town.up()
        await watch.fact(e.CallConnected, interaction=due.interaction)
        await called.call.hang_up()
        await outside.ended(due.interaction, "reached", "hung_up")
        assert (await watch.fact(e.TaskClosed, task=due.task)).how == "done"
        assert len(watch.facts(e.CallbackChosen)) == 1
        await outside.close()
