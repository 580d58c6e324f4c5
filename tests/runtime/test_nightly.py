"""What the running centre purges by itself each night, and what becomes of it."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtime.upkeep.nightly import Nightly, next_night, purge_of
from tests.journal.steps import until

SAID = "import sys; print('12 appels oubliés'); sys.exit({code})"


@pytest.mark.parametrize(
    ("now", "minute", "at"),
    [
        ("2026-11-23T01:00:00+00:00", 180, "2026-11-23T02:00:00+00:00"),
        ("2026-11-23T02:00:00+00:00", 180, "2026-11-24T02:00:00+00:00"),
        ("2026-11-23T23:30:00+00:00", 30, "2026-11-24T23:30:00+00:00"),
        ("2026-07-14T12:00:00+00:00", 180, "2026-07-15T01:00:00+00:00"),
        ("2026-10-24T12:00:00+00:00", 180, "2026-10-25T02:00:00+00:00"),  # the night that clocks go back
    ],
)
def test_the_night_is_that_of_paris(now: str, minute: int, at: str) -> None:
    assert next_night(datetime.fromisoformat(now), minute) == datetime.fromisoformat(at)


class Dusk:
    """A wall clock that a moment ago was a tenth of a second before three o'clock."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def now(self) -> datetime:
        before = datetime(2026, 11, 23, 1, 59, 59, 900_000, tzinfo=UTC)
        return before + timedelta(seconds=time.monotonic() - self._began_s)


async def heard(caplog: pytest.LogCaptureFixture) -> str:
    await until(lambda: [line for line in caplog.messages if line.startswith("purge")])
    return next(line for line in caplog.messages if line.startswith("purge"))


@pytest.mark.parametrize(("code", "level"), [(0, "INFO"), (1, "ERROR")])
async def test_it_runs_at_its_hour_and_the_log_says_what_came_of_it(
    caplog: pytest.LogCaptureFixture, code: int, level: str
) -> None:
    caplog.set_level("INFO", "allo.nightly")
    nightly = Nightly([sys.executable, "-c", SAID.format(code=code)], 180, Dusk().now)
    nightly.start()
    assert await heard(caplog) == "purge : 12 appels oubliés"
    assert caplog.records[-1].levelname == level
    await nightly.stop()


async def test_a_command_that_is_not_there_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    nightly = Nightly(["/nowhere/allo"], 180, Dusk().now)
    nightly.start()
    assert "ne part pas" in await heard(caplog)
    await nightly.stop()


async def test_a_purge_under_way_is_ended_when_the_centre_stops(tmp_path: Path) -> None:
    began = tmp_path / "began"
    hangs = "signal.alarm(60); signal.pause()"
    script = f"import pathlib, signal; pathlib.Path({str(began)!r}).touch(); {hangs}"
    nightly = Nightly([sys.executable, "-c", script], 180, Dusk().now)
    nightly.start()
    await until(began.exists)
    await asyncio.wait_for(nightly.stop(), 20)


async def test_what_it_runs_is_the_purge_of_this_configuration(tmp_path: Path) -> None:
    command = [*purge_of(tmp_path / "nowhere"), "--dry-run"]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, told = await process.communicate()
    assert (process.returncode, b"centre.yaml" in told) == (1, True)
