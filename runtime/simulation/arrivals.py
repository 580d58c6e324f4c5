"""Who calls on a simulated day, when, for what, how long they talk and how long they would wait.

Generated from a rate or from counts per interval, or taken from a journal.  The same seed gives the same calls to every
rule, so that what differs is the rule.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from core import events as e
from core.centre import Centre
from core.script import BY_COMMUNE, HandOver
from core.step import Step

# The share of a day's calls in each hour from eight o'clock on: a département's Monday, with its two humps.
DAY: Final = (0.06, 0.13, 0.15, 0.14, 0.09, 0.09, 0.12, 0.11, 0.08, 0.03)
DAY_BEGINS_H: Final = 8
# How calls' lengths spread around their mean (lognormal): measured in call centres to be near to this.
SPREAD: Final = 0.8


class Caller(NamedTuple):
    """Comes into a queue `at_ms` after the day's beginning with `need`; talks for `talk_ms`, waits `patience_ms` at
    most."""

    at_ms: int
    need: e.Need
    talk_ms: int
    patience_ms: int


class Slot(NamedTuple):
    """So many calls from `begins_ms` on for `length_ms`; of one queue if one is named."""

    begins_ms: int
    length_ms: int
    calls: float
    queue: str = ""


def needs_of(centre: Centre) -> list[e.Need]:
    """Every need that the scripts of the centre's services can state: one for each step that hands over."""
    return [
        e.Need(
            queue=step.queue,
            skills=step.skills,
            priority=step.priority,
            topic=step.topic,
            language=service.language,
            service=service.name,
            tenant=service.tenant,
            needs=step.needs,
            sector="" if step.sector == BY_COMMUNE else step.sector,  # that of each caller: nobody knows it here
        )
        for service in centre.services.values()
        for step in centre.scripts[service.script].steps.values()
        if isinstance(step, HandOver)
    ]


def day_of(calls_per_hour: float) -> list[Slot]:
    """A day of ten hours with its humps; the busiest has `calls_per_hour`."""
    hour_ms, most = 3_600_000, max(DAY)
    return [Slot(number * hour_ms, hour_ms, calls_per_hour * share / most) for number, share in enumerate(DAY)]


def generate(
    slots: Sequence[Slot], needs: Sequence[e.Need], seed: int, *, aht_s: float, patience_s: float
) -> list[Caller]:
    """The callers of a day: in each slot as many as chance gives (Poisson), each with one of the needs."""
    chance = random.Random(seed)
    mean = math.log(aht_s) - SPREAD**2 / 2
    callers = []
    for slot in slots:
        mine = [need for need in needs if slot.queue in ("", need.queue)]
        at_ms = float(slot.begins_ms)
        while slot.calls > 0:
            at_ms += chance.expovariate(slot.calls / slot.length_ms)
            if at_ms >= slot.begins_ms + slot.length_ms:
                break
            talk_ms = max(5_000, round(1000 * chance.lognormvariate(mean, SPREAD)))
            patience_ms = round(1000 * chance.expovariate(1 / patience_s))
            callers.append(Caller(round(at_ms), chance.choice(mine), talk_ms, patience_ms))
    return sorted(callers, key=lambda caller: caller.at_ms)


class _Told:
    """What a journal told of one caller."""

    __slots__ = ("connected_ms", "ended_ms", "need", "queued_ms", "talked_ms")

    def __init__(self, need: e.Need, queued_ms: int) -> None:
        self.need = need
        self.queued_ms = queued_ms
        self.connected_ms: int | None = None
        self.talked_ms: int | None = None
        self.ended_ms: int | None = None


def of_journal(steps: Iterable[Step], seed: int, begins_ms: int, ends_ms: int) -> list[Caller]:
    """Those who came into a queue between two points in time, as the journal tells.

    How long somebody answered would have waited, nobody knows: longer than they did, by the mean patience that those
    who gave up show (waits of all ÷ abandons).  Who gave up would have talked as long as another who was answered.
    """
    told = _told(steps, begins_ms, ends_ms)
    chance = random.Random(seed)
    talks = [one.talked_ms for one in told if one.talked_ms is not None] or [300_000]
    waits = [(one.connected_ms or one.ended_ms or one.queued_ms) - one.queued_ms for one in told]
    gave_up = sum(1 for one in told if one.connected_ms is None and one.ended_ms is not None)
    patience_ms = sum(waits) / gave_up if gave_up else 3_600_000.0
    callers = []
    for one, waited_ms in zip(told, waits, strict=True):
        if one.connected_ms is not None:
            patience = waited_ms + round(chance.expovariate(1 / max(1.0, patience_ms)))
        else:
            patience = waited_ms if one.ended_ms is not None else round(patience_ms)
        talk_ms = one.talked_ms if one.talked_ms is not None else chance.choice(talks)
        callers.append(Caller(one.queued_ms - begins_ms, one.need, max(1, talk_ms), patience))
    return sorted(callers, key=lambda caller: caller.at_ms)


def _told(steps: Iterable[Step], begins_ms: int, ends_ms: int) -> list[_Told]:
    found: dict[str, _Told] = {}
    for step in steps:
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.InteractionQueued):
                if begins_ms <= step.now_ms < ends_ms:
                    found.setdefault(fact.interaction, _Told(fact.need, step.now_ms))
                continue
            one = found.get(getattr(fact, "interaction", None) or "")
            if one is None:
                continue
            if isinstance(fact, e.CallConnected):
                one.connected_ms = one.connected_ms or step.now_ms
            elif isinstance(fact, e.ConversationEnded) and one.connected_ms is not None:
                one.talked_ms = step.now_ms - one.connected_ms
            elif isinstance(fact, e.InteractionEnded):
                one.ended_ms = step.now_ms
    return list(found.values())
