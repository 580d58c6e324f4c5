"""What a simulated day comes to, in the glossary's terms."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final

import msgspec

from acd.need import meets, stages
from core.centre import Centre
from core.events import Need
from runtime.simulation.engine import Day, Served

SHORT_MS: Final = 5_000
"""An abandon before that is short."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Shares from 0 to 1, seconds.  `worst_queue` is the lowest service level (offered) of a queue with ten calls at
    least.  `transfers` is the share of the answered whom somebody took who has not all that was asked at first (less is
    asked by then, or another queue has them): those are handed on."""

    offered: int
    sl_offered: float
    sl_answered: float
    sl_less_short: float
    worst_queue: float
    p_abandon: float
    asa_s: float
    p95_s: float
    longest_s: float
    transfers: float
    occupancy: float


NAMES: Final = tuple(name for name in Figures.__struct_fields__ if name != "offered")
TITLES: Final = {
    "sl_offered": "à temps, de tous",
    "sl_answered": "à temps, des répondus",
    "sl_less_short": "à temps, sans abandons brefs",
    "worst_queue": "à temps, la pire file",
    "p_abandon": "abandons",
    "asa_s": "attente moyenne",
    "p95_s": "95 % attendent moins de",
    "longest_s": "attente la plus longue",
    "transfers": "à transférer (pris en renfort)",
    "occupancy": "occupation",
}


def figures(day: Day, centre: Centre) -> Figures:
    """Raises ValueError for a day on which nobody called."""
    if not day.served:
        raise ValueError("nobody called")
    answered = [one for one in day.served if one.agent]
    in_time = sum(_in_time(one, centre) for one in answered)
    short = sum(1 for one in day.served if not one.agent and one.wait_ms < SHORT_MS)
    waits = sorted(one.wait_ms / 1000 for one in answered)
    offered = len(day.served)
    return Figures(
        offered=offered,
        sl_offered=in_time / offered,
        sl_answered=in_time / len(answered) if answered else 0.0,
        sl_less_short=in_time / (offered - short) if offered > short else 0.0,
        worst_queue=min(by_queue(day.served, centre).values(), default=in_time / offered),
        p_abandon=1 - len(answered) / offered,
        asa_s=statistics.fmean(waits) if waits else 0.0,
        p95_s=waits[math.ceil(0.95 * len(waits)) - 1] if waits else 0.0,
        longest_s=max(one.wait_ms for one in day.served) / 1000,
        transfers=_transfers(answered, centre) / len(answered) if answered else 0.0,
        occupancy=min(1.0, day.busy_ms / day.on_line_ms) if day.on_line_ms else 0.0,
    )


def _transfers(answered: Sequence[Served], centre: Centre) -> int:
    able: dict[tuple[Need, str], bool] = {}
    for need, agent in {(one.caller.need, one.agent) for one in answered}:
        first = stages(centre.tenants, centre.queues[need.queue], need)[0].demand
        able[need, agent] = meets(centre.agents[agent], first)
    return sum(not able[one.caller.need, one.agent] for one in answered)


def _in_time(one: Served, centre: Centre) -> bool:
    return bool(one.agent) and one.wait_ms <= centre.queues[one.caller.need.queue].target_ms


def by_queue(served: Sequence[Served], centre: Centre, least: int = 10) -> dict[str, float]:
    """The service level (offered) of each queue with so many calls at least."""
    lines: dict[str, list[bool]] = {}
    for one in served:
        lines.setdefault(one.caller.need.queue, []).append(_in_time(one, centre))
    return {queue: sum(each) / len(each) for queue, each in lines.items() if len(each) >= least}


def mean_of(days: Sequence[Figures]) -> dict[str, dict[str, float]]:
    """Over several days: each figure's mean, and how far the 95 % interval of that mean reaches to either side."""
    found = {}
    for name in NAMES:
        values = [float(getattr(day, name)) for day in days]
        half = 1.96 * statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
        found[name] = {"mean": statistics.fmean(values), "half_width": half}
    return found
