"""Whom a citizen's record names takes their call: rung though others have been free for longer, waited for in a call,
and not in a pause.  The record comes from a CRM that is asked as the call arrives."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import LUNCH, SmallCentre
from tests.asterisk.town import Elsewhere, centre_elsewhere
from tests.asterisk.watch import Watch
from tests.crm_bridge.crm import Crm

# Longer than the CRM may take, so that no load makes the record come after the choice.
SMALL = SmallCentre(answer_after="2s", conseil={"referent": {"wait": "10min"}})


@pytest.fixture
async def town(site: Site, watch: Watch) -> AsyncIterator[Elsewhere]:
    async with Crm().listening() as crm, centre_elsewhere(site, watch, SMALL) as town:
        crm.how = "followed"  # by a2
        asked = {"url": f"{crm.url}/usagers?telephone={{number}}", "deadline": "1400ms"}
        (site.config / "crm.yaml").write_text(json.dumps({"records": {"crm": {"centre": asked}}}))
        await town.up()
        yield town


async def test_who_follows_the_citizen_is_rung_and_waited_for_while_they_speak(town: Elsewhere) -> None:
    other, referent = await town.desk(1), await town.desk(2)
    first = await town.exchange.citizen()
    await town.talking(first, referent)
    second = await town.exchange.citizen()
    await second.hears_music()
    assert town.watch.agent_states()[other.name] == "available"
    await referent.hang_up()
    await town.talking(second, referent)
    await referent.hang_up()
    turns = [fact.why.turn for fact in town.watch.facts(e.AgentChosen)]
    assert turns == ["preferred", "preferred"]


async def test_a_record_that_comes_while_they_wait_still_brings_who_follows_them(site: Site, watch: Watch) -> None:
    small = SmallCentre(conseil={"referent": {"wait": "10min"}})
    async with Crm().listening() as crm, centre_elsewhere(site, watch, small) as town:
        asked = {"url": f"{crm.url}/usagers?telephone={{number}}", "deadline": "1400ms"}
        (site.config / "crm.yaml").write_text(json.dumps({"records": {"crm": {"centre": asked}}}))
        await town.up()
        other, referent = await town.desk(1), await town.desk(2)
        for desk in (other, referent):
            await town.talking(await town.exchange.citizen(), desk)
        crm.how, crm.waits = "followed", True
        citizen = await town.exchange.citizen()
        await citizen.fact(e.InteractionQueued)
        crm.released.set()
        assert (await citizen.fact(e.ContactKnown)).need.preferred == referent.name
        await other.hang_up()
        await town.watch.agent(other.name, "available")
        assert not town.watch.facts(e.AgentChosen, interaction=await citizen.interaction())
        await referent.hang_up()
        await town.talking(citizen, referent)
        await referent.hang_up()


async def test_who_follows_the_citizen_is_not_waited_for_in_a_pause(town: Elsewhere) -> None:
    other, referent = await town.desk(1), await town.desk(2)
    first = await town.exchange.citizen()
    await town.talking(first, referent)
    second = await town.exchange.citizen()
    await second.hears_music()
    await referent.dial(LUNCH)  # after this call: whoever waits for them no longer does
    await town.talking(second, other)
    await referent.hang_up()
    await town.watch.agent(referent.name, "paused")
    await other.hang_up()
    third = await town.exchange.citizen()
    await town.talking(third, other)
    await other.hang_up()
