"""Supervisors' orders on a real Asterisk: from a real page to the telephone that rings, and through a `kill -9`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, Page

from core import events as e
from runtime.places import Places
from runtime.telling import counter
from runtime.telling.counter import Wish
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import Site
from tests.asterisk.manager import no_channel_left
from tests.asterisk.paperwork import PASSWORD, PORT, know, with_pages
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.town import Elsewhere, Here, Town, centre_elsewhere
from tests.asterisk.watch import Watch
from tests.browser.conftest import chromium, context  # noqa: F401  # fixtures

SECOND_TEAM = 2
"""The number of the agent who serves the queue `autre`."""


@pytest.fixture
async def page(context: BrowserContext) -> Page:  # noqa: F811
    return await context.new_page()


async def supervise(page: Page, town: Here) -> None:
    await page.goto(f"http://{town.site.host}:{PORT}")
    await page.get_by_label("Votre nom d’agent").fill("chef")
    await page.get_by_label("Votre mot de passe").fill(PASSWORD)
    await page.get_by_role("button", name="Entrer").click()
    await page.get_by_role("link", name="Tableau").click()


async def test_who_waits_is_moved_on_the_page_and_the_other_team_talks_with_them(
    town_with: TownWith, shared_site: Site, page: Page
) -> None:
    small = with_pages(shared_site, agents=2, supervised=True)
    know(shared_site, small, "06 39 98 10 01")
    town = await town_with(small)
    desk = await town.desk(SECOND_TEAM)
    citizen = await town.exchange.citizen()
    await citizen.hears_music()
    await supervise(page, town)
    await page.get_by_role("button", name="Agir : Essai, file Conseil, place 1").click()
    dialogue = page.get_by_role("dialog")
    await dialogue.get_by_text("Pourquoi, et que va-t-il se passer").click()
    await dialogue.get_by_text("2 absents").wait_for()
    await dialogue.get_by_role("radio", name="Déplacer dans une autre file").check()
    await dialogue.get_by_label("Pourquoi").fill("personne au conseil")
    await dialogue.get_by_role("button", name="Déplacer").click()
    await town.talking(citizen, desk)
    moved = await citizen.fact(e.ContactMoved)
    assert (moved.left, moved.need.queue, moved.by, moved.reason) == ("conseil", "autre", "chef", "personne au conseil")
    await page.locator(".ordered li", has_text="personne au conseil").wait_for()
    await desk.hang_up()
    await town.outcome(citizen, "answered")
    assert len(town.watch.facts(e.AgentChosen)) == 1


@pytest.fixture
async def elsewhere(site: Site, watch: Watch) -> AsyncIterator[Elsewhere]:
    async with centre_elsewhere(site, watch, SmallCentre(agents=2)) as town:
        yield town


async def ordered(town: Town, what: e.Instruction, *, anyway: bool = False) -> None:
    answer = await counter.ask(Places(run=town.site.run), Wish(instruction=what, reason="essai", anyway=anyway))
    assert answer.done, answer.reason


async def test_killed_with_an_order_kept_and_not_yet_done_it_is_done_once(elsewhere: Elsewhere) -> None:
    """The order is in the journal, and whether the telephone was rung by then, nobody knows."""
    await elsewhere.up()
    desk = await elsewhere.desk(SECOND_TEAM)
    citizen = await elsewhere.exchange.citizen()
    await citizen.fact(e.CallerHeld)
    await ordered(elsewhere, e.Move(interaction=await citizen.interaction(), queue="autre"))
    await elsewhere.process.kill()
    await elsewhere.up()
    await elsewhere.talking(citizen, desk)
    await desk.hang_up()
    await elsewhere.outcome(citizen, "answered")
    await nothing_is_left(elsewhere)
    assert len(elsewhere.watch.facts(e.ContactMoved)) == 1
    assert len(elsewhere.watch.facts(e.CallConnected)) == 1


async def test_who_was_given_to_a_busy_agent_is_theirs_after_a_kill_though_somebody_came_first(
    elsewhere: Elsewhere,
) -> None:
    await elsewhere.up()
    desk = await elsewhere.desk()
    talking = await elsewhere.exchange.citizen()
    await elsewhere.talking(talking, desk)
    first = await elsewhere.exchange.citizen()
    await first.fact(e.CallerHeld)
    given = await elsewhere.exchange.citizen()
    await given.fact(e.CallerHeld)
    await ordered(elsewhere, e.Give(interaction=await given.interaction(), agent=desk.name))
    await elsewhere.process.kill()
    await elsewhere.up()
    await desk.hang_up()
    await elsewhere.outcome(talking, "answered")
    await elsewhere.talking(given, desk)
    await desk.hang_up()
    await elsewhere.talking(first, desk)
    await desk.hang_up()
    for citizen in (given, first):
        await elsewhere.outcome(citizen, "answered")
    await nothing_is_left(elsewhere)


async def nothing_is_left(town: Elsewhere) -> None:
    await town.watch.until(lambda: not town.watch.here(), "the end of every interaction")
    await no_channel_left(town.site)
    assert town.watch.broken_laws() == []
