"""Callbacks on the real page: at an hour, by keyboard, from a conversation, then changed and called off in the list.

Whose agent is rung after them: the page says so, and has the record before the telephone rings.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from core import events as e
from core import ids
from core.needs import Callback
from core.personal import Personal
from tests.browser.conftest import PageOf
from tests.browser.test_access_for_all import faults
from tests.softphone_ui.house import CALLER, RECORD, House, with_directory


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


@pytest.fixture
async def first(tmp_path: Path) -> AsyncIterator[House]:
    """A house whose queue calls the citizen before the agent."""
    centre = with_directory()
    callback = Callback(first="citizen", between="00:00-24:00")
    queues = {**centre.queues, "rsa": msgspec.structs.replace(centre.queues["rsa"], callback=callback)}
    first = House(tmp_path / "first", msgspec.structs.replace(centre, queues=queues))
    await first.start()
    yield first
    await first.stop()


def promised(house: House) -> str:
    """Somebody is to be called now; gives the interaction as which they are."""
    interaction, now_ms = house.mint(), int(time.time() * 1000)
    wished = e.CallbackWished(
        cause="pages",
        request="r",
        by="alice",
        interaction=interaction,
        task="",
        need=e.Need(
            queue="rsa", skills=(), priority=5, topic="rsa", language="fr", service="solidarites", tenant="nord"
        ),
        number=Personal(interaction, "number", CALLER),
        caller_key="",
        from_at_ms=now_ms,
        until_at_ms=now_ms + 60_000,
    )
    house.tell(wished)
    (placed,) = house.said(e.CallPlaced)
    assert (placed.agent, placed.citizen_first) == ("alice", True)
    return str(placed.interaction)


async def test_the_page_says_that_the_person_is_called_then_that_they_are_on_the_line(
    first: House, page_of: PageOf
) -> None:
    first.available("alice")
    page = await page_of("alice", first.origin)
    called = promised(first)
    await page.get_by_text("Rappel : la personne est appelée").wait_for()
    (sought,) = first.said(e.CitizenSought)
    assert sought.interaction == called
    record = Personal(called, "record", RECORD.id)
    first.tell(e.CitizenFound(cause="crm_bridge", interaction=called, how="one", record=record))
    await page.get_by_text(RECORD.last_name).first.wait_for()
    assert first.said(e.AgentChosen) == [], "the record is there before the telephone rings"
    leg = ids.dialled_leg(called, 1)
    first.tell(e.LegAnswered(cause="telephony", interaction=called, leg=leg, channel="PJSIP/x"))
    await page.get_by_text("Rappel : la personne est en ligne").wait_for()
    assert "La personne rappelée est en ligne" in await page.title()
    assert await faults(page) == []
    (chosen,) = first.said(e.AgentChosen)
    first.answers(called)  # a machine, as the agent hears
    await page.get_by_role("button", name="Rappeler plus tard").click()
    await page.get_by_role("dialog").get_by_role("button", name="Noter le rappel").click()
    await page.locator(".todo li", has_text="convenu").wait_for()
    again = first.said(e.TaskOpened)[-1]
    assert (again.queue, again.number.text) == ("rsa", CALLER)
    await first.until(lambda: [fact.offer for fact in first.said(e.RecordShown)] == [chosen.offer])
