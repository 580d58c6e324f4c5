"""The loop on virtual time: facts in, deadlines on time, orders out only once their step is kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from core import events as e
from core import ids, limits
from core.commands import AnswerCall, Command, LookAgain, Order
from core.events.base import Event
from core.ports import Mint, Submit
from core.step import Step
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.lanes import Lanes
from runtime.loop import Loop
from tests import centres, virtual_time
from tests.fakes.journal import FakeJournal
from tests.virtual_time import passes

INTERACTION = ids.mint(1_800_000_000_000, b"0123456789")
ARRIVED = e.CallArrived(
    cause="t",
    interaction=INTERACTION,
    leg=ids.caller_leg(INTERACTION),
    node="n",
    channel="PJSIP/trunk-1",
    dialled=centres.NUMBER,
    caller=None,
    caller_name=None,
    answered=False,
)


class SlowJournal(FakeJournal):
    """Keeps after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def kept(self, seq: int) -> bool:
        await passes(self.seconds)
        return await super().kept(seq)


class Asterisk:
    """Notes when it is ordered what."""

    name = "telephony"
    performs: tuple[type[Command], ...] = (AnswerCall,)

    def __init__(self) -> None:
        self.ordered: list[tuple[str, float]] = []

    async def start(self, submit: Submit, mint: Mint) -> None: ...

    async def stop(self) -> None: ...

    async def perform(self, order: Order) -> Event:
        self.ordered.append((type(order.command).__name__, asyncio.get_running_loop().time()))
        return e.OrderDone(cause="telephony", order=order.id)


