"""The citizen's record on the page: cut to what the service may see, every read noted, gone with the interaction."""

from __future__ import annotations

import msgspec

from core.citizen import Number
from softphone_ui.cards import shown
from tests.softphone_ui.house import CALLER, RECORD, House


def test_another_service_sees_that_there_is_a_file_and_no_word_of_it() -> None:
    card = shown(RECORD, "solidarites")
    assert [(file["title"], file["own"], file["summary"], file["status"]) for file in card["files"]] == [
        ("RSA", True, "Suivi", "Droits ouverts"),
        ("PMI", False, "", ""),
    ]
    assert "Confidentiel" not in str(card)


def test_a_protected_address_is_told_to_nobody() -> None:
    hidden = msgspec.structs.replace(RECORD, protected_address=True, numbers=(Number(e164=CALLER),))
    card = shown(hidden, "solidarites")
    assert (card["protected_address"], card["commune"]) == (True, "")
    assert CALLER not in str(card)


async def test_a_record_is_read_once_for_an_offer_and_noted_with_who_and_why(house: House) -> None:
    alice = await house.logged_in("alice")
    async with alice.socket("desk") as desk, alice.socket("desk") as second:
        house.available("alice")
        interaction = house.arrives()
        await desk.until(lambda shown: shown["contact"] and shown["contact"]["record"])
        await second.until(lambda shown: shown["contact"] and shown["contact"]["record"])
        house.answers(interaction)
        await desk.until(lambda shown: shown["contact"]["phase"] == "talking")
    [(tenant, record, reading)] = house.records.readings
    assert (tenant, record, reading.agent, reading.why) == ("nord", "c-1", "alice", "offer")
    assert reading.interaction == interaction


async def test_nobody_reads_a_record_of_a_call_that_is_not_offered_to_an_open_page(house: House) -> None:
    house.available("alice")
    house.arrives()
    assert house.records.readings == []


async def test_records_that_are_away_do_not_hinder_the_offer(house: House) -> None:
    house.records.away = True
    alice = await house.logged_in("alice")
    async with alice.socket("desk") as desk:
        house.available("alice")
        house.arrives()
        shown = await desk.until(lambda shown: shown["contact"] and shown["contact"]["record"])
        assert shown["contact"]["record"] == {"state": "away"}


async def test_a_record_that_was_erased_meanwhile_is_told_so(house: House) -> None:
    alice = await house.logged_in("alice")
    async with alice.socket("desk") as desk:
        house.available("alice")
        house.arrives(record="c-9")
        shown = await desk.until(lambda shown: shown["contact"] and shown["contact"]["record"])
        assert shown["contact"]["record"] == {"state": "gone"}
