"""Whole calls as text tables: what happened, what followed, what was ordered."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from tests.scenarios.runner import played

TABLES = sorted((Path(__file__).parent / "tables").glob("*.txt"))


@pytest.mark.parametrize("path", TABLES, ids=[path.stem for path in TABLES])
def test_the_call_goes_as_the_table_says(path: Path, request: pytest.FixtureRequest) -> None:
    golden = path.read_text(encoding="utf-8")
    today = played(golden)
    if request.config.getoption("--bless", default=False) or os.environ.get("ALLO_BLESS"):
        path.write_text(today, encoding="utf-8")
        return
    if today != golden:
        difference = difflib.unified_diff(
            golden.splitlines(), today.splitlines(), f"{path.name} (kept)", f"{path.name} (today)", lineterm="", n=4
        )
        pytest.fail("\n".join([*difference, "", "--bless writes it anew, once the difference is meant"]), pytrace=False)
