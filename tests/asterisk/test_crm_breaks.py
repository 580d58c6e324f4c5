"""The neighbour that breaks here is the CRM that knows who is calling: slow, dead, or a firewall's page in its place.
No call waits for it, and the agent is told that nobody could be asked."""

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


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    async with Crm().listening() as crm:
        yield crm


@pytest.fixture
async def town(site: Site, watch: Watch, crm: Crm) -> AsyncIterator[Elsewhere]:
    async with centre_elsewhere(site, watch, SmallCentre()) as town:
        asked = {"url": f"{crm.url}/usagers?telephone={{number}}", "deadline": "400ms"}
        (site.config / "crm.yaml").write_text(json.dumps({"records": {"crm": {"centre": asked}}}))
        await town.up()
        yield town


async def test_a_caller_whom_the_crm_knows_is_known(town: Elsewhere, crm: Crm) -> None:
    desk, citizen = await town.desk(), await town.exchange.citizen()
    found = await citizen.fact(e.CitizenFound)
    assert (found.how, found.record.text) == ("one", "crm:7")
    await town.serves(citizen, desk)
    assert len(crm.asked) == 1
    number = citizen.e164.removeprefix("+")
    assert number in crm.asked[0][0]


@pytest.mark.parametrize("how", ["slow", "html", "503", "redirect", "wrong", "huge"])
async def test_a_crm_that_does_not_answer_as_agreed_costs_the_call_nothing(town: Elsewhere, crm: Crm, how: str) -> None:
    crm.how = how
    desk, citizen = await town.desk(), await town.exchange.citizen()
    await town.serves(citizen, desk)
    found = await citizen.fact(e.CitizenFound)
    assert (found.how, found.record) == ("away", None)
    ended = await town.outcome(citizen, "answered")
    assert ended.interaction == found.interaction
    number = citizen.e164
    assert number[-8:] not in town.process.said
