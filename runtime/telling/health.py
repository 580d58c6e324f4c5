"""What a supervision is told over HTTP, on a port of its own: the process lives, calls are taken, how much of what.

`/health/live` answers as long as the kernel's loop turns; a process that does not answer is to be started again.
`/health/ready` says 503 and why, while calls cannot be served as they should: nobody restarts for that, somebody looks.
`/metrics` is for Prometheus.  Nothing here can be changed, and nothing is about a person.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from runtime.crm import outbox_opener
from runtime.platform import Platform
from runtime.settings import Health as HealthSettings
from runtime.telling.figures import Figures, machinery

log = logging.getLogger("allo.health")

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Health:
    """The listener.  `reasons` says in French why calls are not served as they should be; empty: they are."""

    def __init__(
        self,
        settings: HealthSettings,
        figures: Figures,
        reasons: Callable[[], list[str]],
        webhooks: Callable[[], dict[str, tuple[int, int]]] = dict,
    ) -> None:
        """`webhooks` may wait for a disk."""
        self._webhooks = webhooks
        self._settings = settings
        self._figures = figures
        self._reasons = reasons
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listens.  A port that is taken is told and no more: calls matter more than being watched."""
        if not self._settings.port:
            return
        app = web.Application(client_max_size=1024)
        app.router.add_get("/health/live", self._live)
        app.router.add_get("/health/ready", self._ready)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None, keepalive_timeout=5, shutdown_timeout=1)
        await self._runner.setup()
        where = f"{self._settings.bind}:{self._settings.port}"
        try:
            await web.TCPSite(self._runner, self._settings.bind, self._settings.port).start()
        except OSError as error:
            log.error("surveillance absente : %s ne s'ouvre pas (%s), changer operating.health", where, error.strerror)

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _live(self, _request: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def _ready(self, _request: web.Request) -> web.Response:
        reasons = self._reasons()
        return web.json_response({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)

    async def _metrics(self, _request: web.Request) -> web.Response:
        try:
            self._figures.webhooks = await asyncio.to_thread(self._webhooks)
        except (OSError, SQLAlchemyError) as error:
            log.warning("webhooks non comptés : %s", type(error).__name__)
        return web.Response(body=self._figures.exposed(), headers={"Content-Type": METRICS_TYPE})


def of_platform(platform: Platform) -> Health:
    """The health of a platform that has started."""
    loop, journal, telephony = platform.loop, platform.memory.log, platform.edges.telephony
    probes = machinery(
        loop.kernel,
        inbox=lambda: loop.waiting,
        journal_lag=lambda: journal.last_seq - journal.kept_seq,
        link_up=lambda: telephony.ready,
    )
    figures = Figures(loop.kernel, loop.clock.now_ms, probes)
    platform.bus.listen(figures.hear)

    def reasons() -> list[str]:
        found = [] if telephony.ready else ["Asterisk n'est pas joint : les appels attendent dans Asterisk"]
        if journal.failing is not None:
            found.append(f"le journal ne s'écrit plus : {journal.failing}")
        if loop.busy:
            found.append("trop de faits attendent : les pages et les autres systèmes patientent")
        return found

    open_outbox = outbox_opener(platform.loaded, platform.places)

    def webhooks() -> dict[str, tuple[int, int]]:
        if platform.edges.webhooks is None and not platform.loaded.settings.journal.url:
            return {}  # another process has that file
        names = platform.loaded.settings.webhooks.endpoints
        if not names:
            return {}
        with contextlib.closing(open_outbox()) as outbox:
            standings = {name: outbox.standing(name) for name in names}
        return {name: (standing.waiting, standing.dead) for name, standing in standings.items()}

    return Health(platform.loaded.settings.operating.health, figures, reasons, webhooks)
