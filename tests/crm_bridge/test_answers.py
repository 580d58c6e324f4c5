"""What CRMs answer, in our form and in theirs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from crm_bridge.answers import PEOPLE_AT_MOST, AnswerFault, Form, people

NOW_MS = 1_800_000_000_000


def told(answer: Any, form: Form | None = None) -> Any:
    return people(msgspec.json.encode(answer), form or Form(), "yvelines", "crm", NOW_MS)


def test_a_crm_that_says_it_otherwise_is_read_through_paths() -> None:
    form = Form(people="data.usagers", fields={"id": "cle", "last_name": "identite.nom", "numbers": "tel"})
    answer = {"data": {"usagers": [{"cle": "u-1", "identite": {"nom": "Diallo"}, "tel": ["0639980001", "poste 12"]}]}}
    (record,) = told(answer, form)
    assert (record.id, record.last_name) == ("crm:u-1", "Diallo")
    assert [number.e164 for number in record.numbers] == ["+33639980001"]


def test_a_number_counts_from_its_date_then_the_records_then_now() -> None:
    numbers = [{"e164": "+33639980001", "confirmed_at": "2026-01-01T00:00:00Z", "shared": True}, "+33639980002"]
    person = {"id": 1, "last_name": "A", "numbers": numbers}
    (record,) = told({"people": [{**person, "updated_at": "2026-02-01T00:00:00Z"}]})
    assert [number.confirmed_at_ms for number in record.numbers] == [1_767_225_600_000, 1_769_904_000_000]
    assert record.numbers[0].shared
    (undated,) = told({"people": [person]})
    assert undated.numbers[1].confirmed_at_ms == NOW_MS


def test_nobody_and_a_list_without_end() -> None:
    assert told({"people": []}) == told({}) == told({"people": None}) == ()
    assert len(told({"people": [{"id": n, "last_name": "A"} for n in range(1_000)]})) == PEOPLE_AT_MOST


@pytest.mark.parametrize(
    "answer",
    [
        {"people": {}},
        {"people": ["Diallo"]},
        {"people": [{"id": 1}]},
        {"people": [{"id": 1, "last_name": "Diallo" * 1_000}]},
        {"people": [{"id": 1, "last_name": "Diallo", "birth_date": "12 mars"}]},
        {"people": [{"id": 1, "last_name": "Diallo", "updated_at": "hier"}]},
        {"people": [{"id": 1, "last_name": "Diallo", "protected_address": "oui"}]},
    ],
)
def test_a_wrong_form_is_told_by_its_field_and_never_by_its_content(answer: Any) -> None:
    with pytest.raises(AnswerFault, match="people") as caught:
        told(answer)
    for content in ("Diallo", "12 mars", "hier", "oui"):
        assert content not in str(caught.value)
    with pytest.raises(AnswerFault, match="no JSON"):
        people(b"\xff\xfe", Form(), "yvelines", "crm", NOW_MS)