class Scene:
    """A loop at work: what was ordered, and what the bus carried."""

    def __init__(self, journal: FakeJournal) -> None:
        self.machine = virtual_time.VirtualClock()
        self.asterisk = Asterisk()
        self.steps: list[Step] = []
        self.journal = journal
        self.loop: Loop

    def play(self, act: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            bus = Bus()
            bus.listen(self.steps.append)
            kernel = centres.kernel(centres.small())
            self.loop = Loop(kernel, self.journal, Clock(self.machine.wall_s, self.machine.steady_s), bus)
            self.loop.lanes = Lanes([self.asterisk], self.loop.submit)
            running = asyncio.create_task(self.loop.run())
            await act(self)
            self.loop.stop()
            await running

        virtual_time.run(self.machine, whole())

    def inputs(self) -> list[str]:
        return [type(step.input).__name__ for step in self.steps]


async def _a_call(scene: Scene) -> None:
    scene.loop.submit(ARRIVED)
    await passes(10)


def test_a_deadline_fires_on_time_and_its_order_leaves() -> None:
    scene = Scene(FakeJournal())
    scene.play(_a_call)
    (name, at_s), *_ = scene.asterisk.ordered
    assert name == "AnswerCall"
    assert round(at_s, 2) == 1.0
    assert scene.inputs()[:3] == ["CallArrived", "DeadlineReached", "OrderDone"]


def test_the_end_of_an_order_is_kept_with_what_comes_next_or_alone_after_a_moment() -> None:
    batches: list[list[str]] = []

    class Noting(FakeJournal):
        def keep(self, steps: Iterable[Step]) -> None:
            taken = list(steps)
            batches.append([type(step.input).__name__ for step in taken])
            super().keep(taken)

    async def ends_and_an_arrival(scene: Scene) -> None:
        moment_s = limits.ORDER_END_LINGER_MS / 1000
        scene.loop.submit(e.OrderDone(cause="t", order="1"))
        await passes(moment_s / 2)
        assert batches == []
        scene.loop.submit(ARRIVED)
        await passes(moment_s / 4)
        scene.loop.submit(e.OrderDone(cause="t", order="2"))
        await passes(moment_s)

    Scene(Noting()).play(ends_and_an_arrival)
    assert batches[:2] == [["OrderDone", "CallArrived"], ["OrderDone"]]


def test_an_order_leaves_only_once_its_step_is_kept() -> None:
    scene = Scene(SlowJournal(seconds=0.15))
    scene.play(_a_call)
    assert round(scene.asterisk.ordered[0][1], 2) == 1.15


def test_a_journal_that_refuses_is_told_once_and_orders_leave_all_the_same() -> None:
    journal = FakeJournal()
    journal.refusing = True
    scene = Scene(journal)
    scene.play(_a_call)
    assert scene.asterisk.ordered[0][0] == "AnswerCall"
    alarms = [step.input for step in scene.steps if isinstance(step.input, e.JournalAlarm)]
    assert [alarm.kept for alarm in alarms] == [False]


def test_new_calls_take_the_safe_path_while_the_journal_refuses_and_the_usual_one_after() -> None:
    journal = FakeJournal()
    journal.refusing = True
    scene = Scene(journal)

    async def act(scene: Scene) -> None:
        scene.loop.submit(e.PhoneSeen(cause="t", phone="nobody", reachable=True))
        await passes(1)
        scene.loop.submit(ARRIVED)
        await passes(0.5)
        journal.refusing = False
        scene.loop.submit(e.PhoneSeen(cause="t", phone="nobody", reachable=False))
        await passes(0.5)

    scene.play(act)
    arrived = next(step for step in scene.steps if isinstance(step.input, e.CallArrived))
    assert any(isinstance(fact, e.NeedStated) for fact in arrived.facts)
    kept = [step.input.kept for step in scene.steps if isinstance(step.input, e.JournalAlarm)]
    assert kept == [False, True]


def test_a_clock_that_is_set_is_journaled_and_deadlines_keep_their_time() -> None:
    scene = Scene(FakeJournal())

    async def act(scene: Scene) -> None:
        scene.loop.submit(ARRIVED)
        await passes(0.5)
        scene.machine.wall_offset_s += 86_400
        scene.loop.submit(e.PhoneSeen(cause="t", phone="nobody", reachable=True))
        await passes(5)

    scene.play(act)
    stepped = [step.input for step in scene.steps if isinstance(step.input, e.ClockStepped)]
    assert [fact.by_ms for fact in stepped] == [86_400_000]
    assert round(scene.asterisk.ordered[0][1], 2) == 1.0
    assert [step.now_ms for step in scene.steps] == sorted(step.now_ms for step in scene.steps)


def test_pages_are_told_to_wait_before_calls_would_have_to() -> None:
    scene = Scene(FakeJournal())

    async def act(scene: Scene) -> None:
        for _ in range(limits.INBOX_SHED_AT):
            scene.loop.submit(e.PhoneSeen(cause="t", phone="nobody", reachable=True))
        assert scene.loop.busy
        await passes(1)
        assert not scene.loop.busy

    scene.play(act)
    assert len(scene.steps) >= limits.INBOX_SHED_AT


def test_a_full_inbox_leaves_out_what_a_node_can_say_again_and_asks_it() -> None:
    """The ends of orders are all taken; pages are refused; nothing is held beyond the bound but these."""
    scene = Scene(FakeJournal())
    scene.asterisk.performs = (AnswerCall, LookAgain)
    seen = e.PhoneSeen(cause="t", phone="nobody", reachable=True)
    done = e.OrderDone(cause="t", order="1.1.1")

    async def act(scene: Scene) -> None:
        for _ in range(limits.INBOX_EVENTS + 7):
            scene.loop.submit(seen)
        scene.loop.submit(done)
        assert not scene.loop.offer(e.AgentAsked(cause="page", agent="claire", wish="pause", reason=""))
        assert scene.loop.shed == 1
        await passes(2)
        assert scene.loop.offer(e.AgentAsked(cause="page", agent="claire", wish="pause", reason=""))
        await passes(1)

    scene.play(act)
    told = Counter(type(step.input).__name__ for step in scene.steps)
    assert (told["PhoneSeen"], told["OrderDone"]) == (limits.INBOX_EVENTS, 2)  # the second: that of looking again
    assert [step.input.count for step in scene.steps if isinstance(step.input, e.FactsMissed)] == [7]
    assert "LookAgain" in [name for name, _ in scene.asterisk.ordered]
