"""What an interaction asks of whoever takes it, how that gives way while it waits, and by which rules people meet.

A requirement is an expression over skills.  It is data: it stands in the configuration, travels in facts, and is read
by acd/need.py alone.
"""

from __future__ import annotations

from typing import Final, Literal, Union

import msgspec


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """A minimum `level` (1 knows it, 5 teaches it) of the skill `name`."""

    name: str
    level: int = 1


class Has(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """At least `level` (1 knows it, 5 teaches it) of `skill`."""

    skill: str
    level: int = 1


class All(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Every one of them; of none: nothing is asked."""

    of: tuple[Requirement, ...] = ()


class AnyOf(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """At least one of them."""

    of: tuple[Requirement, ...]


class Not(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Whoever meets `of` is not asked: trainees, say.  No relaxation touches it."""

    of: Requirement


Requirement = Union[Has, All, AnyOf, Not]  # noqa: UP007  (the classes name one another)

NOTHING: Final = All()

Channel = Literal["call", "chat", "email", "sms", "form", "letter", "task"]
"""`task`: a message, a promised call, an abandoned one."""


class Relax(msgspec.Struct, frozen=True, kw_only=True):
    """What is no longer asked of agents once somebody has waited `after_ms`, on top of earlier steps.

    `drop` names skills that no longer matter, every level asked for is `lower` by so much (never below 1), people of
    `queues` may take it as well, and so may those of other `sectors`, and of the organisations with which the called
    one shares (`Tenant.shares_with`), if so set.
    """

    after_ms: int
    drop: tuple[str, ...] = ()
    lower: int = 0
    queues: tuple[str, ...] = ()
    sectors: bool = False
    tenants: bool = False
    languages: bool = False


OverflowsWhen = Literal["full", "empty", "waited", "estimated"]


class Overflow(msgspec.Struct, frozen=True, kw_only=True):
    """Where a queue sends somebody, and `when`: it is `full`; it is `empty` of people at work who could ever take them;
    they have `waited` in it for `limit_ms`; they are `estimated` to wait longer than that.

    One way of these: `to` another queue; to the people of the organisations that share (`tenants`); to a `script` that
    takes a message or says goodbye; to be called back (`callback`).
    """

    when: OverflowsWhen
    limit_ms: int = 0
    to: str = ""
    tenants: bool = False
    script: str = ""
    callback: bool = False


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Who of those who wait is served first.

    `fcfs`: whoever waits longest; `edf`: whoever is nearest to the queue's target, or furthest beyond it;
    `wait_over_target`: whoever has waited the largest part, or multiple, of it.  A step of priority is worth
    `priority_worth_ms` of waiting; None: priority counts first, whatever the wait.  Whoever has waited
    `longest_wait_ms` goes before all but emergencies.
    """

    order: Literal["fcfs", "edf", "wait_over_target"] = "fcfs"
    priority_worth_ms: int | None = None
    longest_wait_ms: int | None = None


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a platform: whose `turn` it is, and which of several free agents is asked.

    `longest_idle`, or `least_versatile`: whoever can do little else, so that the others stay free for what only they
    can do.  `fairness_ms` is how much longer a more versatile agent must have been idle, for each further queue they
    could serve, to be asked all the same; None: versatility counts first.  So many generalists (`keep_free`) of each
    organisation are left for emergencies and for whoever has waited too long.
    """

    turn: Turn = Turn()
    agents: Literal["longest_idle", "least_versatile"] = "longest_idle"
    fairness_ms: int | None = None
    keep_free: int = 0


HEAD: Final = 0
"""The priority of those who have talked with somebody already, or whom we called: before everybody who has not."""


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """Callbacks instead of waiting: asked for by `key`, tried `tries` times, `again_after_ms` after each, at hours
    (`between`, in OpenStreetMap's notation) that hold for services which never close as well.

    With a `script` whoever presses the key is led there instead, with a number or without, to say at which one to call.

    Of the queue's agents at work no more than `share` (a hundredth), and one in any case, call at a time: whoever waits
    on the line is served beside.

    Rung `first` is the agent, or the citizen: then the agent is kept free for them meanwhile, and rung once they have
    answered."""

    key: str = "1"
    tries: int = 3
    again_after_ms: int = 15 * 60_000
    between: str = "08:00-20:00"
    share: int = 50
    script: str = ""
    first: Literal["agent", "citizen"] = "agent"


class LastAgent(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever spoke with an agent about the same topic within `within_ms` waits for them for `wait_ms`, if at work."""

    within_ms: int
    wait_ms: int


class Referent(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever is followed by an agent, as the records say, waits for them for `wait_ms`, if at work."""

    wait_ms: int
