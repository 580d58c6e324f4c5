"""SIPp calls the centre: callers that share no line of code with our telephones, several at once, with echoed sound."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from core import events as e
from tests.asterisk.ground import SIP_PORT
from tests.asterisk.small_centre import WELCOME
from tests.asterisk.telephones import hears
from tests.asterisk.town import Here
from traffic.tones import AGENT_TONES

SCENARIO = Path(__file__).parent / "sipp" / "citizen.xml"
CALLS = 4


async def test_sipp_calls_at_once_press_a_key_reach_agents_and_hear_them(town: Here, tmp_path: Path) -> None:
    if "ALLO_SIPP" not in os.environ:
        pytest.fail("ALLO_SIPP is not set: run these by ./allo test")
    desks = await town.desks(CALLS)
    site = town.site
    options = (
        f"-s {WELCOME} -i {site.trunk} -p 5070 -mi {site.trunk} -mp 6000 -rtp_echo -m {CALLS} -r {CALLS} -l {CALLS}"
    )
    sipp = await asyncio.create_subprocess_exec(
        *shlex.split(os.environ["ALLO_SIPP"]),
        *(f"{site.host}:{SIP_PORT}", "-sf", str(SCENARIO), *shlex.split(options), "-nostdin", "-timeout", "60s"),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        await asyncio.gather(*(desk.takes() for desk in desks))
        for desk in desks:
            assert desk.call is not None
            await hears(desk.call, desk.tone, AGENT_TONES)  # their own voice, there and back
            await desk.hang_up()
        said, _ = await asyncio.wait_for(sipp.communicate(), 30)
    finally:
        if sipp.returncode is None:
            sipp.kill()
            await sipp.wait()
    assert sipp.returncode == 0, said.decode(errors="replace")[-2_000:]
    assert len(town.watch.facts(e.CallConnected)) == CALLS
    assert [fact.choice for fact in town.watch.facts(e.ChoiceMade)] == ["conseil"] * CALLS
    assert [fact.outcome for fact in town.watch.facts(e.InteractionEnded)] == ["answered"] * CALLS
