"""Every way in, as access.py lists them; what each does is in ways_*.py, by what it is about."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.routing import Route, WebSocketRoute

from softphone_ui import (
    ways_audit,
    ways_call,
    ways_callbacks,
    ways_instructions,
    ways_live,
    ways_records,
    ways_services,
    ways_session,
    ways_states,
    ways_tasks,
    ways_writings,
)
from softphone_ui.access import BY_PLACE
from softphone_ui.asking import Busy
from softphone_ui.forms import Refusal
from softphone_ui.guard import Guard, Shell
from softphone_ui.hall import WEB, Hall
from softphone_ui.passwords import PasswordFault

PARTS: Final = (
    ways_session,
    ways_states,
    ways_tasks,
    ways_call,
    ways_callbacks,
    ways_records,
    ways_live,
    ways_services,
    ways_instructions,
    ways_audit,
    ways_writings,
)

TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json",
                ".svg": "image/svg+xml"}  # fmt: skip

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
    for part in PARTS:
        part.add(app, hall)
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
