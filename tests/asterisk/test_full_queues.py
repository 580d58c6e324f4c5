"""The neighbour that breaks here is the queue: no room, or nobody at work.  Nobody is turned away with nothing."""

from __future__ import annotations

from acd.wait import SEEN_AT_LEAST
from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.small_centre import SmallCentre
from traffic.sound import level_dbfs


async def test_a_caller_for_whom_there_is_no_room_is_promised_a_callback(town_with: TownWith) -> None:
    town = await town_with(SmallCentre(max_waiting=1))
    waiting = await town.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    one_too_many = await town.exchange.citizen()
    await one_too_many.hears_prompt("attente.rappel_note")
    assert (await one_too_many.call.ended(10)).by == "them"
    noted = await one_too_many.fact(e.CallbackNoted)
    assert (noted.queue, noted.number.text) == ("conseil", one_too_many.e164)
    await town.outcome(one_too_many, "converted")
    await waiting.call.hang_up()


async def test_a_caller_without_a_number_is_let_in_although_there_is_no_room(town_with: TownWith) -> None:
    town = await town_with(SmallCentre(max_waiting=1))
    waiting = await town.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    hidden = await town.exchange.citizen(privacy=True)
    await town.watch.fact(e.LetIn)
    await hidden.hears_music()
    desk = await town.desk()
    for _ in range(2):
        await desk.takes()
        await desk.hang_up()
    await hidden.call.ended(10)
    await waiting.call.ended(10)


async def test_a_full_queue_overflows_to_the_other_team(town_with: TownWith) -> None:
    town = await town_with(SmallCentre(max_waiting=1, overflow="autre"))
    waiting = await town.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    helper = await town.desk(6)  # of the other team
    overflowing = await town.exchange.citizen()
    await town.talking(overflowing, helper)
    assert (await overflowing.fact(e.QueueOverflowed)).to == "autre"
    await helper.hang_up()
    await town.outcome(overflowing, "answered")
    assert level_dbfs(waiting.call.heard.last(0.5).samples) > -60, "and whoever waited first still hears music"
    await waiting.call.hang_up()


async def test_who_has_waited_too_long_hears_the_message_of_their_queue(town_with: TownWith) -> None:
    """Out of the music, into another script, and given up unless something is left there."""
    town = await town_with(SmallCentre(overflow=[{"when": "waited", "limit": "10s", "script": "ferme"}]))
    caller = await town.exchange.citizen()
    await caller.fact(e.CallerHeld)
    await caller.hears_prompt("ferme.horaires")
    assert (await caller.call.ended(10)).by == "them"
    assert (await caller.fact(e.WaitLeft)).held
    await town.outcome(caller, "abandoned")


async def test_where_nobody_works_a_caller_is_sent_on_and_told_so(town_with: TownWith) -> None:
    town = await town_with(SmallCentre(overflow=[{"when": "empty", "to": "autre"}]))
    helper = await town.desk(6)  # of the other team, and busy
    first = await town.exchange.citizen()
    await town.talking(first, helper)
    second = await town.exchange.citizen()
    assert (await second.fact(e.QueueOverflowed)).why == "empty"
    await second.hears_prompt("attente.autre_equipe")
    await second.call.hang_up()
    await helper.hang_up()


async def test_who_waits_hears_how_long_it_may_last_once_calls_have_taught_it(town_with: TownWith) -> None:
    town = await town_with(SmallCentre(announce=("wait",)))
    desk = await town.desk()
    for _ in range(SEEN_AT_LEAST):
        served = await town.exchange.citizen()
        await town.talking(served, desk)
        await desk.hang_up()
        await town.outcome(served, "answered")
    await town.talking(await town.exchange.citizen(), desk)
    waiting = await town.exchange.citizen()
    assert [text.key for text in (await waiting.fact(e.AnnouncementDue)).say] == ["attente.moins_de_2"]
    await waiting.hears_prompt("attente.moins_de_2")
    await waiting.call.hang_up()
    await desk.hang_up()
