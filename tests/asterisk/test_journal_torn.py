"""The neighbour that breaks here is the journal's file: cut in the middle of a record between two runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from core import events as e
from tests.asterisk.small_centre import WELCOME
from tests.asterisk.telephones import Citizen, Desk
from tests.asterisk.town import Elsewhere


async def _two_calls(town: Elsewhere) -> tuple[Desk, Citizen, Citizen]:
    """One who talks and one who waits."""
    desk, talking = await town.desk(), await town.exchange.citizen()
    await town.talking(talking, desk)
    waiting = await town.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    return desk, talking, waiting


def _cut(file: Path, share: float) -> None:
    os.truncate(file, int(file.stat().st_size * share) + 7)


@pytest.mark.parametrize("share", [0.9, 0.5], ids=["the-end", "the-middle"])
async def test_a_database_cut_after_a_clean_stop_is_salvaged_and_calls_are_found_again(
    elsewhere: Elsewhere, share: float
) -> None:
    await elsewhere.up()
    desk, talking, waiting = await _two_calls(elsewhere)
    assert await elsewhere.process.kill(signal.SIGTERM) == 0
    _cut(elsewhere.site.run / "journal" / "allo.db", share)
    process = await elsewhere.up()
    assert "journal" in process.said.lower()
    assert "endommagé" in process.said or "tronqué" in process.said
    await elsewhere.talking_still(talking, desk)
    await talking.call.hang_up()
    assert desk.call is not None
    await desk.call.ended(15)
    await elsewhere.serves(waiting, desk)


async def test_a_write_ahead_log_cut_after_a_kill_costs_no_call(elsewhere: Elsewhere) -> None:
    await elsewhere.up()
    desk, talking, waiting = await _two_calls(elsewhere)
    await elsewhere.process.kill()
    _cut(elsewhere.site.run / "journal" / "allo.db-wal", 0.9)
    await elsewhere.up()
    await elsewhere.talking_still(talking, desk)
    await talking.call.hang_up()
    assert desk.call is not None
    await desk.call.ended(15)
    await elsewhere.serves(waiting, desk)


async def test_a_journal_that_is_gone_altogether_loses_no_caller(elsewhere: Elsewhere) -> None:
    await elsewhere.up()
    welcomed, waiting = await elsewhere.exchange.citizen(WELCOME), await elsewhere.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    await welcomed.fact(e.PlaybackStarted)
    await elsewhere.process.kill()
    elsewhere.site.forget_journal()
    elsewhere.watch.forget()
    await elsewhere.up()
    desk = await elsewhere.desk()
    await elsewhere.serves(waiting, desk)
    await welcomed.hears_prompt("accueil.bienvenue")
    await elsewhere.serves(welcomed, desk)
    await elsewhere.process.kill()  # their new names are known to Asterisk, too
    await elsewhere.up()
