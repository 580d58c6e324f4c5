"""The neighbour that breaks here is the agent's telephone: it refuses, does not answer, is gone, is congested.

Whatever it does, the caller keeps the place and reaches the next agent, and nobody is asked in vain for ever.
"""

from __future__ import annotations

import pytest

from core import events as e
from tests.asterisk.small_centre import READY
from tests.asterisk.town import Here


@pytest.mark.parametrize(
    ("status", "kind"),
    [(486, e.OfferDeclined), (603, e.OfferDeclined), (480, e.OfferMissed), (503, e.OfferFailed), (404, e.OfferFailed)],
    ids=["486-busy", "603-decline", "480-unavailable", "503-congestion", "404-unknown"],
)
async def test_an_agent_who_refuses_is_left_a_breath_and_the_next_takes_the_call(
    town: Here, status: int, kind: type[e.OfferDeclined]
) -> None:
    first, second = await town.desk(1), await town.desk(2)
    citizen = await town.exchange.citizen()
    (await first.rings()).reject(status)
    await citizen.fact(kind, agent=first.name)
    await town.watch.agent(first.name, "paused")
    await town.talking(citizen, second)
    await town.watch.agent(first.name, "available")
    assert [fact.agent for fact in town.watch.facts(e.AgentChosen)] == ["a1", "a2"]


async def test_an_agent_who_lets_it_ring_once_is_asked_again_and_twice_in_a_row_is_not(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    for misses in (1, 2):
        offered = await desk.rings()
        assert (await offered.ended(10)).by == "them"
        await citizen.fact(e.OfferMissed, agent=desk.name, misses=misses)
    missed = await town.watch.fact(e.AgentStateChanged, agent=desk.name, state="missed")
    assert missed.until_at_ms is None
    await citizen.hears_music()
    await desk.dial(READY)
    await town.talking(citizen, desk)


async def test_a_telephone_that_unregisters_while_it_rings_loses_the_offer_to_the_next(town: Here) -> None:
    first, second = await town.desk(1), await town.desk(2)
    citizen = await town.exchange.citizen()
    offered = await first.rings()
    await first.phone.unregister()
    await offered.ended(10)
    await town.talking(citizen, second)
    await town.watch.agent(first.name, "logged_out")


async def test_a_telephone_that_vanished_is_no_miss_of_the_agent_and_the_next_takes_the_call(town: Here) -> None:
    first, second = await town.desk(1), await town.desk(2)
    await first.vanish()
    citizen = await town.exchange.citizen()
    failed = await citizen.fact(e.OfferFailed, agent=first.name)
    assert failed.reason == "not_rung"
    await town.talking(citizen, second)
    assert town.watch.facts(e.OfferMissed) == []


async def test_an_agent_who_answers_and_hangs_up_at_once_has_had_the_call(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    offered = await desk.takes()
    await offered.hang_up()
    ended = await citizen.fact(e.ConversationEnded, agent=desk.name)
    assert ended.by == "agent"
    await citizen.call.ended(5)
    await town.outcome(citizen, "answered")
    await town.watch.agent(desk.name, "available")


async def test_two_who_wait_for_one_agent_are_served_in_their_order_even_after_a_refusal(town: Here) -> None:
    one = await town.exchange.citizen()
    await one.fact(e.CallerHeld)
    two = await town.exchange.citizen()
    await two.fact(e.CallerHeld)
    queued = [fact.interaction for fact in town.watch.facts(e.InteractionQueued)]
    desk = await town.desk(1)
    (await desk.rings()).reject(486)
    waiting = {await one.interaction(): one, await two.interaction(): two}
    for interaction in queued:
        await town.talking(waiting[interaction], desk)
        await desk.hang_up()
        await waiting[interaction].call.ended(5)
    assert [fact.interaction for fact in town.watch.facts(e.CallConnected)] == queued


async def test_the_caller_is_let_go_when_the_agent_hangs_up(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    await town.talking(citizen, desk)
    await desk.hang_up()
    assert (await citizen.call.ended(5)).by == "them"
    assert (await citizen.fact(e.ConversationEnded)).by == "agent"
    await town.outcome(citizen, "answered")


async def test_a_transfer_by_the_telephone_itself_is_refused_and_the_conversation_goes_on(town: Here) -> None:
    """A REFER would take the caller where nobody counts them; transfers are asked of the centre."""
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    await town.talking(citizen, desk)
    assert desk.call is not None
    refer_to = [("Refer-To", f"<sip:2002@{town.site.host}>"), ("Referred-By", f"<sip:2001@{town.site.host}>")]
    assert (await desk.call.request("REFER", refer_to)).status >= 400
    await town.talking_still(citizen, desk)
    await desk.hang_up()
    await town.outcome(citizen, "answered")


async def test_a_telephone_that_vanishes_in_a_call_costs_the_next_caller_nothing(town: Here) -> None:
    """No BYE, no sound, nothing: the citizen ends the call, and the next one is served by whoever answers."""
    first, citizen = await town.desk(1), await town.exchange.citizen()
    await town.talking(citizen, first)
    await first.vanish()
    await citizen.call.hang_up()
    await town.outcome(citizen, "answered")
    second = await town.desk(2)
    following = await town.exchange.citizen()
    await town.talking(following, second)
    await second.hang_up()
    await town.outcome(following, "answered")
