"""Whose number this is, as far as records can tell: a number is not a person.  Pure.

One record opens only if one person has the number, nobody shares it, and the person confirmed it not too long ago.
Families, hostels, hospitals and CCAS have numbers that many are reached by: those open nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from core.events.citizens import Found

DAY_MS: Final = 86_400_000
# A telephone number that falls free is given to somebody else after some months.
CONFIRM_AFTER_DAYS: Final = 180
# More people than a family: a place.
SHARED_ABOVE: Final = 4


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """`shared_numbers` (E.164) are known to be reached by many; above so many persons any number is."""

    confirm_after_days: int = CONFIRM_AFTER_DAYS
    shared_above: int = SHARED_ABOVE
    shared_numbers: frozenset[str] = frozenset()


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """One who has the number, by the name that the store knows them by."""

    person: str
    shared: bool
    confirmed_at_ms: int | None


def recognise(number: str, holders: Sequence[Holder], rules: Rules, now_ms: int) -> tuple[Found, str | None]:
    """How well the holders of `number` are known, and the one person if it is `one`."""
    if number in rules.shared_numbers or any(holder.shared for holder in holders):
        return "shared", None
    if not holders:
        return "none", None
    if len(holders) > rules.shared_above:
        return "shared", None
    if len(holders) > 1:
        return "several", None
    (holder,) = holders
    since_ms = now_ms - rules.confirm_after_days * DAY_MS
    if holder.confirmed_at_ms is None or holder.confirmed_at_ms < since_ms:
        return "unsure", None
    return "one", holder.person
