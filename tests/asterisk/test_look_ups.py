"""An alert about look-ups in a running centre: what its access log holds becomes a fact of its journal, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import time

import pytest

from core import events as e
from core.citizen import Reading
from runtime.crm import open_store
from runtime.places import Places
from runtime.settings import load
from tests import centres
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.town import Elsewhere, centre_elsewhere
from tests.asterisk.watch import Watch


@pytest.fixture
async def town(site: Site, watch: Watch) -> AsyncIterator[Elsewhere]:
    few = SmallCentre(agents=3, more={"records": {"unusual": {"persons": 2}}})
    async with centre_elsewhere(site, watch, few) as town:
        yield town


async def test_an_agent_who_looks_for_many_people_is_told_while_they_are_at_it(town: Elsewhere) -> None:
    process = await town.up()
    tenant = next(iter(load(town.site.config).centre.tenants))
    store = open_store(load(town.site.config).settings.records, Places(run=town.site.home / "run"))
    reading = Reading(agent="a1", why="search", interaction=centres.interaction(1))
    for number in range(4):
        store.note(tenant, f"usager-{number}", reading, round(time() * 1000))
    store.close()
    told = await town.watch.fact(e.LookUpsUnusual, 60.0)
    assert (told.tenant, told.why, told.agent, told.count) == (tenant, "persons", "a1", 3)
    await process.says("consultations inhabituelles de fiches")
    assert "a1" not in process.said.partition("consultations inhabituelles")[2].partition("\n")[0]
    desk, citizen = await town.desk(), await town.exchange.citizen()
    await town.talking(citizen, desk)  # and calls are served
    assert len(town.watch.facts(e.LookUpsUnusual)) == 1
