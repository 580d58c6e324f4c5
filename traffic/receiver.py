"""A department's own system, to which Allo tells what happens: an HTTP server that believes signed webhooks only.

Started by the demo and by tests::

    receiver = Receiver(secret)
    async with receiver.listening("127.0.0.1") as url: ...
    receiver.taken        # what was told, once each, in the order in which it came

Each webhook is checked as Standard Webhooks says: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

PATH: Final = "/allo"
# No webhook of Allo is as large; a stranger's request is not read to its end.
_LARGEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """One webhook that was believed."""

    id: str
    type: str
    body: dict[str, Any]


@dataclass
class Receiver:
    """Takes webhooks signed with `secret` (`whsec_…`); `answers` are given first, one a request: a system that fails
    (503), or a firewall's page in the place of an answer (`"html"`)."""

    secret: str
    answers: list[int | str] = field(default_factory=list)
    taken: list[Told] = field(default_factory=list)
    repeated: int = 0
    refused: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _ids: set[str] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def listening(self, host: str, port: int = 0) -> AsyncIterator[str]:
        """Listens at `host` until the block ends; gives the address to tell Allo."""
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_post(PATH, self._take)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            taken_port = runner.addresses[0][1]
            yield f"http://{host}:{taken_port}{PATH}"
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.answers:
            answer = self.answers.pop(0)
            if answer == "html":
                return web.Response(text="<html><body>Accès refusé</body></html>", content_type="text/html")
            return web.Response(status=int(answer))
        try:
            Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.refused += 1
            return web.Response(status=401)
        self._keep(request.headers["webhook-id"], json.loads(body))
        return web.Response(status=204)

    def _keep(self, name: str, body: dict[str, Any]) -> None:
        if name in self._ids:  # told at least once: the second time changes nothing
            self.repeated += 1
            return
        self._ids.add(name)
        self.news.set()
        self.taken.append(Told(id=name, type=str(body.get("type", "")), body=body))
