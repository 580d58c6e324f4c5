"""One number, however it is written; and what is none."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from crm_bridge.numbers import NotANumber, e164, national


@pytest.mark.parametrize(
    "written",
    [
        "0639980001",
        "06 39 98 00 01",
        "06.39.98.00.01",
        "06-39-98-00-01",
        "06/39/98/00/01",
        "+33639980001",
        "+33 6 39 98 00 01",
        "+33 (0)6 39 98 00 01",
        "0033 6 39 98 00 01",
        "639980001",
        " 06\u00a039\u202f98 00 01 ",
    ],
)
def test_french_notations_are_one_number(written: str) -> None:
    assert e164(written) == "+33639980001"


@pytest.mark.parametrize(
    "written", ["", "3939", "15", "Mme Diallo", "06 39 98", "06 39 98 00 01 poste 12", "٠٦٣٩", "+" * 50]
)
def test_what_is_no_number_of_a_person_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(NotANumber) as caught:
        e164(written)
    assert not written or written not in str(caught.value)


def test_the_short_way_for_french_numbers_takes_none_that_the_numbering_plan_does_not_have() -> None:
    drawn = random.Random(33)
    for number in (f"+33{drawn.randrange(100_000_000, 1_000_000_000)}" for _ in range(5_000)):
        valid = phonenumbers.is_valid_number(phonenumbers.parse(number, "FR"))
        try:
            assert e164(number) == number
        except NotANumber:
            assert not valid
        else:
            assert valid or number[3:8] in ("19900", "26191", "35301", "46571", "53649", "63998")


def test_a_crm_may_want_ten_digits() -> None:
    assert national("+33639980001") == "0639980001"
    assert national("+3225550100") == "+3225550100"
