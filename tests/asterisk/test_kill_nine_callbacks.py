"""The neighbour that breaks here is Allo itself: `kill -9` while somebody who was promised a call is called.

Whether their number was typed or their hour agreed on: the promise is kept, by one call, and who talks talks on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from core import events as e
from tests.asterisk.called_back import PARIS, Promised, calling_back
from tests.asterisk.ground import Site
from tests.asterisk.outside import Outside
from tests.asterisk.town import centre_elsewhere
from tests.asterisk.watch import Watch
from traffic.call import State

BY = pytest.mark.parametrize("kind", ["typed", "agreed"])


@pytest.fixture
async def promised(site: Site, watch: Watch) -> AsyncIterator[Promised]:
    async with centre_elsewhere(site, watch, calling_back(site)) as town:
        await town.up()
        outside = await Outside.open(town)
        yield Promised(town, outside)
        await outside.close()


async def kept(promised: Promised, task: str) -> None:
    """The promise was kept by one call, and nothing is left of it."""
    watch = promised.town.watch
    assert (await watch.fact(e.TaskClosed, task=task)).how == "done"
    assert (await watch.fact(e.InteractionEnded, outcome="reached")).reason == "hung_up"
    assert len(watch.facts(e.CallbackChosen)) == 1
    await promised.nothing_is_left()


@BY
async def test_killed_while_it_waits_for_an_agent_it_is_called_by_the_next(promised: Promised, kind: str) -> None:
    task = await promised.by(kind)
    due = await promised.town.watch.fact(e.CallbackDue, task=task)
    await promised.killed()
    await promised.again()
    desk = await promised.town.desk()
    await desk.takes()
    called = await promised.outside.rings()
    called.answers()
    await called.both_hear(desk)
    await called.call.hang_up()
    await kept(promised, task)
    [placed] = promised.town.watch.facts(e.CallPlaced)
    assert placed.interaction == due.interaction


@BY
async def test_killed_while_the_agents_telephone_rings_the_citizen_is_called_once_they_lift(
    promised: Promised, kind: str
) -> None:
    task = await promised.by(kind)
    desk = await promised.town.desk()
    ringing = await desk.rings()
    await promised.killed()
    ringing.answer()
    desk.speak()
    await promised.again()
    called = await promised.outside.rings()
    called.answers()
    await called.both_hear(desk)
    await desk.hang_up()
    await kept(promised, task)


@BY
@pytest.mark.parametrize("answered", ["meanwhile", "afterwards"])
async def test_killed_while_the_citizens_telephone_rings_it_rings_on(
    promised: Promised, kind: str, answered: str
) -> None:
    task = await promised.by(kind)
    desk = await promised.town.desk()
    await desk.takes()
    called = await promised.outside.rings()
    await promised.town.watch.fact(e.CitizenDialled)
    await promised.killed()
    if answered == "meanwhile":
        called.answers()
        await called.both_hear(desk)
    await promised.again()
    if answered == "afterwards":
        assert called.call.state is State.RINGING
        called.answers()
    await promised.town.watch.fact(e.CallConnected, agent=desk.name)
    await called.both_hear(desk)
    await called.call.hang_up()
    await kept(promised, task)


@BY
async def test_killed_while_they_talk_they_talk_on(promised: Promised, kind: str) -> None:
    task = await promised.by(kind)
    desk = await promised.town.desk()
    await desk.takes()
    called = await promised.outside.rings()
    called.answers()
    await promised.town.watch.fact(e.CallConnected)
    await promised.killed()
    await called.both_hear(desk)
    await promised.again()
    await called.both_hear(desk)
    await desk.hang_up()
    await kept(promised, task)


@BY
async def test_killed_and_whoever_is_rung_refuses_they_are_called_again_later_and_not_at_once(
    promised: Promised, kind: str
) -> None:
    task = await promised.by(kind)
    desk = await promised.town.desk()
    await desk.takes()
    called = await promised.outside.rings()
    await promised.town.watch.fact(e.CitizenDialled)
    await promised.killed()
    called.call.reject(486)
    await promised.again()
    put_off = await promised.town.watch.fact(e.CallbackPutOff, task=task)
    assert (put_off.why, put_off.tries) == ("unreached", 1)
    assert put_off.until_at_ms is not None
    await promised.nothing_is_left()


async def test_killed_before_the_hour_that_was_agreed_on_it_is_kept_and_not_before(promised: Promised) -> None:
    watch = promised.town.watch
    now = datetime.now(PARIS)
    hour = now.replace(second=0, microsecond=0) + timedelta(minutes=1 if now.second < 45 else 2)
    await promised.agreed(hour)
    task = (await watch.fact(e.TaskOpened)).task
    assert (await watch.fact(e.CallbackPutOff, task=task)).why == "hour"
    await promised.killed()
    await promised.again()
    desk = await promised.town.desk()
    await watch.fact(e.CallbackDue, 90, task=task)
    [due_at_ms] = watch.times_ms(e.CallbackDue, task=task)
    assert due_at_ms >= hour.timestamp() * 1000
    await desk.takes()
    called = await promised.outside.rings()
    called.answers()
    await called.both_hear(desk)
    await called.call.hang_up()
    await kept(promised, task)
