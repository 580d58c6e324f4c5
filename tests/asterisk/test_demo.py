"""`./allo demo`: the product's main job on the shipped configuration, told in one line of JSON; in one process, and
over servers of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.asterisk.ground import Site

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 150
FIGURES = {
    "offered",
    "connected",
    "abandoned",
    "lost",
    "answer_ms_p50",
    "answer_ms_p99",
    "two_way_audio",
    "record_before_answer",
    "pages",
    "webhooks_delivered",
}


@pytest.mark.parametrize("more", [(), ("--scaled",)], ids=("one-process", "scaled"))
async def test_callers_are_answered_with_their_record_shown_and_the_crm_told(site: Site, more: tuple[str, ...]) -> None:
    config = site.directory / "config"
    shutil.copytree(ROOT / "config", config)
    centre = config / "centre.yaml"
    centre.write_text(centre.read_text(encoding="utf-8").replace("127.0.0.1", site.host), encoding="utf-8")
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "runtime", "demo", "--calls", "3", "--json", "--config", str(config), *more),
        cwd=site.directory,
        env=dict(os.environ, PYTHONPATH=str(ROOT), ALLO_HOME=str(site.directory)),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await asyncio.wait_for(demo.communicate(), PATIENCE_S)
    result = json.loads(told.splitlines()[-1])
    assert demo.returncode == 0
    assert set(result) == FIGURES
    assert (result["offered"], result["connected"], result["two_way_audio"]) == (3, 3, 3)
    assert (result["abandoned"], result["lost"]) == (0, 0)
    assert result["record_before_answer"] == 1.0
    assert result["pages"] == "robots"
    # arrived, qualified, queued, offered, connected, ended: of each that is told at all
    assert result["webhooks_delivered"] in (6, 12, 18)
