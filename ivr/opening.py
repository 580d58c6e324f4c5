"""When a service answers.  Pure: hours and a moment give a state, and until when it holds.

Rules are written in OpenStreetMap's `opening_hours` notation, which has lunch breaks, French public holidays (PH) and
dated exceptions; runtime/settings makes them from what the head of a platform writes.  Local time is that of Paris.
The same rules are compiled once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours

from core.centre import Hours
from core.events.hours import OpeningState

PARIS: Final = ZoneInfo("Europe/Paris")
# Beyond this nobody asks when a service opens: one that stays closed for so long has other words to say.
_FAR: Final = timedelta(days=400)


class Opening(NamedTuple):
    """A service is `state` until `until_at_ms`; None: for as long as anybody looks ahead."""

    state: OpeningState
    until_at_ms: int | None


@lru_cache(maxsize=512)
def compiled(rules: str) -> OpeningHours:
    """The rules, ready to be asked.  Raises SyntaxError (opening_hours.ParserError) for what is no rule."""
    return OpeningHours(rules, timezone=PARIS, country="FR")


def at(hours: Hours, now_ms: int) -> Opening:
    """Whether a service of these hours is open at `now_ms`, takes nobody new, or is closed."""
    rules = compiled(hours.rules)
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(PARIS)
    change = _next_change(rules, now)
    if not rules.is_open(now):
        return Opening("closed", change)
    if change is None or not hours.last_admission_ms:
        return Opening("open", change)
    last_ms = change - hours.last_admission_ms
    return Opening("open", last_ms) if now_ms < last_ms else Opening("last_admission", change)


def _next_change(rules: OpeningHours, now: datetime) -> int | None:
    change = rules.next_change(now)
    if change is None or change - now > _FAR:
        return None
    return round(change.timestamp() * 1000)
