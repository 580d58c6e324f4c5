"""What the user sees on stderr: one line per step with its seconds; on a terminal the running step is alive."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
TICK_S = 0.1
ERASE_LINE = "\r\x1b[2K"


def seconds(duration_s: float) -> str:
    """French notation: `3,2 s`."""
    return f"{duration_s:.1f} s".replace(".", ",")


class Step:
    """The step under way; `result` may be refined while it runs and is what its line says in the end."""

    def __init__(self, label: str) -> None:
        self.result = label


class Progress:
    """Announces steps.  Plain lines when `out` is not a terminal (continuous integration, a file)."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out if out is not None else sys.stderr
        self.live = self.out.isatty()

    def say(self, text: str) -> None:
        """One line, at once."""
        print(text, file=self.out, flush=True)

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """Times the block and says `✓ label : 3,2 s` at its end, `✗` if it raised."""
        step, started, over = Step(label), time.monotonic(), threading.Event()

        def spin() -> None:
            turn = 0
            while not over.wait(TICK_S):
                frame = FRAMES[turn % len(FRAMES)]
                self.out.write(f"{ERASE_LINE}  {frame} {label}… {time.monotonic() - started:.0f} s")
                self.out.flush()
                turn += 1

        spinner = threading.Thread(target=spin, daemon=True) if self.live else None
        if spinner:
            spinner.start()
        mark = "✗"
        try:
            yield step
            mark = "✓"
        finally:
            over.set()
            if spinner:
                spinner.join()
            erase = ERASE_LINE if self.live else ""
            self.say(f"{erase}  {mark} {step.result} : {seconds(time.monotonic() - started)}")
