"""What a number is, however it is typed; and that no spelling of an emergency number is anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.destinations import EMERGENCY, classify

KNOWN = {
    "06 39 98 00 00": ("+33639980000", "mobile"),
    "+33639980000": ("+33639980000", "mobile"),
    "0033639980000": ("+33639980000", "mobile"),
    "01.99.00.10.00": ("+33199001000", "fixed"),
    "+33 (0)1 99 00 10 00": ("+33199001000", "fixed"),
    "0800 123 456": ("+33800123456", "free"),
    "0806 000 092": ("+33806000092", "ordinary"),
    "0820 123 456": ("+33820123456", "charged"),
    "0899 123 456": ("+33899123456", "premium"),
    "118 218": ("118218", "premium"),
    "3949": ("3949", "short"),
    "116 117": ("116117", "short"),
    "+687 12 34 56": ("+687123456", "overseas"),
    "+8816 1234 5678": ("+881612345678", "satellite"),
    "+44 20 7946 0000": ("+442079460000", "international"),
    "00 44 20 7946 0000": ("+442079460000", "international"),
}

# What numbers that begin so are, and how they are dialled; the rest is REST, for these are no ranges of fiction.
REST = "123456"
BEGINNINGS = {
    "0972": ("+33972", "fixed"),
    "0692": ("+262692", "overseas"),
    "0639": ("+262639", "overseas"),
    "0262": ("+262262", "overseas"),
    "+590590": ("+590590", "overseas"),
    "0596": ("+596596", "overseas"),
}


@pytest.mark.parametrize("start", BEGINNINGS)
def test_a_number_is_known_by_its_beginning(start: str) -> None:
    dialled, kind = BEGINNINGS[start]
    assert classify(start + REST) == (dialled + REST, kind)


@pytest.mark.parametrize("typed", KNOWN)
def test_a_number_is_known_however_it_is_typed(typed: str) -> None:
    assert classify(typed) == KNOWN[typed]


@pytest.mark.parametrize("typed", ["", "abc", "12", "+33", "06 39 98", "06399800001", "+0", "*10", "1@ailleurs"])
def test_what_is_no_number_is_dialled_nowhere(typed: str) -> None:
    assert classify(typed) == ("", "unknown")


@given(
    st.sampled_from(sorted(EMERGENCY)), st.sampled_from(["", "+33", "0033", "+33 "]), st.sampled_from(["", " ", "."])
)
def test_an_emergency_number_is_never_anything_else(number: str, before: str, between: str) -> None:
    assert classify(before + between.join(number)) == ("", "emergency")


@given(st.text(max_size=30))
def test_whatever_is_typed_only_digits_are_dialled(typed: str) -> None:
    dialled, kind = classify(typed)
    assert dialled.removeprefix("+").isdecimal() or not dialled
    assert bool(dialled) == (kind not in ("emergency", "unknown"))
