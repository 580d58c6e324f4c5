"""What a running centre purges by itself each night (`retention.nightly`), in a process of its own.

The purge folds the journal and opens what is sealed: none of that is for the kernel's process.  It runs at no lower
priority than the centre: starved while it holds the journal, it would keep the centre waiting.  A night that was
missed, because nothing ran, is made up for by the next: what is over is looked for, not what ended yesterday.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from runtime.places import ROOT

log = logging.getLogger("allo.nightly")

ZONE: Final = ZoneInfo("Europe/Paris")
# The clock may be set while we sleep: we look again after this, at the latest.
LOOK_S: Final = 600.0


class Nightly:
    """Runs `command` at `minute` of each night, Paris time; `now` is the wall clock."""

    def __init__(self, command: Sequence[str], minute: int, now: Callable[[], datetime]) -> None:
        self._command = command
        self._minute = minute
        self._now = now
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="nightly")

    async def stop(self) -> None:
        """A purge that is under way is ended: the next one goes on from there."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            await self._until(next_night(self._now(), self._minute))
            await self._purge()

    async def _until(self, at: datetime) -> None:
        while True:
            left_s = (at - self._now()).total_seconds()
            if left_s <= 0:
                return
            await asyncio.sleep(min(left_s, LOOK_S))

    async def _purge(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=ROOT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        except OSError as error:
            log.error("purge : %s ne part pas (%s)", self._command[0], error.strerror)
            return
        try:
            told, _ = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        lines = " ".join(told.decode(errors="replace").split("\n")).strip()
        if process.returncode:
            log.error("purge : %s", lines)
        else:
            log.info("purge : %s", lines)


def purge_of(config: Path) -> list[str]:
    """The command that purges what `config` says, in this installation."""
    return [sys.executable, "-P", "-m", "runtime", "prune", "--config", str(config.absolute())]


def next_night(now: datetime, minute: int) -> datetime:
    """The next time that clocks in Paris show `minute` after midnight."""
    local = now.astimezone(ZONE)
    at = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)
