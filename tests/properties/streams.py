"""Streams of facts in any order: what sound peers say, late, twice, or about things that never were.

A stream is a list of moves (small numbers, so that Hypothesis can shrink them).  Half of them answer one of the last
orders as its performer would; the others are arbitrary (tests/properties/anything.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from core import commands as c
from core import events as e
from core import ids
from core.commands import Order
from core.events.base import Event
from core.step import Step
from runtime.kernel import Kernel
from tests import centres
from tests.properties import spoken
from tests.properties.anything import ANYTHING, PHONES, REASONS, found, seen

Move = tuple[int, int, int, int]

ANSWERS: Final = len(ANYTHING)
"""A move's kind below this answers an order; from here on it is something of ANYTHING."""

KINDS: Final = ANSWERS + len(ANYTHING)
SOMEBODY_CALLS: Final = (ANSWERS, 0, 0, 0)

moves: Final = st.lists(
    st.tuples(
        st.integers(0, KINDS - 1), st.integers(0, 11), st.integers(0, 11), st.sampled_from((0, 1, 20, 400, 1500, 9000))
    ),
    min_size=60,  # long ones, or nothing deep happens; what Hypothesis does not need becomes a move of kind 0
    max_size=140,
)


class Stream:
    """Turns moves into facts for one kernel; `steps` are what came of them, `inputs` what was received and when."""

    def __init__(self, kernel: Kernel, on_step: Callable[[Step], None] = lambda _step: None) -> None:
        self.kernel = kernel
        self.on_step = on_step
        self.now_ms = centres.START_MS
        self.steps: list[Step] = []
        self.inputs: list[tuple[Event, int]] = []
        self.arrived = 0
        self.orders: deque[Order] = deque(maxlen=12)
        self.recorded: set[str] = set()
        self.receive(e.CentreStarted(cause="start", release="0"))
        self.receive(e.NodeSeen(cause="telephony", node="nord", legs=(), phones=PHONES))
        if kernel.configurations.now.digest == "curieux":  # of which most would else be asked by keys
            self.receive(e.SpeechCapacity(cause="speech", streams=8, model="essai"))

    def receive(self, event: Event) -> None:
        """What runtime/loop does: deadlines first."""
        self.reach()
        self.inputs.append((event, self.now_ms))
        self._take(self.kernel.receive(event, self.now_ms))

    def reach(self) -> None:
        while (deadline := self.kernel.next_deadline_ms()) is not None and deadline <= self.now_ms:
            self._take(*self.kernel.reach(deadline))

    def _take(self, *steps: Step) -> None:
        """Steps that the kernel made together come before what any of them leads to."""
        for step in steps:
            self.steps.append(step)
            self.orders += [order for order in step.orders if not isinstance(order.command, c.PreparePrompt)]
            self.on_step(step)
        for order in [order for step in steps for order in step.orders]:
            if isinstance(order.command, c.PreparePrompt) and order.command.words:
                path = f"/prompts/{order.command.prompt}"
                self.receive(e.PromptReady(cause="speech", prompt=order.command.prompt, path=path))

    def move(self, move: Move) -> None:
        kind, one, two, after_ms = move
        self.now_ms += after_ms
        self.reach()
        if kind == 0:
            return
        if kind < ANSWERS and self.orders:
            event = self._answer(one, two)
        else:
            event = ANYTHING[kind % len(ANYTHING)](self, one, two)
        if event is not None:
            self.receive(event)

    # -- what sound peers say ---------------------------------------------------------------------------------------

    def _answer(self, one: int, two: int) -> Event | None:
        order = self.orders[-1 - one % len(self.orders)]
        command: Any = order.command
        if isinstance(command, c.LookAgain):
            return seen(self, one, two)
        of = {"cause": "telephony", "interaction": command.interaction}
        if isinstance(command, c.AnswerCall):
            return e.LegAnswered(**of, leg=command.leg, channel=command.channel)
        if isinstance(command, c.PlayPrompt):
            return e.PlaybackEnded(**of, playback=command.playback, completed=two > 0)
        if isinstance(command, c.HoldCaller | c.PartLegs):
            return e.CallerHeld(**of, leg=command.leg)
        if isinstance(command, c.ReturnCaller):
            return e.CallerReturned(**of, leg=command.leg)
        if isinstance(command, c.RingAgent | c.DialNumber):
            ours = command.caller_channel if isinstance(command, c.RingAgent) and command.kept else ""
            met = command.with_channel if isinstance(command, c.DialNumber) else ours
            return self._about_telephone(of, command.leg, two, met=met)
        if isinstance(command, c.RecordMessage):
            return self._said(of, command.message, two)
        if isinstance(command, c.EraseMessage):
            return e.MessageErased(**of, message=command.message)
        if isinstance(command, spoken.ORDERS):
            return spoken.answer(of, command, two)
        if isinstance(command, c.SeekCitizen):
            return found(self, command.interaction, two)
        if isinstance(command, c.JoinLegs):
            return e.LegsBridged(**of, leg=command.leg, other="" if ids.is_caller(command.other) else command.other)
        return e.LegEnded(**of, leg=command.leg, reason="hung_up", code=16)

    def _said(self, of: dict[str, Any], message: str, two: int) -> Event | None:
        """A recording ends once, and is erased after that."""
        if message in self.recorded:
            return None
        self.recorded.add(message)
        said_ms = (0, 3_000, 20_000)[two % 3]
        return e.MessageRecorded(**of, message=message, path="/messages/m.wav", duration_ms=said_ms)

    def _about_telephone(self, of: dict[str, Any], leg: str, two: int, met: str = "") -> Event:
        """`met` is the agent's leg that a citizen is dialled for: they are told to hear each other by the agent's."""
        if two < 3:
            return e.LegRinging(**of, leg=leg, channel="PJSIP/poste")
        if two < 6:
            return e.LegAnswered(**of, leg=leg, channel="PJSIP/poste")
        if two < 9:
            return e.LegsBridged(**of, leg=met, other=leg) if ids.is_agent(met) else e.LegsBridged(**of, leg=leg)
        return e.LegEnded(**of, leg=leg, reason=REASONS[two % len(REASONS)], code=0)
