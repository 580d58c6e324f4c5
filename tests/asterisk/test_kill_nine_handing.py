"""The neighbour that breaks here is Allo itself: `kill -9` while agents call people, or hand somebody on.

Nobody is dropped, everybody hears whom they heard, nobody is dialled twice; what happened meanwhile is known
afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from core import events as e
from tests.asterisk.ground import Site
from tests.asterisk.manager import no_channel_left
from tests.asterisk.outside import Called, Outside
from tests.asterisk.paperwork import PASSWORD, PORT, know, with_pages
from tests.asterisk.telephones import Citizen, Desk, both_hear, hears
from tests.asterisk.town import Elsewhere, centre_elsewhere
from tests.asterisk.watch import Watch
from tests.softphone_ui.house import Person
from traffic.call import State
from traffic.tones import AGENT_TONES, CITIZEN_TONES

TRIED = {"verified_on": "2026-11-02", "verified_by": "une cheffe de plateforme"}
DIRECTORY = {
    "mdph": {"title": "MDPH", "number": "01 99 00 20 00", "ring": "60s"},
    "samu": {"title": "SAMU", "number": "01 99 00 15 15", "ring": "60s", "emergency": TRIED},
}
NUMBER = "06 39 98 77 01"


@dataclass
class Scene:
    """A centre that can be killed, the telephones outside, and the agent at their desk, with a page."""

    town: Elsewhere
    outside: Outside
    desk: Desk

    async def asks(self, path: str, body: dict[str, Any]) -> None:
        """From the page of whoever runs now."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
            person = Person(f"http://{self.town.site.host}:{PORT}", client)
            async with asyncio.timeout(30):
                while not await _entered(person):  # noqa: ASYNC110  a page opens in another process
                    await asyncio.sleep(0.1)
            answer = await person.ask("POST", path, body)
            assert (answer.status, answer.body) == (200, {"done": True, "reason": ""})

    async def again(self) -> None:
        """The next Allo is up, and has asked what is there."""
        seen = len(self.town.watch.facts(e.NodeSeen))
        await self.town.up()
        await self.town.watch.fact(e.NodeSeen, nth=seen + 1)

    async def dials(self) -> str:
        await self.asks("/api/dial", {"service": "directe", "number": NUMBER})
        placed = await self.town.watch.fact(e.CallPlaced)
        return str(placed.interaction)

    async def talking(self) -> Citizen:
        citizen = await self.town.exchange.citizen()
        await self.town.talking(citizen, self.desk)
        return citizen

    async def hands_on(self, citizen: Citizen, *, consult: bool) -> Called:
        interaction = await citizen.interaction()
        body = {"interaction": interaction, "to": "mdph", "into": "entry", "consult": consult}
        await self.asks("/api/transfer", body)
        return await self.outside.rings()

    async def nothing_is_left(self) -> None:
        await self.town.watch.until(lambda: not self.town.watch.here(), "the end of every interaction")
        await no_channel_left(self.town.site)
        assert self.town.watch.broken_laws() == []
        assert self.outside.phone.incoming.empty(), "nobody is dialled twice"
        assert self.desk.doubled == []


async def _entered(person: Person) -> bool:
    with contextlib.suppress(aiohttp.ClientConnectionError):
        return (await person.log_in("a1", PASSWORD)).status == 200
    return False


@pytest.fixture
async def scene(site: Site, watch: Watch) -> AsyncIterator[Scene]:
    small = with_pages(site, calls_out=True, directory=DIRECTORY)
    know(site, small, NUMBER)
    async with centre_elsewhere(site, watch, small) as town:
        await town.up()
        desk = await town.desk()
        outside = await Outside.open(town)
        yield Scene(town, outside, desk)
        await outside.close()


async def both(citizen: Citizen, called: Called) -> None:
    citizen.call.heard.clear()
    called.call.heard.clear()
    await hears(citizen.call, called.tone, CITIZEN_TONES)
    await hears(called.call, citizen.tone, CITIZEN_TONES)


async def test_killed_while_the_agents_own_telephone_rings_the_citizen_is_dialled_afterwards(scene: Scene) -> None:
    interaction = await scene.dials()
    ringing = await scene.desk.rings()
    await scene.town.process.kill()
    ringing.answer()
    scene.desk.speak()
    await scene.again()
    called = await scene.outside.rings()
    called.answers()
    await scene.town.watch.fact(e.CallConnected, interaction=interaction)
    await called.both_hear(scene.desk)
    await scene.desk.hang_up()
    await scene.outside.ended(interaction, "reached", "hung_up")
    await scene.nothing_is_left()


@pytest.mark.parametrize("answered", ["meanwhile", "afterwards"])
async def test_killed_while_the_citizens_telephone_rings_it_rings_on(scene: Scene, answered: str) -> None:
    interaction = await scene.dials()
    await scene.desk.takes()
    called = await scene.outside.rings()
    await scene.town.watch.fact(e.LegRinging, interaction=interaction, nth=1)
    await scene.town.process.kill()
    if answered == "meanwhile":
        called.answers()
        await called.both_hear(scene.desk)
    await scene.again()
    if answered == "afterwards":
        assert called.call.state is State.RINGING
        called.answers()
    await scene.town.watch.fact(e.CallConnected, interaction=interaction, agent="a1")
    await called.both_hear(scene.desk)
    await called.call.hang_up()
    await scene.outside.ended(interaction, "reached", "hung_up")
    await scene.nothing_is_left()


