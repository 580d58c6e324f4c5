"""The door: every request passes here before anything of it is looked at (access.py says who may)."""

from __future__ import annotations

import hmac
from typing import Any, Final

from fastapi import HTTPException, WebSocketException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.centre import Agent
from softphone_ui.access import BY_PLACE
from softphone_ui.hall import Hall
from softphone_ui.sessions import Session, csrf

# A note of some pages; everything else is a few words.
BODY_BYTES: Final = 32 * 1024
TOKEN: Final = "x-allo-token"
HEADERS: Final = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)


class Guard:
    """A dependency of every way in.  Leaves who it is in `connection.state`: `agent` and `session`, or a machine's
    `access`."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    async def __call__(self, connection: HTTPConnection) -> None:
        socket = connection.scope["type"] == "websocket"
        method = "WS" if socket else connection.scope["method"]
        way = BY_PLACE[("GET" if method == "HEAD" else method, connection.scope["route"].path)]
        refusal = self._refusal(connection, changes=way.changes or socket or (method == "POST" and not way.scope))
        if refusal is None and way.scope:
            refusal = self._machine(connection, way.scope)
        if refusal is None and way.roles:
            session, agent = self._who(connection)
            token = csrf(connection.cookies.get(self._hall.cookie, "")) if way.changes else None
            refusal = _unfit(connection, session, agent, way.roles, token)
            connection.state.session, connection.state.agent = session, agent
        if refusal is not None:
            status, reason = refusal
            if socket:
                raise WebSocketException(code=4401 if status == 401 else 4403, reason=reason)
            raise HTTPException(status, reason)

    def _refusal(self, connection: HTTPConnection, *, changes: bool) -> tuple[int, str] | None:
        if connection.headers.get("host", "") not in self._hall.where.hosts:
            return 421, "host"
        if changes and connection.headers.get("origin") not in self._hall.where.origins:
            return 403, "origin"
        return None

    def _machine(self, connection: HTTPConnection, scope: str) -> tuple[int, str] | None:
        """Another system: no cookie of a browser opens this, so that no page can be tricked into it."""
        kind, _, token = connection.headers.get("authorization", "").partition(" ")
        access = self._hall.door.tokens.find(token.strip()) if kind.lower() == "bearer" else None
        if access is None:
            return 401, "api_token"
        if scope not in access.scopes:
            return 403, "scope"
        connection.state.access = access
        return None

    def _who(self, connection: HTTPConnection) -> tuple[Session | None, Agent | None]:
        session = self._hall.sessions.find(connection.cookies.get(self._hall.cookie), self._hall.clock_s())
        return session, self._hall.agent(session.agent) if session is not None else None


def _unfit(
    connection: HTTPConnection, session: Session | None, agent: Agent | None, roles: frozenset[Any], token: str | None
) -> tuple[int, str] | None:
    if session is None or agent is None:
        return 401, "session"
    if agent.role not in roles:
        return 403, "role"
    if token is not None and not hmac.compare_digest(connection.headers.get(TOKEN, "").encode(), token.encode()):
        return 403, "token"
    return None


class Shell:
    """Around the whole application: the same headers on every answer, and bodies that end."""

    def __init__(self, app: ASGIApp, tls: bool) -> None:
        self._app = app
        self._headers = [*HEADERS]
        if tls:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            await send({"type": "http.response.start", "status": 413, "headers": [*self._headers]})
            await send({"type": "http.response.body", "body": b""})
            return
        told = False

        async def replay() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def dress(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        await self._app(scope, replay, dress)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if it is longer than any of ours."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
