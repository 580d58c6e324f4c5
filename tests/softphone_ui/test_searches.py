"""Whoever is on the line is found by name and birth date: within the walls, for a reason, each look noted."""

from __future__ import annotations

from typing import Any

import pytest

from core import events as e
from core.personal import Personal
from softphone_ui.searches import MOST
from tests.softphone_ui.house import CALLER, NORTH, SOUTH, House, Person

BORN = "1958-03-02"


async def talking(house: House, name: str = "alice", dialled: str = NORTH) -> tuple[Person, str]:
    """Somebody whom no number told of talks with `name`."""
    person = await house.logged_in(name)
    house.available(name)
    interaction = house.arrives(dialled, record="")
    house.answers(interaction)
    return person, interaction


async def search(person: Person, interaction: str, name: str = "Lefèvre", born: str = BORN) -> Any:
    return await person.ask("POST", "/api/search", {"interaction": interaction, "name": name, "birth_date": born})


async def found(person: Person, interaction: str) -> dict[str, Any]:
    [one] = (await search(person, interaction)).body
    return {"interaction": interaction, "found": one["found"]}


async def test_a_search_gives_what_tells_namesakes_apart_and_no_more(house: House) -> None:
    alice, interaction = await talking(house)
    answer = await search(alice, interaction)
    [one] = answer.body
    assert one.pop("found") not in ("", "c-1")
    assert one == {
        "civility": "Mme",
        "first_name": "Jeanne",
        "last_name": "Lefèvre",
        "birth_name": "",
        "commune": "Vernouillet-sur-Aure",
    }
    assert answer.headers["cache-control"] == "no-store"
    assert [(tenant, reading.why, reading.interaction) for tenant, _, reading in house.records.readings] == [
        ("nord", "search", interaction)
    ]


async def test_what_is_opened_is_cut_to_the_service_and_in_the_access_log(house: House) -> None:
    alice, interaction = await talking(house)
    card = (await alice.ask("POST", "/api/open", await found(alice, interaction))).body["card"]
    assert (card["last_name"], [file["title"] for file in card["files"]]) == ("Lefèvre", ["RSA", "PMI"])
    assert "Confidentiel" not in str(card)
    assert [(reading.agent, reading.why) for _, _, reading in house.records.readings] == [("alice", "search")] * 2


async def test_this_is_the_person_and_the_number_is_theirs(house: House) -> None:
    alice, interaction = await talking(house)
    async with alice.socket("desk") as desk:
        answer = await alice.ask("POST", "/api/name", {**await found(alice, interaction), "confirmed": True})
        assert answer.body == {"done": True, "reason": ""}
        shown = await desk.until(lambda shown: (shown["contact"]["record"] or {}).get("state") == "here")
    assert (shown["contact"]["found"], shown["contact"]["record"]["first_name"]) == ("one", "Jeanne")
    assert house.records.confirmed == [("nord", "c-1", CALLER)]
    assert [fact.how for fact in house.said(e.CitizenFound)] == ["none", "one"]


async def test_a_number_that_the_record_has_not_is_told_and_the_person_is_named_all_the_same(house: House) -> None:
    alice = await house.logged_in("alice")
    house.available("alice")
    interaction = house.arrives(record="", caller="+33639980099")
    house.answers(interaction)
    answer = await alice.ask("POST", "/api/name", {**await found(alice, interaction), "confirmed": True})
    assert answer.body == {"done": True, "reason": "number_not_theirs"}


async def test_another_record_takes_the_place_of_the_one_that_the_number_told(house: House) -> None:
    """The page reads it anew: a card is of a record, not of a call."""
    alice = await house.logged_in("alice")
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    async with alice.socket("desk") as desk:
        await desk.until(lambda shown: shown["contact"]["record"])
        other = Personal(interaction, "record", "absent")
        house.tell(e.CitizenFound(cause="test", interaction=interaction, how="one", record=other))
        shown = await desk.until(lambda shown: (shown["contact"]["record"] or {}).get("state") == "gone")
    assert shown["contact"]["found"] == "one"


async def test_records_of_another_organisation_are_not_searched(house: House) -> None:
    bruno, interaction = await talking(house, "bruno", SOUTH)  # of nord alone; the call is for sud
    answer = await search(bruno, interaction)
    assert (answer.status, answer.body) == (403, {"reason": "search_elsewhere"})
    alice = await house.logged_in("alice")
    house.hangs_up(interaction)
    house.available("alice")
    southern = house.arrives(SOUTH, record="")
    house.answers(southern)
    assert (await search(alice, southern)).body == []
    assert house.records.readings == []


async def test_who_helps_out_for_another_organisation_is_not_even_told_that_its_records_know_the_person(
    house: House,
) -> None:
    bruno = await house.logged_in("bruno")  # of nord alone
    house.available("bruno")
    async with bruno.socket("desk") as desk:
        southern = house.arrives(SOUTH, tenant="")
        house.answers(southern)
        shown = await desk.until(lambda shown: shown["contact"] and shown["contact"]["phase"] == "talking")
    assert (shown["contact"]["found"], shown["contact"]["record"]) == ("elsewhere", None)
    assert house.records.readings == []


async def test_nobody_is_searched_for_without_a_conversation(house: House) -> None:
    alice = await house.logged_in("alice")
    house.available("alice")
    interaction = house.arrives(record="")
    assert (await search(alice, interaction)).body == {"reason": "search_needs_talk"}
    assert (await search(alice, "another")).body == {"reason": "not_yours"}


@pytest.mark.parametrize(
    ("name", "born", "reason"),
    [
        (" - ", BORN, "no_name"),
        ("Lefèvre", "", "birth_date"),
        ("Lefèvre", "02/03/1958", "birth_date"),
        ("Lefèvre", "1958-02-30", "birth_date"),
        ("Lefèvre", "2958-03-02", "birth_date"),
        ("Lefèvre", "1058-03-02", "birth_date"),
        ("Lefèvre", "19580302", "birth_date"),
    ],
)
async def test_both_name_and_birth_date_are_asked_for(house: House, name: str, born: str, reason: str) -> None:
    alice, interaction = await talking(house)
    answer = await search(alice, interaction, name, born)
    assert (answer.status, answer.body) == (400, {"reason": reason})


async def test_what_was_found_for_one_call_opens_nothing_in_the_next(house: House) -> None:
    alice, interaction = await talking(house)
    opened = await found(alice, interaction)
    house.hangs_up(interaction)
    await alice.ask("POST", "/api/state", {"wish": "ready"})
    following = house.arrives(record="")
    house.answers(following)
    answer = await alice.ask("POST", "/api/open", {**opened, "interaction": following})
    assert (answer.status, answer.body) == (404, {"reason": "search_again"})


async def test_browsing_is_stopped(house: House) -> None:
    alice, interaction = await talking(house)
    answers = [await search(alice, interaction, name=f"Nom{at}x") for at in range(MOST + 1)]
    assert [answer.status for answer in answers] == [200] * MOST + [409]
    assert answers[-1].body == {"reason": "too_many_searches"}


async def test_records_that_are_away_are_told(house: House) -> None:
    alice, interaction = await talking(house)
    house.records.away = True
    assert (await search(alice, interaction)).body == {"reason": "records_away"}
