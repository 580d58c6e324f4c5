"""An agent calls a citizen: the desk phone first, then the citizen's, and sound goes both ways.

The operator is a real SIP telephone at the trunk's address.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.outside import SHOWN, Outside
from tests.asterisk.small_centre import SmallCentre


@pytest.fixture
async def outside(town_with: TownWith) -> AsyncIterator[Outside]:
    """A centre with wrap-up, and the people it calls."""
    outside = await Outside.open(await town_with(SmallCentre(wrap_up="30s", calls_out=True)))
    yield outside
    await outside.close()


async def test_the_agent_is_rung_first_then_the_citizen_and_they_hear_each_other(outside: Outside) -> None:
    desk = await outside.town.desk()
    interaction = outside.dials(desk)
    shown = await desk.takes()
    assert (shown.remote.user, shown.remote.display) == ("+33639987701", "Ligne directe")
    called = await outside.rings()
    assert called.call.remote.user == SHOWN
    await outside.hears_ringing(desk)
    called.answers()
    await called.both_hear(desk)
    await desk.hang_up()
    assert (await called.call.ended(5)).by == "them"
    await outside.ended(interaction, "reached", "hung_up")
    assert outside.town.watch.agent_states()[desk.name] == "wrap_up"
    assert outside.town.watch.facts(e.RequestAnswered)[-1].done


async def test_the_citizen_hangs_up_and_the_agents_telephone_is_free_at_once(outside: Outside) -> None:
    desk = await outside.town.desk()
    interaction, called = await outside.talking(desk)
    await called.call.hang_up()
    assert desk.call is not None
    assert (await desk.call.ended(5)).by == "them"
    await outside.ended(interaction, "reached", "hung_up")
    [over] = outside.town.watch.facts(e.ConversationEnded)
    assert over.by == "caller"


@pytest.mark.parametrize(
    ("status", "reason"), [(486, "busy"), (404, "unreachable"), (503, "congestion"), (603, "declined")]
)
async def test_a_citizen_who_is_not_reached_is_told_why(outside: Outside, status: int, reason: str) -> None:
    desk = await outside.town.desk()
    interaction = outside.dials(desk)
    await desk.takes()
    called = await outside.rings()
    called.call.reject(status)
    await outside.ended(interaction, "unreached", reason)
    assert desk.call is not None
    await desk.call.ended(5)
    await outside.town.watch.agent(desk.name, "wrap_up")


async def test_the_agent_gives_up_while_it_rings_and_the_citizens_telephone_stops(outside: Outside) -> None:
    desk = await outside.town.desk()
    interaction = outside.dials(desk)
    await desk.takes()
    called = await outside.rings()
    await desk.hang_up()
    await outside.ended(interaction, "unreached", "cancelled")
    assert (await called.call.ended(5)).by == "them"


async def test_an_agent_who_does_not_take_their_own_telephone_calls_nobody(outside: Outside) -> None:
    desk = await outside.town.desk()
    interaction = outside.dials(desk)
    call = await desk.rings()
    call.reject(603)
    await outside.ended(interaction, "unreached", "agent_unanswered")
    await outside.town.watch.agent(desk.name, "available")
    assert outside.phone.incoming.empty()


async def test_what_may_not_be_called_rings_nobody(outside: Outside) -> None:
    desk = await outside.town.desk()
    for number, why in (("15", "emergency"), ("08 99 12 34 56", "destination"), ("+44 20 7946 0000", "destination")):
        interaction = outside.dials(desk, number)
        refused = await outside.town.watch.fact(e.DialRefused, interaction=interaction)
        assert refused.why == why
    assert outside.town.watch.facts(e.CallPlaced) == []
    assert desk.phone.incoming.empty()


async def test_nobody_is_offered_to_an_agent_who_calls_and_no_call_is_placed_from_a_call(outside: Outside) -> None:
    desk = await outside.town.desk()
    await outside.talking(desk)
    citizen = await outside.town.exchange.citizen()
    await citizen.hears_music()
    second = outside.dials(desk)
    refused = await outside.town.watch.fact(e.DialRefused, interaction=second)
    assert refused.why == "agent_busy"
    assert outside.town.watch.facts(e.AgentChosen) == []
    await desk.hang_up()
    await citizen.call.hang_up()
