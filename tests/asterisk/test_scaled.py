"""Each part as a process of its own, over a real Valkey and a real PostgreSQL: the same calls with
the same outcomes, and each of the parts that can die dies with calls in progress."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator

import pytest
import redis

from core import events as e
from journal.postgres import address
from tests import servers
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import WELCOME, SmallCentre
from tests.asterisk.telephones import both_hear
from tests.asterisk.town import Scaled, centre_scaled
from tests.asterisk.watch import Watch


@pytest.fixture
async def scaled(site: Site, watch: Watch) -> AsyncIterator[Scaled]:
    redis.Redis.from_url(servers.valkey().url).flushall()
    shared = {"journal": {"url": servers.database()}, "bus": {"url": servers.valkey().url}}
    async with centre_scaled(site, watch, SmallCentre(more=shared, offer="20s")) as town:
        await town.up("kernel", "speech", "pages", "telephony")
        await watch.fact(e.NodeSeen)
        yield town


async def test_a_whole_call(scaled: Scaled) -> None:
    desk, citizen = await scaled.desk(), await scaled.exchange.citizen(WELCOME)
    await citizen.hears_prompt("accueil.bienvenue")
    await citizen.call.press("1")
    await scaled.talking(citizen, desk)
    await desk.hang_up()
    await scaled.outcome(citizen, "answered")
    await scaled.nothing_is_left()


async def test_the_kernel_killed_in_the_middle_finds_every_call_where_it_was(scaled: Scaled) -> None:
    desk, talking = await scaled.desk(), await scaled.exchange.citizen()
    await scaled.talking(talking, desk)
    waiting = await scaled.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    await scaled.kill("kernel")
    await scaled.talking_still(talking, desk)
    await desk.hang_up()  # told while nobody decides: it waits on the bus
    late = await scaled.exchange.citizen()
    await scaled.up("kernel")
    await scaled.outcome(talking, "answered")
    await scaled.talking(waiting, desk)
    await late.fact(e.CallerHeld)
    await desk.hang_up()
    await scaled.talking(late, desk)
    await late.call.hang_up()
    await scaled.outcome(waiting, "answered")
    await scaled.outcome(late, "answered")
    await scaled.nothing_is_left()
    assert len(scaled.watch.facts(e.CallArrived)) == 3, "no fact is taken twice"


async def test_a_kernel_that_stands_by_takes_over_and_callers_keep_their_place(scaled: Scaled) -> None:
    second = await scaled.stands_by()
    desk, talking = await scaled.desk(), await scaled.exchange.citizen()
    await scaled.talking(talking, desk)
    first_in_line = await scaled.exchange.citizen()
    await first_in_line.fact(e.CallerHeld)
    next_in_line = await scaled.exchange.citizen()
    await next_in_line.fact(e.CallerHeld)
    assert "est ouvert" not in second.said
    await scaled.kill("kernel")
    await desk.hang_up()  # told while nobody decides
    await second.open()
    await scaled.outcome(talking, "answered")
    for citizen in (first_in_line, next_in_line):
        await scaled.talking(citizen, desk)
        await desk.hang_up()
        await scaled.outcome(citizen, "answered")
    await scaled.nothing_is_left()
    assert len(scaled.watch.facts(e.CallArrived)) == 3, "no fact is taken twice"


async def test_a_kernel_that_was_followed_by_another_ends_and_says_so(scaled: Scaled) -> None:
    second = await scaled.stands_by()
    desk, talking = await scaled.desk(), await scaled.exchange.citizen()
    await scaled.talking(talking, desk)
    first = scaled.running.pop("kernel")
    first.child.send_signal(signal.SIGSTOP)  # a machine that is frozen, and later goes on as if nothing had been
    servers.cut_leader(address(scaled.journal.url))
    await second.open()
    first.child.send_signal(signal.SIGCONT)
    assert await first.code() == 1
    assert "Un autre noyau a pris la main" in first.said
    await scaled.talking_still(talking, desk)
    await desk.hang_up()
    await scaled.outcome(talking, "answered")
    await scaled.nothing_is_left()


async def test_telephony_killed_in_the_middle_tells_what_became_of_its_calls(scaled: Scaled) -> None:
    desk, talking = await scaled.desk(), await scaled.exchange.citizen()
    await scaled.talking(talking, desk)
    waiting = await scaled.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    await scaled.kill("telephony")
    await scaled.watch.fact(e.NodeLost)
    await scaled.talking_still(talking, desk)
    await talking.call.hang_up()  # nobody sees it
    await scaled.up("telephony")
    await scaled.outcome(talking, "answered")
    await scaled.talking(waiting, desk)
    await desk.hang_up()
    await scaled.outcome(waiting, "answered")
    await scaled.nothing_is_left()


async def test_a_telephone_that_rings_while_telephony_dies_is_not_rung_twice(scaled: Scaled) -> None:
    desk, citizen = await scaled.desk(), await scaled.exchange.citizen()
    offered = await desk.rings()
    await scaled.kill("telephony")
    await scaled.up("telephony")
    await scaled.watch.fact(e.NodeSeen, nth=2)
    offered.answer()
    desk.speak()
    await both_hear(citizen, desk)
    await citizen.fact(e.CallConnected, agent=desk.name)
    await citizen.call.hang_up()
    await scaled.outcome(citizen, "answered")
    await scaled.nothing_is_left()


async def test_a_bus_that_dies_and_comes_back_empty_costs_a_look_at_the_node(scaled: Scaled) -> None:
    desk, talking = await scaled.desk(), await scaled.exchange.citizen()
    await scaled.talking(talking, desk)
    waiting = await scaled.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    servers.valkey().kill()
    try:
        await scaled.watch.fact(e.NodeLost)
        await scaled.talking_still(talking, desk)
        await talking.call.hang_up()
    finally:
        servers.valkey().start()
    await scaled.outcome(talking, "answered")
    await scaled.talking(waiting, desk)
    await desk.hang_up()
    await scaled.outcome(waiting, "answered")
    await scaled.nothing_is_left()


async def test_a_journal_server_that_restarts_loses_no_call(scaled: Scaled) -> None:
    desk, talking = await scaled.desk(), await scaled.exchange.citizen()
    await scaled.talking(talking, desk)
    servers.postgres().stop()
    try:
        await talking.call.hang_up()
        await talking.call.ended(15)
        await scaled.running["kernel"].says("journal : ")  # it has missed the server, however busy this machine is
    finally:
        servers.postgres().start()
    await scaled.outcome(talking, "answered")
    await scaled.watch.until(
        lambda: [alarm.kept for alarm in scaled.watch.facts(e.JournalAlarm)][-1:] == [True], "the journal keeps again"
    )
    assert not scaled.watch.facts(e.JournalAlarm)[0].kept
    again = await scaled.exchange.citizen()
    await scaled.talking(again, desk)
    await desk.hang_up()
    await scaled.outcome(again, "answered")
    await scaled.nothing_is_left()
