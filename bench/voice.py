"""Telephone calls: Allo beside Asterisk's own app_queue, on the same machine, in one run.

    ./allo bench voice [--json] [--quick | --rate 100]

One Asterisk configuration serves both (bench/voice_ground.py): a number that Allo drives, its kernel, keys, journal and
the outbox of its webhooks on, and a number that leads into `Queue()`.  The same SIPp callers, with sound, call one of
the two; the same SIPp answers for every agent; an AMI connection of its own measures both by the same rules
(bench/voice_witness.py).  Every trial has a fresh Asterisk, and a fresh Allo with an empty journal.

A rate is clean if callers really came at it for a minute, 99.5 % of them were joined with an agent, and 99 % of those
within a second of their arrival.  First each side's highest clean rate is sought, three times, in turns; then both are
measured side by side, three times app_queue, Allo, Allo, app_queue, at the highest rate that is clean for both.
Medians count.  `--quick` has one round of trials of a few seconds, compared at three quarters of what was clean for so
short a time: it shows that all works, and roughly how.  `--rate` seeks nothing: both are compared at that rate, for a
quarter of a minute four times.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import voice_hunt as hunt
from bench.voice_trial import Trial, rounded, run
from tests.asterisk.ground import Ground

SIDES: Final = ("app_queue", "allo")
ABBA: Final = ("app_queue", "allo", "allo", "app_queue")
MOST: Final = 150
"""Calls a second that are never exceeded: the machine is shared."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """How long and how fine.  No trial is shorter than a call is long: before that not all lines are in use."""

    rounds: int
    hold_s: float
    scout_s: float
    first: int
    step: int
    hunt_s: float
    """No new trial of a hunt begins after so long."""
    share: float = 1.0
    """Of the highest rate that is clean for both: where they are compared."""
    order: tuple[str, ...] = ABBA

    @property
    def quick(self) -> bool:
        return self.rounds == 1


FULL: Final = Form(rounds=3, hold_s=60, scout_s=15, first=40, step=5, hunt_s=1_800)
AT_ONE_RATE: Final = Form(rounds=1, hold_s=15, scout_s=15, first=40, step=5, hunt_s=0)
QUICK: Final = Form(rounds=1, hold_s=6, scout_s=6, first=40, step=20, hunt_s=35, share=0.75)


@dataclass(kw_only=True)
class Bench:
    """What is measured, and what was found."""

    form: Form
    ground: Ground
    tell: Callable[[str], None]
    trials: list[Trial] = field(default_factory=list)
    clean_rates: dict[str, list[int]] = field(default_factory=lambda: {side: [] for side in SIDES})

    def trial(self, side: str, rate: int, hold_s: float) -> Trial:
        done = run(side, rate, hold_s, self.ground.site())
        self.trials.append(done)
        self.tell(row(done))
        return done

    def hunt(self, side: str) -> None:
        """Seeks the side's highest clean rate, near the one found before if there is one."""
        until = time.monotonic() + self.form.hunt_s
        found = self.clean_rates[side]

        def clean(hold_s: float) -> hunt.Clean:
            return lambda rate: time.monotonic() < until and self.trial(side, rate, hold_s).clean

        start = found[-1] if found else hunt.scout(clean(self.form.scout_s), self.form.first, MOST, self.form.step)
        if not self.form.quick:
            start = hunt.climb(clean(self.form.hold_s), start, MOST, self.form.step)
        found.append(start)

    def side_by_side(self, rate: int) -> dict[str, list[Trial]]:
        """Both at one rate, so that what drifts meanwhile weighs on both alike."""
        found: dict[str, list[Trial]] = {side: [] for side in SIDES}
        for _ in range(self.form.rounds):
            for side in self.form.order:
                found[side].append(self.trial(side, rate, self.form.hold_s))
        return found


