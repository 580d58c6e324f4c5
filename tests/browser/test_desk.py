"""An agent's page in a real browser: what is painted, what is said to a screen reader, what a keyboard can do."""

from __future__ import annotations

import struct
from typing import Any

from core import events as e
from core import ids
from tests.browser.conftest import PageOf
from tests.softphone_ui.house import CALLER, House


def silence(seconds: int) -> bytes:
    """A WAV file as recordings are."""
    data = b"\0\0" * 8_000 * seconds
    size = len(data)
    return (
        b"RIFF" + struct.pack("<I4s4sIHHIIHH", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, 8_000, 16_000, 2, 16)
        + b"data" + struct.pack("<I", size) + data
    )  # fmt: skip


async def test_the_record_is_painted_before_the_answer_and_the_page_says_so(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    await page.get_by_role("heading", name="Vous êtes disponible").wait_for()
    interaction = house.arrives()
    await house.until(lambda: house.said(e.RecordShown))
    [shown] = house.said(e.RecordShown)
    assert (shown.interaction, shown.agent) == (interaction, "alice")
    assert house.said(e.OfferAnswered) == []
    assert await page.get_by_text("« Allo Solidarités Nord, bonjour. »").is_visible()
    assert await page.get_by_text("Mme Jeanne Lefèvre", exact=True).is_visible()
    assert await page.get_by_text("Département du Nord", exact=True).is_visible()
    assert "Confidentiel" not in await page.content()


async def test_an_offer_is_said_in_one_sentence_and_the_focus_stays_where_it_was(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    button = page.get_by_role("button", name="Déconnexion")
    await button.focus()
    house.arrives()
    await page.locator("#live", has_text="Attend depuis").wait_for(state="attached")
    said = await page.locator("#live").inner_text()
    assert said.startswith("Allo Solidarités, Département du Nord. Priorité ordinaire. Mme Jeanne Lefèvre. Attend")
    assert await button.evaluate("button => button === document.activeElement")
    assert await page.title() == "● Appel proposé\u00a0: Allo Solidarités – Allo"
    await page.locator("#live").evaluate("live => { live.textContent = ''; }")
    await page.keyboard.press("Alt+1")
    await page.locator("#live", has_text="Mme Jeanne Lefèvre").wait_for(state="attached")
    await page.keyboard.press("Alt+3")
    await page.locator("#live", has_text="Appel proposé depuis").wait_for(state="attached")


async def test_the_language_that_they_chose_is_shown_and_said_before_the_answer(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    house.arrives(language="en")
    chips = page.locator("dl.chips")
    await chips.get_by_text("Anglais", exact=True).wait_for()
    assert await chips.get_by_text("Parle", exact=True).is_visible()
    await page.locator("#live", has_text="Parle anglais").wait_for(state="attached")


async def test_a_call_is_noted_by_keyboard_alone_and_what_is_typed_survives_every_news(
    house: House, page_of: PageOf
) -> None:
    page = await page_of("alice")
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    await page.get_by_role("radio", name="RSA", exact=True).focus()
    await page.keyboard.press("Space")
    await page.get_by_role("radio", name="Demande de RSA").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("Note").focus()
    await page.keyboard.type("Dossier reçu.")
    house.hangs_up(interaction)
    await page.get_by_text("Post-appel").first.wait_for()
    assert await page.get_by_label("Note").input_value() == "Dossier reçu."
    assert await page.get_by_label("Note").evaluate("note => note === document.activeElement")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await house.until(lambda: house.said(e.WrapUpNoted))
    [noted] = house.said(e.WrapUpNoted)
    assert (noted.interaction, noted.agent, noted.code) == (interaction, "alice", "rsa_demande")
    assert noted.note.text == "Dossier reçu."


async def test_a_note_without_a_code_is_told_what_is_missing_and_kept(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    house.answers(house.arrives())
    await page.get_by_label("Note").fill("À rappeler")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await page.get_by_text("Choisissez d’abord de quoi il s’agissait.").wait_for()
    assert await page.get_by_label("Note").input_value() == "À rappeler"
    assert house.said(e.WrapUpNoted) == []


async def test_states_are_asked_for_at_once_or_after_the_call(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    await page.get_by_role("button", name="Déjeuner").click()
    await page.get_by_role("heading", name="Vous êtes en pause").wait_for()
    await page.get_by_role("button", name="Disponible", exact=True).click()
    await page.get_by_role("heading", name="Vous êtes disponible").wait_for()
    interaction = house.arrives()
    house.answers(interaction)
    await page.get_by_role("button", name="Déjeuner").click()
    await page.get_by_text("Après cet appel : Déjeuner.").wait_for()
    assert await page.get_by_role("button", name="Déjeuner").get_attribute("aria-pressed") == "true"
    await page.get_by_role("button", name="Déjeuner").click()
    await page.get_by_text("Après cet appel").wait_for(state="hidden")


async def test_somebody_is_called_from_the_keypad_or_told_why_not(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    await page.get_by_text("Appeler quelqu’un").click()
    await page.get_by_label("Numéro", exact=True).fill("0899x")
    await page.get_by_role("button", name="Appeler", exact=True).click()
    await page.get_by_text("Ce numéro ne peut pas être appelé d’ici").wait_for()
    await page.get_by_label("Numéro", exact=True).fill("06 39 98 00 42")
    await page.get_by_role("button", name="Appeler", exact=True).click()
    await page.get_by_text("Appel sortant : décrochez").wait_for()
    [_, asked] = house.said(e.DialAsked)
    assert (asked.agent, asked.number.text) == ("alice", "06 39 98 00 42")


async def test_a_conversation_is_handed_on_by_keyboard_alone(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    house.answers(house.arrives())
    button = page.get_by_role("button", name="Transférer", exact=True)
    await button.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("radio", name="Standard 4501").wait_for()
    await page.keyboard.press("Escape")
    await page.get_by_role("heading", name="Transférer à qui").wait_for(state="hidden")
    assert await button.evaluate("button => button === document.activeElement")
    await page.keyboard.press("Enter")
    await page.get_by_role("radio", name="Standard 4501").wait_for()
    await page.keyboard.press("Enter")
    await page.get_by_text("Choisissez d’abord à qui.").wait_for()
    await page.get_by_label("Nom, service ou numéro").fill("accueil generaliste")
    assert await page.get_by_role("radio").and_(page.locator("[name=to]")).count() == 1
    await page.get_by_label("Nom, service ou numéro").fill("2000")
    await page.get_by_label("Nom, service ou numéro").press("Enter")
    await page.get_by_text("MDPH : cela sonne").wait_for()
    [asked] = house.said(e.TransferAsked)
    assert (asked.agent, asked.to, asked.into) == ("alice", "mdph", "entry")


async def test_somebody_is_spoken_with_first_and_the_citizen_taken_back_by_keyboard_alone(
    house: House, page_of: PageOf
) -> None:
    page = await page_of("alice")
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    of: dict[str, Any] = {"cause": "telephony", "interaction": interaction}
    agent, rung = ids.agent_leg(interaction, 1), ids.dialled_leg(interaction, 1)
    await page.get_by_role("button", name="Transférer", exact=True).focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Nom, service ou numéro").fill("01 99 00 30 00")
    await page.get_by_role("radio", name="Appeler le 01 99 00 30 00").wait_for()
    await page.get_by_role("button", name="Lui parler d’abord").focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("Le 01 99 00 30 00 : cela sonne.").wait_for()
    assert await page.get_by_role("button", name="Les mettre en relation").count() == 0
    house.tell(e.CallerHeld(**of, leg=ids.caller_leg(interaction)), e.LegsBridged(**of, leg=agent, other=rung))
    await page.get_by_text("Vous parlez avec le 01 99 00 30 00").wait_for()
    await page.get_by_role("button", name="Les mettre en relation").wait_for()
    await page.get_by_role("button", name="Reprendre la personne").focus()
    await page.keyboard.press("Enter")
    await house.until(lambda: house.said(e.TransferFailed))
    house.tell(e.LegsBridged(**of, leg=agent))
    await page.get_by_role("button", name="Transférer", exact=True).wait_for()
    assert house.pages.picture.contacts[interaction].state == "talking"


async def test_a_transfer_that_is_refused_says_why_and_the_list_stays(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    house.answers(house.arrives())
    await page.get_by_role("button", name="Transférer", exact=True).click()
    await page.get_by_role("radio", name="MDPH").check()
    del house.pages.picture.centre.directory["mdph"]
    await page.get_by_role("button", name="Transférer maintenant").click()
    await page.get_by_text("Ce correspondant n’est plus dans l’annuaire").wait_for()
    assert await page.get_by_role("radio", name="MDPH").is_visible()


async def test_who_is_speaking_is_found_and_named_by_keyboard_alone(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    house.answers(house.arrives(record=""))
    await page.get_by_role("button", name="Chercher une personne").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("lefevre")
    await page.keyboard.press("Tab")
    await page.keyboard.type("02/03/2958")
    await page.keyboard.press("Enter")
    await page.get_by_text("Écrivez la date de naissance comme").wait_for()
    await page.get_by_label("Nom de famille").fill("Lefèvre")
    await page.get_by_label("Date de naissance").fill("02031958")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Ouvrir la fiche : Mme Jeanne Lefèvre").wait_for()
    await page.keyboard.press("Enter")
    await page.get_by_text("Suivi par Mme Petit").wait_for()
    await page.get_by_label("La personne confirme").check()
    await page.get_by_role("button", name="C’est cette personne").press("Enter")
    await page.locator(".stage").get_by_text("Mme Jeanne Lefèvre", exact=True).wait_for()
    await page.get_by_role("heading", name="Chercher une personne").wait_for(state="hidden")
    assert house.records.confirmed == [("nord", "c-1", CALLER)]
    assert "Confidentiel" not in await page.content()


async def test_a_message_is_taken_and_heard_and_who_heard_it_is_kept(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    opened = house.leaves_a_message(sound=silence(seconds=1))
    await page.get_by_role("button", name="Je m’en occupe").click()
    await page.locator("audio").focus()
    await page.keyboard.press("Space")
    await house.until(lambda: house.said(e.MessageHeard))
    [heard] = house.said(e.MessageHeard)
    assert (heard.agent, heard.task) == ("alice", opened.task)
    ended = "audio => audio.ended || new Promise((done) => audio.addEventListener('ended', () => done(true)))"
    assert await page.locator("audio").evaluate(ended)
    assert len(house.said(e.MessageHeard)) == 1


async def test_nothing_of_a_person_stays_in_the_browser(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    house.answers(house.arrives())
    await page.get_by_label("Note").fill("Secret")
    kept = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert kept == '[{},{},""]'
    await page.get_by_role("button", name="Fermer la session").click()
    await page.get_by_text("Votre session est fermée").wait_for()
    assert "Lefèvre" not in await page.content()


async def test_a_page_that_lost_its_line_says_so_and_comes_back_to_the_call(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    house.available("alice")
    await page.get_by_role("heading", name="Vous êtes disponible").wait_for()
    await page.context.set_offline(True)
    house.cut_lines()
    await page.get_by_text("Liaison coupée avec le centre").wait_for()
    house.answers(house.arrives())
    await page.context.set_offline(False)
    await page.get_by_text("« Allo Solidarités Nord, bonjour. »").wait_for()
    await page.get_by_text("Liaison coupée").wait_for(state="hidden")


async def test_who_logs_out_elsewhere_is_shown_the_door(house: House, page_of: PageOf) -> None:
    page = await page_of("alice")
    await page.get_by_role("heading", name="Vous êtes déconnecté").wait_for()
    await page.context.clear_cookies()
    house.cut_lines()
    await page.get_by_text("Votre session est terminée").wait_for()