async def test_killed_while_an_agent_talks_with_somebody_they_called_they_talk_on(scene: Scene) -> None:
    interaction = await scene.dials()
    await scene.desk.takes()
    called = await scene.outside.rings()
    called.answers()
    await scene.town.watch.fact(e.CallConnected, interaction=interaction)
    await scene.town.process.kill()
    await called.both_hear(scene.desk)
    await scene.again()
    await called.both_hear(scene.desk)
    await scene.desk.hang_up()
    await scene.outside.ended(interaction, "reached", "hung_up")
    await scene.town.watch.agent("a1", "wrap_up")
    await scene.nothing_is_left()


@pytest.mark.parametrize("answered", ["meanwhile", "afterwards"])
async def test_killed_while_somebody_is_rung_for_the_citizen_they_are_joined_all_the_same(
    scene: Scene, answered: str
) -> None:
    citizen = await scene.talking()
    called = await scene.hands_on(citizen, consult=False)
    await scene.town.process.kill()
    await citizen.hears_music()
    if answered == "meanwhile":
        called.answers()
        await both(citizen, called)
    await scene.again()
    if answered == "afterwards":
        called.answers()
    await citizen.fact(e.TransferJoined, entry="mdph")
    await both(citizen, called)
    await called.call.hang_up()
    await citizen.call.ended(10)
    await scene.town.outcome(citizen, "answered")
    await scene.nothing_is_left()


async def spoken(scene: Scene) -> tuple[Citizen, Called]:
    """The agent speaks with somebody first, and Allo is killed."""
    citizen = await scene.talking()
    called = await scene.hands_on(citizen, consult=True)
    called.answers()
    await citizen.fact(e.ConsultBegun)
    await called.both_hear(scene.desk)
    await scene.town.process.kill()
    return citizen, called


async def test_killed_while_the_agent_speaks_with_somebody_first_the_two_are_joined_afterwards(scene: Scene) -> None:
    citizen, called = await spoken(scene)
    await called.both_hear(scene.desk)
    await citizen.hears_music()
    await scene.again()
    await called.both_hear(scene.desk)
    await citizen.hears_music()
    await scene.asks("/api/consult", {"interaction": await citizen.interaction(), "wish": "join"})
    await citizen.fact(e.TransferJoined)
    await both(citizen, called)
    await citizen.call.hang_up()
    await called.call.ended(10)
    await scene.town.outcome(citizen, "answered")
    await scene.nothing_is_left()


async def test_killed_and_whoever_was_spoken_with_hangs_up_the_agent_has_the_citizen_again(scene: Scene) -> None:
    citizen, called = await spoken(scene)
    await called.call.hang_up()
    await citizen.hears_music()
    await scene.again()
    await citizen.fact(e.ConversationResumed, agent="a1")
    await both_hear(citizen, scene.desk)
    await scene.desk.hang_up()
    await scene.town.outcome(citizen, "answered")
    await scene.nothing_is_left()


async def test_killed_and_the_agent_hangs_up_whoever_was_spoken_with_has_the_citizen(scene: Scene) -> None:
    citizen, called = await spoken(scene)
    await scene.desk.hang_up()
    await citizen.hears_music()
    await scene.again()
    await citizen.fact(e.TransferJoined)
    await both(citizen, called)
    await called.call.hang_up()
    await citizen.call.ended(10)
    await scene.town.outcome(citizen, "answered")
    await scene.nothing_is_left()


async def test_killed_while_it_rings_for_a_word_and_answered_meanwhile_they_speak(scene: Scene) -> None:
    citizen = await scene.talking()
    called = await scene.hands_on(citizen, consult=True)
    await scene.town.process.kill()
    called.answers()
    await called.both_hear(scene.desk)
    await scene.again()
    await citizen.fact(e.ConsultBegun, agent="a1")
    await scene.asks("/api/consult", {"interaction": await citizen.interaction(), "wish": "take_back"})
    await citizen.fact(e.ConversationResumed)
    await both_hear(citizen, scene.desk)
    await citizen.call.hang_up()
    await called.call.ended(10)
    await scene.town.outcome(citizen, "answered")
    await scene.nothing_is_left()


async def test_killed_and_the_citizen_hangs_up_nobody_is_left_on_the_line(scene: Scene) -> None:
    citizen, called = await spoken(scene)
    await citizen.call.hang_up()
    await scene.again()
    await called.call.ended(10)
    assert scene.desk.call is not None
    await scene.desk.call.ended(10)
    await scene.town.outcome(citizen, "answered")
    await scene.town.watch.agent("a1", "wrap_up")
    await scene.nothing_is_left()


async def test_killed_while_three_talk_they_talk_on_and_the_agent_can_leave_afterwards(scene: Scene) -> None:
    citizen = await scene.talking()
    interaction = await citizen.interaction()
    await scene.asks("/api/help", {"interaction": interaction, "to": "samu", "wish": "bring"})
    called = await scene.outside.rings()
    called.answers()
    await citizen.fact(e.HelpJoined, entry="samu")
    await scene.town.process.kill()
    called.call.heard.clear()
    await hears(called.call, scene.desk.tone, AGENT_TONES)
    await scene.again()
    await scene.asks("/api/help", {"interaction": interaction, "wish": "leave"})
    await citizen.fact(e.HelpStays, entry="samu")
    await both(citizen, called)
    await called.call.hang_up()
    await scene.town.outcome(citizen, "answered")
    await scene.nothing_is_left()