def row(trial: Trial) -> str:
    """One trial as a line."""
    mark = "clean" if trial.clean else "not clean" if trial.held else "callers too slow"
    cpu = f"CPU {trial.asterisk_cpu_ms:.1f}+{trial.allo_cpu_ms:.1f} ms a call, machine {trial.machine_busy:.0%} busy"
    return (
        f"{trial.side:<10}{trial.rate:>4}/s for {trial.hold_s:g} s: {trial.bridged}/{trial.offered} joined, "
        f"p50 {trial.bridge_p50_ms:.1f} p99 {trial.bridge_p99_ms:.1f} ms, {cpu}: {mark}"
    )


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "load_before": [round(one, 2) for one in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def measure(form: Form, tell: Callable[[str], None], at_rate: int = 0) -> dict[str, object]:
    """Everything, as the JSON has it; with `at_rate` no clean rates, which are null then."""
    facts = machine()
    tell(f"{facts['cores']} cores, load before {facts['load_before']}")
    ground = Ground()
    try:
        bench = Bench(form=form, ground=ground, tell=tell)
        for number in range(0 if at_rate else form.rounds):
            for side in SIDES if number % 2 == 0 else reversed(SIDES):
                bench.hunt(side)
        clean = {side: statistics.median(rates) for side, rates in bench.clean_rates.items() if rates}
        rate = at_rate or int(min(clean.values()) * form.share)
        beside = bench.side_by_side(rate) if rate else {}
    finally:
        ground.clear()
    return result(bench, clean, rate, beside) | {"machine": facts}


def result(bench: Bench, clean: dict[str, float], rate: int, beside: dict[str, list[Trial]]) -> dict[str, object]:
    """The three ratios, Allo ÷ app_queue, and what they are made of; null where a side had no clean rate."""
    sides: dict[str, dict[str, object]] = {
        side: {
            "clean_rate": clean.get(side),
            "clean_rates": bench.clean_rates[side],
            **summary(beside.get(side, [])),
            "trials": [trial.told() for trial in bench.trials if trial.side == side],
        }
        for side in SIDES
    }
    ours, theirs = sides["allo"], sides["app_queue"]
    return {
        "clean_rate_ratio": ratio(ours["clean_rate"], theirs["clean_rate"]),
        "cpu_ratio": ratio(ours.get("cpu_ms"), theirs.get("cpu_ms")),
        "bridge_p99_ratio": ratio(ours.get("bridge_p99_ms"), theirs.get("bridge_p99_ms")),
        "compared_at_rate": rate,
        "quick": bench.form is QUICK,
        "allo_with": ["kernel", "journal and keys in SQLite", "outbox, one receiver of webhooks on this machine"],
        **sides,
    }


FIGURES: Final = (
    "cpu_ms",
    "asterisk_cpu_ms",
    "allo_cpu_ms",
    "agent_p50_ms",
    "agent_p99_ms",
    "bridge_p50_ms",
    "bridge_p99_ms",
    "rss_mb",
)


def summary(trials: Sequence[Trial]) -> dict[str, object]:
    """The median of every figure over trials at one rate, and how far apart the trials were."""
    if not trials:
        return {}
    values = {name: [getattr(trial, name) for trial in trials] for name in FIGURES}
    medians = {name: rounded(float(statistics.median(each))) for name, each in values.items()}
    return medians | {"spread": {name: [rounded(min(each)), rounded(max(each))] for name, each in values.items()}}


def ratio(ours: object, theirs: object) -> float | None:
    if not isinstance(ours, int | float) or not isinstance(theirs, int | float) or not theirs:
        return None
    return round(ours / theirs, 3)


def main() -> None:
    options = argparse.ArgumentParser(description="Telephone calls: Allo beside Asterisk's own app_queue.")
    options.add_argument("--json", action="store_true", help="figures for a program instead of a table")
    options.add_argument("--quick", action="store_true", help="under three minutes instead of about an hour")
    options.add_argument("--rate", type=_rate, default=0, help="calls a second: compares at this rate, seeks none")
    chosen = options.parse_args()
    if "ALLO_SIPP" not in os.environ:
        raise SystemExit("SIPp is not there: run this by ./allo bench voice")
    form = AT_ONE_RATE if chosen.rate else QUICK if chosen.quick else FULL
    found = measure(form, lambda line: print(line, file=sys.stderr, flush=True), chosen.rate)
    print(json.dumps(found) if chosen.json else table(found))


def _rate(text: str) -> int:
    rate = int(text)
    if not 1 <= rate <= MOST:
        raise argparse.ArgumentTypeError(f"1 to {MOST} calls a second, was {rate}")
    return rate


def table(found: dict[str, object]) -> str:
    """The result for people."""
    sides = {side: found[side] for side in SIDES}
    rows = [("highest clean rate, calls/s", "clean_rate"), *((name, name) for name in FIGURES)]
    lines = [f"At {found['compared_at_rate']} calls a second, medians:", f"{'':<28}{'app_queue':>12}{'Allo':>12}"]
    for title, name in rows:
        cells = [each.get(name) if isinstance(each, dict) else None for each in sides.values()]
        cells = ["" if cell is None else cell for cell in cells]
        lines.append(f"{title:<28}{cells[0]:>12}{cells[1]:>12}")
    ratios = [f"{name} {found[name]}" for name in ("clean_rate_ratio", "cpu_ratio", "bridge_p99_ratio")]
    return "\n".join([*lines, "Allo ÷ app_queue: " + ", ".join(ratios)])


if __name__ == "__main__":
    main()
