"""The answer to a question for a detail: bare, in a sentence, put right in any of the ways in which people do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from runtime.settings.sectors import names_of
from speech.understand.asked import Asked, answered
from speech.understand.entities import Finder

THIS_YEAR: Final = 2026
FINDER: Final = Finder(names_of(Path(__file__).parents[2] / "config"))


def said(about: str, words: str, so_far: str = "") -> list[str]:
    found = answered(Asked(about=about, so_far=so_far), words, FINDER, THIS_YEAR)
    assert all(one.kind in (about, "postcode") for one in found)
    return [one.value for one in found]


@pytest.mark.parametrize(
    ("about", "words", "values"),
    [
        ("commune", "versailles", ["78646"]),
        ("commune", "à Versailles", ["78646"]),
        ("commune", "plaisir", ["78490"]),
        ("commune", "oui alors c'est Trappes", ["78621"]),
        ("commune", "j'habite à saint germain en laye", ["78551"]),
        ("commune", "mantes", ["78361", "78362"]),
        ("commune", "soixante dix huit mille", ["78000"]),
        ("commune", "quatre vingt douze mille deux cents", ["92200"]),
        ("commune", "sept huit deux cent", ["78200"]),
        ("commune", "le soixante dix huit zéro zéro zéro", ["78000"]),
        ("commune", "je ne sais pas", []),
        ("commune", "oui", []),
        ("telephone", "zéro un quatre vingt dix neuf zéro zéro zéro zéro quarante cinq", ["+33199000045"]),
        ("telephone", "alors c'est le 06 39 98 00 13", ["+33639980013"]),
        ("telephone", "quarante cinq", []),
        ("birth_date", "le quatorze mars quarante six", ["1946-03-14"]),
        ("birth_date", "quatorze mars mille neuf cent quarante six", ["1946-03-14"]),
        ("birth_date", "quatorze zéro trois quarante six", ["1946-03-14"]),
        ("birth_date", "je suis née le premier avril deux mille trois", ["2003-04-01"]),
        ("birth_date", "le 14/03/1946", ["1946-03-14"]),
        ("file_number", "douze trente quatre cinquante six", ["123456"]),
        ("file_number", "le dossier un deux trois quatre cinq six", ["123456"]),
        ("caf_number", "douze trente quatre cinquante six sept", ["1234567"]),
        ("caf_number", "douze trente quatre", []),
    ],
)
def test_asked_for_it_people_say_no_more_than_that(about: str, words: str, values: list[str]) -> None:
    assert said(about, words) == values


@pytest.mark.parametrize(
    ("about", "so_far", "words", "value"),
    [
        ("telephone", "+33199000045", "non, quarante-six", "+33199000046"),
        ("telephone", "+33199000045", "non quarante six à la fin", "+33199000046"),
        ("telephone", "+33199000045", "pardon, zéro deux quarante-six", "+33199000246"),
        ("telephone", "+33199000045", "c'est quarante six, pas quarante cinq", "+33199000046"),
        ("telephone", "+33199007045", "non soixante dix sept pas soixante dix", "+33199007745"),
        (
            "telephone",
            "+33199000045",
            "non, zéro six trente neuf quatre vingt dix huit zéro zéro treize",
            "+33639980013",
        ),
        ("birth_date", "1946-03-04", "c'est le quatorze, pas le quatre", "1946-03-14"),
        ("birth_date", "1946-03-04", "non, le quatorze", "1946-03-14"),
        ("birth_date", "1946-03-14", "non, quarante-sept", "1947-03-14"),
        ("birth_date", "1946-03-14", "non, en avril", "1946-04-14"),
        ("birth_date", "1946-03-14", "non le vingt et un avril", "1946-04-21"),
        ("birth_date", "1946-03-14", "pas mars, avril", "1946-04-14"),
        ("birth_date", "1946-03-14", "non, le deux mai cinquante et un", "1951-05-02"),
        ("file_number", "123456", "non, cinquante sept", "123457"),
        ("file_number", "123456", "non, six cinq quatre trois deux un", "654321"),
        ("caf_number", "1234567", "huit à la fin", "1234568"),
        ("commune", "78646", "non, à Trappes", "78621"),
        ("commune", "78646", "pas Versailles, Trappes", "78621"),
        ("commune", "78646", "c'est Trappes, pas Versailles", "78621"),
        ("commune", "78646", "non Versailles c'était avant maintenant c'est Trappes", "78621"),
    ],
)
def test_what_was_read_back_is_put_right_in_part_or_anew(about: str, so_far: str, words: str, value: str) -> None:
    assert said(about, words, so_far) == [value]


@pytest.mark.parametrize("words", ["oui", "non", "c'est ça", "pas du tout", "non ce n'est pas ça", "oui oui voilà", ""])
@pytest.mark.parametrize(
    ("about", "so_far"),
    [("telephone", "+33199000045"), ("birth_date", "1946-03-14"), ("commune", "78646"), ("file_number", "123456")],
)
def test_yes_and_no_put_nothing_right(about: str, so_far: str, words: str) -> None:
    assert said(about, words, so_far) == []


def test_there_is_no_thirty_first_of_april() -> None:
    assert said("birth_date", "non, en avril", "1946-03-31") == []


def test_a_number_of_social_security_is_no_answer() -> None:
    assert said("file_number", "numéro de sécurité sociale un quarante six zéro trois soixante dix huit") == []


def test_what_was_asked_is_in_no_log() -> None:
    assert "1946" not in repr(Asked(about="birth_date", so_far="1946-03-14"))


def test_answers_that_mended_no_rule_are_read_mostly() -> None:
    """Of tests/speech/evaluation/asked_held_out.jsonl: docs/details.md has the figures."""
    lines = (Path(__file__).parent / "evaluation/asked_held_out.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    right = [case["text"] for case in cases if said(case["about"], case["text"], case["so_far"]) == case["values"]]
    assert len(right) >= 38, sorted({case["text"] for case in cases} - set(right))
