"""A conversation is handed on from the page: to whom it may be, and what the agent is told of it afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import msgspec

from core import events as e
from core import ids
from core.centre import Hours
from core.events.outgoing import DialRefusal, TransferRefusal
from softphone_ui.hall import WEB
from tests.softphone_ui.house import House, Person, with_directory


async def talking(house: House) -> tuple[Person, str]:
    alice = await house.logged_in("alice")
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    return alice, interaction


async def titles(house: House, name: str) -> list[str]:
    answer = await (await house.logged_in(name)).ask("GET", "/api/directory")
    return [one["title"] for one in answer.body if one["into"] == "entry"]


async def test_the_list_holds_what_ones_role_and_organisations_may_reach(directory_house: House) -> None:
    assert await titles(directory_house, "bruno") == ["MDPH", "Standard"]
    assert await titles(directory_house, "alice") == ["MDPH", "Standard", "Accueil du Sud"]
    assert await titles(directory_house, "odile") == ["MDPH", "Standard", "Cadre d'astreinte"]


async def test_a_queue_says_how_many_are_free(directory_house: House) -> None:
    directory_house.available("bruno")
    alice = await directory_house.logged_in("alice")
    [rsa] = [one for one in (await alice.ask("GET", "/api/directory")).body if one["to"] == "rsa"]
    assert (rsa["into"], rsa["free"]) == ("queue", 1)


async def test_colleagues_are_those_who_are_here_and_answer_for_the_same_organisation(directory_house: House) -> None:
    alice, _ = await talking(directory_house)
    for name in ("bruno", "chloé"):  # chloé is of sud, the call of nord
        directory_house.available(name)
    people = [one for one in (await alice.ask("GET", "/api/directory")).body if one["into"] == "agent"]
    assert [(one["to"], one["state"]) for one in people] == [("bruno", "available")]


async def test_a_number_is_asked_for_as_it_was_typed(directory_house: House) -> None:
    alice, interaction = await talking(directory_house)
    body = {"interaction": interaction, "into": "number", "number": "01 99 00 30 00", "consult": True}
    await alice.ask("POST", "/api/transfer", body)
    [asked] = directory_house.said(e.TransferAsked)
    assert (asked.into, asked.to, asked.number.text, asked.consult) == ("number", "", "01 99 00 30 00", True)
    assert "01 99" not in repr(asked)


async def test_a_word_first_ends_as_the_agent_wishes(directory_house: House) -> None:
    alice, interaction = await talking(directory_house)
    await alice.ask("POST", "/api/consult", {"interaction": interaction, "wish": "take_back"})
    [asked] = directory_house.said(e.ConsultAsked)
    assert (asked.agent, asked.interaction, asked.wish) == ("alice", interaction, "take_back")


async def test_a_transfer_is_asked_and_what_came_of_it_is_told_to_who_asked(directory_house: House) -> None:
    house = directory_house
    alice, interaction = await talking(house)
    async with alice.socket("desk") as desk:
        answer = await alice.ask("POST", "/api/transfer", {"interaction": interaction, "to": "mdph", "into": "entry"})
        assert answer.body == {"done": True, "reason": ""}
        shown = await desk.until(lambda shown: shown["contact"]["handed"])
        assert (shown["contact"]["phase"], shown["contact"]["handed"]) == (
            "wrap_up",
            {"to": "MDPH", "state": "ringing"},
        )
        house.tell(e.CallerHeld(cause="telephony", interaction=interaction, leg=ids.caller_leg(interaction)))
        house.tell(
            e.LegEnded(
                cause="telephony",
                interaction=interaction,
                leg=ids.dialled_leg(interaction, 1),
                reason="no_answer",
                code=19,
            )
        )
        shown = await desk.until(lambda shown: shown["contact"]["handed"]["to"] == "Standard")
        house.tell(
            e.LegEnded(
                cause="telephony", interaction=interaction, leg=ids.dialled_leg(interaction, 2), reason="busy", code=17
            )
        )
        shown = await desk.until(lambda shown: shown["contact"]["handed"]["state"] == "back")
    assert house.said(e.InteractionQueued)[-1].need.priority == 0


async def test_who_takes_the_citizen_back_is_not_told_that_nobody_answered(directory_house: House) -> None:
    house = directory_house
    alice, interaction = await talking(house)
    await alice.ask("POST", "/api/transfer", {"interaction": interaction, "to": "mdph", "into": "entry"})
    contact = house.pages.picture.contacts[interaction]
    assert contact.handed is not None
    failed = e.TransferFailed(cause="calls", interaction=interaction, entry="mdph", reason="taken_back")
    house.pages.picture.take((failed,), house.kernel.now_ms)
    assert contact.handed is None


def bridged(interaction: str, other: str = "") -> e.LegsBridged:
    return e.LegsBridged(cause="telephony", interaction=interaction, leg=ids.agent_leg(interaction, 1), other=other)


async def test_a_word_first_is_shown_to_both_and_ends_with_the_citizen_back(directory_house: House) -> None:
    house = directory_house
    alice, interaction = await talking(house)
    number, rung = "01 99 00 30 00", ids.dialled_leg(interaction, 1)
    async with alice.socket("desk") as desk:
        body = {"interaction": interaction, "into": "number", "number": number, "consult": True}
        assert (await alice.ask("POST", "/api/transfer", body)).body == {"done": True, "reason": ""}
        shown = await desk.until(lambda shown: shown["contact"]["handed"])
        handed = {"to": "", "number": "+33199003000", "state": "ringing"}
        assert (shown["contact"]["phase"], shown["contact"]["handed"]) == ("talking", handed)
        house.tell(e.CallerHeld(cause="telephony", interaction=interaction, leg=ids.caller_leg(interaction)))
        house.tell(bridged(interaction, rung))
        await desk.until(lambda shown: shown["contact"]["handed"]["state"] == "joined")
        house.tell(e.LegEnded(cause="telephony", interaction=interaction, leg=rung, reason="hung_up", code=16))
        house.tell(bridged(interaction))
        shown = await desk.until(lambda shown: shown["contact"]["handed"]["state"] == "back")
    assert shown["contact"]["phase"] == "talking"
    assert house.pages.picture.contacts[interaction].state == "talking"


async def test_a_colleague_who_is_asked_for_a_word_reads_who_asks(directory_house: House) -> None:
    house = directory_house
    alice, interaction = await talking(house)
    bruno = await house.logged_in("bruno")
    house.available("bruno")
    async with bruno.socket("desk") as desk:
        body = {"interaction": interaction, "into": "agent", "to": "bruno", "consult": True}
        assert (await alice.ask("POST", "/api/transfer", body)).body == {"done": True, "reason": ""}
        shown = await desk.until(lambda shown: shown["contact"] and shown["contact"]["handed"])
        assert shown["contact"]["phase"] == "offered"
        assert shown["contact"]["handed"] == {
            "to": house.kernel.configurations.now.agents["alice"].display,
            "state": "asks",
        }


async def test_the_line_that_a_transfer_takes_is_counted(directory_house: House) -> None:
    house = directory_house
    alice, interaction = await talking(house)
    await alice.ask("POST", "/api/transfer", {"interaction": interaction, "to": "standard", "into": "entry"})
    paule = await house.logged_in("paule")
    async with paule.socket("table") as table:
        shown = await table.next()
    assert shown["lines"]["operateur"]["used"] == 2


async def test_only_ones_own_conversation_is_handed_on(directory_house: House) -> None:
    _, interaction = await talking(directory_house)
    bruno = await directory_house.logged_in("bruno")
    answer = await bruno.ask("POST", "/api/transfer", {"interaction": interaction, "to": "mdph", "into": "entry"})
    assert (answer.status, answer.body) == (409, {"reason": "not_yours"})


async def test_an_entry_of_others_is_refused_by_the_kernel_too(directory_house: House) -> None:
    alice, interaction = await talking(directory_house)
    for to, why in (("chef", "role"), ("absent", "unknown_entry")):
        answer = await alice.ask("POST", "/api/transfer", {"interaction": interaction, "to": to, "into": "entry"})
        assert answer.body == {"done": False, "reason": why}


def test_every_refusal_has_its_words() -> None:
    texts = json.loads((WEB / "fr.json").read_text(encoding="utf-8"))
    refusals = (*get_args(DialRefusal), *get_args(TransferRefusal))
    assert [why for why in refusals if f"refused.{why}" not in texts] == []


async def test_an_entry_says_whether_it_is_there_at_this_hour_and_by_which_words_it_is_found(tmp_path: Path) -> None:
    centre = with_directory()
    hours = {"jamais": Hours(name="jamais", title="", rules="off"), "toujours": Hours(name="t", title="", rules="24/7")}
    kept = {"mdph": "toujours", "standard": "jamais"}
    directory = {
        name: msgspec.structs.replace(entry, hours=kept.get(name, "")) for name, entry in centre.directory.items()
    }
    house = House(tmp_path, msgspec.structs.replace(centre, directory=directory, hours=hours))
    await house.start()
    answer = await (await house.logged_in("alice")).ask("GET", "/api/directory")
    entries = {one["to"]: (one["there"], one["words"]) for one in answer.body if one["into"] == "entry"}
    assert entries == {"mdph": (True, ["handicap"]), "standard": (False, []), "sud": (True, [])}
    await house.stop()


async def test_an_emergency_service_comes_into_the_conversation_and_the_agent_reads_how_it_stands(
    directory_house: House,
) -> None:
    house = directory_house
    alice, interaction = await talking(house)
    [there] = [one for one in (await alice.ask("GET", "/api/directory")).body if one["into"] == "help"]
    assert (there["to"], there["title"]) == ("secours", "SAMU")
    rung = ids.dialled_leg(interaction, 1)
    async with alice.socket("desk") as desk:
        called = await alice.ask("POST", "/api/help", {"interaction": interaction, "to": "secours", "wish": "bring"})
        assert called.body == {"done": True, "reason": ""}
        shown = await desk.until(lambda shown: shown["contact"]["help"]["state"] == "ringing")
        assert (shown["contact"]["phase"], shown["contact"]["help"]["to"]) == ("talking", "SAMU")
        house.tell(e.LegsBridged(cause="telephony", interaction=interaction, leg=rung))
        await desk.until(lambda shown: shown["contact"]["help"]["state"] == "joined")
        again = await alice.ask("POST", "/api/help", {"interaction": interaction, "to": "secours", "wish": "bring"})
        assert again.body == {"done": False, "reason": "help_called"}
        left = await alice.ask("POST", "/api/help", {"interaction": interaction, "wish": "leave"})
        assert left.body["done"]
        shown = await desk.until(lambda shown: shown["contact"]["phase"] == "wrap_up")
        assert shown["contact"]["handed"] == {"to": "SAMU", "state": "joined"}


async def test_a_service_that_did_not_come_is_told_and_can_be_called_again(directory_house: House) -> None:
    house = directory_house
    alice, interaction = await talking(house)
    body = {"interaction": interaction, "to": "secours", "wish": "bring"}
    async with alice.socket("desk") as desk:
        await alice.ask("POST", "/api/help", body)
        rung = ids.dialled_leg(interaction, 1)
        house.tell(e.LegEnded(cause="telephony", interaction=interaction, leg=rung, reason="busy", code=17))
        shown = await desk.until(lambda shown: shown["contact"]["help"]["state"] == "ended")
        assert (shown["contact"]["phase"], shown["contact"]["help"]["why"]) == ("talking", "busy")
        assert (await alice.ask("POST", "/api/help", body)).body["done"]
