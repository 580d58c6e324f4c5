"""A conversation handed on to somebody outside, who answers, or does not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core import events as e
from core.personal import Personal
from tests.asterisk.conftest import TownWith
from tests.asterisk.outside import Outside
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.telephones import Citizen, Desk, hears
from traffic.tones import CITIZEN_TONES


@pytest.fixture
async def outside(town_with: TownWith) -> AsyncIterator[Outside]:
    town = await town_with(SmallCentre(wrap_up="30s", calls_out=True, directory=DIRECTORY))
    outside = await Outside.open(town)
    yield outside
    await outside.close()


DIRECTORY = {
    "mdph": {"title": "MDPH", "number": "01 99 00 20 00", "deputy": "standard", "ring": "5s"},
    "standard": {"title": "Standard", "number": "01 99 00 20 01", "ring": "5s"},
}


async def handed_on(outside: Outside, to: str = "mdph", *, queue: bool = False) -> tuple[Citizen, Desk]:
    """A citizen talks with an agent, who hands them on."""
    desk = await outside.town.desk()
    citizen = await outside.town.exchange.citizen()
    await outside.town.talking(citizen, desk)
    asked = e.TransferAsked(
        cause="softphone_ui",
        request="r",
        agent=desk.name,
        interaction=await citizen.interaction(),
        to=to,
        into="queue" if queue else "entry",
    )
    outside.tells(asked)
    return citizen, desk


async def test_the_citizen_hears_music_then_whoever_answers_and_the_agent_is_free(outside: Outside) -> None:
    citizen, desk = await handed_on(outside)
    called = await outside.rings()
    assert desk.call is not None
    assert (await desk.call.ended(5)).by == "them"
    assert outside.town.watch.agent_states()[desk.name] == "wrap_up"
    await citizen.hears_music()
    called.answers()
    await citizen.fact(e.TransferJoined, entry="mdph")
    citizen.call.heard.clear()
    await hears(citizen.call, called.tone, CITIZEN_TONES)
    await hears(called.call, citizen.tone, CITIZEN_TONES)
    await called.call.hang_up()
    assert (await citizen.call.ended(5)).by == "them"
    await outside.town.outcome(citizen, "answered")


async def test_nobody_answers_nor_the_deputy_and_the_citizen_is_taken_by_the_next_agent(outside: Outside) -> None:
    citizen, _ = await handed_on(outside)
    (await outside.rings()).call.reject(486)
    (await outside.rings()).call.reject(480)
    second = await outside.town.desk(2)
    await outside.town.talking(citizen, second)
    queued = outside.town.watch.facts(e.InteractionQueued, interaction=await citizen.interaction())
    assert [fact.arrived_at_ms for fact in queued] == [queued[0].arrived_at_ms] * 2
    await second.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_nobody_answers_and_who_handed_them_on_has_them_again_although_another_is_free(outside: Outside) -> None:
    citizen, desk = await handed_on(outside)
    await outside.town.desk(2)
    for _ in range(2):
        (await outside.rings()).call.reject(486)
    await outside.town.talking(citizen, desk)
    assert [fact.agent for fact in outside.town.watch.facts(e.AgentChosen)] == [desk.name] * 2
    await desk.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_the_citizen_hangs_up_while_it_rings(outside: Outside) -> None:
    citizen, _ = await handed_on(outside)
    called = await outside.rings()
    await citizen.call.hang_up()
    assert (await called.call.ended(5)).by == "them"
    await outside.town.outcome(citizen, "answered")


async def test_into_another_queue(outside: Outside) -> None:
    citizen, _ = await handed_on(outside, "autre", queue=True)
    other = await outside.town.desk(6)
    await outside.town.talking(citizen, other)
    await other.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_whom_an_agent_named_waits_after_the_transfer_for_who_follows_them(town_with: TownWith) -> None:
    """The number told nothing; a3 is free all the while, and is not asked."""
    town = await town_with(SmallCentre(conseil={"referent": {"wait": "10min"}}))
    outside = await Outside.open(town)
    desk, referent, citizen = await town.desk(), await town.desk(2), await town.exchange.citizen()
    await town.talking(citizen, desk)
    await town.talking(await town.exchange.citizen(), referent)
    await town.desk(3)
    interaction = await citizen.interaction()
    record = Personal(interaction, "record", "7")
    outside.tells(
        e.CitizenNamed(
            cause="t", interaction=interaction, agent=desk.name, record=record, request="n", referent=referent.name
        )
    )
    await citizen.fact(e.CitizenFound, how="one")
    outside.tells(
        e.TransferAsked(cause="t", request="r", agent=desk.name, interaction=interaction, to="conseil", into="queue")
    )
    await citizen.hears_music()
    assert (await citizen.fact(e.NeedStated, nth=2)).need.preferred == referent.name
    await referent.hang_up()
    await town.talking(citizen, referent)
    chosen = [fact.agent for fact in town.watch.facts(e.AgentChosen, interaction=interaction)]
    assert chosen == [desk.name, referent.name]
    await referent.hang_up()
    await town.outcome(citizen, "answered")
    await outside.close()


async def test_to_a_colleague_by_name_who_alone_is_asked_although_another_was_idle_for_longer(outside: Outside) -> None:
    town = outside.town
    citizen = await town.exchange.citizen()
    desk = await town.desk()
    await town.talking(citizen, desk)
    await town.desk(2)
    colleague = await town.desk(3)
    asked = e.TransferAsked(
        cause="softphone_ui",
        request="r",
        agent=desk.name,
        interaction=await citizen.interaction(),
        to=colleague.name,
        into="agent",
    )
    outside.tells(asked)
    await town.talking(citizen, colleague)
    assert [fact.agent for fact in town.watch.facts(e.AgentChosen)] == [desk.name, colleague.name]
    await colleague.hang_up()
    await town.outcome(citizen, "answered")


async def test_somebody_whom_an_agent_called_is_handed_on_too(outside: Outside) -> None:
    desk = await outside.town.desk()
    interaction, citizen = await outside.talking(desk)
    asked = e.TransferAsked(
        cause="softphone_ui", request="r", agent=desk.name, interaction=interaction, to="standard", into="entry"
    )
    outside.tells(asked)
    called = await outside.rings()
    called.answers()
    await outside.town.watch.fact(e.TransferJoined, interaction=interaction)
    citizen.call.heard.clear()
    await hears(citizen.call, called.tone, CITIZEN_TONES)
    await called.call.hang_up()
    await citizen.call.ended(5)
    await outside.ended(interaction, "reached", "hung_up")
