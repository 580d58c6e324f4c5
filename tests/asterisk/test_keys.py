"""Keys: in the sound's own packets (RFC 4733) and as SIP INFO; they stop the words, and wrong ones are told."""

from __future__ import annotations

import pytest

from core import events as e
from tests.asterisk.small_centre import WELCOME, signature
from tests.asterisk.telephones import heard_until_ms, hears_signal
from tests.asterisk.town import Here
from traffic.clock import now_ms

# From the first packet of the key to the last word: the key lasts 100 ms, is told at its end, and stops the words.
BARGE_IN_MS = 500


@pytest.mark.parametrize("key", ["1", "0", "*", "#"])
async def test_each_key_in_rtp_is_heard_once(town: Here, key: str) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.fact(e.ListeningStarted)
    await citizen.call.press(key)
    pressed = await citizen.fact(e.KeyPressed)
    assert pressed.key.text == key
    await citizen.fact(e.ChoiceMade if key == "1" else e.ChoiceMissed)
    await citizen.call.hang_up()
    await citizen.fact(e.InteractionEnded)
    assert len(town.watch.facts(e.KeyPressed)) == 1


async def test_a_key_as_sip_info_is_a_key(town: Here) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.fact(e.ListeningStarted)
    body = b"Signal=1\r\nDuration=160\r\n"
    assert (await citizen.call.request("INFO", [("Content-Type", "application/dtmf-relay")], body)).status == 200
    assert (await citizen.fact(e.KeyPressed)).key.text == "1"
    await citizen.fact(e.InteractionQueued)
    await citizen.call.hang_up()


async def test_a_key_stops_the_words_at_once(town: Here) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await hears_signal(citizen.call, signature("accueil.bienvenue"))
    since_ms = now_ms()
    await hears_signal(citizen.call, signature("menu.choix")[:4_000])
    pressed_ms = now_ms()
    await citizen.call.press("1")
    await citizen.fact(e.CallerHeld)
    await citizen.hears_music()
    last_word_ms = heard_until_ms(citizen.call, signature("menu.choix"), since_ms - 500)
    assert last_word_ms - pressed_ms < BARGE_IN_MS
    assert not any(fact.completed for fact in town.watch.facts(e.PlaybackEnded)[-1:])


async def test_a_key_during_the_welcome_answers_the_question_ahead(town: Here) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.fact(e.PlaybackStarted)
    await citizen.call.answered(5)
    await citizen.call.press("1")
    await citizen.fact(e.ChoiceMade, choice="conseil")
    await citizen.fact(e.CallerHeld)
    assert [fact.prompt for fact in town.watch.facts(e.PlaybackStarted)] == ["fr/accueil.bienvenue"]


async def test_a_wrong_key_is_told_and_the_question_put_again(town: Here) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.hears_prompt("menu.choix")
    await citizen.call.press("7")
    await citizen.hears_prompt("dialogue.touche_inconnue")
    await citizen.hears_prompt("menu.choix")
    await citizen.call.press("1")
    await citizen.fact(e.CallerHeld)


async def test_keys_pressed_by_the_agent_or_while_waiting_change_nothing(town: Here) -> None:
    citizen = await town.exchange.citizen()
    await citizen.fact(e.CallerHeld)
    await citizen.call.press("159")
    await town.watch.fact(e.KeyPressed, nth=3)
    desk = await town.desk()
    await town.talking(citizen, desk)
    assert desk.call is not None
    await desk.call.press("0")
    await town.talking_still(citizen, desk)
    await desk.hang_up()
