"""An edge in another process, as the kernel's process sees it: facts come, orders go, and absence is noticed.

    edge    ── Here(session, holds) ──▶  kernel     twice a second, on the edge's stream of facts
    kernel  ── Hail(known) ──▶           edge       whenever it hears from a start that it did not hail in this session
    edge    ── Here(that session) ──▶    kernel     now the orders that it does not hold have ended, and new ones go

A session is one unbroken time with one start of the edge under one kernel: its number begins with the kernel's epoch,
and the edge refuses whatever comes under an older one.  Silence ends the session: the node counts as lost, as it does
when the link to Asterisk breaks, and what was not sent has failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from redis.asyncio import Redis

from core import events as e
from core import limits
from core.commands import Command, LookAgain, Order, PreparePrompt
from core.events.base import Event
from core.ports import Mint, Submit
from core.step import Came, Step
from core.wire import Wire
from runtime.kernel import Kernel
from runtime.loop import Loop
from runtime.scaled.redis_bus import Inlet, Message, Outlet

log = logging.getLogger("allo.bus")

# Sessions of one epoch: one a second for eleven days.
SESSIONS: Final = 1_000_000
# An edge that was hailed answers at once; if not, it is hailed again after this.
HAIL_AGAIN_S: Final = 2.0
# While calls come faster than they are decided, facts wait in the stream, and this long between two looks.
BUSY_S: Final = 0.02


class Hail(msgspec.Struct, frozen=True, kw_only=True):
    """Sent under the session's number: `known` are the interactions that the journal knows as calls."""

    known: tuple[str, ...]
    digest: str


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """The session that the edge was last hailed under, and the orders of it that have no end yet.

    `started`: the edge was at work before that hail, and has told what it sees already.
    """

    session: int
    holds: tuple[str, ...]
    started: bool


def facts_of(edge: str) -> str:
    """The stream of an edge's facts."""
    return f"facts:{edge}"


def orders_of(edge: str, start: int) -> str:
    """The stream of orders to one start of an edge: what was meant for a process that died reaches no other."""
    return f"orders:{edge}:{start}"


