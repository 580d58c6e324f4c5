"""Journals of every release, folded by today's code: the state comes out that was there when they were written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.mind import Configurations
from runtime.kernel import Kernel
from runtime.platform import release
from runtime.settings import compile_content
from tests.replay.record import HERE, SCENARIOS, TABLES, WIRE, state
from tests.scenarios.runner import staged

JOURNALS = sorted((HERE / "journals").glob("*/*.jsonl"))
TODAYS = [path for path in JOURNALS if path.parent.name == release()]


def _read(path: Path) -> tuple[Configurations, list[str], dict[str, Any]]:
    head, *steps, end = path.read_text(encoding="utf-8").splitlines()
    known = json.loads(head)
    centre = compile_content(known["content"].encode())
    return Configurations(msgspec.structs.replace(centre, digest=known["digest"])), steps, json.loads(end)


def _missing(written: Any, today: Any, path: str = "") -> list[str]:
    """Where today's state lacks or changes what was written; fields that are new since are no difference."""
    if isinstance(written, dict) and isinstance(today, dict):
        return [fault for key in written for fault in _missing(written[key], today.get(key), f"{path}.{key}")]
    return [] if written == today else [f"{path}: {written!r} was, {today!r} is"]


def test_this_release_has_its_journals() -> None:
    assert [path.stem for path in TODAYS] == list(SCENARIOS)


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_journal_folds_to_the_state_that_it_was_written_in(path: Path) -> None:
    configurations, steps, written = _read(path)
    kernel = Kernel(configurations)
    for seq, line in enumerate(steps, start=1):
        kernel.fold(WIRE.decode(line.encode(), seq))
    assert _missing(written, json.loads(json.dumps(state(kernel)))) == []


@pytest.mark.parametrize("name", [name for name in SCENARIOS if "defaut" not in name])
def test_deciding_again_gives_the_same_bytes(name: str) -> None:
    """Same release, same configuration, same facts, same times.  (A scenario with an injected fault has none again.)"""
    stage = staged((TABLES / f"{name}.txt").read_text(encoding="utf-8"))
    kernel = Kernel(Configurations(stage.kernel.configurations.now))
    for step in stage.steps:
        again = kernel.receive(step.input, step.now_ms)
        assert WIRE.encode(again) == WIRE.encode(step)
