"""Where a citizen lives, as their record says, is where the agent comes from who takes the call; after a while, any."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.town import Elsewhere, centre_elsewhere
from tests.asterisk.watch import Watch
from tests.crm_bridge.crm import Crm

SECTORS = {"nord": {"title": "Nord", "communes": ["Mantes-la-Jolie"]}, "sud": {"title": "Sud", "communes": ["Ablis"]}}


@pytest.fixture
async def town(site: Site, watch: Watch) -> AsyncIterator[Elsewhere]:
    small = SmallCentre(
        answer_after="2s",
        conseil={"relax": [{"after": "5s", "sectors": True}]},
        more={"sectors": SECTORS},
        sectors={"a1": ["sud"], "a2": ["nord"]},
        by_commune=True,
    )
    async with Crm().listening() as crm, centre_elsewhere(site, watch, small) as town:
        crm.how = "resident"  # of MANTES LA JOLIE
        asked = {"url": f"{crm.url}/usagers?telephone={{number}}", "deadline": "1400ms"}
        (site.config / "crm.yaml").write_text(json.dumps({"records": {"crm": {"centre": asked}}}))
        await town.up()
        yield town


async def test_an_agent_of_the_sector_is_rung_first_and_any_other_later(town: Elsewhere) -> None:
    other, neighbour = await town.desk(1), await town.desk(2)
    first = await town.exchange.citizen()
    await town.talking(first, neighbour)
    second = await town.exchange.citizen()
    await town.talking(second, other)  # who was free all the while
    await neighbour.hang_up()
    await other.hang_up()
    ours, theirs = town.watch.facts(e.AgentChosen)
    assert (ours.agent, ours.why.eased, theirs.agent) == ("a2", (), "a1")
    assert [(eased.step.after_ms, eased.step.sectors) for eased in theirs.why.eased] == [(5_000, True)]
