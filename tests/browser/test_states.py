"""An agent's own states in a real browser: what is asked for after this call, the end of notes, the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from core import events as e
from core.centre import Centre, Pause
from tests.browser.conftest import PageOf
from tests.softphone_ui.house import House, with_directory

PAUSES = {
    "dejeuner": Pause(name="dejeuner", title="Déjeuner", longest_ms=3_600_000, at_once=1),
    "appel_difficile": Pause(name="appel_difficile", title="Souffler", longest_ms=300_000, difficult=True),
}


def careful() -> Centre:
    """The house's centre, with limits for pauses and rules for notes."""
    centre = with_directory()
    queues = {
        name: msgspec.structs.replace(queue, wrap_up_more_ms=30_000, code_required=True)
        for name, queue in centre.queues.items()
    }
    return msgspec.structs.replace(centre, digest="ménagé", pauses=PAUSES, queues=queues)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "house", careful())
    await house.start()
    yield house
    await house.stop()


async def test_a_pause_after_this_call_is_asked_for_taken_back_and_had_when_the_notes_are_written(
    house: House, page_of: PageOf
) -> None:
    page = await page_of("alice")
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    await page.get_by_role("heading", name="Ensuite, une pause").wait_for()
    lunch = page.get_by_role("button", name="Déjeuner")
    await lunch.focus()
    for pressed in ("true", "false", "true"):
        await page.keyboard.press("Enter")
        await page.locator(f"button[aria-pressed={pressed}]", has_text="Déjeuner").wait_for()
    house.hangs_up(interaction)
    ending = page.get_by_role("button", name="J’ai fini : en pause")
    await ending.focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("Dites d’abord de quoi il s’agissait (Conclusion)").wait_for()
    await page.get_by_role("button", name="Encore 30 s pour mes notes").press("Enter")
    await house.until(lambda: house.said(e.WrapUpExtended))
    await page.get_by_role("button", name="Encore 30 s").wait_for(state="hidden")
    assert await ending.evaluate("button => button === document.activeElement")
    await page.get_by_role("radio", name="Autre demande").check()
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await page.get_by_text("Conclusion enregistrée.").wait_for()
    await ending.press("Enter")
    await page.get_by_role("heading", name="Vous êtes en pause").wait_for()
    assert await page.locator(".own .pill").inner_text() == "En pause\u00a0: Déjeuner"


async def test_a_pause_that_is_full_is_told_so_with_what_to_do(house: House, page_of: PageOf) -> None:
    house.available("alice")
    house.available("bruno")
    house.tell(e.AgentAsked(cause="pages", agent="bruno", wish="pause", reason="dejeuner"))
    page = await page_of("alice")
    await page.get_by_role("button", name="Déjeuner").click()
    await page.get_by_text("Déjeuner : déjà 1 de vos collègues. Réessayez quand l’un d’eux revient.").wait_for()
    await page.get_by_role("button", name="Souffler").click()
    await page.get_by_role("heading", name="Vous êtes en pause").wait_for()


async def test_missed_calls_have_a_plain_way_back(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    interaction = house.arrives()
    for _ in range(2):
        house.misses(interaction)
    await page.get_by_role("heading", name="Vos derniers appels ont sonné sans réponse").wait_for()
    back = page.get_by_role("button", name="Je suis de retour")
    await back.focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("Appel proposé : décrochez votre téléphone").wait_for()
