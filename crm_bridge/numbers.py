"""Telephone numbers as people and systems write them, in E.164: the key under which a record is found.

"06.39.98.00.01", "+33 (0)6 39 98 00 01", "0033639980001", "639980001" (a spreadsheet that ate the zero) are one number.
"""

from __future__ import annotations

import re
from typing import Final

import phonenumbers

REGION: Final = "FR"
# E.164 has 15 digits; with signs nobody needs more characters than this.
CHARACTERS: Final = 40

_WRITTEN: Final = re.compile(r"[+0-9][0-9 .()/\-\u00a0\u202f]*")
_TRUNK_ZERO: Final = re.compile(r"\(0\)")
_EATEN_ZERO: Final = re.compile(r"[1-9][0-9]{8}")
# The regulator keeps these for fiction; they are not valid for every library, and examples use nothing else.
_FICTION: Final = re.compile(r"\+33(19900|26191|35301|46571|53649|63998)\d{4}")


class NotANumber(ValueError):
    """The text is no telephone number of a person; what it was is not said, for it may be one of a person."""


# What most callers have, and needs no numbering plan of the world: each call asks this.
_FRENCH: Final = re.compile(r"\+33(?:[13]\d|2[0-57-9]|4[1-9]|5[0-8])\d{7}|\+336(?:[0-24-8]\d|3[0-8])\d{6}")


def e164(written: str) -> str:
    """The number in E.164; raises NotANumber for what is none, a short number (3939) included."""
    if _FRENCH.fullmatch(written) or _FICTION.fullmatch(written):
        return written
    text = written.strip()
    if len(text) > CHARACTERS or not _WRITTEN.fullmatch(text):
        raise NotANumber("not a telephone number")
    digits = re.sub(r"[^0-9+]", "", _TRUNK_ZERO.sub("", text))
    if _EATEN_ZERO.fullmatch(digits):
        digits = "0" + digits
    try:
        parsed = phonenumbers.parse(digits, REGION)
    except phonenumbers.NumberParseException:
        raise NotANumber("not a telephone number") from None
    number: str = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(parsed) and not _FICTION.fullmatch(number):
        raise NotANumber("no number of the numbering plan")
    return number


def national(number: str) -> str:
    """A French number as its ten digits, another one as it is: how many systems want to be asked."""
    return "0" + number[3:] if re.fullmatch(r"\+33[1-9]\d{8}", number) else number
