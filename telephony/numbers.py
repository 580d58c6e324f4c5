"""Telephone numbers as trunks write them, in E.164.  Pure.

A French trunk may present the same number as +33…, 33…, 0033… or 0…; what is not certainly one of these (39xx, four
digits of a PABX, a foreign number) stays as it came.
"""

from __future__ import annotations

import re
from typing import Final

from core.limits import NAME_CHARACTERS, NUMBER_DIGITS

_NATIONAL: Final = re.compile(r"^0([1-9]\d{8})$")
_FRANCE: Final = re.compile(r"^33([1-9]\d{8})$")
_DOUBLE_ZERO: Final = re.compile(r"^00([1-9]\d{6,14})$")
_TRUNK_ZERO: Final = re.compile(r"^\+330([1-9]\d{8})$")
_KEPT: Final = re.compile(r"[^0-9+]")

_NOBODY: Final = frozenset({"", "anonymous", "unknown", "<unknown>", "restricted", "unavailable", "asterisk"})


def kept(text: str) -> str:
    """Digits and one leading +, at most NUMBER_DIGITS digits."""
    cleaned = _KEPT.sub("", text.partition("@")[0].partition(";")[0])
    plus = "+" if cleaned.startswith("+") else ""
    return plus + cleaned.replace("+", "")[:NUMBER_DIGITS]


def international(text: str) -> str:
    """The number in E.164 where it is French for certain or written internationally, else its digits as they came."""
    number = kept(text)
    for form, prefix in ((_NATIONAL, "+33"), (_FRANCE, "+33"), (_DOUBLE_ZERO, "+"), (_TRUNK_ZERO, "+33")):
        found = form.match(number)
        if found:
            return prefix + found[1]
    return number


def shown_name(text: str) -> str:
    """A caller's name without control characters, cut; empty if it says nothing."""
    printable = "".join(c for c in text if c.isprintable()).strip()
    return "" if printable.lower() in _NOBODY else printable[:NAME_CHARACTERS]


def is_nobody(number: str) -> bool:
    """Whether the number field says that there is none."""
    return number.strip().lower() in _NOBODY or not kept(number).strip("+")
