"""Who may see how much of a record, and that a record never prints what it holds."""

from __future__ import annotations

import io

import msgspec
from rich.console import Console
from rich.pretty import Pretty

from core.citizen import CitizenFile, CitizenRecord, Number, Reading, seen_from

RSA = CitizenFile(
    service="rsa",
    title="RSA",
    status="droits ouverts",
    referent="Mme Exemple",
    next_appointment_at_ms=1_800_000_000_000,
    summary="contrat signé",
)
PMI = CitizenFile(
    service="pmi", title="PMI", status="suivi", referent="Dr Exemple", summary="consultation", discreet=True
)
DIALLO = CitizenRecord(
    id="78-1",
    tenant="yvelines",
    last_name="Diallo",
    first_name="Awa",
    birth_date="1982-03-12",
    numbers=(Number(e164="+33639980001", confirmed_at_ms=1),),
    commune="Trappes",
    files=(RSA, PMI),
)


def test_content_is_for_those_who_answer_for_the_service() -> None:
    assert seen_from(DIALLO, "rsa").files == (RSA,)


def test_others_see_that_there_is_a_file_who_follows_it_and_when_the_next_appointment_is() -> None:
    (file,) = seen_from(DIALLO, "solidarites").files
    assert file == CitizenFile(
        service="rsa", title="RSA", referent="Mme Exemple", next_appointment_at_ms=1_800_000_000_000
    )


def test_a_discreet_file_is_not_even_there_for_others() -> None:
    assert [file.service for file in seen_from(DIALLO, "rsa").files] == ["rsa"]
    assert [file.summary for file in seen_from(DIALLO, "pmi").files] == ["", "consultation"]


def test_a_protected_address_shows_neither_place_nor_numbers() -> None:
    seen = seen_from(msgspec.structs.replace(DIALLO, protected_address=True), "rsa")
    assert (seen.commune, seen.numbers, seen.protected_address, seen.last_name) == ("", (), True, "Diallo")


def test_a_record_prints_nothing_of_the_person() -> None:
    screen = Console(file=io.StringIO())
    screen.print(Pretty(DIALLO))
    assert isinstance(screen.file, io.StringIO)
    printed = f"{DIALLO!r} {DIALLO} {[DIALLO]} {DIALLO.numbers} {DIALLO.files} {screen.file.getvalue()}"
    for word in ("Diallo", "Awa", "1982", "3998", "Trappes", "RSA", "78-1"):
        assert word not in printed


def test_a_record_travels_as_json_and_comes_back() -> None:
    assert msgspec.json.decode(msgspec.json.encode(DIALLO), type=CitizenRecord) == DIALLO


def test_a_reading_says_who_and_why() -> None:
    reading = Reading(agent="claire.aubry", why="offer", interaction=None)
    assert (reading.agent, reading.why) == ("claire.aubry", "offer")
