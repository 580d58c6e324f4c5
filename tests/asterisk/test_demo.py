"""`./allo demo`: the product's main job on the shipped configuration, told in one line of JSON; in one process, and
over servers of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from core import events as e
from core.errors import JournalFault
from runtime.memory import reading
from runtime.places import Places
from runtime.settings import load
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
    processes = {"telephony", "speech", "pages", "webhooks"} if more else set()
    assert {log.stem for log in (site.directory / "run").glob("*.log")} == processes


def _outcomes(config: Path, home: Path) -> list[str]:
    """How outgoing calls have ended, by the demo's journal."""
    try:
        steps = reading(load(config).settings.journal, Places(run=home / "run")).steps()
        facts = [fact for step in steps for fact in (step.input, *step.facts)]
    except JournalFault:
        return []
    return [fact.outcome for fact in facts if isinstance(fact, e.InteractionEnded) and "reached" in fact.outcome]


async def test_an_agent_calls_somebody_by_the_demos_line_and_is_answered(site: Site) -> None:
    """Whoever looks at the demo logs in with the password that it prints, and dials."""
    config = site.directory / "config"
    shutil.copytree(ROOT / "config", config)
    centre = config / "centre.yaml"
    centre.write_text(centre.read_text(encoding="utf-8").replace("127.0.0.1", site.host), encoding="utf-8")
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "runtime", "demo", "--rate", "0.1", "--config", str(config)),
        cwd=site.directory,
        env=dict(os.environ, PYTHONPATH=str(ROOT), ALLO_HOME=str(site.directory), COLUMNS="300"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert demo.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            said = ""
            while not (found := re.search(r"Les pages : (\S+)\s+(\S+) \(.*?mot de passe (\S+)", said)):
                said += (await demo.stdout.readline()).decode()
            origin, name, password = found.groups()
            draining = asyncio.create_task(demo.stdout.read())
            jar = aiohttp.CookieJar(unsafe=True)
            async with aiohttp.ClientSession(origin, cookie_jar=jar, headers={"Origin": origin}) as page:
                async with page.post("/api/session", json={"name": name, "password": password}) as answer:
                    headers = {"X-Allo-Token": (await answer.json())["token"]}
                body = {"service": "solidarites_78", "number": "06 39 98 99 01"}
                # The telephone signs in a moment later, the agent may be talking; and agents of the demo let their
                # telephone ring now and then, as people do: then they dial again.
                while "reached" not in await asyncio.to_thread(_outcomes, config, site.directory):
                    async with page.post("/api/dial", json=body, headers=headers) as answer:
                        await answer.read()
                    await asyncio.sleep(0.2)
    finally:
        demo.send_signal(signal.SIGINT)
        await asyncio.wait_for(demo.wait(), PATIENCE_S)
    await draining
