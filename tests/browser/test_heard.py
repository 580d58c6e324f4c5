"""What a caller told the assistant, on the page of whoever speaks with them: confirmed, missing, put right."""

from __future__ import annotations

from core import events as e
from core.personal import Personal
from tests.browser.conftest import PageOf
from tests.softphone_ui.house import House


async def test_details_are_confirmed_or_missing_and_the_agent_fills_them_in(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    born = Personal(interaction, "words", "1946-03-14")
    detail = e.Detail(kind="birth_date", value=born, said=born, confidence=80)
    of = {"cause": "ivr", "interaction": interaction, "step": "precisions"}
    house.tell(
        e.DetailTaken(**of, detail=detail, how="confirmed"),
        e.DetailSkipped(**of, kind="file_number", why="not_understood"),
    )
    heard = page.locator(".heard")
    await heard.get_by_text("14/03/1946").wait_for()
    assert await heard.get_by_text("confirmé").is_visible()
    assert await heard.get_by_text("non recueilli").is_visible()
    await page.get_by_text("Corriger ce qui a été compris").click()
    await page.get_by_label("Numéro de dossier").fill("123456")
    await page.get_by_role("button", name="Enregistrer la correction").click()
    await house.until(lambda: house.said(e.HeardCorrected))
    [corrected] = house.said(e.HeardCorrected)
    assert {one.kind: one.value.text for one in corrected.details} == {
        "birth_date": "1946-03-14",
        "file_number": "123456",
    }
    await heard.get_by_text("non recueilli").wait_for(state="detached")
