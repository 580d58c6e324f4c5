"""Draws docs/pictures/ anew: `ALLO_CHROMIUM=… python -m tests.browser.pictures`.

The shipped configuration, a real kernel and a real browser; the person and the calls are invented.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, Page, async_playwright

from core import events as e
from core.citizen import CitizenFile, CitizenRecord, Number
from runtime.settings import load
from tests.browser.conftest import FLAGS
from tests.softphone_ui.house import PASSWORD, House

ROOT: Final = Path(__file__).resolve().parents[2]
PICTURES: Final = ROOT / "docs" / "pictures"
PMI: Final = "+33199009200"
CALLER: Final = "+33639980142"
APPOINTMENT_MS: Final = 1_796_203_800_000
PERSON: Final = CitizenRecord(
    id="p-1",
    tenant="hauts_de_seine",
    civility="Mme",
    last_name="Marchand",
    first_name="Élodie",
    birth_date="1991-05-14",
    numbers=(Number(e164=CALLER),),
    commune="Gennevilliers",
    files=(
        CitizenFile(
            service="pmi_92",
            title="Suivi de grossesse",
            status="En cours",
            referent="Mme Kessler, sage-femme",
            next_appointment_at_ms=APPOINTMENT_MS,
            summary="Entretien prénatal précoce fait. Souhaite des consultations à domicile.",
        ),
        CitizenFile(service="solidarites_92", title="RSA", referent="M. Toussaint"),
    ),
    source="logiciel de PMI",
    updated_at_ms=1_795_000_000_000,
)


async def draw() -> None:
    house = House(Path(tempfile.mkdtemp()), load(ROOT / "config").centre, PERSON)
    await house.start()
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tempfile.mkdtemp(),
            executable_path=os.environ["ALLO_CHROMIUM"],
            headless=False,
            args=[*FLAGS],
            viewport={"width": 1280, "height": 820},
            locale="fr-FR",
        )
        await _agent(house, context)
        await _supervisor(house, context)
        await context.close()
    await house.stop()


async def _agent(house: House, context: BrowserContext) -> None:
    page = await _page(house, context, "julien.garnier")
    house.available("julien.garnier")
    call = house.arrives(PMI, record="p-1", queue="famille", caller=CALLER, topic="pmi")
    await page.get_by_text("Mme Élodie Marchand", exact=True).wait_for()
    await page.wait_for_timeout(4_000)  # so that the picture shows a wait
    await page.screenshot(path=PICTURES / "agent-offered.png")
    house.answers(call)
    await page.get_by_role("radio", name="PMI et famille").check()
    await page.get_by_label("Note").fill("Demande si la sage-femme peut passer jeudi plutôt que vendredi.")
    await page.get_by_role("button", name="Déjeuner").click()
    await page.get_by_text("Après cet appel").wait_for()
    await page.wait_for_timeout(3_000)
    await page.screenshot(path=PICTURES / "agent-conversation.png", full_page=True)
    await page.get_by_role("button", name="Transférer", exact=True).click()
    await page.get_by_role("radio", name="MDPH, accueil").check()
    await page.locator(".onward").screenshot(path=PICTURES / "agent-transfer.png")
    await page.close()


async def _supervisor(house: House, context: BrowserContext) -> None:
    await context.clear_cookies()
    page = await _page(house, context, "odile.perrin")
    await page.get_by_role("link", name="Tableau").click()
    for service in house.centre.services:  # whatever the hour at which the pictures are drawn
        house.tell(e.OpeningChanged(cause="hours", service=service, state="open", until_at_ms=None))
    for agent in ("claire.aubry", "karim.benali", "thomas.delmas", "sophie.caron", "helene.imbert", "nora.ferhat"):
        house.available(agent)
    house.tell(e.AgentAsked(cause="pages", agent="nora.ferhat", wish="pause", reason="reunion"))
    numbers = [service.numbers[0] for service in house.centre.services.values() if service.numbers]
    tenants = [service.tenant for service in house.centre.services.values() if service.numbers]
    queues = ("rsa", "handicap", "rsa", "famille", "autonomie", "rsa")
    for number, queue, tenant in zip(numbers * 2, queues * 2, tenants * 2, strict=False):
        call = house.arrives(number, record="", queue=queue, topic=queue, tenant=tenant)
        chosen = [fact for fact in house.said(e.AgentChosen) if fact.interaction == call]
        if chosen and len(house.pages.picture.contacts) % 5:
            house.answers(call)
            if len(house.pages.picture.contacts) % 3 == 0:
                house.hangs_up(call)
    await page.wait_for_timeout(6_000)
    rows = page.locator(".waiting tbody button")
    await rows.nth(1).click()
    await page.get_by_role("radio", name="Faire passer avant").check()
    await page.get_by_role("dialog").get_by_label("Pourquoi").fill("coupure de droits demain")
    await page.get_by_role("dialog").screenshot(path=PICTURES / "supervisor-order.png")
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog").wait_for(state="hidden")
    await page.locator(".ordered li").first.wait_for()
    await page.screenshot(
        path=PICTURES / "supervisor.png", full_page=True, clip={"x": 0, "y": 0, "width": 1265, "height": 1560}
    )


async def _page(house: House, context: BrowserContext, name: str) -> Page:
    page = await context.new_page()
    await page.goto(house.origin)
    await page.get_by_label("Votre nom d’agent").fill(name)
    await page.get_by_label("Votre mot de passe").fill(PASSWORD)
    await page.get_by_role("button", name="Entrer").click()
    await page.locator("header.bar").wait_for()
    return page


if __name__ == "__main__":
    asyncio.run(draw())
