"""A process with one edge in it: what the edge tells goes to the kernel over the bus, and orders come from there.

It goes on by itself whatever happens to the kernel or the bus: the edge keeps watching, the newest facts wait here
until they can leave.  It begins to work when a kernel first hails it, for what is on the node must be compared with
what the journal knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec
from redis.asyncio import Redis
from sqlalchemy.exc import SQLAlchemyError

from core import ids, limits
from core.errors import JournalFault
from core.events.base import Event
from core.ids import InteractionId
from core.ports import Edge
from core.wire import Wire
from journal.keys import KeyStore
from runtime.lanes import Lanes
from runtime.scaled.redis_bus import AWAY, Inlet, Message, Outlet
from runtime.scaled.remote import Hail, Here, facts_of, orders_of

log = logging.getLogger("allo.edge")


@runtime_checkable
class Remembering(Protocol):
    """An edge that must know, before it starts, which interactions the journal has."""

    def remember(self, interactions: frozenset[InteractionId]) -> None: ...


@runtime_checkable
class Asking(Protocol):
    """An edge through which people ask things of the kernel."""

    def greeted(self) -> None:
        """A session began after others: what the kernel knew of us may be gone."""

    def refused(self, request: str) -> None:
        """Calls left no room for what was asked as `request`."""


class EdgeProcess:
    """Hosts `edge`; `run` until it is cancelled.  `digest` is the configuration that this process read."""

    def __init__(self, edge: Edge, redis: Redis, keys: KeyStore, digest: str) -> None:
        self.edge = edge
        self.started = asyncio.Event()
        self._redis = redis
        self._keys = keys
        self._wire = Wire(keys)
        self._digest = digest
        self._start = time.time_ns() // 1_000_000
        self._session = 0
        self._at_work_before = False
        self._lanes = Lanes((edge,), self._tell)
        self._facts = Outlet(redis, facts_of(edge.name), self._start, self._encode)
        self._orders = Inlet(redis, orders_of(edge.name, self._start), self._take, self._missed)
        self._starting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Raises AlloError, with the remedy, when the edge cannot start."""
        self._facts.start()
        self._orders.start()
        try:
            while True:
                self._say_here()
                await asyncio.sleep(limits.BEAT_EVERY_MS / 1000)
                if self._starting is not None and self._starting.done():
                    self._starting.result()
        finally:
            await self._orders.stop()
            await self._lanes.stop()
            if self._starting is not None:
                self._starting.cancel()
                await asyncio.gather(self._starting, return_exceptions=True)
            await self.edge.stop()
            await self._facts.stop()
            with contextlib.suppress(*AWAY):
                await self._redis.delete(self._orders.key)

    def _say_here(self) -> None:
        holds = tuple(self._lanes.holding)
        self._facts.say("here", Here(session=self._session, holds=holds, started=self._at_work_before))

    def _tell(self, event: Event) -> None:
        self._facts.put("fact", event)

    async def _take(self, message: Message) -> None:
        if message.kind == "hail":
            self._hailed(message.origin, msgspec.json.decode(message.body, type=Hail))
        elif message.kind == "busy" and isinstance(self.edge, Asking):
            self.edge.refused(msgspec.json.decode(message.body, type=str))
        elif message.kind == "order":
            self._lanes.give(await asyncio.to_thread(self._wire.decode_order, message.body))
        self._orders.done(message.origin, message.number)

    def _hailed(self, session: int, hail: Hail) -> None:
        if hail.digest != self._digest:
            log.error("%s a lu une autre configuration que le noyau : relancez l'un ou l'autre", self.edge.name)
        if isinstance(self.edge, Remembering):
            self.edge.remember(frozenset(hail.known))
        self._session = session
        self._at_work_before = self._starting is not None
        if self._starting is None:
            self._starting = asyncio.create_task(self._begin())
        elif self.started.is_set() and isinstance(self.edge, Asking):
            self.edge.greeted()
        self._say_here()

    async def _begin(self) -> None:
        await self.edge.start(self._tell, self._mint)
        self.started.set()

    def _missed(self, count: int) -> None:
        """Asks for a new session: its beginning settles what became of the orders of this one."""
        log.error("bus : %d ordres pour %s manqués", count, self.edge.name)
        self._session = 0

    def _mint(self) -> InteractionId:
        return ids.mint(time.time_ns() // 1_000_000, os.urandom(10))

    def _encode(self, things: Sequence[tuple[str, Any]]) -> list[bytes]:
        """Sealed; and the keys are kept before what they open leaves, so that the kernel can open it."""
        bodies = [
            self._wire.encode_event(thing) if kind == "fact" else msgspec.json.encode(thing) for kind, thing in things
        ]
        try:
            self._keys.save()
        except (SQLAlchemyError, OSError, JournalFault) as error:
            # Facts matter more than what they say of a person: the kernel takes them with empty boxes.
            log.error("les clés ne peuvent pas être gardées (%s)", type(error).__name__)
        return bodies
