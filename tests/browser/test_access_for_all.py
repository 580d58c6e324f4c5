"""WCAG 2.2 AA on every page and state, by axe; reading at 400 %; light and dark; no motion for who wants none."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.browser.conftest import PageOf
from tests.softphone_ui.house import House

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4"]}}


async def faults(page: Page) -> list[str]:
    """What axe finds."""
    results: Any = await Axe().run(page, options=RULES)
    return [
        f"{fault['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for fault in results.response["violations"]
        for node in fault["nodes"]
    ]


async def _shown(house: House, page_of: PageOf, state: str) -> Page:
    page = await page_of("rémi" if state == "table" else "alice")
    await page.emulate_media(reduced_motion="reduce")
    if state == "table":
        for agent in ("alice", "chloé"):
            house.available(agent)
        house.arrives()
        await page.locator(".people .pill").first.wait_for()
        await page.get_by_text("Message à tous les appels").click()
        await page.get_by_label("Pour quel service").wait_for()
        return page
    house.available("alice")
    await page.get_by_role("heading", name="Vous êtes disponible").wait_for()
    if state != "idle":
        interaction = house.arrives()
        await page.get_by_text("Mme Jeanne Lefèvre", exact=True).wait_for()
        if state != "offered":
            house.answers(interaction)
            await page.get_by_role("radio", name="RSA", exact=True).check()
            await page.get_by_role("button", name="Déjeuner").click()
            await page.get_by_text("Après cet appel").wait_for()
        if state == "transfer":
            await page.get_by_role("button", name="Transférer", exact=True).click()
            await page.get_by_role("radio", name="MDPH").check()
        if state == "search":
            await page.get_by_role("button", name="Ce n’est pas cette personne").click()
            await page.get_by_label("Nom de famille").fill("Lefèvre")
            await page.get_by_label("Date de naissance").fill("02/03/1958")
            await page.keyboard.press("Enter")
            await page.get_by_role("button", name="Ouvrir la fiche").click()
            await page.get_by_role("button", name="C’est cette personne", exact=True).wait_for()
        if state == "wrap_up":
            house.hangs_up(interaction)
            await page.locator(".banner.wrap_up").wait_for()
    return page


@pytest.mark.parametrize("state", ["idle", "offered", "talking", "transfer", "search", "wrap_up", "table"])
async def test_axe_finds_nothing_by_day_and_by_night(house: House, page_of: PageOf, state: str) -> None:
    page = await _shown(house, page_of, state)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await faults(page) == [], scheme


async def test_axe_finds_nothing_at_the_door(house: House, context: Any) -> None:
    page = await context.new_page()
    await page.goto(house.origin)
    await page.get_by_label("Votre nom d’agent").fill("alice")
    await page.get_by_label("Votre mot de passe").fill("pas le bon du tout")
    await page.keyboard.press("Enter")
    await page.get_by_text("ne vont pas ensemble").wait_for()
    assert await faults(page) == []


@pytest.mark.parametrize("state", ["offered", "talking", "transfer", "search", "table"])
async def test_at_400_percent_nothing_is_cut_and_nobody_scrolls_sideways(
    house: House, page_of: PageOf, state: str
) -> None:
    page = await _shown(house, page_of, state)
    await page.set_viewport_size({"width": 320, "height": 256})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await faults(page) == []


async def test_who_wants_no_motion_gets_none(house: House, page_of: PageOf) -> None:
    page = await _shown(house, page_of, "offered")
    running = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert await page.evaluate(running) == 0
    await page.emulate_media(reduced_motion="no-preference")
    assert await page.evaluate(running) == 1
