"""The health port over real HTTP."""

from __future__ import annotations

import socket
from typing import Any

import aiohttp
import pytest

from bench.kernel import BEGIN_MS, staffed_kernel
from runtime.settings import Health as Settings
from runtime.telling.figures import Figures
from runtime.telling.health import Health


def _health(port: int, reasons: list[str]) -> Health:
    figures = Figures(staffed_kernel(), lambda: BEGIN_MS, {})
    return Health(Settings(port=port), figures, lambda: reasons, lambda: {"crm": (3, 1)})


async def _get(port: int, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await (answer.json() if answer.content_type == "application/json" else answer.text())


async def test_it_lives_and_says_why_it_is_not_ready() -> None:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(trial.getsockname()[1])
    reasons: list[str] = []
    health = _health(port, reasons)
    await health.start()
    try:
        assert await _get(port, "/health/live") == (200, {"live": True})
        assert await _get(port, "/health/ready") == (200, {"ready": True, "reasons": []})
        reasons.append("le journal ne s'écrit plus")
        assert await _get(port, "/health/ready") == (503, {"ready": False, "reasons": reasons})
        assert (await _get(port, "/health/live"))[0] == 200
        status, page = await _get(port, "/metrics")
        assert status == 200
        assert "allo_interactions_arrived_total 0.0" in page
        assert 'allo_webhooks_waiting{endpoint="crm"} 3.0' in page
        assert (await _get(port, "/"))[0] == 404
    finally:
        await health.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await _get(port, "/health/live")


async def test_a_port_that_is_taken_is_told_and_hinders_no_call(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = int(other.getsockname()[1])
        health = _health(port, [])
        await health.start()
        await health.stop()
    assert f"127.0.0.1:{port}" in caplog.text
    assert "operating.health" in caplog.text


async def test_without_a_port_nothing_listens() -> None:
    health = _health(0, [])
    await health.start()
    await health.stop()
