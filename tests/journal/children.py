"""Processes of their own, to be killed, to fill the disk, to hold a lock: `python -m tests.journal.children <what>`."""

from __future__ import annotations

import asyncio
import itertools
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from core.personal import Personal
from tests.journal.steps import PATIENCE_S, Place, step, steps, until

ROOT: Final = Path(__file__).resolve().parents[2]


class Child:
    """A child at work on a folder; it ends with the block, however that ends."""

    def __init__(self, what: str, folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journal.children", what, str(folder)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    async def line(self) -> str:
        """The next line that the child says; empty once it is gone."""
        said = await asyncio.wait_for(asyncio.to_thread(_stream(self._process.stdout).readline), PATIENCE_S)
        return said.rstrip("\n")

    def tell(self, line: str) -> None:
        """Says `line` to the child."""
        stream = _stream(self._process.stdin)
        stream.write(line + "\n")
        stream.flush()

    async def ended(self) -> int:
        """Waits for the child's end: its code."""
        return await asyncio.to_thread(self._process.wait, PATIENCE_S)


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


async def read(place: Place) -> None:
    """Says the last step, and its caller's number."""
    reader = place.reader()
    last = list(reader.steps(since_seq=reader.last_seq()))[-1]
    caller: Personal = last.input.caller  # type: ignore[attr-defined]
    print(last.seq, caller.text, flush=True)


async def hold(place: Place) -> None:
    """Opens the journal and keeps it open."""
    place.log()
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def write(place: Place) -> None:
    """Keeps steps, in batches of changing size, and says each number that is kept, until it is killed."""
    async with place.running() as log:
        print(log.last_seq, flush=True)
        for size in itertools.cycle((1, 3, 50, 7, 400)):
            first = log.last_seq + 1
            log.keep(steps(first, first + size - 1))
            if await log.kept(log.last_seq):
                print(log.last_seq, flush=True)


async def fill(place: Place) -> None:
    """Keeps steps until the disk is full (a limit on the size of files), goes on, and is told when there is room."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    attempts = 0

    def save_keys() -> None:
        nonlocal attempts
        attempts += 1
        place.store.save()

    async with place.running(lag_ms=2_000, save_keys=save_keys) as log:
        log.keep(steps(1, 100))
        assert await log.kept(100)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        while True:
            first = log.last_seq + 1
            log.keep(steps(first, first + 19))
            if await log.kept(log.last_seq):
                continue
            # A first refusal may pass, for SQLite finds room in the database for what its log holds.
            before = attempts
            await until(lambda: attempts >= before + 4 or log.failing is None)  # noqa: B023
            if log.failing is not None:
                break
        # While it is full, life goes on.
        for _ in range(50):
            log.keep([step(log.last_seq + 1)])
            assert not await log.kept(log.last_seq)
        print("full", log.last_seq, place.alarms[-1][0], log.failing, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await until(lambda: log.kept_seq == log.last_seq and place.alarms[-1][0])
        log.keep([step(log.last_seq + 1)])
        kept = await log.kept(log.last_seq)
        print("room", log.last_seq, kept, place.alarms[-1][0], log.fell_out, flush=True)


if __name__ == "__main__":
    asyncio.run({"read": read, "hold": hold, "write": write, "fill": fill}[sys.argv[1]](Place(Path(sys.argv[2]))))
