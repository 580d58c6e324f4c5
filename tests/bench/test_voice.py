"""The voice bench in its smallest form, on the real parts: that it measures, not what."""

from __future__ import annotations

import json
import os

import pytest

from bench.voice import FIGURES, SIDES, Form, measure, table

SMALLEST = Form(rounds=1, hold_s=2, scout_s=2, first=4, step=4, hunt_s=1, order=("app_queue", "allo"))


def test_both_sides_join_callers_with_agents_and_are_measured_by_the_same_rules() -> None:
    if "ALLO_SIPP" not in os.environ:
        pytest.fail("ALLO_SIPP is not set: run these by ./allo test")
    told: list[str] = []
    found = json.loads(json.dumps(measure(SMALLEST, told.append), allow_nan=False))
    assert {"clean_rate_ratio", "cpu_ratio", "bridge_p99_ratio", "compared_at_rate", "machine"} <= found.keys()
    assert found["machine"]["cores"] == os.cpu_count()
    for side in SIDES:
        trials = found[side]["trials"]
        assert len(trials) == sum(line.startswith(side) for line in told)
        for trial in trials:
            assert trial["arrived"] == trial["offered"] == trial["rate"] * 2
            assert trial["bridged"] == trial["offered"], told
            assert 0 < trial["agent_p50_ms"] <= trial["bridge_p50_ms"] <= trial["bridge_p99_ms"]
            assert trial["asterisk_cpu_ms"] > 0
            assert (trial["allo_cpu_ms"] > 0) == (trial["allo_rss_mb"] > 0) == (side == "allo")
    assert all(name in table(found) for name in FIGURES)


def test_at_a_rate_that_is_named_both_are_compared_and_no_highest_is_sought() -> None:
    found = measure(SMALLEST, lambda _line: None, at_rate=3)
    assert found["compared_at_rate"] == 3
    assert found["clean_rate_ratio"] is None
    assert found["cpu_ratio"] is not None
    assert found["quick"] is False
    assert "None" not in table(found).splitlines()[2]
