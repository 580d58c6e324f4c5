"""What a telephone number is, by the French plan, and who may be called.

Numbers come as people type them (`06 39 98 00 00`, `+33 6…`, `0033…`, `3949`).  Emergency numbers are never dialled:
they lead to the services of the *line's* town, and send help to the wrong place (docs/outgoing.md).
"""

from __future__ import annotations

import re
from typing import Final

import phonenumbers

from core.centre import Destination

EMERGENCY: Final = frozenset(
    {"15", "17", "18", "110", "112", "114", "115", "119", "191", "196", "197", "116000", "911", "999"}
)
# Country codes of networks in the sky and of international services, where calls cost most.
SATELLITE: Final = frozenset({870, 871, 872, 873, 874, 878, 881, 882, 883, 888, 979})
# La Réunion and Mayotte, Guadeloupe, Guyane, Martinique, Saint-Pierre-et-Miquelon, Wallis, Nouvelle-Calédonie,
# Polynésie.
OVERSEAS: Final = frozenset({262, 590, 594, 596, 508, 681, 687, 689})
COSTLY: Final[frozenset[Destination]] = frozenset({"charged", "premium", "short", "satellite", "international"})
"""What stolen accounts are used for."""

# How they are dialled from here, 0262… and 0692…, and the country code that they then have.
_OVERSEAS_BY_START: Final = {
    start: code
    for code, starts in {
        262: ("262", "263", "269", "639", "692", "693"),
        590: ("590", "690", "691"),
        594: ("594", "694"),
        596: ("596", "696", "697"),
    }.items()
    for start in starts
}
# 06 39 98 is kept for fiction, amid Mayotte's 06 39.
_FICTION: Final = "63998"
_TYPED: Final = re.compile(r"[\s.()/-]|\xa0|\u202f")
_SHORT: Final = re.compile(r"^(3\d{3}|10\d{2}|116\d{3})$")
_PREMIUM_SHORT: Final = re.compile(r"^118\d{3}$")
_NATIONAL: Final[tuple[tuple[str, Destination], ...]] = (
    ("80[0-5]", "free"),
    ("80[6-9]", "ordinary"),
    ("8[12]", "charged"),
    ("8", "premium"),
    ("[67]", "mobile"),
    ("[1-59]", "fixed"),
)


def classify(typed: str) -> tuple[str, Destination]:
    """The number as it is dialled (E.164, or a short number's digits) and what it is; empty for what is no number."""
    written = _TYPED.sub("", typed)
    if written in EMERGENCY or written.removeprefix("+33") in EMERGENCY or written.removeprefix("0033") in EMERGENCY:
        return "", "emergency"
    if _SHORT.match(written):
        return written, "short"
    if _PREMIUM_SHORT.match(written):
        return written, "premium"
    if not re.fullmatch(r"\+?[0-9]{6,17}", written):
        return "", "unknown"
    return _long(written)


def _long(written: str) -> tuple[str, Destination]:
    try:
        number = phonenumbers.parse(written, "FR")
    except phonenumbers.NumberParseException:
        return "", "unknown"
    dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    code, national = number.country_code or 0, str(number.national_number)
    if code in SATELLITE:
        return dialled, "satellite"
    if code != 33:
        known = phonenumbers.is_possible_number(number)
        return (dialled, "overseas" if code in OVERSEAS else "international") if known else ("", "unknown")
    if len(national) != 9:
        return "", "unknown"
    if (home := _OVERSEAS_BY_START.get(national[:3])) is not None and not national.startswith(_FICTION):
        return f"+{home}{national}", "overseas"
    return dialled, next(kind for start, kind in _NATIONAL if re.match(start, national))
