"""The neighbour that breaks here is the caller, who hangs up at any step.

Each leads to the outcome of the table in core/interaction.py; the fixture sees to it that no channel is left in
Asterisk and that no agent stays busy.
"""

from __future__ import annotations

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.small_centre import WELCOME, SmallCentre
from tests.asterisk.town import Here


async def test_a_caller_who_hangs_up_while_it_rings_has_abandoned(town_with: TownWith) -> None:
    town = await town_with(SmallCentre(answer_after="5s"))
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.fact(e.DialogueStarted)
    end = await citizen.call.hang_up()
    assert (end.code, end.by) == (487, "us")
    await town.outcome(citizen, "abandoned")
    assert town.watch.facts(e.LegAnswered) == []


async def test_a_caller_who_hangs_up_during_the_welcome_has_abandoned(town: Here) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.fact(e.PlaybackStarted)
    await citizen.call.answered(5)
    await citizen.call.hang_up()
    await town.outcome(citizen, "abandoned")


async def test_a_caller_who_hangs_up_at_the_question_has_abandoned(town: Here) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.fact(e.ListeningStarted)
    await citizen.call.hang_up()
    await town.outcome(citizen, "abandoned")


async def test_a_caller_who_hangs_up_on_the_way_into_the_queue_has_abandoned(town: Here) -> None:
    citizen = await town.exchange.citizen()
    await citizen.fact(e.LegAnswered)
    await citizen.call.answered(5)
    await citizen.call.hang_up()
    await town.outcome(citizen, "abandoned")


async def test_a_caller_who_hangs_up_while_waiting_has_abandoned(town: Here) -> None:
    citizen = await town.exchange.citizen()
    await citizen.fact(e.CallerHeld)
    await citizen.hears_music()
    await citizen.call.hang_up()
    await town.outcome(citizen, "abandoned")


async def test_a_caller_who_hangs_up_while_told_the_position_has_abandoned(town: Here) -> None:
    citizen = await town.exchange.citizen()
    await citizen.fact(e.AnnouncementDue)
    await citizen.fact(e.PlaybackStarted)
    await citizen.call.hang_up()
    await town.outcome(citizen, "abandoned")


async def test_a_caller_who_hangs_up_while_the_agent_rings_has_abandoned_and_the_agent_is_free(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    offered = await desk.rings()
    await citizen.call.hang_up()
    end = await offered.ended(5)
    assert (end.by, end.code) == ("them", 487)
    await town.outcome(citizen, "abandoned")
    await citizen.fact(e.OfferWithdrawn, agent=desk.name)
    await town.watch.agent(desk.name, "available")
    again = await town.exchange.citizen()
    await town.talking(again, desk)


async def test_a_caller_who_hangs_up_in_conversation_was_answered(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    await town.talking(citizen, desk)
    assert desk.call is not None
    await citizen.call.hang_up()
    assert (await desk.call.ended(5)).by == "them"
    await town.outcome(citizen, "answered")
    assert (await citizen.fact(e.ConversationEnded)).by == "caller"
    await town.watch.agent(desk.name, "available")


async def test_a_caller_who_answers_the_answer_with_a_farewell_at_once_has_abandoned(town: Here) -> None:
    """BYE right behind the ACK: the orders of the step are on their way to a channel that is gone."""
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    await citizen.call.answered(5)
    await citizen.call.hang_up()
    ended = await citizen.fact(e.InteractionEnded)
    assert ended.outcome in ("abandoned", "answered")
    await town.watch.agent(desk.name, "available")


async def test_twenty_callers_who_hang_up_at_any_moment_leave_nothing_behind(town: Here) -> None:
    """Whatever the moment, from ringing to conversation: each has one outcome, and the agents serve on."""
    desks = await town.desks(2)
    citizens = [await town.exchange.citizen() for _ in range(20)]
    for count, citizen in enumerate(citizens):
        await citizen.fact((e.CallArrived, e.LegAnswered, e.CallerHeld, e.InteractionQueued)[count % 4])
        await citizen.call.hang_up()
    for citizen in citizens:
        assert (await citizen.fact(e.InteractionEnded)).outcome in ("abandoned", "answered")
    for desk in desks:
        await town.watch.agent(desk.name, "available")
