"""How much an agent and the platform have called today, and the signs of a stolen account.

Somebody who gets hold of an agent's telephone calls what pays them: many costly numbers, many that are refused, many
calls of a few seconds.  Each is a sign; so many of one kind within an hour are an alert (`FraudSuspected`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from core import events as e
from core.centre import Outgoing
from core.destinations import COSTLY
from core.events.base import because
from core.mind import Decision
from core.table import Table

PLATFORM: Final = "*"
"""The row that counts everybody's calls; no agent can be called so."""

# Answered and over within this: nobody says anything in it.
SHORT_MS: Final = 5_000
HOUR_MS: Final = 3_600_000
# Signs kept for one agent: more than any threshold (runtime/settings/outgoing.py).
SIGNS_KEPT: Final = 200
_PARIS: Final = ZoneInfo("Europe/Paris")

Sign = tuple[int, Literal["refused", "costly", "short"]]


class Dialler(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent (or everybody) called: `placed` on `day`; `signs` of the last hour, when and which, newest last."""

    day: str = ""
    placed: int = 0
    signs: tuple[Sign, ...] = ()
    held_until_ms: int = 0


Diallers = Table[str, Dialler]


def _day(now_ms: int) -> str:
    return f"{datetime.fromtimestamp(now_ms / 1000, _PARIS):%Y-%m-%d}"


def _midnight_ms(now_ms: int) -> int:
    tomorrow = datetime.fromtimestamp(now_ms / 1000, _PARIS).date() + timedelta(days=1)
    return int(datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=_PARIS).timestamp() * 1000)


def _row(diallers: Diallers, name: str) -> Dialler:
    return diallers.get(name) or Dialler()


def placed_today(diallers: Diallers, name: str, now_ms: int) -> int:
    row = _row(diallers, name)
    return row.placed if row.day == _day(now_ms) else 0


def used_up(
    diallers: Diallers, policy: Outgoing, agent: str, now_ms: int
) -> Literal["fraud", "agent_cap", "platform_cap"] | None:
    """Why `agent` may place no call now, if so."""
    if _row(diallers, agent).held_until_ms > now_ms:
        return "fraud"
    if placed_today(diallers, agent, now_ms) >= policy.per_agent:
        return "agent_cap"
    return "platform_cap" if placed_today(diallers, PLATFORM, now_ms) >= policy.per_platform else None


# -- what facts change ------------------------------------------------------------------------------------------------


def count(diallers: Diallers, fact: e.CallPlaced | e.TransferStarted, now_ms: int) -> None:
    for name in (fact.agent, PLATFORM):
        placed = placed_today(diallers, name, now_ms) + 1
        diallers.put(name, msgspec.structs.replace(_row(diallers, name), day=_day(now_ms), placed=placed))
    if fact.kind in COSTLY:
        sign(diallers, fact.agent, "costly", now_ms)


def sign(diallers: Diallers, agent: str, which: Literal["refused", "costly", "short"], now_ms: int) -> None:
    row = _row(diallers, agent)
    recent = tuple(one for one in row.signs if one[0] > now_ms - HOUR_MS)
    diallers.put(agent, msgspec.structs.replace(row, signs=(*recent, (now_ms, which))[-SIGNS_KEPT:]))


def hold(diallers: Diallers, fact: e.FraudSuspected, now_ms: int) -> None:
    if fact.held:
        row = _row(diallers, fact.agent)
        diallers.put(fact.agent, msgspec.structs.replace(row, held_until_ms=_midnight_ms(now_ms)))


# -- what follows from them -------------------------------------------------------------------------------------------


def alert(diallers: Diallers, policy: Outgoing, fact: Any, now_ms: int) -> Decision:
    """An alert when the sign that `fact` has just been is the one that makes them too many: once, not at each more."""
    row = _row(diallers, fact.agent)
    if not row.signs or row.signs[-1][0] != now_ms:
        return
    which = row.signs[-1][1]
    seen = sum(1 for at_ms, one in row.signs if one == which and at_ms > now_ms - HOUR_MS)
    most = {"refused": policy.alert_refused, "costly": policy.alert_costly, "short": policy.alert_short}[which]
    if seen == most:
        yield e.FraudSuspected(cause=because(fact), agent=fact.agent, why=which, count=seen, held=policy.alert_holds)
