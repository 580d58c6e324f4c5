"""What French public holidays are called.  The rules of hours know when they are (`PH`), and not their names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_FIXED: Final = {
    (1, 1): "jour de l'An",
    (5, 1): "fête du Travail",
    (5, 8): "Victoire de 1945",
    (7, 14): "fête nationale",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "Armistice de 1918",
    (12, 25): "Noël",
}
_AFTER_EASTER: Final = {1: "lundi de Pâques", 39: "Ascension", 50: "lundi de Pentecôte"}
GOOD_FRIDAY: Final = "Vendredi saint"
SAINT_STEPHEN: Final = "Saint-Étienne"
"""Holidays in Alsace and Moselle only: hours that keep them say so in their rules."""


def easter(year: int) -> date:
    """Easter Sunday, by the rule of Gregory XIII as Butcher wrote it down."""
    golden, century, of_century = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def holiday(day: date) -> str:
    """The name of the public holiday that `day` is everywhere in France; empty if it is none."""
    after_easter = (day - easter(day.year)) // timedelta(days=1)
    return _FIXED.get((day.month, day.day)) or _AFTER_EASTER.get(after_easter, "")
