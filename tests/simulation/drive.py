"""The real kernel in a world of data: time jumps to whatever comes next, orders go to models of Asterisk and speech.

What runtime/loop.py does with asyncio and a clock is done here with an agenda: deadlines before events, one event after
the other, orders performed once their step is decided.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from core import commands as c
from core import events as e
from core.centre import Centre
from core.commands import Order
from core.events.base import Event
from core.ids import InteractionId
from core.step import Step
from runtime.kernel import Kernel
from tests import centres
from tests.simulation.agenda import Agenda
from tests.simulation.asterisk import Asterisk, Delays
from tests.simulation.hearer import Hearer

MINTED: Final = 100_000
LOGIN_MS: Final = 5
"""From a start to Asterisk's answer about itself."""


class Drive:
    """One kernel, one node.  `on_step` sees every step; `meddle` may answer an order in the performers' stead."""

    def __init__(self, centre: Centre, delays: Delays | None = None, now_ms: int = centres.START_MS) -> None:
        self.kernel = centres.kernel(centre)
        self.agenda = Agenda()
        self.now_ms = now_ms
        self.asterisk = Asterisk(self.agenda, lambda event, _now_ms: self.submit(event), delays)
        self.asterisk.listening = False
        self.alive = True
        self._minted = 0
        self.inbox: deque[Event] = deque()
        self.steps: list[Step] = []
        self.on_step: Callable[[Step], None] = lambda _step: None
        self.meddle: Callable[[Order, int], Event | None] = lambda _order, _now_ms: None
        self.speak: Callable[[c.PreparePrompt, int], None] = self.speak_at_once
        self.hearer = Hearer(self.agenda, self.submit)
        self.look_up: Callable[[c.SeekCitizen, int], None] = self.nobody_known

    def submit(self, event: Event) -> None:
        """A fact for the kernel; one that dies does not hear it."""
        if self.alive:
            self.inbox.append(event)

    def speak_at_once(self, command: c.PreparePrompt, now_ms: int) -> None:
        """Speech that has every prompt."""
        path = f"/prompts/{command.prompt}" if command.words else None
        self.submit(e.PromptReady(cause="speech", prompt=command.prompt, path=path))

    def nobody_known(self, command: c.SeekCitizen, _now_ms: int) -> None:
        """Records that know nobody, at once."""
        self.submit(e.CitizenFound(cause="crm_bridge", interaction=command.interaction, how="none", record=None))

    def start(self) -> None:
        """What runtime/platform does at a start: every open order's end is unknown, and Asterisk is asked."""
        kernel = self.kernel
        self.submit(e.ConfigurationApplied(cause="start", digest=kernel.configurations.now.digest))
        for order in kernel.orders.values():
            again = not isinstance(order.command, c.PreparePrompt)
            self.submit(
                e.OrderFailed(
                    cause="start", order=order.id, command=order.command, reason="interrompu", retryable=again
                )
            )
        self.submit(e.CentreStarted(cause="start", release="0"))
        self.hearer.start()
        self.agenda.at(self.now_ms + LOGIN_MS, lambda _now_ms: self.look())

    def look(self) -> None:
        """What a (re)connection tells: the node as it is, then callers whom nobody knows."""
        if not self.alive:
            return
        self.asterisk.listening = True
        unheard, self.asterisk.unheard = self.asterisk.unheard, []
        for left in unheard:
            self.submit(left)
        self.submit(self.asterisk.seen())
        for line in list(self.asterisk.lines.values()):
            if not line.known:
                line.known = True
                self.submit(self.asterisk.arrival(line))

    def run_until(self, end_ms: int) -> None:
        """Lets everything happen up to `end_ms`."""
        self.drain()
        while True:
            next_ms = self.next_ms()
            if next_ms is None or next_ms > end_ms:
                break
            self.now_ms = max(self.now_ms, next_ms)
            self.reach()
            if (self.agenda.next_ms() or next_ms + 1) <= next_ms:
                _, act = self.agenda.pop()
                act(self.now_ms)
            self.drain()
        self.now_ms = max(self.now_ms, end_ms)

    def next_ms(self) -> int | None:
        """When something comes next; a dead kernel has no deadlines."""
        deadline = self.kernel.next_deadline_ms() if self.alive else None
        times = [at for at in (deadline, self.agenda.next_ms()) if at is not None]
        return min(times, default=None)

    def reach(self) -> None:
        if self.alive:
            for step in self.kernel.reach(self.now_ms):
                self._take(step)

    def drain(self) -> None:
        """Decides on what waits, deadlines first."""
        while self.inbox and self.alive:
            self.reach()
            if self.inbox:  # a deadline may have killed us
                self._take(self.kernel.receive(self.inbox.popleft(), self.now_ms))

    def _take(self, step: Step) -> None:
        self.steps.append(step)
        for order in step.orders:
            self.submit(self._perform(order))
        self.on_step(step)

    def _perform(self, order: Order) -> Event:
        end = self.meddle(order, self.now_ms)
        if end is not None:
            return end
        if isinstance(order.command, c.PreparePrompt):
            self.speak(order.command, self.now_ms)
            return e.OrderDone(cause="speech", order=order.id)
        if isinstance(order.command, c.HearCaller | c.StopHearing):
            self.hearer.perform(order.command, self.now_ms)
            return e.OrderDone(cause="speech", order=order.id)
        if isinstance(order.command, c.SeekCitizen):
            self.look_up(order.command, self.now_ms)
            return e.OrderDone(cause="crm_bridge", order=order.id)
        if isinstance(order.command, c.UnderstandWriting):
            read = e.WritingUnderstood(cause="speech", interaction=order.command.interaction, reading=e.Understanding())
            self.submit(read)
            return e.OrderDone(cause="speech", order=order.id)
        return self.asterisk.perform(order, self.now_ms)

    def die(self) -> None:
        """kill -9: what was in memory is gone, what Asterisk does goes on unheard."""
        self.alive = False
        self.asterisk.listening = False
        self.inbox.clear()

    def mint(self) -> InteractionId:
        """A new interaction's id, apart from those that the test gives."""
        self._minted += 1
        return centres.interaction(MINTED + self._minted)

    def rise(self) -> Kernel:
        """Another process: a kernel folded from the steps that were kept.  Answers the one that died."""
        dead, self.kernel = self.kernel, centres.kernel(centres.small())
        self.kernel.configurations.by_digest.update(dead.configurations.by_digest)
        for step in self.steps:
            self.kernel.fold(step)
        self.asterisk.forget(self.mint, self.kernel.mind("calls").calls)
        self.alive = True
        self.start()
        return dead
