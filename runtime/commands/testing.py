"""`./allo test` and `./allo bench`: pytest with as many workers as there are cores, and the benches of bench/.

Tests that hear real sound and wait for real people's patience live in real time, and the machine that runs them is
shared by as many workers as it has cores, and often by others.  One of them that failed among the others is tried once
more by itself, is named, and fails if it fails again.  Every other test has one try.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection
from datetime import date
from typing import Final

from runtime.places import ROOT

REAL_TIME: Final = ("tests/asterisk/", "tests/browser/", "tests/traffic/", "tests/trunks/")
NIGHTLY: Final = "--nightly"
# A quarter of an hour on four cores.
NIGHTLY_SEEDS: Final = 5_000
# More than so many at once is a fault of ours, whatever the machine does.
TRIED_AGAIN: Final = 4
_FAILED: Final = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"


def run_tests(arguments: list[str]) -> int:
    """All tests, or those that `arguments` (pytest's own) choose; `--nightly`: days that no night has had yet.

    Tests marked `alone` need the whole machine: of all tests they come last, one after the other.
    """
    # Whoever is done takes from whoever still has much to do: whole calls last as long as hundreds of pure tests.
    workers = ["-n", str(max(2, os.cpu_count() or 2)), "--dist", "worksteal"]
    if NIGHTLY in arguments:
        arguments = [*nightly(date.today()), *(word for word in arguments if word != NIGHTLY)]
        print(" ".join(("./allo test", *arguments)), flush=True)
    if arguments:
        return _pytest([*([] if any(word.startswith("-n") for word in arguments) else workers), *arguments])
    _FAILED.unlink(missing_ok=True)
    together = _pytest([*workers, "-m", "not alone"])
    if together == 1:
        together = _by_themselves(list(json.loads(_FAILED.read_text(encoding="utf-8"))))
    return _pytest(["-m", "alone", *_with_some_alone()]) or together


def _with_some_alone() -> list[str]:
    """The files with tests that need the whole machine: to collect all the others too takes a quarter of a minute."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file.relative_to(ROOT)) for file in files if "mark.alone" in file.read_text(encoding="utf-8")]


def nightly(day: date) -> list[str]:
    """Which simulated days the night of `day` plays: each night others, the same ones all that day."""
    return ["tests/simulation", "--seeds", str(NIGHTLY_SEEDS), "--first-seed", str(day.toordinal() * NIGHTLY_SEEDS)]


def may_be_starved(failed: Collection[str]) -> bool:
    """Whether these tests may have failed for want of a processor alone."""
    return 0 < len(failed) <= TRIED_AGAIN and all(test.startswith(REAL_TIME) for test in failed)


def _by_themselves(failed: list[str]) -> int:
    if not may_be_starved(failed):
        return 1
    print("\nEssais en temps réel qui ont échoué parmi les autres, repris seuls :", *failed, sep="\n  ", flush=True)
    code = _pytest(failed)
    if code == 0:
        print(
            "Réussis seuls : la machine était trop chargée pour eux, ou ils ont un défaut rare, à chercher.", flush=True
        )
    return code


def _pytest(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode


def benches() -> list[str]:
    """The names of the benches there are: one word each; `voice_hunt` is a part of `voice`."""
    return sorted(path.stem for path in (ROOT / "bench").glob("*.py") if "_" not in path.stem)


def run_bench(name: str, options: list[str], *, as_json: bool) -> int:
    """Runs one bench with its own `options`; without a name, or with an unknown one, says which there are."""
    if name not in benches():
        if name:
            print(f"Aucun banc « {name} ».", file=sys.stderr)
        print("Bancs : " + ", ".join(benches()))
        return 1 if name else 0
    # -P: bench/acd.py must not stand in the place of the package acd.
    command = [sys.executable, "-P", str(ROOT / "bench" / f"{name}.py"), *(["--json"] if as_json else []), *options]
    return subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode
