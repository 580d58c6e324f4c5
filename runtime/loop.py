"""The loop: the one place that reads the clock, and the way of everything into and out of the kernel.

    inbox → kernel → journal → (kept) → orders to their lanes, steps to the bus

Steps are decided in batches; a batch's orders leave once the journal has kept it.  While one batch is being kept the
next is already decided.  If the journal does not keep in time, orders of live calls leave all the same, and the
kernel is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Final

from core import events as e
from core import limits
from core.events import legs
from core.events.base import Event
from core.ports import Journal
from core.step import Came, Step
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.kernel import Kernel
from runtime.lanes import Lanes

log = logging.getLogger("allo.loop")

TOLD_BY_NODES: Final = tuple(
    fact for fact in vars(legs).values() if isinstance(fact, type) and issubclass(fact, Event) and fact is not Event
)


class Loop:
    """Runs one kernel.  `lanes` is set once the edges are known."""

    def __init__(self, kernel: Kernel, journal: Journal, clock: Clock, bus: Bus) -> None:
        self.kernel = kernel
        self.clock = clock
        self._journal = journal
        self._bus = bus
        self.lanes: Lanes | None = None
        self._inbox: deque[tuple[Event, Came | None]] = deque()
        self._batches: asyncio.Queue[list[Step] | None] = asyncio.Queue()
        self._awake = asyncio.Event()
        self._pressing = False
        self._lingering: asyncio.TimerHandle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at_ms: int | None = None
        self._stopping = False
        # What fell due while no process looked waits until the node has told what happened meanwhile: an agent may
        # have answered before the offer ended.
        self._recovering = kernel.seq > 0
        self._journal_keeps = True
        self._missed = 0
        self.shed = 0

    def submit(self, event: Event, came: Came | None = None) -> None:
        """Takes a fact from an edge, which `came` from another process or not; never blocks.

        A full inbox keeps taking the ends of orders and what people asked for.  What a node tells is left out then, for
        a node can be asked again: that is done as soon as there is room.
        """
        if len(self._inbox) >= limits.INBOX_EVENTS and isinstance(event, TOLD_BY_NODES):
            self._missed += 1
            return
        self._inbox.append((event, came))
        if isinstance(event, e.OrderDone):
            self._linger()
        else:
            self._pressing = True
            self._awake.set()

    def _linger(self) -> None:
        """That an order was accepted leads to nothing: it is kept with the next step, or alone after a moment.

        Half of what a call brings are such ends; each alone would cost a commit.
        """
        if self._lingering is None:
            self._lingering = asyncio.get_running_loop().call_later(limits.ORDER_END_LINGER_MS / 1000, self._press)

    def _press(self) -> None:
        self._lingering = None
        self._pressing = True
        self._awake.set()

    def offer(self, event: Event, came: Came | None = None) -> bool:
        """Takes a fact from a page or another system if calls leave room for it; False: come again later."""
        if self.busy:
            self.shed += 1
            return False
        self.submit(event, came)
        return True

    @property
    def waiting(self) -> int:
        """How many facts wait to be decided upon."""
        return len(self._inbox)

    @property
    def busy(self) -> bool:
        """Whether pages and other systems must wait so that calls go on."""
        return len(self._inbox) >= limits.INBOX_SHED_AT

    async def run(self) -> None:
        """Until `stop`."""
        releasing = asyncio.create_task(self._release())
        try:
            while not self._stopping:
                await self._wait()
                if steps := self._decide():
                    self._journal.keep(steps)
                    self._batches.put_nowait(steps)
        finally:
            if self._alarm is not None:
                self._alarm.cancel()
            self._batches.put_nowait(None)
            await releasing

    def stop(self) -> None:
        """Ends `run` once what is decided is kept."""
        self._stopping = True
        self._awake.set()

    async def _wait(self) -> None:
        """Until there is something to decide: a fact, or the earliest deadline."""
        if self._pressing and self._inbox:
            await asyncio.sleep(0)  # let edges read between batches
            return
        self._awake.clear()
        deadline_ms = None if self._recovering else self.kernel.next_deadline_ms()
        if deadline_ms is not None and (self._alarm_at_ms is None or deadline_ms < self._alarm_at_ms):
            self._set_alarm(deadline_ms)
        await self._awake.wait()

    def _set_alarm(self, at_ms: int) -> None:
        """One that rings early costs a look; most deadlines go before they come, and are not worth a timer each."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at_ms = at_ms
        self._alarm = asyncio.get_running_loop().call_later(self.clock.seconds_until(at_ms), self._ring)

    def _ring(self) -> None:
        self._alarm_at_ms = None
        self._awake.set()

    def _decide(self) -> list[Step]:
        """The next batch: deadlines before facts, at the time of each."""
        steps: list[Step] = []
        by_ms = self.clock.stepped_by_ms()
        if by_ms is not None:
            self._inbox.appendleft((e.ClockStepped(cause="clock", by_ms=by_ms), None))
        if self._missed and not self.busy:
            log.error("inbox full: %d facts of the telephony missed", self._missed)
            self._inbox.append((e.FactsMissed(cause="loop", count=self._missed), None))
            self._missed = 0
        while len(steps) < limits.BATCH_STEPS:
            now_ms = self.clock.now_ms()
            if not self._recovering:
                steps += self.kernel.reach(now_ms)
            if not self._inbox:
                self._pressing = False
                break
            event, came = self._inbox.popleft()
            steps.append(self.kernel.receive(event, now_ms, came))
            self._recovering = self._recovering and not isinstance(event, e.NodeSeen)
        for step in steps:
            if isinstance(step.input, e.Broken):
                log.error("step %d: %s broke on %s in %s", step.seq, step.input.error, step.input.fact, step.input.mind)
        return steps

    async def _release(self) -> None:
        while (steps := await self._batches.get()) is not None:
            kept = await self._journal.kept(steps[-1].seq)
            self.note_journal(kept)
            for step in steps:
                for order in step.orders:
                    if self.lanes is not None:
                        self.lanes.give(order)
                self._bus.publish(step)

    def note_journal(self, kept: bool) -> None:
        """Tells the kernel when keeping stops or comes back: new calls then take the safe path, or the usual one."""
        if kept == self._journal_keeps:
            return
        self._journal_keeps = kept
        reason = "" if kept else f"not kept within {limits.JOURNAL_LAG_MS} ms"
        self.submit(e.JournalAlarm(cause="journal", kept=kept, reason=reason))
