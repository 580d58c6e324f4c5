"""`./allo staff`: how many agents a load needs, or what so many give; for one figure, or for each interval of a day."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import sys
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import msgspec

from acd.staffing import MOST_AGENTS, Goal, Load, Service, needed, posts, service
from core.errors import AlloError

COLUMNS: Final = ("timestamp_local", "calls")
# More would be a typing error: a national service has 60,000 calls in its worst hour.
MOST_CALLS: Final = 10_000_000.0
LEAST_INTERVAL_S, MOST_INTERVAL_S = 60, 86_400
# Enough to see how a file is wrong; nobody reads beyond these.
FAULTS_TOLD: Final = 50

# Per figure: what it is called, and whether it is a share or seconds.
FIGURES: Final = {
    "p_wait": ("attendent avant qu'on leur réponde", "%"),
    "asa_s": ("attente moyenne, tous appelants", "s"),
    "asa_answered_s": ("attente moyenne de ceux qui ont eu quelqu'un", "s"),
    "sl_offered": ("réponse à temps, de tous les appels", "%"),
    "sl_answered": ("réponse à temps, des appels pris", "%"),
    "sl_less_short": ("réponse à temps, sans les abandons brefs", "%"),
    "p_abandon": ("raccrochent avant", "%"),
    "occupancy": ("occupation des agents", "%"),
}


class StaffFault(AlloError):
    """What was asked makes no sense; says which option, which value, and what to write."""


class Asked(NamedTuple):
    """What the command line says."""

    calls_per_hour: float | None
    aht_s: float
    patience_s: float | None
    target_s: float
    short_s: float | None
    agents: int | None
    goal: str
    shrinkage: float
    arrivals: Path | None


class Fault(NamedTuple):
    """What is wrong at a place of a file, and what to write."""

    line: int
    column: int
    what: str


class Row(NamedTuple):
    """A line of arrivals, and where its time stands."""

    line: int
    column: int
    begins_at: datetime
    calls: float


class Interval(NamedTuple):
    """So many calls from `begins_at` on, for `length_s`."""

    begins_at: datetime
    calls: float
    length_s: float


def run_staff(asked: Asked, *, as_json: bool) -> int:
    """Prints the figures; 1 with a message if they cannot be told."""
    try:
        found = answer(asked)
    except StaffFault as fault:
        print(fault, file=sys.stderr)
        return 1
    print(json.dumps(found, ensure_ascii=False) if as_json else _text(found, asked))
    return 0


def answer(asked: Asked) -> dict[str, Any]:
    """The figures as the JSON has them: shares from 0 to 1, seconds; null where a queue would grow without end."""
    _check(asked)
    if asked.arrivals is not None:
        rows = [_of_interval(asked, interval) for interval in read_arrivals(asked.arrivals)]
        hours = sum(row["agents"] * row["interval_s"] for row in rows) / 3600
        most = max(row["agents"] for row in rows)
        total = {"agents": most, "agent_hours": round(hours, 2), "posts": posts(most, asked.shrinkage)}
        return {**total, "intervals": rows}
    return _figures(_solved(asked, asked.calls_per_hour or 0.0), asked)


def _of_interval(asked: Asked, interval: Interval) -> dict[str, Any]:
    row = {"timestamp_local": interval.begins_at.isoformat(), "interval_s": interval.length_s, "calls": interval.calls}
    if interval.calls == 0:
        return {**row, "agents": asked.agents or 0, "posts": posts(asked.agents or 0, asked.shrinkage)}
    return {**row, **_figures(_solved(asked, interval.calls * 3600 / interval.length_s), asked)}


def _solved(asked: Asked, calls_per_hour: float) -> Service:
    load = Load(calls_per_hour=calls_per_hour, aht_s=asked.aht_s, patience_s=asked.patience_s)
    if asked.agents is not None:
        return service(load, asked.agents, asked.target_s, asked.short_s)
    goal, value = _goal(asked.goal)
    found = needed(load, goal, value, asked.target_s, asked.short_s)
    if found is None:
        raise StaffFault(f"--goal {asked.goal} : aucun nombre d'agents n'y suffit. Visez moins haut.")
    return found


def _figures(found: Service, asked: Asked) -> dict[str, Any]:
    figures = {name: _finite(value) for name, value in msgspec.structs.asdict(found).items()}
    return {**figures, "posts": posts(found.agents, asked.shrinkage)}


def _finite(value: float) -> float | None:
    return value if isinstance(value, int) else round(value, 9) if math.isfinite(value) else None


# -- what may be asked --------------------------------------------------------------------------------------------


def _check(asked: Asked) -> None:
    """Raises StaffFault with the first thing that is wrong."""
    if (asked.calls_per_hour is None) == (asked.arrivals is None):
        raise StaffFault("Écrivez --calls-per-hour N (par exemple 300), ou --arrivals FICHIER.csv : l'un des deux.")
    if (asked.agents is None) == (not asked.goal):
        raise StaffFault("Écrivez --agents N (ce que N agents donnent) ou --goal sl_offered=0.8 (combien il en faut).")
    _within("--calls-per-hour", asked.calls_per_hour, 0, MOST_CALLS, open_below=True)
    _within("--aht-s", asked.aht_s, 0, 86_400, open_below=True)
    _within("--patience-s", asked.patience_s, 0, math.inf, open_below=True)
    _within("--target-s", asked.target_s, 0, 86_400)
    _within("--short-s", asked.short_s, 0, 86_400)
    _within("--agents", asked.agents, 1, MOST_AGENTS)
    if not 0 <= asked.shrinkage < 1:
        raise StaffFault(
            f"--shrinkage {asked.shrinkage:g} : une part du temps payé, de 0 à moins de 1 (0.33 : un tiers)."
        )
    if asked.goal:
        _goal(asked.goal)


def _within(option: str, value: float | None, least: float, most: float, *, open_below: bool = False) -> None:
    if value is None:
        return
    if math.isnan(value) or value > most or value < least or (open_below and value == least):
        above = f"plus de {least:g}" if open_below else f"au moins {least:g}"
        raise StaffFault(f"{option} {value:.12g} : {above}{'' if math.isinf(most) else f', au plus {most:.0f}'}.")


def _goal(text: str) -> tuple[Goal, float]:
    name, equals, value = text.partition("=")
    names = get_args(Goal)
    if name not in names or not equals:
        raise StaffFault(f"--goal {text} : écrivez NOM=VALEUR, avec l'un de ces noms : {', '.join(names)}.")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number < (math.inf if name == "asa_s" else 1):
        what = "des secondes" if name == "asa_s" else "une part, de 0 à moins de 1 (0.8 pour 80 %)"
        raise StaffFault(f"--goal {text} : {value or 'rien'} n'est pas {what}.")
    return name, number  # type: ignore[return-value]


def read_arrivals(file: Path) -> list[Interval]:
    """Counts per interval, in order; all of one length.  Raises StaffFault with every fault, a line each."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = opened.read().splitlines()
        rows = list(csv.reader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else "ce n'est pas du texte CSV en UTF-8"
        raise StaffFault(f"{file} : illisible ({why}).") from None
    heads = [name.strip() for name in rows[0]] if rows else []
    if not set(COLUMNS) <= set(heads):
        raise StaffFault(f"{file}:1:1: il faut les colonnes {', '.join(COLUMNS)}.")
    faults: list[Fault] = []
    read = (_row(number, row, heads, faults) for number, row in enumerate(rows[1:], start=2) if row)
    found = [one for one in read if one is not None]
    faults += _out_of_order(found)
    if faults:
        more = [f"… et {len(faults) - FAULTS_TOLD} autres."] if len(faults) > FAULTS_TOLD else []
        told = (f"{file}:{fault.line}:{fault.column}: {fault.what}." for fault in sorted(faults)[:FAULTS_TOLD])
        raise StaffFault("\n".join([*told, *more]))
    if len(found) < 2:
        raise StaffFault(f"{file} : il faut au moins deux intervalles, un par ligne.")
    length_s = min((now.begins_at - before.begins_at).total_seconds() for before, now in pairwise(found))
    if not LEAST_INTERVAL_S <= length_s <= MOST_INTERVAL_S:
        raise StaffFault(f"{file} : des intervalles de {length_s:g} s ; il en faut d'une minute à un jour.")
    return [Interval(one.begins_at, one.calls, length_s) for one in found]


def _out_of_order(found: list[Row]) -> list[Fault]:
    return [
        Fault(
            now.line,
            now.column,
            f"timestamp_local: {now.begins_at.isoformat()} ne vient pas après {before.begins_at.isoformat()}. "
            "Une ligne par intervalle, dans l'ordre ; l'heure qui revient la nuit du passage à l'heure d'hiver, "
            "une seule fois, avec la somme de ses appels",
        )
        for before, now in pairwise(found)
        if now.begins_at <= before.begins_at
    ]


def _row(line: int, row: list[str], heads: list[str], faults: list[Fault]) -> Row | None:
    """The interval of one line; None with its faults told."""
    at = {column: heads.index(column) for column in COLUMNS}
    told = {column: row[place].strip() if place < len(row) else "" for column, place in at.items()}
    # Times and counts are written without quotes: what stands before has its own length, and a comma each.
    columns = {column: 1 + sum(len(cell) + 1 for cell in row[:place]) for column, place in at.items()}
    many = len(faults)

    def fault(column: str, said: str) -> None:
        faults.append(Fault(line, columns[column], f"{column}: « {told[column]} » : {said}"))

    begins_at, count = None, math.nan
    with contextlib.suppress(ValueError):
        begins_at = datetime.fromisoformat(told["timestamp_local"])
    with contextlib.suppress(ValueError):
        count = float(told["calls"])
    if begins_at is None:
        fault("timestamp_local", "écrivez par exemple 2026-11-23T09:00")
    elif begins_at.tzinfo is not None:
        fault("timestamp_local", "l'heure locale, sans fuseau")
    if not 0 <= count <= MOST_CALLS:
        fault("calls", "un nombre d'appels, 0 ou plus")
    if begins_at is None or len(faults) > many:
        return None
    return Row(line, columns["timestamp_local"], begins_at, count)


# -- for people ---------------------------------------------------------------------------------------------------


def _text(found: dict[str, Any], asked: Asked) -> str:
    if "intervals" in found:
        return _day(found, asked)
    lines = [f"{found['agents']} agents en ligne" + _posts(found, asked)]
    return "\n".join(
        [*lines, *(f"  {title:<46}{_shown(found[name], unit):>12}" for name, (title, unit) in FIGURES.items())]
    )


def _day(found: dict[str, Any], asked: Asked) -> str:
    lines = [f"{'intervalle':<18}{'appels':>8}{'agents':>8}{'à temps':>10}{'attente':>10}{'occupation':>12}"]
    for row in found["intervals"]:
        cells = [_shown(row.get("sl_offered"), "%"), _shown(row.get("asa_s"), "s"), _shown(row.get("occupancy"), "%")]
        if row["calls"] == 0:
            cells = ["", "", ""]
        when = row["timestamp_local"][:16].replace("T", " ")
        lines.append(f"{when:<18}{row['calls']:>8g}{row['agents']:>8}{cells[0]:>10}{cells[1]:>10}{cells[2]:>12}")
    hours = f"{found['agent_hours']:.1f}".replace(".", ",")
    return "\n".join(
        [*lines, f"Au plus {found['agents']} agents en ligne{_posts(found, asked)} ; {hours} heures d'agent."]
    )


def _posts(found: dict[str, Any], asked: Asked) -> str:
    if not asked.shrinkage:
        return ""
    return f", soit {found['posts']} postes ({_shown(asked.shrinkage, '%')} du temps payé hors ligne)"


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "sans fin"
    shown = f"{100 * value:.1f} %" if unit == "%" else f"{value:.1f} s"
    return shown.replace(".", ",").replace(" ", "\u202f")
