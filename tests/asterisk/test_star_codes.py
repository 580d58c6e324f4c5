"""What agents dial on their desk phones: wrap-up, pauses, logging in and out; and that they can dial nothing else."""

from __future__ import annotations

import pytest

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.small_centre import DIRECT, LOG_IN, LOG_OUT, LUNCH, READY, SmallCentre
from tests.asterisk.town import Here
from traffic.errors import NotAnswered


async def test_a_code_ends_the_wrap_up_and_the_next_caller_is_offered(town_with: TownWith) -> None:
    town = await town_with(SmallCentre(wrap_up="60s"))
    desk = await town.desk()
    first, second = await town.exchange.citizen(), await town.exchange.citizen()
    await first.fact(e.InteractionQueued)
    await second.fact(e.CallerHeld)
    call = await desk.takes()
    served = first if call.remote.user == first.e164 else second
    await desk.hang_up()
    await town.watch.agent(desk.name, "wrap_up")
    await served.call.ended(5)
    await desk.dial(READY)
    await desk.takes()
    await desk.hang_up()
    await town.watch.agent(desk.name, "wrap_up")
    await desk.dial(READY)
    await town.watch.agent(desk.name, "available")


async def test_a_pause_by_code_has_its_reason_and_ends_by_code(town: Here) -> None:
    desk = await town.desk()
    await desk.dial(LUNCH)
    await town.watch.fact(e.AgentStateChanged, agent=desk.name, state="paused", reason="dejeuner")
    citizen = await town.exchange.citizen()
    await citizen.hears_music()
    assert town.watch.facts(e.AgentChosen) == []
    await desk.dial(READY)
    await town.talking(citizen, desk)
    await desk.hang_up()


async def test_a_pause_asked_for_while_the_telephone_rings_is_granted_after_the_call(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    offered = await desk.rings()
    await desk.dial(LUNCH)
    await town.watch.fact(e.AgentAsked, agent=desk.name, wish="pause")
    offered.answer()
    await citizen.fact(e.CallConnected)
    await offered.hang_up()
    await town.watch.fact(e.AgentStateChanged, agent=desk.name, state="paused", reason="dejeuner")


async def test_logging_out_by_code_keeps_the_telephone_silent_until_logging_in(town: Here) -> None:
    desk = await town.desk()
    await desk.dial(LOG_OUT)
    await town.watch.agent(desk.name, "logged_out")
    citizen = await town.exchange.citizen()
    await citizen.fact(e.CallerHeld)
    assert town.watch.facts(e.AgentChosen) == []
    await desk.dial(LOG_IN)
    await town.talking(citizen, desk)
    await desk.hang_up()


@pytest.mark.parametrize("number", [DIRECT, "0639980078", "112", "h", "#1"])
async def test_a_desk_phone_cannot_dial_anything_else(town: Here, number: str) -> None:
    desk = await town.desk()
    with pytest.raises(NotAnswered):
        await desk.phone.call(number).answered(10)
    assert town.watch.facts(e.CallArrived) == []


async def test_a_code_that_nobody_knows_changes_nothing(town: Here) -> None:
    desk = await town.desk()
    await desk.dial("*77")
    assert town.watch.agent_states()[desk.name] == "available"
    assert town.watch.facts(e.AgentAsked) == []
