"""The names of public holidays stand on the days that the rules of hours are closed on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.centre import Hours
from core.holidays import easter, holiday
from core.opening import day

HOLIDAYS = Hours(name="", title="", rules="Mo-Su 08:00-18:00; PH off")


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (1954, date(1954, 4, 18)),
        (2008, date(2008, 3, 23)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter(year: int, sunday: date) -> None:
    assert easter(year) == sunday


@given(st.dates(date(2020, 1, 1), date(2060, 12, 31)))
def test_a_day_has_a_name_when_the_notation_says_that_it_is_a_holiday(of: date) -> None:
    assert bool(holiday(of)) == (not day(HOLIDAYS, of).periods)


@pytest.mark.parametrize("year", range(2024, 2036))
def test_a_year_has_eleven(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    names = [name for of in days if (name := holiday(of))]
    assert len(names) == (11 if date(year, 5, 8) - easter(year) != timedelta(days=39) else 10)
    assert len(set(names)) == len(names)
