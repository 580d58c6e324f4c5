"""When a service answers.  Pure: hours and a moment give a state, and until when it holds.

Rules are written in OpenStreetMap's `opening_hours` notation, which has lunch breaks, French public holidays (PH) and
dated exceptions; runtime/settings makes them from what the head of a platform writes.  Local time is that of Paris.
A rule's comment says why the day is different.  The same rules are compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State

from core.centre import Hours
from core.events.hours import OpeningState
from core.holidays import holiday

PARIS: Final = ZoneInfo("Europe/Paris")
# Beyond this nobody asks when a service opens: one that stays closed for so long has other words to say.
_FAR: Final = timedelta(days=400)
# The comment of the rule of public holidays, for which each day has its own name.
PUBLIC_HOLIDAY: Final = "jour férié"


class Opening(NamedTuple):
    """A service is `state` until `until_at_ms`; None: for as long as anybody looks ahead."""

    state: OpeningState
    until_at_ms: int | None


class Day(NamedTuple):
    """A local day: `periods` of opening and the `last` admission of each, in Unix milliseconds; `note` says what is
    particular about it ("Noël", "pont de l'Ascension"), empty for a day like others."""

    date: date
    periods: tuple[tuple[int, int], ...]
    last: tuple[int, ...]
    note: str


@lru_cache(maxsize=512)
def compiled(rules: str) -> OpeningHours:
    """The rules, ready to be asked.  Raises SyntaxError (opening_hours.ParserError) for what is no rule."""
    return OpeningHours(rules, timezone=PARIS, country="FR")


def at(hours: Hours, now_ms: int) -> Opening:
    """Whether a service of these hours is open at `now_ms`, takes nobody new, or is closed."""
    rules = compiled(hours.rules)
    now = local(now_ms)
    is_open = rules.is_open(now)
    change = _next_change(rules, now, is_open=is_open)
    if not is_open:
        return Opening("closed", change)
    if change is None or not hours.last_admission_ms:
        return Opening("open", change)
    last_ms = change - hours.last_admission_ms
    return Opening("open", last_ms) if now_ms < last_ms else Opening("last_admission", change)


def closed_until(hours: Iterable[Hours | None], now_ms: int) -> tuple[bool, int | None]:
    """Whether one of these hours is closed now, and until when (None: for as long as anybody looks ahead)."""
    for one in hours:
        now = at(one, now_ms) if one is not None else None
        if now is not None and now.state == "closed":
            return True, now.until_at_ms
    return False, None


def day(hours: Hours, of: date) -> Day:
    """What `hours` make of the day `of`."""
    first = datetime(of.year, of.month, of.day, tzinfo=PARIS)
    following = of + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=PARIS)
    periods: list[tuple[int, int]] = []
    comments: list[str] = []
    for since, until, state, comment in compiled(hours.rules).intervals(first, end):
        if comment and comment not in comments:
            comments.append(comment)
        if state == State.OPEN:
            last = end if until is None else min(until, end)
            periods.append((_ms(max(since, first)), _ms(last)))
    return Day(
        date=of,
        periods=tuple(periods),
        last=tuple(max(since, until - hours.last_admission_ms) for since, until in periods),
        note=_note(comments, holiday(of)),
    )


def after(hours: Hours | None, now_ms: int, open_ms: int) -> int:
    """When a service of these hours will have been open for `open_ms` from now: who calls back can only do so then.

    Without hours, and with such as never open, every hour counts.
    """
    if hours is None:
        return now_ms + open_ms
    left_ms = open_ms
    now = local(now_ms)
    for since, until, state, _ in compiled(hours.rules).intervals(now, _far(now)):
        if state != State.OPEN:
            continue
        began_ms = max(_ms(since), now_ms)
        if until is None or _ms(until) - began_ms >= left_ms:
            return began_ms + left_ms
        left_ms -= _ms(until) - began_ms
    return now_ms + open_ms


def _note(comments: list[str], name: str) -> str:
    """A holiday goes by its name, which is also told of one on which a service has hours of its own."""
    own = [comment for comment in comments if comment not in (PUBLIC_HOLIDAY, name)]
    return ", ".join((*own, name) if name else own)


def local(at_ms: int) -> datetime:
    """The moment by a clock in Paris."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(PARIS)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _far(now: datetime) -> datetime:
    """As far as anybody looks ahead, by an hour that there is: the clock may just be put forward then."""
    return (now.astimezone(UTC) + _FAR).astimezone(PARIS)


def _next_change(rules: OpeningHours, now: datetime, *, is_open: bool) -> int | None:
    """When it opens, or closes, next, as far as anybody looks ahead.

    Not by the library's own `next_change`: where nothing changes any more it looks for that until the year 9999, which
    takes it seven seconds, and it stops where only a comment changes.
    """
    for since, _, state, _ in rules.intervals(now, _far(now)):
        if (state == State.OPEN) != is_open:
            return _ms(since)
    return None
