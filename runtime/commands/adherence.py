"""`./allo adherence`: whether agents were on line when the roster had them, by the journal."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from acd.adherence import Kept, Missing, kept, missing
from core import events as e
from core.errors import AlloError, ConfigurationFault
from core.step import Step
from runtime.commands.roster import ZONE, RosterFault, bounds_ms, read
from runtime.memory import reading
from runtime.places import Places, home
from runtime.settings import load
from runtime.telling.why import DOING, seconds


def run_adherence(config: Path, roster: Path, day: str, *, now: bool = False, as_json: bool) -> int:
    """Prints each agent's day, or who is missing `now`; 1 with a message if roster, day or journal cannot be read."""
    try:
        if now and day:
            raise RosterFault("--now : c'est aujourd'hui ; laissez --day.")
        chosen = _day(day)
        loaded = load(config)
        shifts = read(roster, chosen, loaded.centre.agents)
        journal = reading(loaded.settings.journal, Places(run=home() / "run"))
        begins_at_ms, ends_at_ms = bounds_ms(chosen)
        ends_at_ms = min(ends_at_ms, round(time.time() * 1000))
        told = states(journal.steps(), ends_at_ms)
        away = missing(shifts, told, ends_at_ms) if now else []
        rows = kept(shifts, told, begins_at_ms, ends_at_ms)
    except ConfigurationFault as fault:
        print("\n".join(map(str, fault.faults)), file=sys.stderr)
        return 1
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    if now:
        print(json.dumps(msgspec.to_builtins(away)) if as_json else _missing(away, ends_at_ms))
    else:
        print(json.dumps([_told(row) for row in rows]) if as_json else _text(rows, chosen))
    return 0


def _day(text: str) -> date:
    if not text:
        return datetime.now(ZONE).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RosterFault(f"--day {text} : écrivez par exemple 2026-11-23.") from None


def states(steps: Iterable[Step], until_ms: int) -> dict[str, list[tuple[int, str]]]:
    """What the journal told of each agent's state."""
    told: dict[str, list[tuple[int, str]]] = {}
    for step in steps:
        if step.now_ms >= until_ms:
            break
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.AgentStateChanged):
                told.setdefault(fact.agent, []).append((step.now_ms, fact.state))
    return told


def _told(row: Kept) -> dict[str, Any]:
    """Seconds and shares."""
    return {
        "agent": row.agent,
        "paid_s": row.paid_ms / 1000,
        "planned_on_line_s": row.planned_on_line_ms / 1000,
        "on_line_s": row.on_line_ms / 1000,
        "beyond_s": row.beyond_ms / 1000,
        "adherence": row.adherence,
        "shrinkage": row.shrinkage,
    }


def _text(rows: list[Kept], day: date) -> str:
    if not rows:
        return f"{day:%d/%m/%Y} : rien de planifié, personne en ligne."
    lines = [f"{'agent':<20}{'payé':>9}{'prévu':>9}{'en ligne':>10}{'hors plan':>11}{'adhérence':>11}"]
    for row in rows:
        cells = [_hours(row.paid_ms), _hours(row.planned_on_line_ms), _hours(row.on_line_ms), _hours(row.beyond_ms)]
        lines.append(
            f"{row.agent:<20}{cells[0]:>9}{cells[1]:>9}{cells[2]:>10}{cells[3]:>11}{_share(row.adherence):>11}"
        )
    paid_ms, as_planned_ms = sum(row.paid_ms for row in rows), sum(row.as_planned_ms for row in rows)
    on_line_ms = sum(row.on_line_ms for row in rows)
    if paid_ms:
        adherence, shrinkage = _share(as_planned_ms / paid_ms), _share(1 - on_line_ms / paid_ms)
        lines.append(f"Ensemble : adhérence {adherence}, temps payé hors ligne {shrinkage}.")
    return "\n".join(lines)


def _missing(rows: list[Missing], now_ms: int) -> str:
    lines = [
        f"{row.agent:<20}{seconds(now_ms - row.since_at_ms):>16}  {DOING.get(row.state, row.state)}" for row in rows
    ]
    return "\n".join(lines) or "Toutes les personnes prévues en ligne le sont."


def _hours(ms: int) -> str:
    minutes = round(ms / 60_000)
    return f"{minutes // 60}\u202fh\u202f{minutes % 60:02}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f}\u202f%"
