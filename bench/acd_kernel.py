"""The kernel's part of bench/acd.py: an agent is ready for the next, and `Kernel.receive` does all the rest.

Each decision is a whole step: the agent is free, who is next is found and offered with its explanation, the caller's
call has the telephone rung.  `kernel_per_s` is seen with somebody else arriving after each: ten other callbacks, which
cost more than the decision and leave it cold caches.  `kernel_in_a_row_per_s` is how many a core decides that does
nothing else: fifty agents one after the other, then as many callers.

Times are those of the thread, so that others on the machine are not measured, and include the garbage collector, which
is set as the product sets it; the longest callback is that of the arrivals between as well.  What reading that clock
takes is taken off.  Wall times stand beside those of a loop that does nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from bench.acd_world import World
from core import events as e
from core import ids
from core.mind import Configurations
from core.step import Step
from runtime.kernel import Kernel
from runtime.process import settle

BEGIN_MS = 1_800_000_000_000
TURNS = 4_000
PACED = 1_500
ROUNDS = 40
IN_A_ROW = 50
READINGS = 20_000


_UNTIL_NOW: Final[tuple[e.AgentState, ...]] = ("on_interaction", "wrap_up")


def _changed(agent: str, state: e.AgentState) -> e.AgentStateChanged:
    return e.AgentStateChanged(
        cause="bench", agent=agent, state=state, reason="", interaction=None, until_at_ms=None, misses=0
    )


class Centre:
    """A kernel with people who wait on music, and agents who are done with their last call one after the other."""

    def __init__(self, platform: World, waiting: int) -> None:
        self.platform = platform
        self.kernel = Kernel(Configurations(platform.centre))
        self.now_ms = BEGIN_MS
        self.arrived = 0
        self.longest_s = 0.0
        self.agents = iter(platform.centre.agents)
        self.number = next(iter(platform.centre.services.values())).numbers[0]
        self.kernel.receive(e.NodeSeen(cause="bench", node="bench", legs=(), phones=()), self.now_ms)
        for agent in platform.centre.agents:
            self.kernel.receive(e.AgentAsked(cause="bench", agent=agent, wish="ready", reason=""), self.now_ms)
            for state in _UNTIL_NOW:
                self.kernel.receive(_changed(agent, state), self.now_ms)
        for _ in range(waiting):
            self.arrive()

    def arrive(self) -> None:
        """Somebody calls, says what they need, and waits on music."""
        self.arrived += 1
        self.now_ms += 10
        interaction = ids.mint(BEGIN_MS, self.arrived.to_bytes(10, "big"))
        leg, channel = ids.caller_leg(interaction), f"PJSIP/trunk-{self.arrived:08x}"
        need = self.platform.needs[self.arrived % len(self.platform.needs)]
        self._told(
            e.CallArrived(
                cause="bench",
                interaction=interaction,
                leg=leg,
                node="bench",
                channel=channel,
                dialled=self.number,
                caller=None,
                caller_name=None,
                answered=True,
            ),
            e.NeedStated(cause="bench", interaction=interaction, need=need),
            e.DialogueEnded(cause="bench", interaction=interaction, how="handed_over"),
            e.CallerHeld(cause="bench", interaction=interaction, leg=leg),
        )

    def _told(self, *facts: e.Event) -> None:
        for fact in facts:
            for order in self._callback(fact).orders:
                self._callback(e.OrderDone(cause="bench", order=order.id))

    def _callback(self, fact: e.Event) -> Step:
        began = time.thread_time()
        step = self.kernel.receive(fact, self.now_ms)
        self.longest_s = max(self.longest_s, time.thread_time() - began)
        return step

    def turn(self) -> Callable[[], Any]:
        """One agent is ready for the next: to be called."""
        self.now_ms += 20
        wish = e.AgentAsked(cause="bench", agent=next(self.agents), wish="ready", reason="")
        return lambda: self.kernel.receive(wish, self.now_ms)


def clock_s() -> float:
    """How long the clock of the thread itself takes to be read."""
    began = time.thread_time()
    for _ in range(READINGS):
        time.thread_time()
    return (time.thread_time() - began) / READINGS


def through_the_kernel(platform: World, waiting: int) -> dict[str, Any]:
    centre = Centre(platform, waiting)
    settle()
    took, chosen, centre.longest_s, reading_s = [], 0, 0.0, clock_s()
    for _ in range(TURNS):
        turn = centre.turn()
        began = time.thread_time()
        step = turn()
        took.append(time.thread_time() - began - reading_s)
        if any(isinstance(fact, e.AgentChosen) for fact in step.facts):
            chosen += 1
            centre.arrive()
    if chosen < TURNS // 2:
        raise SystemExit(f"{chosen} of {TURNS} agents were given somebody: the bench's story no longer fits the kernel")
    took.sort()
    in_a_row_s = in_a_row(centre) - reading_s
    idle_ms, busy_ms = asyncio.run(_late(lambda: lambda: None)), asyncio.run(_late(centre.turn))
    return {
        "kernel_per_s": round(TURNS / sum(took)),
        "kernel_in_a_row_per_s": round(1 / in_a_row_s),
        "kernel_p99_us": round(took[int(TURNS * 0.99)] * 1e6, 1),
        "kernel_chosen": chosen,
        "longest_callback_ms": round(max(took[-1], centre.longest_s) * 1e3, 2),
        "wall_p999_ms": busy_ms,
        "idle_wall_p999_ms": idle_ms,
    }


def in_a_row(centre: Centre) -> float:
    """Seconds of a decision, with nothing between it and the next."""
    took_s = 0.0
    for _ in range(ROUNDS):
        for _ in range(IN_A_ROW):
            turn = centre.turn()
            began = time.thread_time()
            turn()
            took_s += time.thread_time() - began
        for _ in range(IN_A_ROW):
            centre.arrive()
    return took_s / (ROUNDS * IN_A_ROW)


async def _late(next_turn: Callable[[], Callable[[], Any]]) -> float:
    """Milliseconds (99.9 %) from when a callback was due, one a millisecond, until it was over."""
    loop = asyncio.get_running_loop()
    late = []
    for _ in range(PACED):
        turn, due = next_turn(), loop.time() + 0.001
        done = asyncio.Event()

        def run(turn: Callable[[], Any] = turn, done: asyncio.Event = done) -> None:
            turn()
            done.set()

        loop.call_at(due, run)
        await done.wait()
        late.append(loop.time() - due)
    return round(sorted(late)[int(PACED * 0.999)] * 1e3, 2)
