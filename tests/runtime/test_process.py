"""The life of a process: its loop is uvloop's, and what is there at the start is not looked at for garbage again."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from runtime.process import THRESHOLDS, live

SETTLED = """
import gc
from runtime.process import settle
settle()
print(gc.get_freeze_count() > 1000, gc.get_threshold(), len(gc.get_objects()) < 1000)
class Cycle: pass
gone = []
def make():
    import weakref
    one = Cycle(); one.itself = one
    weakref.finalize(one, gone.append, 1)
make()
keep = [[] for _ in range(20_000)]
print(gone)
"""


def test_a_life_is_run_on_uvloop_and_gives_its_end() -> None:
    async def life() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert live(life()) == "uvloop"


def test_what_ends_a_life_is_raised() -> None:
    async def life() -> None:
        raise ValueError("so")

    with pytest.raises(ValueError, match="so"):
        live(life())


def test_what_has_started_is_frozen_and_a_young_cycle_is_still_found() -> None:
    said = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.splitlines() == [f"True {THRESHOLDS} True", "[1]"]
