"""Tasks that are brought to an agent between calls: looked at, taken, given back, pulled back with their draft."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from core import events as e
from core.centre import Centre, Tasks
from tests.browser.conftest import PageOf
from tests.softphone_ui.house import House, with_directory


def blended() -> Centre:
    """The house's centre, where free agents are brought messages."""
    centre = with_directory()
    queues = {name: msgspec.structs.replace(queue, pull_back_ms=1_000) for name, queue in centre.queues.items()}
    return msgspec.structs.replace(centre, digest="mêlé", tasks=Tasks(offered=True), queues=queues)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "house", blended())
    await house.start()
    yield house
    await house.stop()


async def test_a_message_is_looked_at_and_given_back_with_a_reason_by_keyboard(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    await house.until(lambda: house.said(e.PageSeen))
    house.available("alice")
    house.leaves_a_message()
    await page.get_by_role("heading", name="Message", exact=True).wait_for()
    await page.locator("#live", has_text="Demande proposée : Message, Allo Solidarités").wait_for(state="attached")
    back = page.locator(".stage").get_by_role("button", name="Rendre")
    await back.focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("Choisissez d’abord pourquoi vous la rendez.").wait_for()
    await page.get_by_label("Ou la rendre").select_option("Je connais la personne")
    await back.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Vous êtes disponible").wait_for()
    [declined] = house.said(e.WorkDeclined)
    assert (declined.agent, declined.reason) == ("alice", "connu")


async def test_a_message_is_taken_and_pulled_back_with_its_draft_when_callers_wait(
    house: House, page_of: PageOf
) -> None:
    page = await page_of("alice")
    await house.until(lambda: house.said(e.PageSeen))
    house.available("alice")
    house.leaves_a_message()
    await page.locator(".stage").get_by_role("button", name="Je m’en occupe").press("Enter")
    await page.get_by_role("heading", name="Vous avez une demande en main").wait_for()
    draft = page.get_by_label("Brouillon")
    await draft.fill("Droits ouverts, rappeler jeudi.")
    await page.get_by_text("Brouillon gardé.").wait_for()
    assert await draft.input_value() == "Droits ouverts, rappeler jeudi."
    caller = house.arrives()
    assert caller not in [fact.interaction for fact in house.said(e.AgentChosen)]
    contact = house.kernel.mind("acd").contacts[caller]
    house.waits_until(contact.pulls_at_ms)
    await page.get_by_text("Des appels attendent : votre demande est retournée à sa place").wait_for()
    await page.get_by_text("Appel proposé : décrochez votre téléphone").wait_for()
    await page.get_by_role("button", name="Je m’en occupe").press("Enter")
    await draft.wait_for()
    assert await draft.input_value() == "Droits ouverts, rappeler jeudi."
