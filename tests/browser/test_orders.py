"""Supervisors' orders on the real page, by keyboard: what will come of it is said first, a refusal in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from core import events as e
from tests.browser.conftest import PageOf
from tests.browser.test_access_for_all import faults
from tests.softphone_ui.house import House


async def table(page_of: PageOf) -> Page:
    page = await page_of("odile")
    await page.get_by_role("link", name="Tableau").click()
    await page.get_by_role("heading", name="Qui attend").wait_for()
    return page


async def acts_on(page: Page, name: str) -> Any:
    """The dialogue, opened by keyboard."""
    await page.get_by_role("button", name=name).focus()
    await page.keyboard.press("Enter")
    dialogue = page.get_by_role("dialog")
    await dialogue.wait_for()
    return dialogue


async def focused(page: Page) -> str:
    """What the button says that has the focus, after "Agir :"."""
    label: str = await page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    return label.partition(":")[2].strip()


async def test_who_waits_is_moved_by_keyboard_on_second_thought(house: House, page_of: PageOf) -> None:
    interaction = house.arrives(tenant="nord")
    page = await table(page_of)
    dialogue = await acts_on(page, "Agir : RSA, file RSA, place 1")
    await dialogue.get_by_role("radio", name="Déplacer").focus()
    await dialogue.get_by_text("garde la place de son arrivée").wait_for()
    await dialogue.get_by_text("agents présents, 0").wait_for()
    await dialogue.get_by_label("Pourquoi").fill("afflux au RSA")
    await page.keyboard.press("Enter")
    await dialogue.get_by_text("elle attendrait sans que rien ne se passe").wait_for()
    assert house.said(e.ContactMoved) == []
    await dialogue.get_by_role("button", name="Le faire quand même").focus()
    await page.keyboard.press("Enter")
    await dialogue.wait_for(state="hidden")
    (moved,) = house.said(e.ContactMoved)
    assert (moved.interaction, moved.need.queue, moved.reason) == (interaction, "generaliste", "afflux au RSA")
    await page.get_by_role("button", name="Agir : RSA, file Accueil généraliste, place 1").wait_for()
    await page.locator(".ordered li", has_text="Personne déplacée vers Accueil généraliste").wait_for()
    assert "Odile" in await page.locator(".ordered li").inner_text()


async def test_without_a_reason_nothing_is_sent_and_escape_leads_back(house: House, page_of: PageOf) -> None:
    house.arrives(tenant="nord")
    page = await table(page_of)
    dialogue = await acts_on(page, "Agir : RSA")
    await dialogue.get_by_role("button", name="Déplacer").click()
    assert await dialogue.is_visible()
    await page.keyboard.press("Escape")
    await dialogue.wait_for(state="hidden")
    assert await focused(page) == "RSA, file RSA, place 1"
    assert house.said(e.InstructionGiven) == []


async def test_whoever_acts_on_a_row_keeps_it_while_others_come_and_go(house: House, page_of: PageOf) -> None:
    first, second = house.arrives(tenant="nord"), house.arrives(tenant="nord")
    page = await table(page_of)
    button = page.get_by_role("button", name="Agir : RSA, file RSA, place 2")
    await button.focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowDown")
    house.hangs_up(first)
    await page.get_by_role("heading", name="Qui attend (1)").wait_for()
    assert await focused(page) == "RSA, file RSA, place 1"
    house.arrives(tenant="nord")
    await page.get_by_role("heading", name="Qui attend (2)").wait_for()
    assert await focused(page) == "RSA, file RSA, place 1"
    house.hangs_up(second)
    await page.get_by_role("heading", name="Qui attend (1)").wait_for()
    assert await page.evaluate("document.activeElement.id") == "waiting"


async def test_why_somebody_waits_is_told_and_why_an_agent_has_them(house: House, page_of: PageOf) -> None:
    house.arrives(tenant="nord")
    page = await table(page_of)
    dialogue = await acts_on(page, "Agir : RSA")
    await dialogue.get_by_text("Pourquoi, et que va-t-il se passer").focus()
    await page.keyboard.press("Enter")
    await dialogue.get_by_text("2 agents pourraient la prendre : 2 absents").wait_for()
    assert await faults(page) == []
    await page.keyboard.press("Escape")
    house.available("bruno")
    dialogue = await acts_on(page, "Agir sur l’état de Bruno")
    await dialogue.get_by_text("Pourquoi, et que va-t-il se passer").click()
    await dialogue.get_by_text("son téléphone sonne").wait_for()
    await dialogue.get_by_text("1 apte sur 1 libre").wait_for()


async def test_an_agent_in_conversation_is_paused_after_it_and_sees_by_whom(house: House, page_of: PageOf) -> None:
    house.available("bruno")
    house.answers(house.arrives())
    page = await table(page_of)
    dialogue = await acts_on(page, "Agir sur l’état de Bruno")
    await dialogue.get_by_role("radio", name="Mettre en pause").check()
    await dialogue.get_by_text("Après l’appel en cours et ses notes").wait_for()
    await dialogue.get_by_label("Pourquoi").fill("formation")
    await page.keyboard.press("Enter")
    await dialogue.wait_for(state="hidden")
    assert [(fact.agent, fact.wish, fact.reason) for fact in house.said(e.AgentForced)] == [
        ("bruno", "pause", "formation")
    ]
    await page.context.clear_cookies()
    theirs = await page_of("bruno")
    await theirs.get_by_text("Consigne de Odile : « formation »").wait_for()
    await theirs.get_by_text("Après cet appel").wait_for()


async def test_a_queue_is_shut_and_opened_again(house: House, page_of: PageOf) -> None:
    page = await table(page_of)
    dialogue = await acts_on(page, "Fermer la file RSA")
    await dialogue.get_by_label("Pendant").select_option("60")
    await dialogue.get_by_text("sauf les urgences").wait_for()
    await dialogue.get_by_label("Pourquoi").fill("panne du logiciel")
    await page.keyboard.press("Enter")
    await page.locator(".queues", has_text="Fermée par Odile jusqu’").wait_for()
    dialogue = await acts_on(page, "Rouvrir la file RSA")
    await dialogue.get_by_label("Pourquoi").fill("réparé")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Fermer la file RSA").wait_for()
    assert [fact.tenant for fact in house.said(e.QueueReopened)] == ["nord"]


async def test_somebody_who_left_meanwhile_is_told_so(house: House, page_of: PageOf) -> None:
    interaction = house.arrives(tenant="nord")
    page = await table(page_of)
    dialogue = await acts_on(page, "Agir : RSA")
    await dialogue.get_by_role("radio", name="Faire passer avant").check()
    await dialogue.get_by_text("Priorité 4 au lieu de 5").wait_for()
    house.hangs_up(interaction)
    await dialogue.get_by_label("Pourquoi").fill("urgence sociale")
    await page.keyboard.press("Enter")
    await dialogue.get_by_text("Ce n’est plus là").wait_for()


@pytest.mark.parametrize("name", ["Agir : RSA", "Agir sur l’état de Bruno", "Fermer la file RSA"])
async def test_axe_finds_nothing_in_a_dialogue_by_day_and_by_night_and_at_400_percent(
    house: House, page_of: PageOf, name: str
) -> None:
    house.available("bruno")
    house.answers(house.arrives())
    house.arrives(tenant="nord")
    page = await table(page_of)
    await page.emulate_media(reduced_motion="reduce")
    dialogue = await acts_on(page, name)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await faults(page) == [], scheme
    await page.set_viewport_size({"width": 320, "height": 256})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await dialogue.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert await faults(page) == []
