"""Webhooks as an edge: hears every kept step, keeps in the outbox what is to be told, delivers it.

    step ─▶ translate ─▶ outbox (with the step's number) ─▶ a sender for each endpoint ─▶ the receiver

The outbox says how far the journal is told.  What was not heard (a crash, a disk that lagged) is read from the journal
from there on, so that live hearing and catching up are one path.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, Protocol, TypeVar

import aiohttp
import msgspec
from sqlalchemy.exc import SQLAlchemyError

from core import events as e
from core import limits
from core.centre import Centre
from core.commands import Command, Order
from core.errors import AlloError
from core.events.base import Event
from core.ids import InteractionId
from core.ports import Mint, Submit
from core.step import Step
from crm_bridge import database
from crm_bridge.outbox import New, Outbox
from crm_bridge.sending import Endpoint, Sender
from crm_bridge.translate import TOLD_OF, Thread, for_endpoint, interaction_of, tell

log = logging.getLogger("allo.webhooks")

T = TypeVar("T")

NAME: Final = "webhooks"
# Steps translated in one transaction.
BATCH: Final = 200
# A disk that refuses is asked again after so long.
AGAIN_S: Final = 1.0
# What a call brings comes in bursts; told together it costs one commit.  Nobody notices a twentieth of a second.
GATHER_S: Final = 0.05
FORGET_EVERY_MS: Final = 3_600_000
_TOLD_OF: Final = tuple(fact.__name__ for fact in TOLD_OF)


class Kept(Protocol):
    """The journal, as far as the outbox reads it (journal.reading.Reader)."""

    def last_seq(self) -> int:
        """The last step that is kept."""

    def steps(
        self,
        interaction: str | None = None,
        since_seq: int | None = None,
        until_seq: int | None = None,
        holding: Collection[str] = (),
    ) -> Iterator[Step]:
        """Kept steps in order, both ends included; with `holding`, those may be left out that hold no such fact."""


class Webhooks:
    """A core.ports.Edge that performs nothing and hears everything (core.ports.Hearer)."""

    name = NAME
    performs: tuple[type[Command], ...] = ()

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        centre: Centre,
        protected: Iterable[str],
        open_outbox: Callable[[], Outbox],
        open_journal: Callable[[], Kept],
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._endpoints = endpoints
        self._centre = centre
        self._protected = frozenset(protected)
        self._open_outbox = open_outbox
        self._open_journal = open_journal
        self._clock = clock
        self._heard: deque[Step] = deque(maxlen=limits.OUTBOX_STEPS)
        self._awake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._senders: list[Sender] = []
        self._session: aiohttp.ClientSession | None = None
        self._disk: ThreadPoolExecutor | None = None
        self._outbox: Outbox | None = None
        self._position = 0
        self._forgotten_at_ms = 0
        self._full: set[str] = set()

    def hear(self, step: Step) -> None:
        """Takes one kept step.  The oldest that do not fit are read from the journal later."""
        self._heard.append(step)
        self._awake.set()

    def look(self) -> None:
        """Something may have been kept that was not heard: where the journal is all there is to follow."""
        self._awake.set()

    def begin(self) -> None:
        """Makes the outbox, if there is none, at the step that the journal has reached; raises AlloError."""
        try:
            outbox = self._opened()[0]
        except (SQLAlchemyError, OSError) as error:
            raise _closed(error) from None
        outbox.close()

    async def start(self, submit: Submit, mint: Mint) -> None:
        """Opens the outbox and begins to deliver; raises AlloError with the remedy if it cannot be opened."""
        del submit, mint
        self._disk = ThreadPoolExecutor(1, "webhooks")
        try:
            outbox, journal, position, disabled = await self._run(self._opened)
        except (SQLAlchemyError, OSError) as error:
            self._disk.shutdown()
            raise _closed(error) from None
        self._outbox, self._position = outbox, position
        self._endpoints = [endpoint for endpoint in self._endpoints if endpoint.name not in disabled]
        for name in disabled:
            log.warning("webhooks vers %s : arrêtés par le destinataire ; ./allo webhooks enable %s", name, name)
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )
        self._senders = [Sender(endpoint, outbox, self._disk, self._clock) for endpoint in self._endpoints]
        self._tasks = [asyncio.create_task(sender.run(self._session)) for sender in self._senders]
        self._tasks.append(asyncio.create_task(self._feed(outbox, journal)))

    async def stop(self) -> None:
        """Ends; what waits is on the disk."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._disk is not None:
            await asyncio.to_thread(self._disk.shutdown)
            self._disk = None
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None

    async def perform(self, order: Order) -> Event:
        """There is nothing to order here."""
        return e.OrderRefused(cause=NAME, order=order.id, command=order.command, reason="webhooks take no orders")

    @property
    def delivered(self) -> int:
        """Webhooks delivered since the start."""
        return sum(sender.delivered for sender in self._senders)

    def wake(self) -> None:
        """Time has passed: looks again at what may be delivered."""
        for sender in self._senders:
            sender.wake()

    def _opened(self) -> tuple[Outbox, Kept, int, dict[str, str]]:
        outbox = self._open_outbox()
        journal = self._open_journal()
        last = journal.last_seq()
        position = outbox.position()
        if position is None or position > last:
            if position is not None:
                log.warning("la boîte d'envoi est en avance sur le journal, qui a été remplacé : elle repart de sa fin")
            # What happened before webhooks were wanted is nobody's business now.
            outbox.keep(last, {}, (), self._clock())
            position = last
        return outbox, journal, position, outbox.disabled()

    async def _feed(self, outbox: Outbox, journal: Kept) -> None:
        """Keeps in the outbox what every step tells, in order, without a hole."""
        self._awake.set()  # what a crash left untold
        last = await self._run(journal.last_seq)
        sure = True
        while True:
            try:
                if not sure:  # a server that was cut off in a commit may have it all the same
                    self._position = await self._run(lambda: outbox.position() or self._position)
                    sure = True
                await self._catch_up(outbox, journal, last)
                await self._awake.wait()
                await asyncio.sleep(GATHER_S)
                self._awake.clear()
                while self._heard:
                    steps = [self._heard.popleft() for _ in range(min(BATCH, len(self._heard)))]
                    await self._catch_up(outbox, journal, steps[0].seq - 1)
                    await self._take(outbox, [step for step in steps if step.seq > self._position])
                last = max(self._position, await self._last(journal, last))
            except (SQLAlchemyError, OSError, AlloError) as error:
                told = str(error) if isinstance(error, AlloError) else database.why(error)
                log.error("la boîte d'envoi des webhooks n'écrit pas (%s) : elle rattrapera depuis le journal", told)
                sure = False
                await asyncio.sleep(AGAIN_S)
                last = await self._last(journal, last)

    async def _last(self, journal: Kept, known: int) -> int:
        with contextlib.suppress(AlloError):
            return await self._run(journal.last_seq)
        return known

    async def _catch_up(self, outbox: Outbox, journal: Kept, until: int) -> None:
        """Reads from the journal what was not heard, up to the step `until`."""
        while self._position < until:
            since = self._position + 1
            upto = min(until, since + BATCH - 1)
            steps = await self._run(partial(_read, journal, since, upto))
            await self._take(outbox, steps, upto)

    async def _take(self, outbox: Outbox, steps: list[Step], upto: int | None = None) -> None:
        """Keeps what the steps tell, and that they are told, in one transaction."""
        seq = upto if upto is not None else steps[-1].seq if steps else self._position
        if seq <= self._position:
            return
        refused, told = await self._run(lambda: self._translated(outbox, steps, seq))
        self._position = seq
        self._alarm(refused)
        if told:
            self.wake()

    def _translated(self, outbox: Outbox, steps: list[Step], seq: int) -> tuple[dict[str, int], bool]:
        facts: list[tuple[Any, int]] = [
            (fact, step.now_ms) for step in steps for fact in (step.input, *step.facts) if isinstance(fact, TOLD_OF)
        ]
        now_ms = self._clock()
        if now_ms - self._forgotten_at_ms > FORGET_EVERY_MS:
            outbox.forget(now_ms)
            self._forgotten_at_ms = now_ms
        known = outbox.threads({interaction_of(fact) for fact, _ in facts}) if facts else {}
        changed: dict[InteractionId, Thread] = {}
        new: list[New] = []
        for fact, at_ms in facts:
            interaction = interaction_of(fact)
            before = changed.get(interaction, known.get(interaction))
            thread, telling = tell(before, fact, at_ms, self._centre, self._protected)
            if thread is not None and thread != before:
                changed[interaction] = thread
            for endpoint in self._endpoints if telling is not None else ():
                assert telling is not None
                if (chosen := for_endpoint(telling, endpoint.allowed)) is not None:
                    body, record = chosen
                    new.append(
                        New(
                            endpoint=endpoint.name,
                            interaction=telling.interaction,
                            id=telling.id,
                            type=telling.type,
                            tenant=telling.thread.tenant,
                            body=msgspec.json.encode(body),
                            record=record,
                            made_at_ms=now_ms,
                        )
                    )
        return outbox.keep(seq, changed, new, now_ms), bool(new)

    def _alarm(self, refused: dict[str, int]) -> None:
        for endpoint, count in refused.items():
            if endpoint not in self._full:
                log.error(
                    "la boîte d'envoi vers %s est pleine : les plus anciens y restent, %d refusé(s) ; réparez le "
                    "destinataire",
                    endpoint,
                    count,
                )
        self._full = set(refused)

    async def _run(self, work: Callable[[], T]) -> T:
        assert self._disk is not None
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)


def _read(journal: Kept, since: int, until: int) -> list[Step]:
    return list(journal.steps(None, since, until, _TOLD_OF))


def _closed(error: SQLAlchemyError | OSError) -> AlloError:
    return AlloError(
        f"La boîte d'envoi des webhooks ne s'ouvre pas ({database.why(error)}). Vérifiez l'espace du disque et "
        "les droits de son dossier, ou que PostgreSQL répond."
    )
