"""Numbers and names as they come from the network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.limits import NAME_CHARACTERS, NUMBER_DIGITS
from telephony.numbers import international, is_nobody, kept, shown_name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0639980012", "+33639980012"),
        ("06 39 98 00 12", "+33639980012"),
        ("+33639980012", "+33639980012"),
        ("33639980012", "+33639980012"),
        ("0033639980012", "+33639980012"),
        ("+33(0)639980012", "+33639980012"),
        ("+330639980012", "+33639980012"),
        ("0800123456", "+33800123456"),
        ("0039061234567", "+39061234567"),
        ("+4915112345678", "+4915112345678"),
        ("3949", "3949"),
        ("1234", "1234"),
        ("112", "112"),
        ("0639980012;ext=5", "+33639980012"),
        ("0639980012@operateur.example", "+33639980012"),
        ("", ""),
        ("anonymous", ""),
    ],
)
def test_french_numbers_become_international(written: str, meant: str) -> None:
    assert international(written) == meant


@given(st.text())
def test_a_number_is_digits_and_bounded(text: str) -> None:
    number = international(text)
    assert set(number) <= set("+0123456789")
    assert len(number.lstrip("+")) <= NUMBER_DIGITS + 2
    assert number.count("+") <= 1
    assert international(number) == number or number.startswith("0")


@given(st.text())
def test_a_name_is_printable_and_bounded(text: str) -> None:
    assert shown_name(text).isprintable()
    assert len(shown_name(text)) <= NAME_CHARACTERS


@pytest.mark.parametrize("nobody", ["", " ", "<unknown>", "Anonymous", "unavailable", "+", "sip:x"])
def test_who_has_no_number(nobody: str) -> None:
    assert is_nobody(nobody)


def test_names_that_say_nothing_are_empty() -> None:
    assert shown_name("<unknown>") == shown_name("Anonymous") == shown_name("\x07") == ""
    assert shown_name("Élise Dupré") == "Élise Dupré"
    assert kept("٣") == ""
