"""The part that decides knows only words: what it may import is written here, everything else is refused.

import-linter and ruff forbid by name (tests/tidy/test_lint.py); this allows by name, so that nothing new slips in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

STANDARD = {
    "__future__", "array", "bisect", "collections", "dataclasses", "datetime", "functools", "hashlib", "heapq",
    "itertools", "math", "re", "string", "typing", "unicodedata", "urllib", "zoneinfo",
}  # fmt: skip
LIBRARIES = {"holidays", "msgspec", "numpy", "opening_hours", "phonenumbers"}
MINDS = {"ivr", "acd", "calls", "casework"}
KERNEL = ROOT / "runtime" / "kernel.py"

PURE = [
    *((ROOT / package) for package in ("core", *sorted(MINDS))),
    KERNEL,
    ROOT / "runtime" / "wiring.py",
    ROOT / "runtime" / "telling" / "story.py",
    *sorted(ROOT.glob("*/translate.py")),
]


def files() -> list[Path]:
    return [path for place in PURE for path in (sorted(place.rglob("*.py")) if place.is_dir() else [place])]


def imported(path: Path) -> Iterator[str]:
    """The names of modules that `path` imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def allowed(path: Path) -> set[str]:
    own = path.relative_to(ROOT).parts[0]
    above = MINDS | {"runtime"} if own == "runtime" else {own}
    return STANDARD | LIBRARIES | {"core"} | above


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_decides_imports_only_words(path: Path) -> None:
    foreign = [name for name in imported(path) if name.partition(".")[0] not in allowed(path)]
    assert foreign == []


# Telephone numbers are judged by several minds, by the library that knows the plans of all countries.
# Hours are read by all minds, in a notation that has a library (docs/decisions/2026-11-22-hours-are-words.md).
NOTATION = {"core/opening.py": {"opening_hours"}, "core/destinations.py": {"phonenumbers"}}


def test_words_need_nothing_but_msgspec() -> None:
    for path in sorted((ROOT / "core").rglob("*.py")):
        names = {name.partition(".")[0] for name in imported(path)}
        also = NOTATION.get(str(path.relative_to(ROOT)), set())
        assert names <= STANDARD | {"core", "msgspec"} | also, path


def test_a_decision_opens_no_file_and_calls_nothing_by_name() -> None:
    suspicious = {"open", "eval", "exec", "__import__", "compile", "input", "print", "globals"}
    found = [
        f"{path.relative_to(ROOT)}: {node.func.id}"
        for path in files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in suspicious
    ]
    assert found == []


def test_no_fact_and_no_row_takes_its_time_from_a_clock() -> None:
    """`default_factory=time.time` is how clocks get into events."""
    found = [
        f"{path.relative_to(ROOT)}: {node.attr}"
        for path in files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today", "time_ns", "monotonic")
        if isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date", "time")
    ]
    assert found == []
