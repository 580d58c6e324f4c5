"""A real call on a real Asterisk, with the agent's real page in a real Chromium beside the desk phone."""

from __future__ import annotations

import pytest
from playwright.async_api import BrowserContext, Page

from core import events as e
from runtime.crm import open_store
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import Site
from tests.asterisk.outside import Outside
from tests.asterisk.paperwork import PASSWORD, PORT, know, with_pages
from tests.asterisk.town import Here
from tests.browser.conftest import chromium, context  # noqa: F401  # fixtures


@pytest.fixture
async def page(context: BrowserContext) -> Page:  # noqa: F811
    return await context.new_page()


async def enter(page: Page, town: Here) -> None:
    await page.goto(f"http://{town.site.host}:{PORT}")
    await page.get_by_label("Votre nom d’agent").fill("a1")
    await page.get_by_label("Votre mot de passe").fill(PASSWORD)
    await page.get_by_role("button", name="Entrer").click()
    await page.get_by_role("heading", name="Vous êtes disponible").wait_for()


async def test_the_record_is_painted_before_the_answer_and_what_is_noted_is_kept(
    town_with: TownWith, shared_site: Site, page: Page
) -> None:
    small = with_pages(shared_site)
    know(shared_site, small, "06 39 98 10 01")
    town = await town_with(small)
    desk = await town.desk()
    await enter(page, town)
    citizen = await town.exchange.citizen()
    await citizen.fact(e.RecordShown, agent="a1")
    assert await page.get_by_text("Madame Jeanne Lefèvre", exact=True).is_visible()
    assert await page.get_by_text("Demande en cours").is_visible()
    await town.talking(citizen, desk)
    await page.get_by_role("radio", name="Un essai").check()
    await page.get_by_label("Note").fill("Rappeler lundi")
    await desk.hang_up()
    await citizen.fact(e.ConversationEnded)
    await page.get_by_role("button", name="Enregistrer et me rendre disponible").click()
    noted = await citizen.fact(e.WrapUpNoted)
    assert (noted.agent, noted.code, noted.note.text) == ("a1", "essai", "Rappeler lundi")
    assert (await town.watch.fact(e.RequestAnswered, request=noted.request)).done
    await town.watch.agent("a1", "available")
    await page.get_by_role("heading", name="Vous êtes disponible").wait_for()
    shown, answered = town.watch.times_ms(e.RecordShown)[0], town.watch.times_ms(e.OfferAnswered)[0]
    assert shown <= answered
    for secret in (b"Rappeler lundi", b"Jeanne"):
        assert secret not in shared_site.journal_bytes()


async def test_who_read_which_record_for_which_call_is_noted(
    town_with: TownWith, shared_site: Site, page: Page
) -> None:
    small = with_pages(shared_site)
    know(shared_site, small, "06 39 98 10 01")
    town = await town_with(small)
    desk = await town.desk()
    await enter(page, town)
    citizen = await town.exchange.citizen()
    await citizen.fact(e.RecordShown, agent="a1")
    interaction = await citizen.interaction()
    await desk.takes()
    await desk.hang_up()
    store = open_store(town.platform.loaded.settings.records, town.platform.places)
    [access] = store.accesses(next(iter(town.platform.loaded.centre.tenants)), "c-1")
    assert (access.agent, access.why, access.interaction) == ("a1", "offer", interaction)
    store.close()


async def test_a_caller_who_hangs_up_leaves_the_page_free(town_with: TownWith, shared_site: Site, page: Page) -> None:
    small = with_pages(shared_site)
    know(shared_site, small, "06 39 98 10 01")
    town = await town_with(small)
    await town.desk()
    await enter(page, town)
    citizen = await town.exchange.citizen()
    await page.get_by_text("Appel proposé").first.wait_for()
    await citizen.call.hang_up()
    await page.get_by_role("heading", name="Vous êtes disponible").wait_for()


async def test_a_conversation_is_handed_on_from_the_page_to_a_telephone_outside(
    town_with: TownWith, shared_site: Site, page: Page
) -> None:
    directory = {"mdph": {"title": "MDPH", "number": "01 99 00 20 00", "ring": "5s"}}
    small = with_pages(shared_site, calls_out=True, directory=directory)
    know(shared_site, small, "06 39 98 10 01")
    town = await town_with(small)
    outside = await Outside.open(town)
    desk = await town.desk()
    await enter(page, town)
    citizen = await town.exchange.citizen()
    await town.talking(citizen, desk)
    await page.get_by_role("button", name="Transférer", exact=True).click()
    await page.get_by_role("radio", name="MDPH").check()
    await page.get_by_role("button", name="Transférer maintenant").click()
    called = await outside.rings()
    await page.get_by_text("MDPH : cela sonne").wait_for()
    called.answers()
    await page.get_by_text("MDPH a répondu").wait_for()
    await called.call.hang_up()
    await town.outcome(citizen, "answered")
    await outside.close()
