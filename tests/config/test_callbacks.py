"""The block `callback` of a queue: left out, usual, its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.needs import Callback
from runtime.differences import changes
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
        ("    callback: {script: accueil}\n", Callback(script="accueil")),
        ("    callback: {first: citizen}\n", Callback(first="citizen")),
    ],
    ids=("left-out", "usual", "its-own", "asks-where", "citizen-first"),
)
def test_a_queue_calls_back_if_it_says_so(tmp_path: Path, written: str, read: Callback | None) -> None:
    good = Path(shutil.copytree(GOOD, tmp_path / "config"))
    change(good / "centre.yaml", "    title: RSA\n", f"    title: RSA\n{written}")
    assert load(good).centre.queues["rsa"].callback == read


def test_another_order_of_calling_is_told_before_it_holds(tmp_path: Path) -> None:
    """By a reload, and by ./allo check, as any field of a queue."""
    good = Path(shutil.copytree(GOOD, tmp_path / "config"))
    change(good / "centre.yaml", "    title: RSA\n", "    title: RSA\n    callback: {first: agent}\n")
    before = load(good)
    change(good / "centre.yaml", "first: agent", "first: citizen")
    assert changes(before, load(good)) == ["~ file rsa : callback"]
