"""`./allo simulate`: days of arrivals against the configured agents, by the real engine and by app_queue's rule.

Each further `--rule` is a column of the same table, and its misses are divided by those of the last one named.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.centre import Centre
from core.errors import AlloError, ConfigurationFault
from runtime.commands.roster import ZONE, bounds_ms
from runtime.commands.staff import read_arrivals
from runtime.memory import reading
from runtime.places import Places, home
from runtime.settings import load
from runtime.simulation import arrivals
from runtime.simulation.app_queue import AppQueue
from runtime.simulation.arrivals import Caller, Slot
from runtime.simulation.engine import Day, Engine
from runtime.simulation.outcome import NAMES, TITLES, Figures, figures, mean_of
from runtime.simulation.picture import page
from runtime.simulation.rules import APP_QUEUE, USUAL, Rule, rule, under

HOUR_MS: Final = 3_600_000
MOST_RULES: Final = 8
MOST_SEEDS: Final = 1_000
MOST_CALLS: Final = 1_000_000
"""A day of a national service has 400,000."""


class SimulationFault(AlloError):
    """What was asked cannot be simulated; says which option and the remedy."""


class _Days(NamedTuple):
    """What is played: the callers of each day, whose time counts from `begins_min` (minutes after midnight), and how
    many were left out, by the queue that this configuration has not."""

    callers: list[list[Caller]]
    begins_min: int
    left_out: dict[str, int] = {}  # noqa: RUF012  (never changed: a tuple's default)


class Asked(NamedTuple):
    """What the command line says."""

    config: Path
    arrivals: Path | None
    calls_per_hour: float | None
    aht_s: float
    patience_s: float
    rules: tuple[str, ...]
    seeds: int
    journal: str
    plot: Path | None


def run_simulate(asked: Asked, *, as_json: bool) -> int:
    """Prints the figures side by side; 1 with a message if it cannot."""
    try:
        found = simulate(asked)
    except ConfigurationFault as fault:
        print("\n".join(map(str, fault.faults)), file=sys.stderr)
        return 1
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    print(json.dumps(found, ensure_ascii=False) if as_json else _text(found))
    return 0


def simulate(asked: Asked) -> dict[str, Any]:
    """Every rule on the same days.  Raises SimulationFault, StaffFault or ConfigurationFault."""
    _check(asked)
    centre = load(asked.config).centre
    days = _days(asked, centre)
    rules = [rule(name) for name in asked.rules or USUAL]
    total = sum(map(len, days.callers)) * len(rules)
    if not total:
        raise SimulationFault(
            "\n".join([*_left_out(days.left_out), "Personne n'a appelé ce jour-là : rien à simuler."])
        )
    began_s = time.monotonic()
    played: dict[str, list[Day]] = {each.name: [] for each in rules}
    with _progress() as bar:
        task = bar.add_task("appels", total=total)
        for callers in days.callers:
            for each in rules:
                played[each.name].append(_play(each, centre, callers, lambda calls: bar.advance(task, calls)))
    results = {name: [figures(day, centre) for day in days] for name, days in played.items()}
    if asked.plot is not None:
        _write(asked.plot, page(centre, {name: each[0] for name, each in played.items()}, days.begins_min))
    return _result(results, time.monotonic() - began_s) | {"left_out": days.left_out}


def _play(by: Rule, centre: Centre, callers: list[Caller], told: Callable[[int], None]) -> Day:
    if by.name == APP_QUEUE:
        return AppQueue(centre, callers, told).run()
    return Engine(under(centre, by), callers, told).run()


def _days(asked: Asked, centre: Centre) -> _Days:
    if asked.journal:
        return _of_journal(asked, centre)
    needs = arrivals.needs_of(centre)
    if not needs:
        raise SimulationFault("Aucun script de cette configuration ne confie d'appel à une file : rien à simuler.")
    slots, begins_min = _slots(asked)
    total = round(sum(slot.calls for slot in slots) * asked.seeds)
    if total > MOST_CALLS:
        raise SimulationFault(f"{total} appels à simuler : au plus {MOST_CALLS}. Moins de jours (--seeds) ou d'appels.")
    seeds = range(1, asked.seeds + 1)
    return _Days(
        [arrivals.generate(slots, needs, seed, aht_s=asked.aht_s, patience_s=asked.patience_s) for seed in seeds],
        begins_min,
    )


def _slots(asked: Asked) -> tuple[list[Slot], int]:
    """The intervals, and when the first begins: minutes after midnight."""
    if asked.arrivals is None:
        return arrivals.day_of(asked.calls_per_hour or 0.0), 60 * arrivals.DAY_BEGINS_H
    rows = read_arrivals(asked.arrivals)
    first = rows[0].begins_at
    slots = [
        Slot(round((row.begins_at - first).total_seconds() * 1000), round(row.length_s * 1000), row.calls)
        for row in rows
    ]
    return slots, 60 * first.hour + first.minute


def _of_journal(asked: Asked, centre: Centre) -> _Days:
    """The day from the hour of its first call on; whoever wanted a queue that is no more is left out, and told."""
    try:
        day = date.fromisoformat(asked.journal)
    except ValueError:
        raise SimulationFault(f"--journal {asked.journal} : un jour, par exemple 2026-11-23.") from None
    journal = reading(load(asked.config).settings.journal, Places(run=home() / "run"))
    begins_ms, ends_ms = bounds_ms(day)
    found = arrivals.of_journal(journal.steps(), 1, begins_ms, ends_ms)
    callers = [one for one in found if one.need.queue in centre.queues and one.need.tenant in ("", *centre.tenants)]
    left_out = Counter(one.need.queue for one in found) - Counter(one.need.queue for one in callers)
    hour = callers[0].at_ms // HOUR_MS if callers else 0
    moved = [one._replace(at_ms=one.at_ms - hour * HOUR_MS) for one in callers]
    begins_at = datetime.fromtimestamp((begins_ms + hour * HOUR_MS) / 1000, ZONE)
    return _Days([moved], 60 * begins_at.hour, dict(left_out))


def _left_out(queues: dict[str, int]) -> list[str]:
    return [
        f"{count} appel(s) laissés de côté : la file {name}, ou leur organisation, n'est pas dans cette configuration."
        for name, count in queues.items()
    ]


def _check(asked: Asked) -> None:
    given = [asked.arrivals is not None, asked.calls_per_hour is not None, bool(asked.journal)]
    if sum(given) != 1:
        raise SimulationFault("Écrivez --calls-per-hour N, --arrivals FICHIER.csv ou --journal JOUR : l'un des trois.")
    if len(set(asked.rules)) < len(asked.rules) or len(asked.rules) > MOST_RULES:
        raise SimulationFault(f"--rule : chaque règle une fois, au plus {MOST_RULES}.")
    if not 1 <= asked.seeds <= MOST_SEEDS:
        raise SimulationFault(f"--seeds {asked.seeds} : de 1 à {MOST_SEEDS}.")
    for option, value in (("--aht-s", asked.aht_s), ("--patience-s", asked.patience_s)):
        if not 1 <= value <= 86_400:
            raise SimulationFault(f"{option} {value:g} : de 1 à 86400 secondes.")
    if asked.calls_per_hour is not None and not 0 < asked.calls_per_hour <= 100_000:
        raise SimulationFault(f"--calls-per-hour {asked.calls_per_hour:g} : plus de 0, au plus 100000.")


def _progress() -> Progress:
    """On the error output, and only where somebody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


