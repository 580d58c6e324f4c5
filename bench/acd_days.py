"""Allo beside app_queue at equal staff, for bench/acd.py: the same days, once with each, in pairs.

A platform of 300 agents and twelve queues whose targets lie between twenty seconds and five minutes.  Three of five
agents are specialists of one queue, the others serve three to eight.  Callers, their lengths and their patience are
the same for both; so is the hand that lifts the receiver.  What differs is who is served next and by whom, and that
app_queue looks once a second.  Allo's rule here is `wait_over_target`, least versatile first.

On a `busy` day the busiest quarter of an hour brings a twentieth more than can be answered.  In a `surge` it brings
three tenths more, and there no rule helps much: who is answered in time is then a matter of how many there are.

Each figure is a ratio over all days, Allo ÷ app_queue, with the upper end of its 95 % interval (paired days, delta
method): a bound that holds for other days of this platform, and says nothing of other platforms.
"""

from __future__ import annotations

import math
import os
import random
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from bench.kernel import ROOT
from core.centre import Agent, Centre, Queue
from core.events import Need
from core.needs import Distribution, Turn
from runtime.settings import load
from runtime.simulation import arrivals
from runtime.simulation.app_queue import AppQueue
from runtime.simulation.arrivals import Slot
from runtime.simulation.engine import Engine
from runtime.simulation.outcome import Figures, figures

AGENTS: Final = 300
TARGETS_S: Final = (20, 20, 30, 30, 45, 60, 60, 90, 120, 180, 240, 300)
SPECIALISTS: Final = 0.6
AHT_S: Final = 300.0
PATIENCE_S: Final = 240.0
QUARTER_MS: Final = 900_000
LOADS: Final = {
    "busy": (0.7, 0.75, 0.8, 0.85, 0.95, 1.05, 1.0, 0.9, 0.85, 0.8, 0.75, 0.7),
    "surge": (0.75, 0.8, 0.85, 0.85, 0.9, 1.3, 1.2, 0.85, 0.85, 0.85, 0.8, 0.75),
}
"""Of what all agents could answer, in each quarter of an hour."""

STUDENT: Final = {10: 2.262, 30: 2.045}
"""97.5 % of Student's distribution for so many days."""


class Platform(NamedTuple):
    """The centre, one need for each queue, and which share of the calls each has."""

    centre: Centre
    needs: tuple[Need, ...]
    shares: tuple[float, ...]


@cache
def platform() -> Platform:
    luck = random.Random(11)
    names = [f"q{number}" for number in range(len(TARGETS_S))]
    shares = [1 / (1 + number) ** 0.5 for number in range(len(names))]
    luck.shuffle(shares)
    queues = {
        name: Queue(name=name, title=name, target_ms=1000 * target_s, max_waiting=100_000)
        for name, target_s in zip(names, TARGETS_S, strict=True)
    }
    agents = {}
    for number in range(AGENTS):
        count = 1 if number < SPECIALISTS * AGENTS else luck.randint(3, 8)
        served: list[str] = []
        while len(served) < count:
            (one,) = luck.choices(names, shares)
            if one not in served:
                served.append(one)
        agents[f"a{number:03d}"] = Agent(
            name=f"a{number:03d}", display=f"Agent {number}", phone=f"{number}", skills={}, queues=tuple(served)
        )
    centre = msgspec.structs.replace(
        load(ROOT / "config").centre,
        digest="banc",
        tenants={},
        queues=queues,
        agents=agents,
        distribution=Distribution(turn=Turn(order="wait_over_target"), agents="least_versatile"),
    )
    needs = tuple(Need(queue=name, skills=(), priority=5, topic="", language="") for name in names)
    return Platform(centre, needs, tuple(share / sum(shares) for share in shares))


def one_day(load: str, seed: int) -> tuple[Figures, Figures]:
    """Allo's and app_queue's."""
    centre, needs, shares = platform()
    each = AGENTS * QUARTER_MS / 1000 / AHT_S
    slots = [
        Slot(number * QUARTER_MS, QUARTER_MS, part * each * share, need.queue)
        for number, part in enumerate(LOADS[load])
        for need, share in zip(needs, shares, strict=True)
    ]
    callers = arrivals.generate(slots, needs, seed, aht_s=AHT_S, patience_s=PATIENCE_S)
    ours, theirs = (rule(centre, callers, lambda _: None).run() for rule in (Engine, AppQueue))
    return figures(ours, centre), figures(theirs, centre)


MISSED: Final[dict[str, Callable[[Figures], float]]] = {
    "worst_queue_misses": lambda day: 1 - day.worst_queue,
    "misses": lambda day: 1 - day.sl_offered,
    "abandons": lambda day: day.p_abandon,
}


def beside_app_queue(days: int) -> dict[str, Any]:
    """The ratios of every load, and what each rule came to.  `days` is one of STUDENT's."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        played = {load: list(pool.map(one_day, [load] * days, range(1, days + 1))) for load in LOADS}
    return {load: compared(pairs) for load, pairs in played.items()}


def compared(pairs: Sequence[tuple[Figures, Figures]]) -> dict[str, Any]:
    ours, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
    return {
        "days": len(pairs),
        **{name: _ratio(list(map(of, ours)), list(map(of, theirs))) for name, of in MISSED.items()},
        "allo": _means(ours),
        "app_queue": _means(theirs),
    }


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    days, ratio = len(ours), sum(ours) / sum(theirs)
    off = [mine - ratio * other for mine, other in zip(ours, theirs, strict=True)]
    error = math.sqrt(sum(one * one for one in off) / (days - 1) / days) / (sum(theirs) / days)
    return {"ratio": round(ratio, 3), "upper": round(ratio + STUDENT[days] * error, 3)}


def _means(days: Sequence[Figures]) -> dict[str, float]:
    told = ("sl_offered", "worst_queue", "p_abandon", "p95_s", "longest_s")
    return {name: round(statistics.fmean(getattr(day, name) for day in days), 3) for name in told}
