"""One seed, one day: who calls, what they do, and what goes wrong.  A plan is data: a failing one can be shrunk.

What the plan leaves open (does this agent answer? is this order lost?) is drawn from the seed and the name of the
thing, so that leaving one caller out changes nothing for the others.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args
from zlib import crc32

from core.centre import AgentWish

DAY_MS: Final = 600_000
"""A compressed day: ten minutes."""

PATIENT_MS: Final = 100 * DAY_MS
"""Who waits so long must be served: nothing else ends their call."""

FaultKind = Literal["link", "kill", "kill_before_orders", "amnesia", "stall", "journal", "reload", "phone"]


@dataclass(frozen=True)
class Caller:
    """`keys` are (after arrival, key); they leave after `patience_ms` unless somebody talks with them for `talk_ms`."""

    number: int
    at_ms: int
    keys: tuple[tuple[int, str], ...]
    patience_ms: int
    talk_ms: int
    ends_it: bool
    withheld: bool


@dataclass(frozen=True)
class Wish:
    at_ms: int
    agent: str
    wish: AgentWish
    reason: str = ""


@dataclass(frozen=True)
class Ordered:
    """A supervisor orders something of this kind; about whom is drawn when it comes to it."""

    at_ms: int
    kind: Literal["move", "rank", "give", "force", "shut", "reopen"]


@dataclass(frozen=True)
class Placed:
    """An agent calls a number, now and then for what is left to do."""

    at_ms: int
    agent: str
    number: str


@dataclass(frozen=True)
class Fault:
    """`what` is a configuration or an agent, where the kind needs one."""

    at_ms: int
    kind: FaultKind
    for_ms: int = 0
    what: str = ""


@dataclass(frozen=True)
class Plan:
    """A day.  `hands_on` is the share of conversations that agents hand on, `calls_help` of those into which they call
    an emergency service; `chaos` scales how often single events and orders go wrong; 0: never."""

    seed: int
    centre: str
    callers: tuple[Caller, ...]
    wishes: tuple[Wish, ...]
    faults: tuple[Fault, ...]
    orders: tuple[Ordered, ...]
    placed: tuple[Placed, ...]
    hands_on: float
    calls_help: float
    chaos: float

    def draw(self, name: str) -> float:
        """A number in [0, 1) that belongs to `name`."""
        return crc32(f"{self.seed}/{name}".encode()) / 2**32

    def __str__(self) -> str:
        rows = [f"seed {self.seed}, centre {self.centre}, chaos {self.chaos}"]
        rows += [f"    {part}" for part in (*self.callers, *self.wishes, *self.faults, *self.orders, *self.placed)]
        return "\n".join(rows)


CENTRES: Final = (
    *("petit", "étroit", "pressé", "spécialisé", "plafonné", "parlant", "curieux", "automatique", "ménagé"),
    *("mêlé", "mêlé", "débordant", "partagé", "minuté", "rappelant", "appelant", "demandant", "réservé"),
)
"""One of these each day; those that are missing are what others are changed into on the way (`_fault`)."""
AGENTS: Final = ("alice", "bruno", "chloé")


def plan(seed: int) -> Plan:
    """The day of `seed`."""
    luck = random.Random(seed)
    faults = tuple(_fault(luck, luck.choice(get_args(FaultKind))) for _ in range(luck.choice((0, 3, 8, 20))))
    return Plan(
        seed=seed,
        centre=luck.choice(CENTRES),
        callers=tuple(_caller(luck, number + 1) for number in range(luck.choice((12, 30, 60, 100)))),
        wishes=tuple(_wish(luck) for _ in range(luck.randrange(0, 30))),
        faults=tuple(sorted(faults, key=lambda fault: fault.at_ms)),
        chaos=luck.choice((0.0, 1.0, 3.0)),
        orders=tuple(_ordered(luck) for _ in range(luck.choice((0, 5, 20, 60)))),
        placed=tuple(_placed(luck) for _ in range(luck.choice((0, 5, 15, 40)))),
        hands_on=luck.choice((0.0, 0.3, 0.8)),
        calls_help=luck.choice((0.0, 0.0, 0.4)),
    )


def _caller(luck: random.Random, number: int) -> Caller:
    pressed = luck.choices(
        ("1", "0", "2", "9", "7", "#", "8"), (8, 4, 2, 1, 1, 1, 2), k=luck.choice((0, 1, 1, 1, 2, 3))
    )
    return Caller(
        number=number,
        at_ms=luck.randrange(DAY_MS),
        keys=tuple((luck.randrange(500, 15_000), key) for key in pressed),
        patience_ms=int(luck.choice((2_000, 20_000, 60_000, 180_000, PATIENT_MS)) * (0.2 + luck.random())),
        talk_ms=luck.randrange(200, 40_000),
        ends_it=luck.random() < 0.5,
        withheld=luck.random() < 0.2,
    )


def _wish(luck: random.Random) -> Wish:
    wish: AgentWish = luck.choice(
        ("pause", "pause", "ready", "ready", "log_out", "log_in", "cancel", "finish", "longer")
    )
    reason = luck.choice(("dejeuner", "dejeuner", "appel_difficile")) if wish == "pause" else ""
    return Wish(luck.randrange(DAY_MS), luck.choice(AGENTS), wish, reason)


def _ordered(luck: random.Random) -> Ordered:
    return Ordered(
        luck.randrange(DAY_MS), luck.choice(("move", "move", "rank", "give", "give", "force", "shut", "reopen"))
    )


def _placed(luck: random.Random) -> Placed:
    number = luck.choice(
        ("06 39 98 00 01", "06 39 98 00 02", "01 99 00 30 00", "01 99 00 30 00", "15", "0899 00 00 00")
    )
    return Placed(luck.randrange(DAY_MS), luck.choice(AGENTS), number)


def _fault(luck: random.Random, kind: FaultKind) -> Fault:
    at_ms, for_ms = luck.randrange(DAY_MS), int(luck.choice((50, 1_000, 10_000, 60_000)) * (0.5 + luck.random()))
    if kind == "reload":
        return Fault(at_ms, kind, for_ms, luck.choice(("réformé", "élargi", "plafonné")))
    if kind == "phone":
        return Fault(at_ms, kind, for_ms, luck.choice(AGENTS))
    return Fault(at_ms, kind, min(for_ms, 4_000) if kind == "stall" else for_ms)


def smaller(whole: Plan) -> list[Plan]:
    """Plans with a part of `whole` left out, the smallest first: what shrinking tries."""
    found: list[Plan] = []
    for name in ("faults", "orders", "placed", "wishes", "callers"):
        parts = getattr(whole, name)
        size = len(parts)
        while size:
            found += [replace(whole, **{name: parts[:at] + parts[at + size :]}) for at in range(0, len(parts), size)]
            size //= 2
    if whole.chaos:
        found.insert(0, replace(whole, chaos=0.0))
    return found
