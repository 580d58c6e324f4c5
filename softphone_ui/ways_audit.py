"""What supervisors have ordered, which messages were heard, what looked unusual: to be read again, or taken to a table.

The journal is read in a thread, by one request at a time: it can be long, and the thread shares its process with calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from fastapi import FastAPI, HTTPException, Query, Request, Response

from core.centre import Agent
from core.errors import AlloError
from core.ports import Explains
from softphone_ui.forms import Audited
from softphone_ui.hall import Hall

T = TypeVar("T")

DAY_MS: Final = 24 * 3_600_000
# The longest that a page may ask for: reading more is for ./allo audit, beside the centre.
MOST_DAYS: Final = 31

Days = Annotated[int, Query(ge=1, le=MOST_DAYS)]


def add(app: FastAPI, hall: Hall) -> None:
    one_at_a_time = asyncio.Lock()

    async def asked(request: Request, days: int, of: Callable[[Explains, frozenset[str], int], T]) -> T:
        agent: Agent = request.state.agent
        if hall.explains is None:
            raise HTTPException(503, "away")
        if one_at_a_time.locked():
            raise HTTPException(503, "busy", headers={"Retry-After": "2"})
        async with one_at_a_time:
            try:
                since_ms = hall.now_ms() - days * DAY_MS
                return await asyncio.to_thread(of, hall.explains, frozenset(agent.tenants), since_ms)
            except AlloError:
                raise HTTPException(503, "away") from None

    @app.get("/api/audit")
    async def audit(request: Request, response: Response, days: Days = 1) -> list[Audited]:
        response.headers["Cache-Control"] = "no-store"

        def rows(explains: Explains, tenants: frozenset[str], since_ms: int) -> list[dict[str, Any]]:
            return explains.audit(tenants, since_ms)

        return [Audited(**row) for row in await asked(request, days, rows)]

    @app.get("/api/audit.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
    async def audit_csv(request: Request, days: Days = MOST_DAYS) -> Response:
        """In UTF-8 with a mark at its head: spreadsheets take it for something else without."""

        def text(explains: Explains, tenants: frozenset[str], since_ms: int) -> str:
            return explains.audit_csv(tenants, since_ms)

        content = (await asked(request, days, text)).encode("utf-8-sig")
        headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="consignes.csv"'}
        return Response(content, media_type="text/csv", headers=headers)
