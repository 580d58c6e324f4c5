"""A backup of a centre that serves a call, restored elsewhere by the command line: what was said is told there."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from core import events as e
from tests.asterisk.ground import Site
from tests.asterisk.town import ROOT, Elsewhere


async def _allo(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ALLO_HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-P", "-m", "runtime", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_it_is_taken_during_a_call_and_the_call_is_told_where_it_is_restored(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    site: Site = elsewhere.site
    await elsewhere.up()
    desk, citizen = await elsewhere.desk(), await elsewhere.exchange.citizen()
    await elsewhere.talking(citizen, desk)
    config = ("--config", str(site.config))

    said = await _allo(site.home, "backup", str(tmp_path / "soir.tar"), *config)
    assert said.returncode == 0, said.stderr
    assert "ailleurs" in said.stdout
    refused = await _allo(site.home, "restore", str(tmp_path / "soir.tar"), "--force")
    assert refused.returncode == 1
    assert "fonctionne ici" in refused.stderr
    refused = await _allo(site.home, "upgrade", str(tmp_path), *config)
    assert refused.returncode == 1
    assert "fonctionne ici" in refused.stderr
    await elsewhere.talking_still(citizen, desk)

    there = tmp_path / "there"
    said = await _allo(there, "restore", str(tmp_path / "soir.tar"))
    assert said.returncode == 0, said.stderr
    (interaction,) = (fact.interaction for fact in elsewhere.watch.facts(e.CallArrived))
    (restored,) = there.glob("config-*")
    told = await _allo(there, "trace", interaction, "--config", str(restored))
    assert "en conversation avec a1" in told.stdout, told.stderr
    said = await _allo(there, "upgrade", str(tmp_path), "--config", str(restored))
    assert said.returncode == 0, said.stderr
    assert "Le centre peut démarrer" in said.stdout

    await desk.hang_up()
    await elsewhere.outcome(citizen, "answered")
