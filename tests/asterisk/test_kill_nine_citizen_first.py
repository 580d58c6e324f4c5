"""The neighbour that breaks here is Allo itself: `kill -9` while somebody is called before their agent.

In each phase there is one outcome: the citizen is never left in silence nor called by two, the agent is free again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.called_back import Promised, calling_back
from tests.asterisk.ground import Site
from tests.asterisk.outside import Called, Outside
from tests.asterisk.telephones import Desk, music, until
from tests.asterisk.town import centre_elsewhere
from tests.asterisk.watch import Watch


@pytest.fixture
async def promised(site: Site, watch: Watch) -> AsyncIterator[Promised]:
    async with centre_elsewhere(site, watch, calling_back(site, first="citizen")) as town:
        await town.up()
        outside = await Outside.open(town)
        yield Promised(town, outside)
        await outside.close()


async def rung(promised: Promised) -> tuple[str, Desk, Called]:
    """An agent is there, and the citizen's telephone rings."""
    task = await promised.by("agreed")
    desk = await promised.town.desk()
    called = await promised.outside.rings()
    await promised.town.watch.fact(e.LegRinging)
    return task, desk, called


async def held(promised: Promised) -> tuple[str, Desk, Called]:
    """The citizen has answered and hears music while the agent's telephone rings, who sees the record by then."""
    task, desk, called = await rung(promised)
    assert (await promised.town.watch.fact(e.CitizenFound)).how == "one"
    assert promised.town.watch.facts(e.AgentChosen) == []
    called.answers()
    await promised.town.watch.fact(e.CallerHeld)
    await desk.rings()
    return task, desk, called


async def kept(promised: Promised, task: str) -> None:
    watch = promised.town.watch
    assert (await watch.fact(e.TaskClosed, task=task)).how == "done"
    assert (await watch.fact(e.InteractionEnded, outcome="reached")).reason == "hung_up"
    assert len(watch.facts(e.CallPlaced)) == 1
    await promised.nothing_is_left()


async def tried(promised: Promised, task: str, desk: Desk) -> None:
    """It counts as a try, is not repeated at once, and the agent takes whoever calls."""
    watch = promised.town.watch
    put_off = await watch.fact(e.CallbackPutOff, task=task)
    assert (put_off.why, put_off.tries) == ("unreached", 1)
    await watch.agent(desk.name, "available")
    assert watch.facts(e.AgentStateChanged, state="wrap_up") == [], "there is nothing to note"
    citizen = await promised.town.exchange.citizen()
    await promised.town.talking(citizen, desk)
    await citizen.call.hang_up()
    assert len(watch.facts(e.CallPlaced)) == 1
    await promised.nothing_is_left()


async def test_killed_while_the_citizens_telephone_rings_and_they_refuse_it_is_a_try(promised: Promised) -> None:
    task, desk, called = await rung(promised)
    await promised.killed()
    called.call.reject(486)
    await promised.again()
    await tried(promised, task, desk)


async def test_killed_and_the_citizen_answers_they_are_told_and_their_agent_rung_by_the_next(
    promised: Promised,
) -> None:
    task, desk, called = await rung(promised)
    await promised.killed()
    called.answers()
    await promised.again()
    await desk.takes()
    await called.both_hear(desk)
    await called.call.hang_up()
    await kept(promised, task)


async def test_killed_while_the_citizen_waits_they_hear_music_and_the_agent_may_lift_meanwhile(
    promised: Promised,
) -> None:
    task, desk, called = await held(promised)
    await promised.killed()
    await until(lambda: music(called.call), "music")
    assert desk.call is not None
    desk.call.answer()
    desk.speak()
    await called.both_hear(desk)
    await promised.again()
    await promised.town.watch.fact(e.CallConnected, agent=desk.name)
    await called.both_hear(desk)
    await desk.hang_up()
    await kept(promised, task)


async def test_killed_while_the_citizen_waits_and_they_hang_up_it_is_a_try(promised: Promised) -> None:
    task, desk, called = await held(promised)
    await promised.killed()
    await called.call.hang_up()
    await promised.again()
    assert desk.call is not None
    await desk.call.ended(15)
    await tried(promised, task, desk)


async def test_killed_while_the_citizen_waits_and_the_agent_refuses_the_next_has_them(promised: Promised) -> None:
    task, desk, called = await held(promised)
    await promised.killed()
    assert desk.call is not None
    desk.call.reject(486)
    await promised.again()
    await until(lambda: music(called.call), "music")
    second = await promised.town.desk(2)
    await second.takes()
    await called.both_hear(second)
    await called.call.hang_up()
    await kept(promised, task)


async def test_killed_while_they_talk_they_talk_on(promised: Promised) -> None:
    task, desk, called = await held(promised)
    assert desk.call is not None
    desk.call.answer()
    desk.speak()
    await promised.town.watch.fact(e.CallConnected, agent=desk.name)
    await promised.killed()
    await called.both_hear(desk)
    await promised.again()
    await called.both_hear(desk)
    await desk.hang_up()
    await kept(promised, task)


async def test_nobody_lifts_for_them_they_wait_on_and_go_before_everybody(promised: Promised) -> None:
    """Not killed: the telephone rings in vain, and the next agent who comes has whoever was called before others."""
    watch = promised.town.watch
    task, desk, called = await held(promised)
    waiting = await promised.town.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    await watch.fact(e.OfferMissed, agent=desk.name)
    await until(lambda: music(called.call), "music")
    await desk.vanish()
    second = await promised.town.desk(2)
    await second.takes()
    await called.both_hear(second)
    assert (await watch.fact(e.TaskClosed, task=task)).agent == second.name
    await called.call.hang_up()
    await watch.fact(e.InteractionEnded, outcome="reached")
    await waiting.call.hang_up()
    await promised.nothing_is_left()
