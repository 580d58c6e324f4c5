"""A citizen's call goes all the way, with sound that is measured at both ends."""

from __future__ import annotations

from pathlib import Path

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.small_centre import WELCOME, SmallCentre, signature
from tests.asterisk.telephones import FOUND, SILENT_DBFS, hears_signal, music
from tests.asterisk.town import Here
from traffic.sound import Samples, correlate, decode_alaw, level_dbfs


async def test_a_call_is_welcomed_qualified_queued_offered_answered_and_written_down(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.hears_prompt("accueil.bienvenue")
    await citizen.hears_prompt("menu.choix")
    await citizen.call.press("1")
    await town.talking(citizen, desk)
    assert citizen.call.stream.lost == 0
    await desk.hang_up()
    assert (await citizen.call.ended(5)).cause == 16
    await town.outcome(citizen, "answered")
    await town.watch.agent(desk.name, "available")
    tally = town.platform.loop.kernel.mind("ledger")
    assert (tally.count("arrived"), tally.count("answered")) == (1, 1)


async def test_it_rings_before_it_is_answered_and_is_silent_before_the_first_word(town_with: TownWith) -> None:
    town = await town_with(SmallCentre(answer_after="1s", speak_after="500ms"))
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.hears_prompt("accueil.bienvenue")
    call = citizen.call
    assert call.ringing_ms is not None
    assert call.connected_ms is not None
    assert call.ringing_ms - call.begun_ms < 1_000
    assert 900 <= call.connected_ms - call.ringing_ms < 2_500  # the 180 may come late on a machine under load
    heard = call.heard.since(call.connected_ms)
    first_word_ms = correlate(signature("accueil.bienvenue"), heard.samples).lag_ms + heard.start_ms
    assert 450 <= first_word_ms - call.connected_ms < 2_000
    before = call.heard.since(call.connected_ms, first_word_ms - 40).samples
    assert level_dbfs(before) < SILENT_DBFS


async def test_who_waits_hears_music_and_whoever_is_talked_to_does_not(town: Here) -> None:
    citizen = await town.exchange.citizen()
    await citizen.hears_music()
    desk = await town.desk()
    await town.talking(citizen, desk)
    assert not music(citizen.call)
    await desk.hang_up()


async def test_waiting_callers_are_told_their_position_and_hear_music_again(town: Here) -> None:
    first, second = await town.exchange.citizen(), await town.exchange.citizen()
    calls = {await first.interaction(): first, await second.interaction(): second}
    due = {(await one.fact(e.AnnouncementDue)).say[0].key: one for one in calls.values()}
    assert set(due) == {"attente.prochain", "attente.position"}
    await due["attente.prochain"].hears_prompt("attente.prochain")
    [spoken] = await town.watch.until(lambda: _spoken(town), "the position, spoken")
    await hears_signal(due["attente.position"].call, spoken)
    for one in calls.values():
        await one.fact(e.AnnouncementEnded)
        one.call.heard.clear()
        await one.hears_music()


def _spoken(town: Here) -> list[Samples]:
    """The sound that espeak-ng made of the position, once it is there."""
    for fact in town.watch.facts(e.PromptReady):
        if fact.prompt.startswith("fr/attente.position-") and fact.path is not None:
            return [decode_alaw(Path(f"{fact.path}.alaw").read_bytes())]
    return []


async def test_an_agent_is_rung_during_an_announcement_and_takes_the_caller_out_of_it(town: Here) -> None:
    citizen = await town.exchange.citizen()
    await citizen.fact(e.AnnouncementDue)
    await citizen.fact(e.PlaybackStarted)
    desk = await town.desk()
    await town.talking(citizen, desk)
    await citizen.call.hang_up()
    await town.outcome(citizen, "answered")


async def test_a_caller_whose_question_is_answered_by_the_dialogue_is_let_go_at_its_end(town: Here) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.fact(e.PlaybackStarted)
    await citizen.call.press("5")
    assert (await citizen.call.ended(10)).by == "them"
    assert correlate(signature("horaires.tous"), citizen.call.heard.last(3).samples).score > FOUND
    await town.outcome(citizen, "resolved")


async def test_whoever_presses_nothing_is_asked_again_and_then_reaches_a_person(town: Here) -> None:
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.hears_prompt("menu.choix")
    await citizen.hears_prompt("dialogue.silence")
    desk = await town.desk()
    await town.talking(citizen, desk)
    missed = town.watch.facts(e.ChoiceMissed)
    assert [(fact.attempt, fact.why) for fact in missed] == [(1, "silence"), (2, "silence")]
    await desk.hang_up()


async def test_a_withheld_number_is_told_so_and_nobody_is_shown_a_number(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen(WELCOME, privacy=True)
    arrived = await town.watch.fact(e.CallArrived)
    assert (arrived.caller, arrived.caller_name) == (None, None)
    await citizen.hears_prompt("accueil.masque")
    await citizen.call.press("1")
    offered = await desk.takes()
    assert citizen.number[1:] not in str(offered.invite.headers)
    await desk.hang_up()


async def test_the_agent_is_shown_the_callers_number_and_the_service(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    offered = await desk.takes()
    assert (offered.remote.user, offered.remote.display) == (citizen.e164, "Ligne directe")
    await desk.hang_up()
