"""Every way in, as access.py lists them: pages, requests of people, and what open pages are told."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, FastAPI, HTTPException, Path, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect, WebSocketState

from core.centre import Agent
from core.errors import AlloError
from core.events.base import Event
from softphone_ui import translate
from softphone_ui.access import BY_PLACE
from softphone_ui.asking import Busy
from softphone_ui.desk import may_see
from softphone_ui.guard import Guard, Shell
from softphone_ui.hall import WEB, Hall
from softphone_ui.live import Watcher
from softphone_ui.passwords import PasswordFault
from softphone_ui.picture import Contact

# Log-ins that may wait for their hash; more is a flood, and the hashes of one second.
LOGINS_WAITING: Final = 20
# A socket that takes nothing for so long is closed; its page comes back by itself.
SLOW_S: Final = 10.0
# How often an open page's session is looked at, when nothing happens.
LOOK_S: Final = 15.0
NOTE_CHARACTERS: Final = 4_000
TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json",
                ".svg": "image/svg+xml"}  # fmt: skip

Name = Annotated[str, StringConstraints(max_length=80)]
Id = Annotated[str, StringConstraints(max_length=80)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class LogIn(_Body):
    name: Name
    password: Annotated[str, StringConstraints(max_length=200)]


class StateWish(_Body):
    wish: Literal["ready", "pause", "log_in", "log_out"]
    reason: Name = ""


class Painted(_Body):
    interaction: Id
    offer: Id


class WrapUp(_Body):
    interaction: Id
    code: Name
    note: Annotated[str, StringConstraints(max_length=NOTE_CHARACTERS)] = ""


class TaskWish(_Body):
    task: Id
    wish: Literal["claim", "release", "close"]


class Dial(_Body):
    """`number` as typed; with a `task` of one's own, service and number are the task's."""

    service: Name = ""
    number: Annotated[str, StringConstraints(max_length=30)] = ""
    task: Id = ""


class Answer(BaseModel):
    """`done` is None while the answer is under way; `reason` is a key of the pages' texts."""

    done: bool | None
    reason: str = ""


class Refusal(BaseModel):
    reason: str


class Code(BaseModel):
    name: str
    title: str
    under: str


class Named(BaseModel):
    name: str
    title: str


class Me(BaseModel):
    """Who is logged in, and what their pages need once."""

    name: str
    display: str
    role: Literal["agent", "supervisor", "administrator"]
    centre: str
    tenants: list[str]
    token: str
    pauses: list[str]
    codes: list[Code]
    services: list[Named]


REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Refusal, "description": said}
    for status, said in (
        (400, "ce qui est demandé ne va pas"),
        (401, "pas de session"),
        (403, "pas permis"),
        (404, "rien de tel"),
        (409, "plus à vous"),
        (413, "trop long"),
        (421, "autre adresse"),
        (422, "mal écrit"),
        (429, "trop d'essais"),
        (503, "occupé"),
    )
}


def application(hall: Hall) -> Shell:
    """The whole, ready to be served.  Raises KeyError for a way in that access.py does not list."""
    return Shell(_app(hall), tls=hall.where.tls)


def described(hall: Hall) -> dict[str, Any]:
    """The API as OpenAPI, for tests; it is served to nobody."""
    return _app(hall).openapi()


def _app(hall: Hall) -> FastAPI:
    app = FastAPI(
        title="Allo",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(Guard(hall))],
        responses=REFUSALS,
        redirect_slashes=False,
    )
    _errors(app)
    _static(app)
    _sessions(app, hall)
    _states(app, hall)
    _calls(app, hall)
    _interactions(app, hall)
    _sockets(app, hall)
    ways = {(_method(route), route.path) for route in app.routes if isinstance(route, Route | WebSocketRoute)}
    if ways != set(BY_PLACE):
        raise KeyError(f"ways in without access, or access without a way: {sorted(ways ^ set(BY_PLACE))}")
    return app


def _method(route: Route | WebSocketRoute) -> str:
    return "WS" if isinstance(route, WebSocketRoute) else next(iter(sorted(route.methods or {"GET"})))


def _errors(app: FastAPI) -> None:
    """Refusals say a key; what was sent is never repeated."""

    @app.exception_handler(AnyHTTPException)
    async def refused(_request: Request, error: AnyHTTPException) -> Response:
        return JSONResponse({"reason": error.detail}, error.status_code, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, _error: RequestValidationError) -> Response:
        return JSONResponse({"reason": "malformed"}, 422)

    @app.exception_handler(Busy)
    async def busy(_request: Request, _error: Busy) -> Response:
        return JSONResponse({"reason": "busy"}, 503, headers={"Retry-After": "1"})

    @app.exception_handler(PasswordFault)
    async def passwords(_request: Request, _error: PasswordFault) -> Response:
        return JSONResponse({"reason": "passwords"}, 503, headers={"Retry-After": "30"})


