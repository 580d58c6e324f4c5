"""An agent speaks with somebody before they hand a citizen on: who hears whom at each moment of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core import events as e
from core.events.outgoing import TransferInto
from core.personal import Personal
from tests.asterisk.conftest import TownWith
from tests.asterisk.outside import Called, Outside
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.telephones import Citizen, Desk, both_hear, hears
from traffic.tones import AGENT_TONES, CITIZEN_TONES

DIRECTORY = {
    "mdph": {"title": "MDPH", "number": "01 99 00 20 00", "deputy": "standard", "ring": "5s"},
    "standard": {"title": "Standard", "number": "01 99 00 20 01", "ring": "5s"},
}


@pytest.fixture
async def outside(town_with: TownWith) -> AsyncIterator[Outside]:
    town = await town_with(SmallCentre(wrap_up="30s", calls_out=True, directory=DIRECTORY))
    outside = await Outside.open(town)
    yield outside
    await outside.close()


async def asks(outside: Outside, desk: Desk, interaction: str, to: str = "mdph", into: TransferInto = "entry") -> None:
    number = Personal(interaction, "number", to) if into == "number" else None
    asked = e.TransferAsked(
        cause="softphone_ui",
        request="r",
        agent=desk.name,
        interaction=interaction,
        to="" if number is not None else to,
        into=into,
        number=number,
        consult=True,
    )
    outside.tells(asked)


async def wishes(outside: Outside, desk: Desk, interaction: str, wish: e.ConsultWish) -> None:
    asked = e.ConsultAsked(cause="softphone_ui", request="w", agent=desk.name, interaction=interaction, wish=wish)
    outside.tells(asked)


async def parted(outside: Outside, **to: Any) -> tuple[Citizen, Desk, str]:
    """A citizen talks with an agent, who wants to speak with somebody first."""
    desk, citizen = await outside.town.desk(), await outside.town.exchange.citizen()
    await outside.town.talking(citizen, desk)
    interaction = await citizen.interaction()
    await asks(outside, desk, interaction, **to)
    await citizen.hears_music()
    return citizen, desk, interaction


async def speaking(outside: Outside, **to: Any) -> tuple[Citizen, Desk, str, Called]:
    """They do, and hear each other; the citizen hears neither."""
    citizen, desk, interaction = await parted(outside, **to)
    called = await outside.rings()
    await outside.hears_ringing(desk)
    called.answers()
    await citizen.fact(e.ConsultBegun, agent=desk.name)
    await called.both_hear(desk)
    await citizen.hears_music()
    return citizen, desk, interaction, called


async def both(citizen: Citizen, called: Called) -> None:
    citizen.call.heard.clear()
    called.call.heard.clear()
    await hears(citizen.call, called.tone, CITIZEN_TONES)
    await hears(called.call, citizen.tone, CITIZEN_TONES)


async def test_they_speak_then_the_two_are_joined_and_the_agent_is_free(outside: Outside) -> None:
    citizen, desk, interaction, called = await speaking(outside)
    await wishes(outside, desk, interaction, "join")
    await citizen.fact(e.TransferJoined, entry="mdph")
    assert desk.call is not None
    assert (await desk.call.ended(5)).by == "them"
    assert outside.town.watch.agent_states()[desk.name] == "wrap_up"
    await both(citizen, called)
    await called.call.hang_up()
    assert (await citizen.call.ended(5)).by == "them"
    await outside.town.outcome(citizen, "answered")


async def test_the_citizen_is_taken_back_after_a_word(outside: Outside) -> None:
    citizen, desk, interaction, called = await speaking(outside)
    await wishes(outside, desk, interaction, "take_back")
    await citizen.fact(e.ConversationResumed, agent=desk.name)
    await both_hear(citizen, desk)
    assert (await called.call.ended(5)).by == "them"
    await desk.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_taken_back_while_it_rings_the_other_telephone_stops(outside: Outside) -> None:
    citizen, desk, interaction = await parted(outside)
    called = await outside.rings()
    await wishes(outside, desk, interaction, "take_back")
    assert (await called.call.ended(5)).by == "them"
    await both_hear(citizen, desk)
    await citizen.call.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_nobody_answers_nor_the_deputy_and_the_agent_has_the_citizen_again(outside: Outside) -> None:
    citizen, desk, _ = await parted(outside)
    (await outside.rings()).call.reject(486)
    (await outside.rings()).call.reject(480)
    await citizen.fact(e.ConversationResumed, agent=desk.name)
    await both_hear(citizen, desk)
    assert outside.town.watch.facts(e.ConversationEnded) == []
    await desk.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_whoever_answered_hangs_up_and_the_agent_has_the_citizen_again(outside: Outside) -> None:
    citizen, desk, _, called = await speaking(outside)
    await called.call.hang_up()
    await citizen.fact(e.ConversationResumed, agent=desk.name)
    await both_hear(citizen, desk)
    await desk.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_an_agent_who_hangs_up_has_handed_the_citizen_on(outside: Outside) -> None:
    citizen, desk, _, called = await speaking(outside)
    await desk.hang_up()
    await citizen.fact(e.TransferJoined, entry="mdph")
    await both(citizen, called)
    assert outside.town.watch.agent_states()[desk.name] == "wrap_up"
    await citizen.call.hang_up()
    assert (await called.call.ended(5)).by == "them"
    await outside.town.outcome(citizen, "answered")


async def test_an_agent_who_hangs_up_while_it_rings_leaves_it_ringing_for_the_citizen(outside: Outside) -> None:
    citizen, desk, _ = await parted(outside)
    called = await outside.rings()
    await desk.hang_up()
    await citizen.fact(e.ConversationEnded, agent=desk.name)
    called.answers()
    await citizen.fact(e.TransferJoined, entry="mdph")
    await both(citizen, called)
    await called.call.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_the_citizen_hangs_up_meanwhile_and_nobody_is_left_on_the_line(outside: Outside) -> None:
    citizen, desk, _, called = await speaking(outside)
    await citizen.call.hang_up()
    assert desk.call is not None
    assert (await desk.call.ended(5)).by == "them"
    assert (await called.call.ended(5)).by == "them"
    await outside.town.outcome(citizen, "answered")
    assert outside.town.watch.agent_states()[desk.name] == "wrap_up"


async def test_a_colleague_is_spoken_with_then_has_the_citizen(outside: Outside) -> None:
    town = outside.town
    desk, citizen = await town.desk(), await town.exchange.citizen()
    await town.talking(citizen, desk)
    await town.desk(2)
    colleague = await town.desk(3)
    interaction = await citizen.interaction()
    await asks(outside, desk, interaction, colleague.name, "agent")
    await colleague.takes()
    await citizen.fact(e.ConsultBegun, agent=desk.name)
    await agents_hear(desk, colleague)
    await citizen.hears_music()
    await wishes(outside, desk, interaction, "join")
    await citizen.fact(e.CallConnected, agent=colleague.name)
    await both_hear(citizen, colleague)
    assert desk.call is not None
    assert (await desk.call.ended(5)).by == "them"
    assert [fact.agent for fact in town.watch.facts(e.AgentChosen)] == [desk.name, colleague.name]
    await colleague.hang_up()
    await town.outcome(citizen, "answered")


async def test_of_a_queue_the_next_free_agent_is_spoken_with_and_the_citizen_taken_back(outside: Outside) -> None:
    citizen, desk, interaction = await parted(outside, to="autre", into="queue")
    other = await outside.town.desk(6)
    await other.takes()
    await citizen.fact(e.ConsultBegun, agent=desk.name)
    await agents_hear(desk, other)
    await wishes(outside, desk, interaction, "take_back")
    await citizen.fact(e.ConversationResumed, agent=desk.name)
    assert other.call is not None
    assert (await other.call.ended(5)).by == "them"
    await both_hear(citizen, desk)
    await outside.town.watch.agent(other.name, "available")
    await desk.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_a_colleague_who_declines_gives_the_citizen_back_to_the_agent(outside: Outside) -> None:
    colleague = await outside.town.desk(2)
    await outside.town.watch.agent(colleague.name, "available")
    desk = await outside.town.desk()
    citizen = await outside.town.exchange.citizen()
    await colleague.rings()
    assert colleague.call is not None
    colleague.call.reject(603)
    await outside.town.talking(citizen, desk)
    await outside.town.watch.agent(colleague.name, "available")
    interaction = await citizen.interaction()
    await asks(outside, desk, interaction, colleague.name, "agent")
    (await colleague.rings()).reject(603)
    await citizen.fact(e.ConversationResumed, agent=desk.name)
    await both_hear(citizen, desk)
    await desk.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_somebody_whom_an_agent_called_is_handed_on_after_a_word_too(outside: Outside) -> None:
    desk = await outside.town.desk()
    interaction, citizen = await outside.talking(desk)
    await asks(outside, desk, interaction, "01 99 00 30 00", "number")
    third = await outside.rings()
    third.answers()
    await outside.town.watch.fact(e.ConsultBegun, interaction=interaction)
    await third.both_hear(desk)
    await wishes(outside, desk, interaction, "join")
    await outside.town.watch.fact(e.TransferJoined, interaction=interaction)
    citizen.call.heard.clear()
    await hears(citizen.call, third.tone, CITIZEN_TONES)
    await third.call.hang_up()
    await citizen.call.ended(5)
    await outside.ended(interaction, "reached", "hung_up")


async def agents_hear(one: Desk, other: Desk) -> None:
    assert one.call is not None
    assert other.call is not None
    one.call.heard.clear()
    other.call.heard.clear()
    await hears(one.call, other.tone, AGENT_TONES)
    await hears(other.call, one.tone, AGENT_TONES)
