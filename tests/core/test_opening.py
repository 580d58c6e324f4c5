"""Hours: lunch, holidays, dated days, the last admission, and clocks that change."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.centre import Hours
from core.opening import PARIS, after, at, day

MINUTE = 60_000
WEEK = "Mo,Tu,We,Th 08:30-12:30,13:30-17:30; Fr 08:30-12:30"
OFFICE = Hours(
    name="bureau",
    title="",
    rules=f"{WEEK}; PH off; Dec 24 08:30-12:00; 2027 May 07 off",
    last_admission_ms=10 * MINUTE,
)
ALSACE = Hours(name="alsace", title="", rules=f"{WEEK}; PH off; easter -2 days off; Dec 26 off")
TOLD = Hours(
    name="raisons",
    title="",
    rules=f'{WEEK}; PH off "jour férié"; easter -2 days off "Vendredi saint"; Dec 24 08:30-12:00 "veille de Noël";'
    ' Dec 25 off "jour férié"; 2027 May 06-07 off "pont"; 2026 Nov 11 10:00-12:00 "cérémonie"; Nov 12 off "travaux"',
    last_admission_ms=10 * MINUTE,
)
ALWAYS = Hours(name="toujours", title="", rules="24/7")
NEVER = Hours(name="jamais", title="", rules="off")


def ms(written: str) -> int:
    """`12/10/2026 08:30` in Paris, as Unix milliseconds."""
    return round(datetime.strptime(written, "%d/%m/%Y %H:%M").replace(tzinfo=PARIS).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "state", "until"),
    [
        ("12/10/2026 08:29", "closed", "12/10/2026 08:30"),
        ("12/10/2026 08:30", "open", "12/10/2026 12:20"),
        ("12/10/2026 12:20", "last_admission", "12/10/2026 12:30"),
        ("12/10/2026 12:30", "closed", "12/10/2026 13:30"),  # lunch
        ("12/10/2026 13:30", "open", "12/10/2026 17:20"),
        ("16/10/2026 15:00", "closed", "19/10/2026 08:30"),  # the week-end begins
        ("11/11/2026 10:00", "closed", "12/11/2026 08:30"),  # Armistice
        ("24/12/2026 11:00", "open", "24/12/2026 11:50"),
        ("24/12/2026 14:00", "closed", "28/12/2026 08:30"),  # Christmas, then the week-end
        ("06/05/2027 10:00", "closed", "10/05/2027 08:30"),  # Ascension, and the pont after it
        ("01/11/2027 10:00", "closed", "02/11/2027 08:30"),
    ],
)
def test_the_state_and_until_when_it_holds(moment: str, state: str, until: str) -> None:
    assert at(OFFICE, ms(moment)) == (state, ms(until))


@pytest.mark.parametrize("day", ["26/03/2027", "26/12/2025"])
def test_alsace_and_moselle_have_two_holidays_more(day: str) -> None:
    assert at(ALSACE, ms(f"{day} 10:00")).state == "closed"
    assert at(OFFICE, ms(f"{day} 10:00")).state == "open"


def test_some_are_always_there_and_some_never() -> None:
    assert at(ALWAYS, ms("12/10/2026 03:00")) == ("open", None)
    assert at(NEVER, ms("12/10/2026 03:00")) == ("closed", None)


@given(
    st.sampled_from((OFFICE, ALSACE, TOLD)),
    st.integers(ms("01/01/2026 00:00"), ms("31/12/2027 00:00")),
)
def test_a_state_holds_until_it_says_and_not_longer(hours: Hours, now_ms: int) -> None:
    """Both changes of the clock lie in the range; half a second more or less makes no other state."""
    now = at(hours, now_ms)
    assert now.until_at_ms is not None
    assert now.until_at_ms > now_ms
    for inside in (now_ms, (now_ms + now.until_at_ms) // 2, now.until_at_ms - 1):
        assert at(hours, inside) == now
    assert at(hours, now.until_at_ms).state != now.state


def test_looking_ahead_into_the_hour_that_there_is_not_in_spring() -> None:
    """400 days before 28 March 2027, 02:30, a time that no clock in Paris shows."""
    assert at(OFFICE, ms("21/02/2026 02:30")) == ("closed", ms("23/02/2026 08:30"))


@pytest.mark.parametrize("night", ["29/03/2026", "25/10/2026", "28/03/2027", "31/10/2027"])
def test_a_night_line_keeps_its_hours_when_the_clock_changes(night: str) -> None:
    """Open from one to four: an hour less in spring, an hour more in autumn, and closed at four by the clock."""
    line = Hours(name="nuit", title="", rules="Mo-Su 01:00-04:00")
    opened = at(line, ms(f"{night} 01:30"))
    assert opened == ("open", ms(f"{night} 04:00"))
    assert at(line, ms(f"{night} 04:00")).state == "closed"


@pytest.mark.parametrize(
    ("of", "periods", "last", "note"),
    [
        (date(2026, 10, 12), ["08:30-12:30", "13:30-17:30"], ["12:20", "17:20"], ""),
        (date(2026, 10, 17), [], [], ""),
        (date(2026, 12, 24), ["08:30-12:00"], ["11:50"], "veille de Noël"),
        (date(2026, 12, 25), [], [], "Noël"),
        (date(2027, 3, 26), [], [], "Vendredi saint"),
        (date(2027, 5, 6), [], [], "pont, Ascension"),
        (date(2027, 5, 7), [], [], "pont"),
        (date(2026, 11, 11), ["10:00-12:00"], ["11:50"], "cérémonie, Armistice de 1918"),
        (date(2026, 11, 12), [], [], "travaux"),
    ],
)
def test_a_day_has_its_periods_and_says_what_is_particular_about_it(
    of: date, periods: list[str], last: list[str], note: str
) -> None:
    found = day(TOLD, of)

    def clock(at_ms: int) -> str:
        return f"{datetime.fromtimestamp(at_ms / 1000, PARIS):%H:%M}"

    assert [f"{clock(since)}-{clock(until)}" for since, until in found.periods] == periods
    assert ([clock(at_ms) for at_ms in found.last], found.note) == (last, note)


def test_a_reason_that_changes_at_midnight_opens_nothing() -> None:
    """The library stops where a comment changes; a service that stays closed stays so until it opens."""
    assert at(TOLD, ms("06/05/2027 10:00")) == ("closed", ms("10/05/2027 08:30"))
    assert at(TOLD, ms("24/12/2026 14:00")) == ("closed", ms("28/12/2026 08:30"))


HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("moment", "hours", "due"),
    [
        ("12/10/2026 09:00", 2, "12/10/2026 11:00"),
        ("12/10/2026 11:30", 2, "12/10/2026 14:30"),  # lunch does not count
        ("16/10/2026 12:00", 2, "19/10/2026 10:00"),  # from Friday to Monday
        ("17/10/2026 10:00", 2, "19/10/2026 10:30"),  # on a Saturday nothing counts
        ("24/12/2026 11:00", 8, "28/12/2026 16:30"),  # an hour of the 24th, no Christmas, no week-end
        ("12/10/2026 08:30", 8, "12/10/2026 17:30"),
    ],
)
def test_time_counts_while_it_is_open(moment: str, hours: int, due: str) -> None:
    assert after(OFFICE, ms(moment), hours * HOUR) == ms(due)


@pytest.mark.parametrize("hours", [None, ALWAYS, NEVER])
def test_without_hours_every_hour_counts(hours: Hours | None) -> None:
    """A service that never opens must not have work that is never due."""
    assert after(hours, ms("17/10/2026 10:00"), 30 * HOUR) == ms("17/10/2026 10:00") + 30 * HOUR


@given(st.integers(ms("01/01/2026 00:00"), ms("31/12/2027 00:00")), st.integers(1, 40 * HOUR))
def test_as_much_is_open_until_then_as_was_given(now_ms: int, open_ms: int) -> None:
    due_ms = after(OFFICE, now_ms, open_ms)
    first, last = (datetime.fromtimestamp(at_ms / 1000, PARIS).date() for at_ms in (now_ms, due_ms))
    was_open = 0
    of = first
    while of <= last:
        was_open += sum(max(0, min(until, due_ms) - max(since, now_ms)) for since, until in day(OFFICE, of).periods)
        of += timedelta(days=1)
    assert was_open == open_ms


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        ('Mo 08:00-09:00; PH off "jour férié"; Jan 01-Dec 31 off "fermé"', "closed"),
        ('Mo-Su 00:00-24:00; PH off "jour férié"; Jan 01-Dec 31 00:00-24:00 "ouvert"', "open"),
        ("2150 Jan 01-03 08:00-09:00", "closed"),
    ],
)
def test_what_does_not_change_within_a_year_is_not_looked_for_until_the_end_of_time(rules: str, state: str) -> None:
    """The library would look until the year 9999, for seconds, while calls wait."""
    for name in ("un", "deux"):
        assert at(Hours(name=name, title="", rules=rules), ms("12/10/2026 10:00")) == (state, None)
