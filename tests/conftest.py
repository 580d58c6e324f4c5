"""For every test: a heap that is not searched anew while sound is sent, and how long each folder took."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from pathlib import Path

import pytest


def pytest_collection_finish() -> None:
    """What was collected stays to the end: half a million objects, which took up to a second whenever Python looked
    through them for garbage, and a test that telephones sent no sound meanwhile."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Seconds per folder of tests/, set-up and tear-down included; with several workers they ran side by side."""
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folder = "/".join(Path(report.nodeid.partition("::")[0]).parts[:2])
                seconds[folder] += report.duration
                tests[folder] += report.when == "call"
    if seconds:
        terminalreporter.write_sep("-", "seconds per folder")
        for folder, spent in sorted(seconds.items(), key=lambda told: -told[1]):
            terminalreporter.write_line(f"{spent:8.1f} s  {tests[folder]:5} tests  {folder}")