class RemoteEdge:
    """An AwayEdge.  `lost` makes the facts that tell of its absence.

    Facts wait while calls leave no room for them.  Where people ask and wait (`asks`) they are refused instead, and the
    edge is told so.  `outlived` once the edge obeys a kernel that took the lead after ours.

    `attach` it to the loop, then `start` it.  Orders to an edge that was never there yet wait for it; later ones fail
    while it is away, and may be tried again.
    """

    def __init__(
        self,
        name: str,
        performs: tuple[type[Command], ...],
        lost: Callable[[Kernel], Iterable[Event]] = lambda _kernel: (),
        *,
        asks: bool = False,
    ) -> None:
        self.name = name
        self.performs = performs
        self._asks = asks
        self.up = False
        self.outlived = False
        self._lost = lost
        self._session = 0
        self._ever_up = False
        self._early: list[Order] = []
        self._owed: dict[str, Order] = {}
        self._acknowledged = (0, 0)
        self._seen_s = 0.0
        self._hailed: tuple[int, int] = (0, 0)
        self._hailed_s = 0.0
        self._outlet: Outlet | None = None
        self._watching: asyncio.Task[None] | None = None
        self._loop: Loop
        self._inlet: Inlet
        self._redis: Redis
        self._wire: Wire
        self._digest: Callable[[], str]

    def attach(self, loop: Loop, redis: Redis, wire: Wire, epoch: int, digest: Callable[[], str]) -> None:
        """`epoch` is the kernel's, `digest` that of the files it has read last.

        Orders of this edge that are open now were given to it by an earlier kernel.
        """
        self._loop, self._redis, self._wire = loop, redis, wire
        self._session = epoch * SESSIONS + 1
        self._digest = digest
        self._owed = {
            order.id: order for order in loop.kernel.orders.values() if isinstance(order.command, self.performs)
        }
        taken = loop.kernel.taken.get(self.name)
        self._acknowledged = (taken.origin, taken.number) if taken else (0, 0)
        origin, number = self._acknowledged
        self._inlet = Inlet(
            redis, facts_of(self.name), self._take, self._missed, origin=origin, number=number, away=self._bus_away
        )

    @property
    def ready(self) -> bool:
        """Whether orders reach it."""
        return self.up

    async def start(self, submit: Submit, mint: Mint) -> None:
        """Begins to read what the edge tells, from where the journal ends; it mints its own ids."""
        del submit, mint
        self._inlet.start()
        self._watching = asyncio.create_task(self._watch(), name=f"watch-{self.name}")

    async def stop(self) -> None:
        """Reads no more; what the edge tells waits in its stream for the next kernel."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await self._inlet.stop()
        if self._outlet is not None:
            await self._outlet.stop()
            self._outlet = None

    def send(self, order: Order) -> Event | None:
        """Sends one order off; OrderFailed if the edge is away."""
        if self.up and self._outlet is not None:
            self._owed[order.id] = order
            self._outlet.put("order", order)
            return None
        if not self._ever_up and len(self._early) < limits.ORDERS_OPEN:
            self._early.append(order)
            return None
        return _failed(order, f"le processus {self.name} ne répond pas")

    def kept(self, step: Step) -> None:
        """The step is in the journal: what brought it needs never be read again."""
        if isinstance(step.came, Came) and step.came.edge == self.name:
            self._acknowledged = (step.came.origin, step.came.number)
            self._inlet.done(*self._acknowledged)

    async def _take(self, message: Message) -> None:
        if message.kind == "here":
            self._here(message)
            if (message.origin, message.number) <= self._acknowledged:
                self._inlet.done(*self._acknowledged)
        elif message.kind == "fact":
            event = await asyncio.to_thread(self._wire.decode_event, message.body)
            came = Came(edge=self.name, origin=message.origin, number=message.number)
            if self._asks:
                self._asked(event, came)
                return
            while self._loop.busy:  # noqa: ASYNC110  nobody says when it no longer is
                await asyncio.sleep(BUSY_S)
            if isinstance(event, e.OrderDone | e.OrderFailed | e.OrderRefused):
                self._owed.pop(event.order, None)
            self._loop.submit(event, came)

    def _asked(self, event: Event, came: Came) -> None:
        request: str = getattr(event, "request", "")
        if not self._loop.offer(event, came) and request and self._outlet is not None:
            self._outlet.put("busy", request)

    def _missed(self, count: int) -> None:
        log.error("bus : %d faits de %s manqués", count, self.name)
        self._loop.submit(e.FactsMissed(cause="bus", count=count))

    def _here(self, message: Message) -> None:
        here = msgspec.json.decode(message.body, type=Here)
        now_s = asyncio.get_running_loop().time()
        self._seen_s = now_s
        if here.session == self._session and self._hailed == (message.origin, self._session):
            if not self.up:
                self._rise(here)
            return
        if here.session > self._session:
            self.outlived = True
            return
        if self.up:
            self._fall("a redémarré")
        if self._hailed != (message.origin, self._session) or now_s > self._hailed_s + HAIL_AGAIN_S:
            self._hail(message.origin, now_s)

    def _hail(self, start: int, now_s: float) -> None:
        if self._outlet is None or self._hailed[0] != start:
            if self._outlet is not None:
                old = self._outlet
                self._outlet = None
                task = asyncio.create_task(old.stop(0.0))
                task.add_done_callback(lambda _ended: None)
            self._outlet = Outlet(self._redis, orders_of(self.name, start), self._session, self._encode)
            self._outlet.start()
        self._hailed, self._hailed_s = (start, self._session), now_s
        self._outlet.say("hail", Hail(known=tuple(self._loop.kernel.mind("calls").calls), digest=self._digest()))

    def _rise(self, here: Here) -> None:
        """The edge has taken our hail: whatever it does not hold, and has not ended, was lost with what went before."""
        assert self._outlet is not None
        self.up = True
        log.info("bus : %s est là", self.name)
        for order in [owed for name, owed in self._owed.items() if name not in here.holds]:
            self._owed.pop(order.id)
            self._loop.submit(abandoned(order))
        early, self._early = self._early, []
        self._ever_up = True
        for order in early:
            self.send(order)
        if here.started and LookAgain in self.performs:
            self._loop.submit(e.FactsMissed(cause="bus", count=0))

    def _fall(self, reason: str) -> None:
        """The session ends: nothing more goes out under it."""
        log.error("bus : le processus %s %s", self.name, reason)
        self.up = False
        self._session += 1
        unsent = self._outlet.forget(self._session) if self._outlet is not None else ()
        for order in unsent:
            if isinstance(order, Order):
                self._owed.pop(order.id, None)
                self._loop.submit(_failed(order, f"le processus {self.name} {reason}"))
        for fact in self._lost(self._loop.kernel):
            self._loop.submit(fact)

    def _bus_away(self) -> None:
        """What is in a Redis that dies may be gone with it: this session is over, whoever noticed it first."""
        if self.up:
            self._fall("est hors d'atteinte, le bus ne répond pas")

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(limits.BEAT_EVERY_MS / 1000)
            if self.up and loop.time() > self._seen_s + limits.BEAT_LOST_MS / 1000:
                self._fall("ne répond plus")

    def _encode(self, things: Sequence[tuple[str, Any]]) -> list[bytes]:
        return [
            self._wire.encode_order(thing) if kind == "order" else msgspec.json.encode(thing) for kind, thing in things
        ]


def abandoned(order: Order) -> Event:
    """How an order ends whose performer died with it.

    Prompts are asked for anew by every start.  What Asterisk was told, Asterisk shows: NodeSeen leads to what is still
    to be done, so that nothing is done twice.
    """
    retryable = not isinstance(order.command, PreparePrompt)
    return e.OrderFailed(
        cause="start", order=order.id, command=order.command, reason="interrompu par l'arrêt", retryable=retryable
    )


def _failed(order: Order, reason: str) -> Event:
    return e.OrderFailed(cause="bus", order=order.id, command=order.command, reason=reason, retryable=True)
