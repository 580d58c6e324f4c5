"""What open pages are told, by websockets that only listen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from core.centre import Agent
from softphone_ui import translate
from softphone_ui.hall import Hall
from softphone_ui.live import Watcher

# A socket that takes nothing for so long is closed; its page comes back by itself.
SLOW_S: Final = 10.0
# How often an open page's session is looked at, when nothing happens.
LOOK_S: Final = 15.0


def add(app: FastAPI, hall: Hall) -> None:
    @app.websocket("/api/desk")
    async def desk(socket: WebSocket) -> None:
        agent: Agent = socket.state.agent
        watcher, first = hall.desks.open(agent.name)
        if first:
            hall.offer(translate.page_seen(agent.name, open=True))

        async def send() -> None:
            await socket.send_text(hall.desks.message(agent).decode())

        try:
            await _serve(hall, socket, watcher, send)
        finally:
            if hall.desks.close(agent.name, watcher):
                hall.offer(translate.page_seen(agent.name, open=False))

    @app.websocket("/api/table")
    async def table(socket: WebSocket) -> None:
        tenants = tuple(sorted(socket.state.agent.tenants))
        watcher = hall.tables.open(tenants)

        async def send() -> None:
            message = hall.tables.message(tenants, watcher)
            if message is not None:
                await socket.send_text(message.decode())

        try:
            await _serve(hall, socket, watcher, send)
        finally:
            hall.tables.close(tenants, watcher)


async def _serve(hall: Hall, socket: WebSocket, watcher: Watcher, send: Callable[[], Awaitable[None]]) -> None:
    """Until the browser goes, is too slow, or the session ends."""
    session = socket.state.session
    await socket.accept()
    session.sockets += 1
    tasks = [asyncio.create_task(_until_gone(socket)), asyncio.create_task(_write(hall, socket, watcher, send))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        session.sockets -= 1
        session.seen_s = hall.clock_s()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_gone(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()  # pages have nothing to say here


async def _write(hall: Hall, socket: WebSocket, watcher: Watcher, send: Callable[[], Awaitable[None]]) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(watcher.news.wait(), LOOK_S)
            watcher.news.clear()
            if not hall.sessions.alive(socket.state.session, hall.clock_s()):
                break
            await asyncio.wait_for(send(), SLOW_S)
    if socket.client_state == WebSocketState.CONNECTED:
        with contextlib.suppress(RuntimeError, TimeoutError):
            await asyncio.wait_for(socket.close(4401), SLOW_S)
