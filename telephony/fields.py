"""Reading single fields of AMI messages that hold more than one thing.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from telephony.dialled import Said

SEEN_VARIABLES: Final = "ALLO_CALL,ALLO_ID,ALLO_DIALLED,ALLO_TO,ALLO_DIVERSION,ALLO_HISTORY,CALLERID(num-pres)"
"""What a Status action must ask of each channel."""

_LISTED: Final = frozenset({"Reachable", "NonQualified", "Unknown", "Created"})


@dataclass(frozen=True, slots=True)
class Presented:
    """How a caller arrived: what was `said` of whom they called, and whether they withhold their own number."""

    said: Said
    withheld: bool


def presented_at_start(message: Mapping[str, str]) -> Presented:
    """From an AsyncAGIStart: the arguments of the dialplan, and the presentation (Q.931: 0x20 restricted)."""
    env = message.get("Env", "")
    code = _told(env, "agi_callingpres")
    restricted = code.isdecimal() and len(code) < 4 and int(code) & 0x60 == 0x20
    said = Said(
        request_uri=_told(env, "agi_arg_1") or message.get("Exten", ""),
        to=_told(env, "agi_arg_2"),
        diversion=_told(env, "agi_arg_3"),
        history_info=_told(env, "agi_arg_4"),
    )
    return Presented(said, restricted)


def _told(env: str, name: str) -> str:
    """One of the two dozen lines of an AGI environment, which comes URL-encoded; the last if somebody forged one."""
    start = env.rfind(f"%0A{name}%3A%20")
    return unquote(env[start + len(name) + 9 :].partition("%0A")[0]).strip() if start >= 0 else ""


def presented_in(variables: Mapping[str, str]) -> Presented:
    """From the variables of a Status row."""
    said = Said(
        request_uri=variables.get("ALLO_DIALLED", ""),
        to=variables.get("ALLO_TO", ""),
        diversion=variables.get("ALLO_DIVERSION", ""),
        history_info=variables.get("ALLO_HISTORY", ""),
    )
    return Presented(said, variables.get("CALLERID(num-pres)", "").startswith("prohib"))


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
