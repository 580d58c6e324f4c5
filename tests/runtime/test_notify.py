"""What systemd hears, on a socket like its own."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.telling.notify import keep_pinging, notify, ping_every_s


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield heard


def test_it_hears_that_calls_are_taken(systemd: socket.socket) -> None:
    assert notify("READY=1", "STATUS=ouvert")
    assert systemd.recv(100) == b"READY=1\nSTATUS=ouvert"


async def test_it_hears_that_we_live_as_often_as_it_asks(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    assert ping_every_s() == 0.01
    pinging = asyncio.create_task(keep_pinging())
    for _ in range(3):
        assert await asyncio.to_thread(systemd.recv, 100) == b"WATCHDOG=1"
    pinging.cancel()


async def test_nobody_is_pinged_who_did_not_ask_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    assert ping_every_s() is None
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getppid()))
    assert ping_every_s() is None
    await keep_pinging()


@pytest.mark.parametrize("address", ["", "elsewhere", "/nowhere/at/all"])
def test_without_systemd_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not notify("READY=1")


def test_one_who_does_not_read_holds_nobody_up(systemd: socket.socket) -> None:
    assert any(not notify("WATCHDOG=1") for _ in range(10_000))
    assert systemd.recv(100) == b"WATCHDOG=1"
