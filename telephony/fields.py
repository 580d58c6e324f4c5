"""Reading single fields of AMI messages that hold more than one thing.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

SEEN_VARIABLES: Final = "ALLO_CALL,ALLO_ID,ALLO_DIALLED,CALLERID(num-pres)"
"""What a Status action must ask of each channel."""

_LISTED: Final = frozenset({"Reachable", "NonQualified", "Unknown", "Created"})


@dataclass(frozen=True, slots=True)
class Presented:
    """How a caller arrived: the number `dialled`, and whether they withhold their own."""

    dialled: str
    withheld: bool


def presented_at_start(message: Mapping[str, str]) -> Presented:
    """From an AsyncAGIStart: its extension, and the presentation in its AGI environment (Q.931: 0x20 restricted)."""
    code = ""
    for line in unquote(message.get("Env", "")).split("\n"):
        name, _, value = line.partition(": ")
        if name == "agi_callingpres":
            code = value.strip()
    restricted = code.isdecimal() and len(code) < 4 and int(code) & 0x60 == 0x20
    return Presented(message.get("Exten", ""), restricted)


def presented_in(variables: Mapping[str, str]) -> Presented:
    """From the variables of a Status row."""
    return Presented(variables.get("ALLO_DIALLED", ""), variables.get("CALLERID(num-pres)", "").startswith("prohib"))


def variables_of(row: Mapping[str, str]) -> dict[str, str]:
    """`Variable: NAME=value`, once for each; one that is not set comes as `(null)`."""
    pairs = (line.partition("=") for line in row.get("Variable", "").split("\n"))
    return {name: value for name, _, value in pairs if value and value != "(null)"}


def contacts_of(rows: Iterable[Mapping[str, str]]) -> dict[str, set[str]]:
    """The reachable addresses of each telephone, from ContactList rows."""
    found: dict[str, set[str]] = {}
    for row in rows:
        phone = row.get("ObjectName", "").partition(";@")[0]
        if phone and row.get("Status") in _LISTED:
            found.setdefault(phone, set()).add(row.get("Uri", ""))
    return found
