"""What somebody wrote, on the real page: read before it is taken, answered, and gone from the list."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from core import events as e
from core.centre import Tasks
from core.events.speech import Understanding
from tests.browser.conftest import PageOf
from tests.browser.test_access_for_all import faults
from tests.softphone_ui.house import House, with_directory

LETTER = "Bonjour,\nje n'ai rien reçu ce mois-ci et je n'ai plus rien pour manger.\nMerci."


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "house", msgspec.structs.replace(with_directory(), tasks=Tasks(offered=True)))
    await house.start()
    yield house
    await house.stop()


async def test_a_writing_is_read_taken_and_answered(house: House, page_of: PageOf) -> None:
    page = await page_of("bruno")
    house.available("bruno")
    site = house.person()
    token = house.door.tokens.add("site", tenant="nord", scopes=("messages",), made_on="")
    site.headers = {"Authorization": f"Bearer {token}"}
    sent = {"id": "1", "channel": "email", "service": "solidarites", "subject": "Mon RSA", "text": LETTER}
    name = (await site.ask("POST", "/api/messages", sent)).body["interaction"]
    reading = Understanding(topic="rsa", confidence=88, in_scope=True, urgency=2)
    house.tell(e.WritingUnderstood(cause="speech", interaction=name, reading=reading))
    await page.get_by_text("je n'ai plus rien pour manger").wait_for()
    assert await faults(page) == []
    if picture := os.environ.get("ALLO_PICTURE_OF_WRITING"):
        await page.screenshot(path=picture + "-offered.png")
    await page.get_by_role("button", name="Je m’en occupe").first.click()
    reply = page.get_by_label("Réponse à envoyer")
    await reply.fill("Bonjour, votre RSA est versé demain.")
    await page.get_by_label("Conclusion").select_option("rsa")
    assert await faults(page) == []
    if picture:
        await page.screenshot(path=picture + "-taken.png")
    await page.get_by_role("button", name="Répondre et terminer").click()
    await page.get_by_text("Rien à faire pour l’instant.").wait_for()
    (answered,) = house.said(e.WritingAnswered)
    assert (answered.code, answered.reply.text) == ("rsa", "Bonjour, votre RSA est versé demain.")
