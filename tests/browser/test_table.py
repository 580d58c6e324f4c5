"""The supervisor's table in a real browser."""

from __future__ import annotations

import msgspec

from core import events as e
from tests.browser.conftest import PageOf
from tests.softphone_ui.house import House


async def test_queues_and_agents_are_live_and_lost_is_shown_to_be_zero(house: House, page_of: PageOf) -> None:
    page = await page_of("paule")
    await page.get_by_role("link", name="Tableau").click()
    row = page.locator(".queues").get_by_role("row", name="RSA")
    await row.wait_for()
    for agent in ("alice", "bruno"):
        house.available(agent)
    first = house.arrives(tenant="nord")
    house.arrives(tenant="nord")
    house.arrives(tenant="nord")
    house.answers(first)
    await page.locator(".figures .waiting dd", has_text="2").wait_for()
    await page.locator(".figures .talking dd", has_text="1").wait_for()
    assert await page.locator(".figures .lost dd").first.inner_text() == "0"
    assert await page.get_by_text("Doit rester à zéro").is_visible()
    cells = await row.get_by_role("cell").all_inner_texts()
    assert (cells[0], cells[3], cells[4]) == ("2", "3", "1")
    assert await page.locator(".people .pill", has_text="En conversation").is_visible()
    assert "+33" not in await page.content()


async def test_a_line_that_is_away_and_what_looks_like_fraud_stand_first_until_they_are_over(
    house: House, page_of: PageOf
) -> None:
    page = await page_of("paule")
    await page.get_by_role("link", name="Tableau").click()
    await page.locator(".queues").get_by_role("row", name="RSA").wait_for()
    alerts = page.get_by_role("status", name="À regarder tout de suite")
    assert await page.locator(".alerts").is_hidden()
    lost = e.TrunkChanged(cause="t", node="n", trunk="operateur", reachable=False, reason="not_registered")
    house.tell(lost, e.FraudSuspected(cause="t", agent="alice", why="refused", count=5, held=False))
    await alerts.get_by_text("aucun appel ne passe").wait_for()
    await alerts.get_by_text("Alice : 5 appels refusés en une heure").wait_for()
    house.tell(msgspec.structs.replace(lost, reachable=True, reason=""))
    await alerts.get_by_text("aucun appel ne passe").wait_for(state="detached")
    assert await alerts.get_by_text("Alice").count() == 1
    tenant = house.centre.agents["alice"].tenants[0]
    house.tell(e.LookUpsUnusual(cause="t", tenant=tenant, why="persons", count=31, agent="alice"))
    await alerts.get_by_text("Alice : 31 personnes trouvées par nom en une heure").wait_for()
    await alerts.get_by_text("Demandez pourquoi, sans juger").wait_for()


async def test_every_figure_tells_its_formula(house: House, page_of: PageOf) -> None:
    page = await page_of("rémi")
    await page.get_by_text("Comment ces chiffres sont calculés").click()
    await page.get_by_text("SL-offered").wait_for()
    shown = await page.locator(".figures dt, .queues thead th").all_inner_texts()
    told = await page.locator(".formulas dt").all_inner_texts()
    assert set(shown) - {"File", "Ouverture"} <= set(told)


async def test_an_administrator_has_the_table_and_no_desk(house: House, page_of: PageOf) -> None:
    page = await page_of("rémi")
    await page.get_by_role("heading", name="Tableau du centre").wait_for()
    assert await page.get_by_role("link", name="Mon poste").count() == 0
    assert await page.get_by_role("button", name="Disponible").count() == 0


async def test_a_supervisor_sets_a_message_of_the_moment_by_keyboard(house: House, page_of: PageOf) -> None:
    page = await page_of("paule")
    await page.get_by_role("link", name="Tableau").click()
    await page.get_by_text("Message à tous les appels").focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Pour quel service").select_option("pmi")
    await page.get_by_label("Texte à dire").fill("Suite à une panne, l'attente est longue.")
    await page.get_by_label("Pourquoi").fill("panne")
    await page.keyboard.press("Enter")
    await page.get_by_text("C’est fait.").wait_for()
    await page.locator(".standing li", has_text="Allo PMI").get_by_text("Suite à une panne").wait_for()
    await page.get_by_label("Que faire").select_option("shut")
    assert await page.get_by_label("Texte à dire").is_hidden()
    await page.get_by_role("button", name="Appliquer").click()
    await page.get_by_text("répond toujours").wait_for()
    (told,) = house.said(e.NoticeSet)
    assert (told.service, told.by, told.reason) == ("pmi", "paule", "panne")
