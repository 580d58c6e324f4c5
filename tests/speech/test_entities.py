"""Details in what people say: a set of sentences in spoken style, and laws of what is said and read again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.understand.entities import Entity, Finder, correct
from speech.understand.numerals import in_pairs

ROOT = Path(__file__).resolve().parents[2]
CASES = [json.loads(line) for line in (ROOT / "tests/speech/evaluation/entities.jsonl").read_text("utf-8").splitlines()]
THIS_YEAR = 2026


def communes() -> dict[str, str]:
    lines = (ROOT / "config/communes.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {row["code_insee"]: row["nom"] for row in rows}


FINDER = Finder(communes())


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_what_was_said_is_found(case: dict[str, str]) -> None:
    found = [one.value for one in FINDER.find(case["text"], THIS_YEAR) if one.kind == case["kind"]]
    assert found == ([case["value"]] if case["value"] else [])


@given(st.from_regex(r"0[1-79][0-9]{8}", fullmatch=True))
def test_a_telephone_number_said_in_pairs_is_found_or_is_not_sure(digits: str) -> None:
    (found,) = (one for one in FINDER.find(f"rappelez moi au {in_pairs(digits)} merci", THIS_YEAR))
    assert found.kind == "telephone"
    assert found.value == "+33" + digits[1:] or found.confidence <= 70


@pytest.mark.parametrize(("code", "name"), communes().items())
def test_every_commune_is_found_by_its_name(code: str, name: str) -> None:
    said = name.lower().replace("-", " ")
    assert code in [one.value for one in FINDER.find(f"j'habite la commune {said}", THIS_YEAR) if one.kind == "commune"]


def test_of_namesakes_none_is_sure() -> None:
    found = [one for one in FINDER.find("j'habite à fontenay", THIS_YEAR) if one.kind == "commune"]
    assert {"92032", "78242"} <= {one.value for one in found}
    assert max(one.confidence for one in found) <= 30


def test_of_a_nir_nothing_is_found() -> None:
    assert FINDER.find("numéro caf 2 46 03 78 123 456 78", THIS_YEAR) == ()


def test_nothing_personal_is_printed() -> None:
    assert repr(Entity(kind="telephone", value="+33639980012", text="zéro six", confidence=90)) == "Entity(telephone)"


def test_a_caller_puts_right_what_was_understood() -> None:
    born = Entity(kind="birth_date", value="1945-03-12", text="douze mars quarante-cinq", confidence=75)
    assert correct(born, "non, quarante-six", THIS_YEAR).value == "1946-03-12"
    assert correct(born, "non c'est le treize", THIS_YEAR).value == "1945-03-13"
    assert correct(born, "non le deux avril cinquante", THIS_YEAR).value == "1950-04-02"
    assert correct(born, "non non", THIS_YEAR) == born
    called = Entity(kind="telephone", value="+33639980012", text="", confidence=90)
    assert correct(called, "non pardon treize", THIS_YEAR).value == "+33639980013"


def test_on_sentences_that_mended_no_rule_nearly_all_is_found() -> None:
    held_out = (ROOT / "tests/speech/evaluation/entities_held_out.jsonl").read_text("utf-8").splitlines()
    right = 0
    for case in map(json.loads, held_out):
        found = [one.value for one in FINDER.find(case["text"], THIS_YEAR) if one.kind == case["kind"]]
        right += found == [case["value"]]
    assert right >= 0.9 * len(held_out)
