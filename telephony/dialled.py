"""Which number a caller dialled, by what their trunk says of it.  Pure.

An operator writes the service in the Request-URI; a PABX or a registration puts its own name there and the service into
To; a line that was diverted to us says in Diversion or History-Info which service it is.  Each may be written +33…,
33…, 0… or, by a PABX, as the last four digits.  So: the first of the headers, in the order of the configuration, that
holds a number of ours; if none does, the first number there is, which nobody knows and somebody will hear told.

The dialplan has left nothing of a header but `+`, digits, `:`, `@`, `;`, `>` and `-`: no letter, no line break.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.centre import Header
from telephony.numbers import international

# What is kept of one header: two numbers with what stands around them.
HEADER_CHARACTERS: Final = 120
_URI: Final = re.compile(r":(\+?[0-9][0-9-]{1,24})(?=[@;>]|$)")
_EXTENSION_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the call says of its destination; the headers as the dialplan leaves them."""

    request_uri: str = ""
    to: str = ""
    diversion: str = ""
    history_info: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """The numbers of the services (E.164 or short), and how one trunk tells them.

    `aliases` are what the trunk writes for one of them, digit by digit: a PABX's own numbers.
    """

    known: frozenset[str] = frozenset()
    order: tuple[Header, ...] = ("request_uri", "to", "diversion", "history_info")
    aliases: Mapping[str, str] = field(default_factory=dict)

    def service_number(self, written: str) -> str:
        """The number of ours that is meant; empty if it is none, or one of several."""
        digits = written.replace("-", "")
        if digits in self.aliases:
            return self.aliases[digits]
        number = international(digits)
        if number in self.known:
            return number
        if len(digits) == _EXTENSION_DIGITS and digits.isdecimal():
            ending = [number for number in self.known if number.startswith("+") and number.endswith(digits)]
            return ending[0] if len(ending) == 1 else ""
        return ""

    def dialled(self, said: Said) -> str:
        """The number dialled: one of ours if any header names it, else the first there is; empty if there is none."""
        numbers = [number for header in self.order for number in numbers_in(header, said)]
        ours = (self.service_number(number) for number in numbers)
        first = next(iter(numbers), said.request_uri)
        return next((number for number in ours if number), international(first))


def numbers_in(header: Header, said: Said) -> Iterable[str]:
    """The numbers that a header holds, in its order."""
    if header == "request_uri":
        return [said.request_uri] if said.request_uri.strip("+").isdecimal() else []
    text: str = getattr(said, header)[:HEADER_CHARACTERS]
    return [found[1] for found in _URI.finditer(text)]
