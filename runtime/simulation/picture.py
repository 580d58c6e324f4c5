"""A simulated day as one HTML page: calls, waits and abandons by quarter of an hour, one drawing a rule.  No script, no
file from elsewhere: it opens anywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from core.centre import Centre
from runtime.simulation.engine import Day, Served
from runtime.simulation.outcome import TITLES, by_queue, figures

SLOT_MS: Final = 900_000
HOUR: Final = 4
"""Slots of an hour."""
HOURS_WRITTEN: Final = 16
"""At most, under a drawing."""
WIDTH, HEIGHT, LEFT, BELOW = 960, 260, 48, 28

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse}th,td{padding:.25rem .75rem;text-align:right;border-bottom:1px solid #767676}"
    "th:first-child,td:first-child{text-align:left}svg{width:100%;height:auto}text{font-size:12px;fill:#1b1b1b}"
    ".calls{fill:#c9d3e3}.gone{fill:#a8341f}.wait{fill:none;stroke:#0b5394;stroke-width:2.5}.axis{stroke:#767676}"
)


def page(centre: Centre, days: Mapping[str, Day], begins_min: int) -> str:
    """One drawing for each rule, and the same as tables, for those who do not see drawings.

    The day begins `begins_min` minutes after midnight.
    """
    longest_s = max(1.0, *(wait_s for day in days.values() for wait_s in _waits_s(_slots(day.served))))
    drawings = "".join(
        f"<h2>{escape(rule)}</h2>{_drawing(day.served, rule, longest_s, begins_min)}" for rule, day in days.items()
    )
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Journée simulée</title>'
        f"<style>{_STYLE}</style></head><body><h1>Journée simulée</h1>"
        f"<p>{escape(centre.name)}. Barres : appels par quart d'heure, en rouge ceux qui ont raccroché avant. "
        f"Ligne : attente moyenne.</p>{drawings}<h2>Chiffres</h2>{_table(centre, days)}"
        f"<h2>À temps, par file</h2>{_queues(centre, days)}</body></html>\n"
    )


class _Slot:
    __slots__ = ("calls", "gone", "waits_ms")

    def __init__(self) -> None:
        self.calls = self.gone = self.waits_ms = 0


def _slots(served: Sequence[Served]) -> list[_Slot]:
    slots = [_Slot() for _ in range(max(one.caller.at_ms for one in served) // SLOT_MS + 1)]
    for one in served:
        slot = slots[one.caller.at_ms // SLOT_MS]
        slot.calls += 1
        slot.gone += not one.agent
        slot.waits_ms += one.wait_ms
    return slots


def _waits_s(slots: Sequence[_Slot]) -> list[float]:
    return [slot.waits_ms / slot.calls / 1000 if slot.calls else 0.0 for slot in slots]


def _drawing(served: Sequence[Served], rule: str, longest_s: float, begins_min: int) -> str:
    """Waits are drawn to one scale under every rule."""
    slots = _slots(served)
    most = max(slot.calls for slot in slots)
    waits_s = _waits_s(slots)
    step = (WIDTH - 2 * LEFT) / len(slots)
    foot = HEIGHT - BELOW

    def height(value: float, whole: float) -> float:
        return (foot - 16) * value / whole

    bars = "".join(
        f'<rect class="{kind}" x="{LEFT + number * step + 1:.1f}" y="{foot - height(count, most):.1f}" '
        f'width="{max(1.0, step - 2):.1f}" height="{height(count, most):.1f}"/>'
        for number, slot in enumerate(slots)
        for kind, count in (("calls", slot.calls), ("gone", slot.gone))
    )
    points = " ".join(
        f"{LEFT + (number + 0.5) * step:.1f},{foot - height(wait_s, longest_s):.1f}"
        for number, wait_s in enumerate(waits_s)
    )
    hours = "".join(
        f'<text x="{LEFT + number * step:.1f}" y="{HEIGHT - 8}">{_clock(begins_min, number)}</text>'
        for number in range(0, len(slots), HOUR * math.ceil(len(slots) / HOUR / HOURS_WRITTEN))
    )
    said = f"{rule} : au plus {most} appels par quart d'heure, attente moyenne au plus {max(waits_s):.0f} s"
    return (
        f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 {WIDTH} {HEIGHT}">{bars}'
        f'<polyline class="wait" points="{points}"/><line class="axis" x1="{LEFT}" x2="{WIDTH - LEFT}" y1="{foot}" '
        f'y2="{foot}"/><text x="4" y="11">{most} appels</text>'
        f'<text x="{WIDTH - LEFT + 4}" y="16">{longest_s:.0f} s</text>{hours}</svg>{_hours(slots, begins_min)}'
    )


def _hours(slots: Sequence[_Slot], begins_min: int) -> str:
    """The drawing in words: an hour a line."""
    rows = []
    for number in range(0, len(slots), HOUR):
        hour = slots[number : number + HOUR]
        calls = sum(slot.calls for slot in hour)
        wait = _shown("wait_s", sum(slot.waits_ms for slot in hour) / calls / 1000) if calls else ""
        rows.append((_clock(begins_min, number), [str(calls), str(sum(slot.gone for slot in hour)), wait]))
    table = _rows(("appels", "ont raccroché avant", "attente moyenne"), rows)
    return f"<details><summary>Heure par heure</summary>{table}</details>"


def _clock(begins_min: int, slot: int) -> str:
    """When a quarter of an hour begins."""
    hour, minute = divmod(begins_min + 15 * slot, 60)
    return f"{hour % 24} h {minute:02}" if minute else f"{hour % 24} h"


def _table(centre: Centre, days: Mapping[str, Day]) -> str:
    found = {rule: figures(day, centre) for rule, day in days.items()}
    rows = [(title, [_shown(name, getattr(found[rule], name)) for rule in days]) for name, title in TITLES.items()]
    return _rows(days, rows)


def _queues(centre: Centre, days: Mapping[str, Day]) -> str:
    found = {rule: by_queue(day.served, centre, least=1) for rule, day in days.items()}
    names = sorted({name for each in found.values() for name in each})
    rows = [(centre.queues[name].title, [_shown(name, found[rule].get(name, 0.0)) for rule in days]) for name in names]
    return _rows(days, rows)


def _rows(days: Iterable[str], rows: Sequence[tuple[str, list[str]]]) -> str:
    head = "".join(f'<th scope="col">{escape(rule)}</th>' for rule in days)
    body = "".join(
        f'<tr><th scope="row">{escape(title)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for title, cells in rows
    )
    return f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"


def _shown(name: str, value: float) -> str:
    shown = f"{value:.1f} s" if name.endswith("_s") else f"{100 * value:.1f} %"
    return shown.replace(".", ",")
