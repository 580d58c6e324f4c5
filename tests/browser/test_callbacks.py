"""A callback at an hour on the real page, by keyboard: from a conversation, then changed and called off in the list."""

from __future__ import annotations

from core import events as e
from tests.browser.conftest import PageOf
from tests.browser.test_access_for_all import faults
from tests.softphone_ui.house import House


async def test_whoever_speaks_is_called_back_tomorrow_morning(house: House, page_of: PageOf) -> None:
    house.available("alice")
    house.answers(house.arrives())
    page = await page_of("alice")
    await page.get_by_role("button", name="Rappeler plus tard").focus()
    await page.keyboard.press("Enter")
    dialogue = page.get_by_role("dialog")
    await dialogue.get_by_label("Un autre numéro que le 06").fill("15")
    assert await faults(page) == []
    await dialogue.get_by_role("button", name="Noter le rappel").focus()
    await page.keyboard.press("Enter")
    await dialogue.get_by_text("Un numéro d’urgence ne s’appelle pas d’ici").wait_for()
    await dialogue.get_by_label("Un autre numéro que le 06").fill("")
    await page.keyboard.press("Enter")
    await dialogue.wait_for(state="hidden")
    (opened,) = house.said(e.TaskOpened)
    assert opened.due_at_ms - (opened.from_at_ms or 0) == 3 * 3_600_000
    await page.locator(".todo li", has_text="convenu").wait_for()


async def test_the_hour_is_changed_and_the_callback_called_off_in_the_list(house: House, page_of: PageOf) -> None:
    page = await page_of("bruno")
    await page.get_by_text("Appeler quelqu’un").click()
    await page.get_by_role("button", name="Prévoir un rappel").click()
    dialogue = page.get_by_role("dialog")
    await dialogue.get_by_label("Numéro").fill("06 39 98 00 77")
    await dialogue.get_by_label("À quelle heure").select_option("14:30-15:00")
    await dialogue.get_by_role("button", name="Noter le rappel").click()
    await dialogue.wait_for(state="hidden")
    await page.locator(".todo li", has_text="à 14 h 30, jusqu’à 15 h 00").wait_for()
    await page.get_by_role("button", name="À une autre heure").click()
    await dialogue.get_by_label("À quelle heure").select_option("09:00-12:00")
    await dialogue.get_by_role("button", name="Noter le rappel").click()
    await page.locator(".todo li", has_text="à 9 h 00, jusqu’à 12 h 00").wait_for()
    assert await faults(page) == []
    await page.get_by_role("button", name="Ne plus rappeler").click()
    await page.get_by_text("Rien à faire pour l’instant.").wait_for()
    assert [fact.how for fact in house.said(e.TaskClosed)] == ["replaced", "called_off"]