def _static(app: FastAPI) -> None:
    """The files of web/, read once: nothing that a path could be bent to."""
    files = {path.name: (path.read_bytes(), TYPES[path.suffix]) for path in WEB.iterdir() if path.suffix in TYPES}
    tags = {name: f'"{hashlib.sha256(content).hexdigest()[:16]}"' for name, (content, _) in files.items()}

    def file_of(request: Request, name: str) -> Response:
        if name not in files:
            raise HTTPException(404, "nothing")
        headers = {"ETag": tags[name], "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tags[name]:
            return Response(status_code=304, headers=headers)
        content, kind = files[name]
        return Response(content, media_type=kind, headers=headers)

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return file_of(request, "index.html")

    @app.get("/web/{file}", include_in_schema=False)
    async def part(request: Request, file: str) -> Response:
        return file_of(request, file)


def _sessions(app: FastAPI, hall: Hall) -> None:
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
        session = hall.sessions.find(token, now_s)
        assert session is not None
        response.set_cookie(hall.cookie, token, httponly=True, samesite="strict", secure=hall.where.tls, path="/")
        response.headers["Cache-Control"] = "no-store"
        return _me(hall, agent, session.csrf)

    @app.delete("/api/session", status_code=204)
    async def log_out(request: Request) -> Response:
        session = hall.sessions.close(request.cookies.get(hall.cookie))
        if session is not None:
            hall.desks.tell([session.agent])
        response = Response(status_code=204)
        response.delete_cookie(hall.cookie, path="/", httponly=True, samesite="strict", secure=hall.where.tls)
        return response

    @app.get("/api/me")
    async def me(request: Request, response: Response) -> Me:
        response.headers["Cache-Control"] = "no-store"
        return _me(hall, request.state.agent, request.state.session.csrf)


def _me(hall: Hall, agent: Agent, token: str) -> Me:
    centre = hall.picture.centre
    return Me(
        name=agent.name,
        display=agent.display,
        role=agent.role,
        centre=centre.name,
        tenants=[centre.tenants[name].title for name in agent.tenants if name in centre.tenants],
        token=token,
        pauses=_pauses(hall),
        codes=[Code(name=code.name, title=code.title, under=code.under) for code in centre.wrap_up_codes.values()],
        services=[
            Named(name=one.name, title=one.title) for one in centre.services.values() if one.tenant in agent.tenants
        ],
    )


def _pauses(hall: Hall) -> list[str]:
    """The reasons that star codes give are those that pages offer."""
    reasons = [code.reason for code in hall.picture.centre.codes.values() if code.wish == "pause" and code.reason]
    return list(dict.fromkeys(reasons))


async def _ask(hall: Hall, make: Callable[[str], Event]) -> Answer:
    answer = await hall.asking.ask(make)
    return Answer(done=None) if answer is None else Answer(done=answer.done, reason=answer.reason)


def _own(hall: Hall, agent: Agent, interaction: str) -> Contact:
    """Only what is theirs now can be spoken of; raises 409."""
    contact = hall.picture.contact_of(agent.name)
    if contact is None or contact.interaction != interaction:
        raise HTTPException(409, "not_yours")
    return contact


def _states(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/state")
    async def state(request: Request, body: StateWish) -> Answer:
        if (body.wish == "pause") != bool(body.reason) or (body.reason and body.reason not in _pauses(hall)):
            raise HTTPException(400, "pause_reason")
        agent = request.state.agent.name
        return await _ask(hall, lambda named: translate.state_asked(agent, body.wish, body.reason, named))

    @app.post("/api/task")
    async def task(request: Request, body: TaskWish) -> Answer:
        agent: Agent = request.state.agent
        found = hall.picture.tasks.get(body.task)
        if found is None or not may_see(hall.picture, agent, found):
            raise HTTPException(404, "nothing")
        return await _ask(hall, lambda named: translate.task_asked(agent.name, body.task, body.wish, named))

    @app.get("/api/task/{task}/message", response_class=Response, responses={200: {"content": {"audio/wav": {}}}})
    async def message(request: Request, task: Annotated[str, Path(max_length=80)]) -> Response:
        """What the caller said, for the one who has taken the task."""
        agent: Agent = request.state.agent
        found = hall.picture.tasks.get(task)
        mine = found is not None and may_see(hall.picture, agent, found) and found.agent == agent.name
        if found is None or not mine or not found.opened.message or hall.recording is None:
            raise HTTPException(404, "nothing")
        try:
            sound = await asyncio.to_thread(hall.recording, found.opened.message)
        except (AlloError, OSError):
            raise HTTPException(404, "nothing") from None
        return Response(sound, media_type="audio/wav", headers={"Cache-Control": "no-store"})


def _calls(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/dial")
    async def dial(request: Request, body: Dial) -> Answer:
        agent: Agent = request.state.agent
        service, number = body.service, body.number
        if body.task:
            task = hall.picture.tasks.get(body.task)
            if task is None or task.agent != agent.name or task.opened.number is None:
                raise HTTPException(409, "task_not_yours")
            service, number = task.opened.service, task.opened.number.text or ""
        known = hall.picture.service(service)
        if known is None or known.tenant not in agent.tenants or not number.strip():
            raise HTTPException(400, "unknown_service" if number.strip() else "no_number")
        interaction = hall.mint()
        return await _ask(
            hall, lambda named: translate.dial_asked(agent.name, interaction, service, number, body.task, named)
        )


def _interactions(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/shown")
    async def shown(request: Request, body: Painted) -> Answer:
        agent: Agent = request.state.agent
        contact = _own(hall, agent, body.interaction)
        if contact.offer != body.offer or contact.state != "offered":
            raise HTTPException(409, "not_yours")
        if not contact.shown and not hall.offer(translate.record_shown(agent.name, body.interaction, body.offer)):
            raise Busy
        return Answer(done=True)

    @app.post("/api/wrap-up")
    async def wrap_up(request: Request, body: WrapUp) -> Answer:
        agent: Agent = request.state.agent
        _own(hall, agent, body.interaction)
        if body.code not in hall.picture.centre.wrap_up_codes:
            raise HTTPException(400, "code")
        return await _ask(
            hall,
            lambda named: translate.wrap_up_noted(agent.name, body.interaction, body.code, body.note, named),
        )


def _sockets(app: FastAPI, hall: Hall) -> None:
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
