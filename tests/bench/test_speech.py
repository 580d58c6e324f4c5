"""The bench of speech measures what it says: every figure is there, and of real callers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIGURES = (
    "speech_to_need_p95_ms",
    "danger_to_priority_p95_ms",
    "barge_in_p95_ms",
    "loop_lag_ms_max",
    "streams_per_core",
)

pytestmark = pytest.mark.alone


def test_every_figure_is_measured_on_callers_who_speak() -> None:
    command = [sys.executable, "-P", str(ROOT / "bench/speech.py"), "--quick", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    told = json.loads(ran.stdout)
    assert [name for name in FIGURES if not isinstance(told[name], float | int)] == []
    assert told["understood"] > 0
    assert told["dangers_heard"] > 0
