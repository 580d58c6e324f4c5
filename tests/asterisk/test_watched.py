"""Those who watch the centre: systemd hears when calls are taken, a supervision hears when they are not, and why.

The neighbour that breaks here is Asterisk, which stops answering for a moment (SIGSTOP).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import aiohttp

from tests.asterisk.ground import Site
from tests.asterisk.town import Elsewhere

PORT = 9464


def _watch_at(site: Site) -> None:
    file = site.config / "centre.yaml"
    centre = json.loads(file.read_text())
    operating = {"health": {"bind": site.host, "port": PORT}, "logs": {"format": "json"}}
    file.write_text(json.dumps({**centre, "operating": operating}))


async def _ask(site: Site, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"http://{site.host}:{PORT}{path}") as answer:
        return answer.status, await (answer.json() if answer.content_type == "application/json" else answer.text())


async def _ready(site: Site, status: int) -> list[str]:
    """Asks until the status is that one; the reasons."""
    async with asyncio.timeout(20):
        while True:
            told, answer = await _ask(site, "/health/ready")
            if told == status:
                return list(answer["reasons"])
            await asyncio.sleep(0.05)


async def test_systemd_and_a_supervision_are_told_how_it_is(elsewhere: Elsewhere, tmp_path: Path) -> None:
    site = elsewhere.site
    _watch_at(site)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "s"))
        systemd.settimeout(20)
        process = await elsewhere.up({"NOTIFY_SOCKET": str(tmp_path / "s"), "WATCHDOG_USEC": "200000"})
        assert (await asyncio.to_thread(systemd.recv, 200)).startswith(b"READY=1\nSTATUS=")
        assert await asyncio.to_thread(systemd.recv, 200) == b"WATCHDOG=1"
        assert await _ready(site, 200) == []

        desk, citizen = await elsewhere.desk(), await elsewhere.exchange.citizen()
        await elsewhere.talking(citizen, desk)
        _, page = await _ask(site, "/metrics")
        assert 'allo_interactions{state="connected"} 1.0' in page
        assert 'allo_agents{state="on_interaction"} 1.0' in page
        assert 'allo_trunk_channels_used{trunk="operateur"} 1.0' in page
        assert "allo_ami_up 1.0" in page

        pid = site.asterisk_pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            (reason,) = await _ready(site, 503)
            assert "Asterisk" in reason
            assert (await _ask(site, "/health/live"))[0] == 200
        finally:
            os.kill(pid, signal.SIGCONT)
        assert await _ready(site, 200) == []
        await desk.hang_up()
        await elsewhere.outcome(citizen, "answered")
        _rest(systemd)  # what it did not read meanwhile
        assert await process.kill(signal.SIGTERM) == 0
        assert b"STOPPING=1" in _rest(systemd)
    logged = [json.loads(line) for line in process.lines if line.startswith("{")]
    assert logged, process.said  # the link that was lost, at least
    assert all({"event", "level", "timestamp", "logger"} <= line.keys() for line in logged)


def _rest(heard: socket.socket) -> list[bytes]:
    heard.setblocking(False)
    lines = []
    while True:
        try:
            lines.append(heard.recv(200))
        except BlockingIOError:
            return lines