def _write(file: Path, html: str) -> None:
    try:
        file.write_text(html, encoding="utf-8")
    except OSError as error:
        raise SimulationFault(f"--plot {file} : impossible d'y écrire ({error.strerror}).") from None


def _result(results: dict[str, list[Figures]], took_s: float) -> dict[str, Any]:
    first = next(iter(results.values()))
    found: dict[str, Any] = {
        "days": len(first),
        "offered": round(statistics.fmean(day.offered for day in first)),
        "took_s": round(took_s, 3),
        "rules": {rule: mean_of(days) for rule, days in results.items()},
    }
    if len(results) > 1:
        *ours, last = results
        found["beside"] = last
        found["ratios"] = {name: _ratios(results[name], results[last]) for name in ours}
    return found


def _ratios(ours: list[Figures], theirs: list[Figures]) -> dict[str, float | None]:
    """What each came to, divided: calls not answered in time, of all and of the worst queue, and abandons."""

    def share(of: Callable[[Figures], float]) -> float | None:
        other = sum(map(of, theirs))
        return round(sum(map(of, ours)) / other, 4) if other else None

    return {
        "misses": share(lambda day: 1 - day.sl_offered),
        "worst_queue_misses": share(lambda day: 1 - day.worst_queue),
        "abandons": share(lambda day: day.p_abandon),
    }


# -- for people ---------------------------------------------------------------------------------------------------


def _text(found: dict[str, Any]) -> str:
    rules = list(found["rules"])
    widths = [max(18, len(name) + 2) for name in rules]
    heads = "".join(f"{name:>{width}}" for name, width in zip(rules, widths, strict=True))
    lines = [f"{found['days']} jour(s) de {found['offered']} appels", f"{'':<30}{heads}"]
    for name in NAMES:
        cells = zip((_shown(name, found["rules"][each][name]) for each in rules), widths, strict=True)
        lines.append(f"{TITLES[name]:<30}" + "".join(f"{cell:>{width}}" for cell, width in cells))
    for each, ratios in found.get("ratios", {}).items():
        said = ", ".join(f"{title} ×{ratios[name]:.2f}" for name, title in _SAID.items() if ratios[name] is not None)
        # Where nobody came too late there is nothing to divide by.
        lines += [f"{each} ÷ {found['beside']} : {said.replace('.', ',')}."] if said else []
    lines += _left_out(found["left_out"])
    return "\n".join(lines)


_SAID: Final = {"misses": "trop tard", "worst_queue_misses": "trop tard dans la pire file", "abandons": "abandons"}


def _shown(name: str, value: dict[str, float]) -> str:
    scale, unit = (1.0, "s") if name.endswith("_s") else (100.0, "%")
    spread = f" ± {scale * value['half_width']:.1f}" if value["half_width"] else ""
    return f"{scale * value['mean']:.1f}{spread} {unit}".replace(".", ",")
