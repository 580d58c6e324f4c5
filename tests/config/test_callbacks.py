"""The block `callback` of a queue: left out, usual, its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.needs import Callback
from runtime.settings import load
from tests.config.test_settings import GOOD, change


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", None),
        ("    callback: {}\n", Callback()),
        (
            "    callback: {key: 5, tries: 1, again_after: 2h, between: '09:00-12:00,14:00-18:00'}\n",
            Callback(key="5", tries=1, again_after_ms=7_200_000, between="09:00-12:00,14:00-18:00"),
        ),
        ("    callback: {script: accueil, first: citizen}\n", Callback(script="accueil", first="citizen")),
    ],
    ids=("left-out", "usual", "its-own", "asks-where"),
)
def test_a_queue_calls_back_if_it_says_so(tmp_path: Path, written: str, read: Callback | None) -> None:
    good = Path(shutil.copytree(GOOD, tmp_path / "config"))
    change(good / "centre.yaml", "    title: RSA\n", f"    title: RSA\n{written}")
    assert load(good).centre.queues["rsa"].callback == read
