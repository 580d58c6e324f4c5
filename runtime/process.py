"""The life of a process of ours that calls wait for: its event loop, and a garbage collector that stops nobody.

uvloop turns the loop for half of what asyncio's own takes, and a call turns it some thirty times.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Coroutine, Iterator
from typing import Any, Final, TypeVar

import uvloop

T = TypeVar("T")

# New containers, less those that are gone by themselves, before the youngest are looked at; how many such looks make
# one at the next older; how many of those one at everything.  We make few cycles (a failed task and its traceback), and
# these die young.  A look at everything, with thousands of calls under way, stops every one of them for a tenth of a
# second: it is for those who leak, and comes after fifty million.
# Facts, orders and rows are frozen trees of which none can come back to itself: the collector does not see them at all
# (`gc=False`), so that one such look takes a millisecond or two.
THRESHOLDS: Final = (5_000, 100, 100)


def live(life: Coroutine[Any, Any, T]) -> T:
    """Runs `life` to its end, as asyncio.run does."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(life)


@contextlib.contextmanager
def growing() -> Iterator[None]:
    """While much is made that stays: looking for garbage in it again and again takes longer than making it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """What is there once everything has started stays until the end: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
