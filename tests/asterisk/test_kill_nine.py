"""The neighbour that breaks here is Allo itself: `kill -9`, with calls in every state on a real Asterisk."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterable

import pytest

from core import events as e
from tests.asterisk.ground import Site
from tests.asterisk.manager import no_channel_left
from tests.asterisk.small_centre import WELCOME, SmallCentre
from tests.asterisk.telephones import Citizen, Desk, all_hear, both_hear, until
from tests.asterisk.town import Elsewhere, centre_elsewhere
from tests.asterisk.watch import Watch
from traffic.call import State
from traffic.clock import now_ms

FULL_HOUSE = 50
MEANWHILE = 5
LOADED_S = 60.0
"""For a hundred calls at once on a small machine with other tests beside."""


@pytest.fixture
async def large_town(site: Site, watch: Watch) -> AsyncIterator[Elsewhere]:
    async with centre_elsewhere(site, watch, SmallCentre(agents=FULL_HOUSE + 1)) as town:
        yield town


@pytest.fixture
async def patient_town(site: Site, watch: Watch) -> AsyncIterator[Elsewhere]:
    async with centre_elsewhere(site, watch, SmallCentre(offer="60s")) as town:
        yield town


@pytest.mark.alone
async def test_a_hundred_calls_outlive_it_and_everybody_keeps_the_place(large_town: Elsewhere) -> None:
    town = large_town
    await town.up()
    desks = await town.desks(FULL_HOUSE)
    async with _at_work(desks) as shift:
        talking = [await town.exchange.citizen() for _ in desks]
        pairs = await shift.serve(talking)
        waiting = [await town.exchange.citizen() for _ in range(FULL_HOUSE)]
        await _all(citizen.fact(e.CallerHeld, LOADED_S) for citizen in waiting)

        await town.process.kill()
        late = [await town.exchange.citizen() for _ in range(MEANWHILE)]
        await all_hear(pairs, LOADED_S)  # nobody decides any more, and everybody goes on talking
        await _all(until(lambda: citizen.call.state is State.RINGING, "ringing") for citizen in late)  # noqa: B023

        await town.up()
        await _all(citizen.fact(e.CallerHeld, LOADED_S) for citizen in late)
        assert [citizen.number for citizen in (*talking, *waiting, *late) if citizen.call.end is not None] == []
        await all_hear(pairs, LOADED_S)
        await _all(citizen.hears_music(LOADED_S) for citizen in (*waiting, *late))
        queued = town.watch.facts(e.InteractionQueued)[FULL_HOUSE:]
        order = sorted((fact.arrived_at_ms, fact.interaction) for fact in queued)

        await _all(desk.hang_up() for desk in desks)
        await shift.serve(waiting)
        await _all(desk.hang_up() for desk in desks)
        await shift.serve(late)
        await _all(citizen.call.hang_up() for citizen in late)
    offers = [fact.interaction for fact in town.watch.facts(e.AgentChosen)]
    assert offers[FULL_HOUSE:] == [interaction for _, interaction in order], "everyone keeps the place"
    await _nothing_is_left(town)
    assert {fact.outcome for fact in town.watch.facts(e.InteractionEnded)} == {"answered"}


async def test_an_agent_who_answers_while_it_is_dead_has_the_call_when_it_is_back(elsewhere: Elsewhere) -> None:
    """Although the time of the offer has passed by then: what happened is asked before what fell due."""
    await elsewhere.up()
    desk, citizen = await elsewhere.desk(), await elsewhere.exchange.citizen()
    offered = await desk.rings()
    await elsewhere.process.kill()
    offered.answer()
    await both_hear(citizen, _speaking(desk))
    chosen = await citizen.fact(e.AgentChosen)
    await until(lambda: now_ms() > chosen.expires_at_ms, "the end of the offer")
    await elsewhere.up()
    await citizen.fact(e.CallConnected, agent=desk.name)
    await both_hear(citizen, desk)
    await desk.hang_up()
    await elsewhere.outcome(citizen, "answered")
    await _nothing_is_left(elsewhere)
    assert len(elsewhere.watch.facts(e.AgentChosen)) == 1


async def test_a_telephone_that_still_rings_when_it_is_back_is_not_rung_twice(patient_town: Elsewhere) -> None:
    elsewhere = patient_town
    await elsewhere.up()
    desk, citizen = await elsewhere.desk(), await elsewhere.exchange.citizen()
    offered = await desk.rings()
    await elsewhere.process.kill()
    await elsewhere.up()
    await elsewhere.watch.fact(e.NodeSeen, nth=2)
    assert offered.state is State.RINGING
    offered.answer()
    await both_hear(citizen, _speaking(desk))
    await citizen.fact(e.CallConnected, agent=desk.name)
    await citizen.call.hang_up()
    await elsewhere.outcome(citizen, "answered")
    await _nothing_is_left(elsewhere)
    assert len(elsewhere.watch.facts(e.AgentChosen)) == 1


async def test_a_caller_who_gave_up_while_it_was_dead_frees_the_agent_and_is_written_down(elsewhere: Elsewhere) -> None:
    await elsewhere.up()
    desk, citizen = await elsewhere.desk(), await elsewhere.exchange.citizen()
    await desk.rings()
    await elsewhere.process.kill()
    await citizen.call.hang_up()
    await elsewhere.up()
    await elsewhere.outcome(citizen, "lost")  # nobody knows how it ended
    await elsewhere.watch.agent(desk.name, "available")
    again = await elsewhere.exchange.citizen()
    await elsewhere.talking(again, desk)
    await again.call.hang_up()
    await elsewhere.outcome(again, "answered")
    await _nothing_is_left(elsewhere)


async def test_a_prompt_cut_by_its_death_is_said_again_from_the_beginning(elsewhere: Elsewhere) -> None:
    await elsewhere.up()
    citizen = await elsewhere.exchange.citizen(WELCOME)
    await citizen.hears_music()  # the prompt has begun: what is heard whole below is said anew
    await elsewhere.process.kill()
    citizen.call.heard.clear()
    await elsewhere.up()
    await citizen.hears_prompt("accueil.bienvenue")
    await citizen.hears_prompt("menu.choix")
    await citizen.call.press("1")
    await citizen.fact(e.InteractionQueued)
    await citizen.call.hang_up()
    await elsewhere.outcome(citizen, "abandoned")
    await _nothing_is_left(elsewhere)


async def test_killed_while_it_tells_a_position_it_leads_the_caller_back_into_the_queue(elsewhere: Elsewhere) -> None:
    await elsewhere.up()
    citizen = await elsewhere.exchange.citizen()
    await citizen.fact(e.AnnouncementDue)
    await citizen.fact(e.PlaybackStarted)
    await elsewhere.process.kill()
    await elsewhere.up()
    await elsewhere.watch.fact(e.CallerHeld, nth=2)
    await citizen.hears_music()
    desk = await elsewhere.desk()
    await elsewhere.talking(citizen, desk)
    await desk.hang_up()
    await elsewhere.outcome(citizen, "answered")
    await _nothing_is_left(elsewhere)


async def test_told_to_stop_it_leaves_its_calls_to_the_next(elsewhere: Elsewhere) -> None:
    process = await elsewhere.up()
    desk, talking = await elsewhere.desk(), await elsewhere.exchange.citizen()
    await elsewhere.talking(talking, desk)
    waiting = await elsewhere.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    assert await process.kill(signal.SIGTERM) == 0
    assert "2 appel(s) continuent" in process.said
    await elsewhere.up()
    await elsewhere.talking_still(talking, desk)
    await desk.hang_up()
    await elsewhere.talking(waiting, desk)
    await desk.hang_up()
    await elsewhere.outcome(waiting, "answered")
    await _nothing_is_left(elsewhere)


async def test_killed_again_while_it_recovers_it_recovers_all_the_same(elsewhere: Elsewhere) -> None:
    await elsewhere.up()
    desk, talking = await elsewhere.desk(), await elsewhere.exchange.citizen()
    await elsewhere.talking(talking, desk)
    waiting = await elsewhere.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    for _ in range(2):
        await elsewhere.process.kill()
        starts = len(elsewhere.watch.facts(e.CentreStarted))
        await elsewhere.begin()
        await elsewhere.watch.fact(e.CentreStarted, nth=starts + 1)  # in the middle of its start
    await elsewhere.process.kill()
    await elsewhere.up()
    await both_hear(talking, desk)
    await waiting.hears_music()
    await desk.hang_up()
    await elsewhere.talking(waiting, desk)
    await desk.hang_up()
    await elsewhere.outcome(waiting, "answered")
    await _nothing_is_left(elsewhere)
    assert len(elsewhere.watch.facts(e.AgentChosen)) == 2


class _Shift:
    """Agents who answer whatever rings; `taken` says who talks with which number."""

    def __init__(self) -> None:
        self.taken: dict[str, Desk] = {}

    async def work(self, desk: Desk) -> None:
        while True:
            call = await desk.takes(10 * LOADED_S)
            self.taken[call.remote.user] = desk

    async def serve(self, citizens: list[Citizen]) -> list[tuple[Citizen, Desk]]:
        """Waits until each of them talks with an agent, and both hear each other."""
        await until(lambda: all(one.e164 in self.taken for one in citizens), "an agent for everybody", LOADED_S)
        pairs = [(citizen, self.taken[citizen.e164]) for citizen in citizens]
        await all_hear(pairs, LOADED_S)
        return pairs


@contextlib.asynccontextmanager
async def _at_work(desks: Iterable[Desk]) -> AsyncIterator[_Shift]:
    shift = _Shift()
    tasks = [asyncio.ensure_future(shift.work(desk)) for desk in desks]
    try:
        yield shift
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _nothing_is_left(town: Elsewhere) -> None:
    await town.watch.until(lambda: not town.watch.here(), "the end of every interaction")
    await no_channel_left(town.site)
    assert town.watch.broken_laws() == []
    assert [desk.name for desk in town.exchange.desks.values() if desk.doubled] == []


async def _all(waits: Iterable[object]) -> None:
    await asyncio.gather(*waits)  # type: ignore[call-overload]


def _speaking(desk: Desk) -> Desk:
    desk.speak()
    return desk
