"""`./allo test` and `./allo bench`: pytest with as many workers as there are cores, and the benches of bench/."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run_tests(arguments: list[str]) -> int:
    """All tests, or those that `arguments` (pytest's own) choose.

    Tests marked `alone` need the whole machine: of all tests they come last, one after the other.
    """
    workers = ["-n", str(max(2, os.cpu_count() or 2))]
    if arguments:
        return _pytest([*([] if any(word.startswith("-n") for word in arguments) else workers), *arguments])
    together = _pytest([*workers, "-m", "not alone"])
    return _pytest(["-m", "alone"]) or together


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
