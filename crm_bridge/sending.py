"""Delivering to one endpoint: in order per interaction, side by side across interactions, for as long as it takes.

A webhook that is refused by itself (400) is put off alone, for longer each time, and is dead after three days.  An
endpoint that is ill (no answer, 5xx, a page in the place of an answer) is asked with one webhook at a time, at growing
pauses of a minute at most; once it answers, everything that waited goes.  `410 Gone` means: never again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import cache, partial
from typing import Final, TypeVar

import aiohttp
import msgspec
from sqlalchemy.exc import SQLAlchemyError
from standardwebhooks import Webhook

from core.ids import InteractionId
from crm_bridge import database
from crm_bridge.keys import RecordsFault
from crm_bridge.outbox import Outbox, Waiting
from crm_bridge.translate import Allowed

log = logging.getLogger("allo.webhooks")

T = TypeVar("T")

SECOND: Final = 1_000
# After the n-th failure a webhook waits so long; the last one repeats, until it is given up.
WAITS_MS: Final = tuple(SECOND * wait for wait in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800))
GIVE_UP_MS: Final = 3 * 24 * 3_600_000
JITTER: Final = 0.2
# An endpoint that is ill is asked again after 1, 2, 4 … seconds, and each minute in the end.
PAUSE_MOST_MS: Final = 60 * SECOND
# So many failures in a row are an illness: what was put off meanwhile goes at once when it is over.
ILL_AFTER: Final = 3
ANSWER_MS: Final = 10 * SECOND
_ANSWER: Final = aiohttp.ClientTimeout(total=ANSWER_MS / 1000)
# Of an answer only its first words matter: whether it is a page.
ANSWER_BYTES: Final = 1_024
AT_ONCE: Final = 8
WINDOW: Final = 200
# Something may have been woken by another process (`./allo webhooks retry`).
LOOK_EVERY_MS: Final = 5 * SECOND
# Between two looks at the disk while webhooks are under way: nobody notices a twentieth of a second.
LOOK_LEAST_S: Final = 0.05
GONE: Final = 410

AWAY: Final = (SQLAlchemyError, RecordsFault)
"""The outbox cannot be asked now, or the key that opens what is in it."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be told: where, with which secret (`whsec_…`) it is signed, and what of."""

    name: str
    url: str
    secret: str
    allowed: Allowed = Allowed()

    def __repr__(self) -> str:
        return f"Endpoint({self.name})"


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended; `ill` says that the endpoint failed, rather than this one webhook."""

    well: bool
    error: str = ""
    ill: bool = False
    gone: bool = False


def wait_ms(name: str, attempts: int) -> int:
    """How long a webhook waits after its `attempts`-th failure: the same for the same webhook, and not for all."""
    wait = WAITS_MS[min(attempts, len(WAITS_MS)) - 1]
    drawn = int.from_bytes(hashlib.sha256(f"{name}|{attempts}".encode()).digest()[:4], "big") / 0xFFFF_FFFF
    return int(wait * (1 - JITTER + 2 * JITTER * drawn))


@cache
def _signer(secret: str) -> Webhook:
    """One for each endpoint: its secret need not be decoded for every webhook."""
    return Webhook(secret)


async def post(session: aiohttp.ClientSession, endpoint: Endpoint, name: str, body: bytes) -> Ended:
    """One attempt, signed after Standard Webhooks, with the time of this attempt."""
    moment = datetime.fromtimestamp(int(time.time()), UTC)
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": _signer(endpoint.secret).sign(name, moment, body.decode()),
    }
    try:
        async with session.post(
            endpoint.url, data=body, headers=headers, allow_redirects=False, timeout=_ANSWER
        ) as response:
            start = await response.content.read(ANSWER_BYTES)
            return _judged(response, start)
    except TimeoutError:
        return Ended(well=False, error=f"pas de réponse en {ANSWER_MS // SECOND} s", ill=True)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Ended(well=False, error=f"injoignable ({type(error).__name__})", ill=True)


def _judged(response: aiohttp.ClientResponse, start: bytes) -> Ended:
    status = response.status
    if status == GONE:
        return Ended(well=False, error="410 : ne plus rien envoyer", gone=True)
    if 200 <= status < 300:
        page = response.content_type == "text/html" or start.lstrip()[:5].lower() in (b"<html", b"<!doc")
        if page:
            return Ended(well=False, error=f"{status}, mais une page HTML : un pare-feu a répondu", ill=True)
        return Ended(well=True)
    ill = status >= 500 or status in (401, 403, 404, 408, 429) or 300 <= status < 400
    told = "redirection refusée, donnez l'adresse finale" if 300 <= status < 400 else "refus"
    return Ended(well=False, error=f"{status} : {told}", ill=ill)


class Sender:
    """Delivers what waits for `endpoint`; `clock` gives Unix milliseconds, `disk` is the outbox's one thread."""

    def __init__(self, endpoint: Endpoint, outbox: Outbox, disk: Executor, clock: Callable[[], int]) -> None:
        self.endpoint = endpoint
        self._outbox = outbox
        self._disk = disk
        self._clock = clock
        self._awake = asyncio.Event()
        self._ready: deque[list[Waiting]] = deque()
        self._lanes: dict[InteractionId, asyncio.Task[None]] = {}
        self._done: list[int] = []
        self._looked_at_s = 0.0
        self._failures = 0
        self._paused_until_ms = 0
        self._gone = False
        self.delivered = 0

    def wake(self) -> None:
        """Something new waits, or time has passed."""
        self._awake.set()

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Until cancelled, or the endpoint says that it is gone."""
        try:
            while not self._gone:
                self._awake.clear()
                try:
                    due_ms = await self._start_lanes(session)
                except AWAY as error:
                    log.error("webhooks vers %s : la base ne répond pas (%s)", self.endpoint.name, database.why(error))
                    due_ms = self._clock() + LOOK_EVERY_MS
                await self._sleep(due_ms)
        finally:
            for lane in self._lanes.values():
                lane.cancel()
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)
            with contextlib.suppress(*AWAY):
                await self._flush()

    async def _start_lanes(self, session: aiohttp.ClientSession) -> int:
        """Begins to deliver what may be delivered now; when to come back if nothing else wakes us."""
        now_ms = self._clock()
        soon = now_ms + LOOK_EVERY_MS
        if now_ms < self._paused_until_ms or self._gone:
            self._ready.clear()
            await self._flush()
            return min(soon, self._paused_until_ms)
        at_once = 1 if self._failures else AT_ONCE
        self._begin_lanes(session, at_once)
        if len(self._lanes) >= at_once:
            return soon  # the end of a lane wakes us
        wait_s = self._looked_at_s + LOOK_LEAST_S - time.monotonic()
        if wait_s > 0 and self._lanes:
            await asyncio.sleep(wait_s)  # one look for what has ended and come meanwhile, instead of one for each
        next_at_ms = await self._look(now_ms)
        self._begin_lanes(session, at_once)
        return soon if next_at_ms is None else min(soon, next_at_ms)

    def _begin_lanes(self, session: aiohttp.ClientSession, at_once: int) -> None:
        while self._ready and len(self._lanes) < at_once:
            lane = self._ready.popleft()
            interaction = lane[0].interaction
            self._lanes[interaction] = asyncio.create_task(self._deliver(session, interaction, lane))

    async def _look(self, now_ms: int) -> int | None:
        """Forgets what was delivered and reads what is due; when something is if nothing is now."""
        self._looked_at_s = time.monotonic()
        done, self._done = self._done, []  # all of them, or they would be due again
        beside = list(self._lanes)
        name = self.endpoint.name
        try:
            due, next_at_ms = await self._run(lambda: self._outbox.turn(done, name, now_ms, beside, WINDOW))
        except AWAY:
            self._done += done
            raise
        lanes: dict[InteractionId, list[Waiting]] = {}
        for one in due:
            lanes.setdefault(one.interaction, []).append(one)
        # Who failed least often goes first: one webhook that makes the endpoint ill does not hide the others.
        self._ready.extend(sorted(lanes.values(), key=lambda lane: lane[0].attempts))
        return None if self._lanes else next_at_ms

    async def _deliver(self, session: aiohttp.ClientSession, interaction: InteractionId, lane: list[Waiting]) -> None:
        """The webhooks of one interaction, in their order, until one fails."""
        try:
            for one in lane:
                if self._gone:
                    return
                ended = await post(session, self.endpoint, one.id, one.body)
                if not await self._settle(one, ended):
                    return
        except AWAY as error:
            log.error("webhooks vers %s : la base ne répond pas (%s)", self.endpoint.name, database.why(error))
        finally:
            self._lanes.pop(interaction, None)
            self._awake.set()

    async def _settle(self, one: Waiting, ended: Ended) -> bool:
        now_ms = self._clock()
        if ended.well:
            self._done.append(one.number)
            self.delivered += 1
            if self._failures >= ILL_AFTER:
                log.warning("webhooks vers %s : le destinataire répond de nouveau", self.endpoint.name)
                await self._run(lambda: self._outbox.hurry(self.endpoint.name, now_ms))
            self._failures = 0
            return True
        if ended.gone:
            self._gone = True
            log.error("webhooks vers %s : %s ; arrêtés", self.endpoint.name, ended.error)
            await self._run(lambda: self._outbox.disable(self.endpoint.name, ended.error))
            return False
        if ended.ill:
            self._failures += 1
            self._paused_until_ms = now_ms + min(PAUSE_MOST_MS, SECOND << min(self._failures - 1, 16))
            if self._failures == ILL_AFTER:
                log.warning("webhooks vers %s : %s ; ils attendent", self.endpoint.name, ended.error)
        if now_ms - one.made_at_ms >= GIVE_UP_MS:
            log.error("webhook %s vers %s abandonné après trois jours : %s", one.id, self.endpoint.name, ended.error)
            await self._run(lambda: self._outbox.died(one, ended.error, now_ms))
        else:
            next_at_ms = now_ms + wait_ms(one.id, one.attempts + 1)
            await self._run(lambda: self._outbox.failed(one, ended.error, next_at_ms))
        return False

    async def _flush(self) -> None:
        """Forgets what was delivered.  A crash before it delivers those again, under the same ids."""
        while self._done:
            done = self._done[:WINDOW]
            await self._run(partial(self._outbox.delivered, done))
            self._done = self._done[len(done) :]

    async def _sleep(self, until_ms: int) -> None:
        seconds = max(0.0, (until_ms - self._clock()) / 1000)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)
