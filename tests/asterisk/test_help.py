"""An emergency service called into a conversation: the citizen is never parted from whoever is with them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.outside import Called, Outside
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.telephones import Citizen, Desk, both_hear, hears, until
from traffic.call import Call
from traffic.offered import OfferedCall
from traffic.sound import strongest_tone
from traffic.tones import CITIZEN_TONES

TRIED = {"verified_on": "2026-11-02", "verified_by": "une cheffe de plateforme"}
DIRECTORY = {"samu": {"title": "SAMU", "number": "01 99 00 15 15", "ring": "5s", "emergency": TRIED}}


@pytest.fixture
async def outside(town_with: TownWith) -> AsyncIterator[Outside]:
    town = await town_with(SmallCentre(wrap_up="30s", calls_out=True, directory=DIRECTORY))
    outside = await Outside.open(town)
    yield outside
    await outside.close()


def wishes(outside: Outside, desk: Desk, interaction: str, wish: e.HelpWish) -> None:
    to = "samu" if wish == "bring" else ""
    asked = e.HelpAsked(cause="softphone_ui", request=wish, agent=desk.name, interaction=interaction, to=to, wish=wish)
    outside.tells(asked)


async def rung(outside: Outside) -> tuple[Citizen, Desk, str, Called]:
    """They talk, and go on talking while the service is rung."""
    desk, citizen = await outside.town.desk(), await outside.town.exchange.citizen()
    await outside.town.talking(citizen, desk)
    interaction = await citizen.interaction()
    wishes(outside, desk, interaction, "bring")
    called = await outside.rings()
    await both_hear(citizen, desk)
    return citizen, desk, interaction, called


async def three(outside: Outside) -> tuple[Citizen, Desk, str, Called]:
    """Whoever answers hears both, and both hear them."""
    citizen, desk, interaction, called = await rung(outside)
    called.answers()
    await citizen.fact(e.HelpJoined, entry="samu")
    assert desk.call is not None
    tones = {citizen.call: citizen.tone, desk.call: desk.tone, called.call: called.tone}
    for call, own in tones.items():
        await hears_all(call, [tone for tone in tones.values() if tone != own])
    return citizen, desk, interaction, called


async def hears_all(call: Call | OfferedCall, tones: list[int]) -> None:
    """Each of these tones stands out beside its own neighbours, whatever else is heard."""

    def look() -> bool:
        sound = call.heard.last(0.4).samples
        found = [strongest_tone(sound, range(hz - 20, hz + 21, 10)) for hz in tones]
        return all(one is not None and one.hz == hz and one.dbfs > -30 for one, hz in zip(found, tones, strict=True))

    call.heard.clear()
    await until(look, f"tones of {tones} Hz at once")


async def two(citizen: Citizen, called: Called) -> None:
    citizen.call.heard.clear()
    called.call.heard.clear()
    await hears(citizen.call, called.tone, CITIZEN_TONES)
    await hears(called.call, citizen.tone, CITIZEN_TONES)


async def test_the_three_hear_one_another_then_the_agent_leaves_the_two_together(outside: Outside) -> None:
    citizen, desk, interaction, called = await three(outside)
    assert outside.town.watch.facts(e.ConversationEnded) == []
    wishes(outside, desk, interaction, "leave")
    assert desk.call is not None
    assert (await desk.call.ended(5)).by == "them"
    await two(citizen, called)
    assert outside.town.watch.agent_states()[desk.name] == "wrap_up"
    await called.call.hang_up()
    assert (await citizen.call.ended(5)).by == "them"
    await outside.town.outcome(citizen, "answered")


async def test_an_agent_who_hangs_up_leaves_them_together_too(outside: Outside) -> None:
    citizen, desk, _, called = await three(outside)
    await desk.hang_up()
    await citizen.fact(e.HelpStays, agent=desk.name)
    await two(citizen, called)
    await citizen.call.hang_up()
    assert (await called.call.ended(5)).by == "them"
    await outside.town.outcome(citizen, "answered")


async def test_a_service_that_hangs_up_leaves_the_citizen_with_the_agent(outside: Outside) -> None:
    citizen, desk, _, called = await three(outside)
    await called.call.hang_up()
    await citizen.fact(e.HelpEnded, entry="samu", reason="hung_up")
    await both_hear(citizen, desk)
    await desk.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_a_service_that_does_not_answer_leaves_them_as_they_were_and_can_be_called_again(
    outside: Outside,
) -> None:
    citizen, desk, interaction, called = await rung(outside)
    called.call.reject(486)
    await citizen.fact(e.HelpEnded, entry="samu", reason="busy")
    await both_hear(citizen, desk)
    wishes(outside, desk, interaction, "bring")
    again = await outside.rings()
    wishes(outside, desk, interaction, "dismiss")
    assert (await again.call.ended(5)).by == "them"
    await both_hear(citizen, desk)
    await citizen.call.hang_up()
    await outside.town.outcome(citizen, "answered")


async def test_the_citizen_hangs_up_and_nobody_is_left_on_the_line(outside: Outside) -> None:
    citizen, desk, _, called = await three(outside)
    await citizen.call.hang_up()
    assert desk.call is not None
    assert (await desk.call.ended(5)).by == "them"
    assert (await called.call.ended(5)).by == "them"
    await outside.town.outcome(citizen, "answered")
    assert outside.town.watch.agent_states()[desk.name] == "wrap_up"
