"""Dates of birth come back as they were said."""

from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from speech.understand.dates import dates
from speech.understand.numerals import below_hundred, tokens

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
THIS_YEAR = 2026
BIRTHS = st.dates(datetime.date(1927, 1, 1), datetime.date(2026, 1, 1))


def said(day: datetime.date, whole: bool) -> str:
    century = "mille neuf cent" if day.year < 2000 else "deux mille"
    year = f"{century} {below_hundred(day.year % 100) if day.year % 100 else ''}".strip()
    first = "premier" if day.day == 1 else below_hundred(day.day)
    return f"{first} {MONTHS[day.month - 1]} {year if whole else below_hundred(day.year % 100)}"


@given(BIRTHS)
def test_a_date_said_whole_is_read_as_it_is(day: datetime.date) -> None:
    assert [found.date for found in dates(tokens(f"né le {said(day, True)} à Poissy"), THIS_YEAR)] == [day]


@given(BIRTHS.filter(lambda day: day.year % 100 > 9))
def test_a_year_of_two_digits_is_the_last_that_was(day: datetime.date) -> None:
    assert [found.date for found in dates(tokens(f"le {said(day, False)}"), THIS_YEAR)] == [day]


@given(BIRTHS)
def test_a_date_that_is_written_is_read(day: datetime.date) -> None:
    assert [found.date for found in dates(tokens(f"née le {day:%d/%m/%Y}"), THIS_YEAR)] == [day]


def test_what_is_no_date_is_none() -> None:
    for text in ("le trente février quatre vingt", "le douze mars", "en deux mille vingt trois", "le 12/13/1982"):
        assert dates(tokens(text), THIS_YEAR) == []
