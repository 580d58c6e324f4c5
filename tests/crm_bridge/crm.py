"""A département's CRM for tests: a real HTTP server that answers as told, well or badly."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

PERSON: dict[str, Any] = {
    "id": 7,
    "last_name": "Diallo",
    "first_name": "Awa",
    "birth_date": "1982-03-12",
    "numbers": ["06 39 98 00 01"],
    "files": [{"service": "rsa", "title": "RSA", "next_appointment_at": "2027-01-15T09:30:00+01:00"}],
}


class Crm:
    """`how` says what happens to the next questions: ok, none, followed, resident, several, html,
    wrong, 401, 503, redirect, huge, slow.  Those who are asked while it `waits` hear nothing until `released`."""

    def __init__(self) -> None:
        self.how = "ok"
        self.waits = False
        self.asked: list[tuple[str, str]] = []
        self.released = asyncio.Event()
        self.url = ""

    @contextlib.asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Crm]:
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.released.set()
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.raw_path, request.headers.get("Authorization", "")))
        if self.how == "slow" or self.waits:
            await self.released.wait()
        answers: dict[str, Any] = {
            "none": web.json_response({"people": []}),
            "followed": web.json_response({"people": [{**PERSON, "referent_agent": "a2"}]}),
            "followed by words": web.json_response({"people": [{**PERSON, "referent_agent": "Mme Martin, au CCAS"}]}),
            "resident": web.json_response({"people": [{**PERSON, "commune": "MANTES LA JOLIE"}]}),
            "protected resident": web.json_response(
                {"people": [{**PERSON, "commune": "MANTES LA JOLIE", "protected_address": True}]}
            ),
            "several": web.json_response({"people": [PERSON, {**PERSON, "id": 8}]}),
            "html": web.Response(text="<html>Accès refusé</html>", content_type="text/html"),
            "html_as_json": web.Response(text="<html>Accès refusé</html>", content_type="application/json"),
            "wrong": web.json_response({"people": [{"id": 7, "last_name": ["Diallo"]}]}),
            "401": web.Response(status=401),
            "404": web.Response(status=404),
            "503": web.Response(status=503),
            "redirect": web.Response(status=302, headers={"Location": f"{self.url}/login"}),
            "huge": web.Response(body=b" " * 1_000_000, content_type="application/json"),
        }
        found: web.StreamResponse = answers.get(self.how) or web.json_response({"people": [PERSON]})
        return found
