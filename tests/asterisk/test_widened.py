"""Somebody waits for one team; after a while another may take them as well, and the choice says since when."""

from __future__ import annotations

import pytest

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.small_centre import SECOND_TEAM, SmallCentre
from tests.asterisk.town import Town

AFTER_MS = 5_000
OF_THE_SECOND_TEAM = 6


@pytest.fixture
async def town(town_with: TownWith) -> Town:
    """The people of `autre` help those of `conseil` after a while, and never the other way round."""
    return await town_with(SmallCentre(conseil={"relax": [{"after": "5s", "queues": ["autre"]}]}))


async def test_the_other_team_takes_who_has_waited_long_enough_and_not_before(town: Town) -> None:
    helper = await town.desk(OF_THE_SECOND_TEAM)
    citizen = await town.exchange.citizen()
    queued = await citizen.fact(e.InteractionQueued)
    await citizen.hears_music()
    await town.talking(citizen, helper)
    chosen = await citizen.fact(e.AgentChosen)
    assert (chosen.agent, queued.need.queue, chosen.why.waited_ms >= AFTER_MS) == (helper.name, "conseil", True)
    [eased] = chosen.why.eased
    assert (eased.step.queues, eased.since_at_ms) == (("autre",), queued.arrived_at_ms + AFTER_MS)
    await helper.hang_up()


async def test_their_own_go_first_to_them_and_nobody_else_helps_in_return(town: Town) -> None:
    own, helper = await town.desk(1), await town.desk(OF_THE_SECOND_TEAM)
    first = await town.exchange.citizen(SECOND_TEAM)
    await town.talking(first, helper)
    second = await town.exchange.citizen(SECOND_TEAM)
    await second.hears_music()
    third = await town.exchange.citizen()
    await town.talking(third, own)
    await helper.hang_up()
    await town.talking(second, helper)
    for desk in (own, helper):
        await desk.hang_up()
