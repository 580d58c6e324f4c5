"""What was said as a number comes back as its digits, however it was cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speech.understand.numerals import below_hundred, in_pairs, is_number, readings, readings_to, tokens


@given(st.integers(0, 99))
def test_a_number_is_read_as_it_is_said(number: int) -> None:
    assert readings(below_hundred(number).split())[0] == str(number)


@given(st.text("0123456789", min_size=10, max_size=10))
def test_ten_digits_said_in_pairs_are_among_their_readings(digits: str) -> None:
    assert digits in readings(in_pairs(digits).split(), longest=10)


def test_numbers_of_other_countries_and_repeated_digits() -> None:
    assert readings(["septante", "deux"])[0] == "72"
    assert readings(["double", "zero", "sept"]) == ["007"]
    assert readings(["trois", "fois", "zero"]) == ["000"]
    assert readings_to(["six", "mars"]) == [[""], ["6"], []]
    assert not is_number("mars")


def test_words_stand_where_they_were_said() -> None:
    text = "L’été, 06.39"
    assert [text[token.start : token.end] for token in tokens(text)] == ["L", "été", "06", "39"]
