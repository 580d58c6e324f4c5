"""Coming in and going: names and passwords, and what a page is told once."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from fastapi import FastAPI, HTTPException, Request, Response

from core.centre import Agent
from softphone_ui.asking import Busy
from softphone_ui.forms import Code, LogIn, Me, Named, PauseChoice
from softphone_ui.hall import Hall
from softphone_ui.sessions import csrf
from softphone_ui.ways_services import notices_of

# Log-ins that may wait for their hash; more is a flood, and the hashes of one second.
LOGINS_WAITING: Final = 20


def add(app: FastAPI, hall: Hall) -> None:
    waiting = 0

    @app.post("/api/session")
    async def log_in(request: Request, body: LogIn, response: Response) -> Me:
        nonlocal waiting
        now_s = hall.clock_s()
        address = request.client.host if request.client is not None else ""
        keys = (f"{body.name}@{address}", f"@{address}")
        wait_s = hall.attempts.wait_s(keys[0], now_s)
        if wait_s:
            raise HTTPException(429, "wait", {"Retry-After": str(int(wait_s) + 1)})
        if waiting >= LOGINS_WAITING:
            raise Busy
        waiting += 1
        try:
            right = await hall.passwords.right(body.name, body.password)
        finally:
            waiting -= 1
        agent = hall.agent(body.name)
        if not right or agent is None:
            hall.attempts.failed(keys[0], now_s)
            raise HTTPException(401, "wrong")
        hall.attempts.succeeded(keys[0])
        hall.sessions.close(request.cookies.get(hall.cookie))
        token = hall.sessions.open(agent.name, now_s)
        await asyncio.to_thread(hall.sessions.save)
        response.set_cookie(hall.cookie, token, httponly=True, samesite="strict", secure=hall.where.tls, path="/")
        response.headers["Cache-Control"] = "no-store"
        return _me(hall, agent, csrf(token))

    @app.delete("/api/session", status_code=204)
    async def log_out(request: Request) -> Response:
        session = hall.sessions.close(request.cookies.get(hall.cookie))
        if session is not None:
            hall.desks.tell([session.agent])
            await asyncio.to_thread(hall.sessions.save)
        response = Response(status_code=204)
        response.delete_cookie(hall.cookie, path="/", httponly=True, samesite="strict", secure=hall.where.tls)
        return response

    @app.get("/api/me")
    async def me(request: Request, response: Response) -> Me:
        response.headers["Cache-Control"] = "no-store"
        return _me(hall, request.state.agent, csrf(request.cookies.get(hall.cookie, "")))


def _me(hall: Hall, agent: Agent, token: str) -> Me:
    centre = hall.picture.centre
    return Me(
        name=agent.name,
        display=agent.display,
        role=agent.role,
        centre=centre.name,
        tenants=[centre.tenants[name].title for name in agent.tenants if name in centre.tenants],
        token=token,
        pauses=[PauseChoice.model_validate(msgspec.to_builtins(pause)) for pause in hall.pauses().values()],
        codes=[Code(name=code.name, title=code.title, under=code.under) for code in centre.wrap_up_codes.values()],
        topics=[Named(name=topic.name, title=topic.title) for topic in centre.topics.values()],
        services=[
            Named(name=one.name, title=one.title) for one in centre.services.values() if one.tenant in agent.tenants
        ],
        notices=notices_of(centre, agent),
    )
