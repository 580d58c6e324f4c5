"""How fast the kernel decides: whole calls through `Kernel.receive`, beside a kernel that copies its state to undo.

    ./allo bench kernel [--json]

Both take the same calls while `LIVE` others are being welcomed.  The baseline copies every table before each step, as
one would to be able to step back without `core/table.py`.  Also: how fast the same steps are folded, as a start does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from core import events as e
from core import ids
from core.commands import HoldCaller, Order, PlayPrompt, PreparePrompt, RingAgent
from core.events.base import Event
from core.mind import Configurations
from core.personal import Personal
from core.step import Step
from runtime.kernel import Kernel
from runtime.settings import load

ROOT = Path(__file__).resolve().parent.parent
LIVE = 1_000
CALLS = 200
ROUNDS = 3
BEGIN_MS = 1_800_000_000_000
CALL_MS = 120_000


def _name(number: int) -> str:
    return ids.mint(BEGIN_MS, number.to_bytes(10, "big"))


def staffed_kernel() -> Kernel:
    """A kernel of the shipped configuration with every prompt ready and every agent at the telephone."""
    kernel = Kernel(Configurations(load(ROOT / "config").centre))
    centre = kernel.configurations.now
    for language, texts in centre.texts.items():
        for key in texts:
            prompt = f"{language}/{key}"
            kernel.receive(e.PromptReady(cause="bench", prompt=prompt, path=f"/prompts/{prompt}"), BEGIN_MS)
    for agent in centre.agents.values():
        kernel.receive(e.PhoneSeen(cause="bench", phone=agent.phone, reachable=True), BEGIN_MS)
    return kernel


def arrival(kernel: Kernel, number: int, caller: str = "") -> Iterator[Event]:
    """A caller of the first service, from the telephone `caller` if they show it, and the open line."""
    interaction = _name(number)
    leg, channel = ids.caller_leg(interaction), f"PJSIP/trunk-{number:08x}"
    yield e.CallArrived(
        cause="bench",
        interaction=interaction,
        leg=leg,
        node="bench",
        channel=channel,
        dialled=next(iter(kernel.configurations.now.services.values())).numbers[0],
        caller=Personal(interaction, "number", caller) if caller else None,
        caller_name=None,
        answered=False,
    )
    yield e.LegAnswered(cause="bench", interaction=interaction, leg=leg, channel=channel)


def adviser(number: int) -> Event:
    """The caller presses 0: a person, whatever the menu."""
    interaction = _name(number)
    key = Personal(interaction, "keys", "0")
    return e.KeyPressed(cause="bench", interaction=interaction, leg=ids.caller_leg(interaction), key=key)


def good_bye(number: int) -> Iterator[Event]:
    interaction = _name(number)
    for leg in (ids.caller_leg(interaction), ids.agent_leg(interaction, 1)):
        yield e.LegEnded(cause="bench", interaction=interaction, leg=leg, reason="hung_up", code=16)


def come_of(order: Order) -> Iterator[Event]:
    """What an Asterisk in which all goes well tells after an order: words end, callers are held, agents answer."""
    command = order.command
    yield e.OrderDone(cause="bench", order=order.id)
    if isinstance(command, PlayPrompt):
        of = command.interaction
        yield e.PlaybackEnded(cause="bench", interaction=of, playback=command.playback, completed=True)
    elif isinstance(command, PreparePrompt):
        yield e.PromptReady(cause="bench", prompt=command.prompt, path=f"/prompts/{command.prompt}")
    elif isinstance(command, HoldCaller):
        yield e.CallerHeld(cause="bench", interaction=command.interaction, leg=command.leg)
    elif isinstance(command, RingAgent):
        of, leg, channel = command.interaction, command.leg, f"PJSIP/{command.phone}-1"
        yield e.LegRinging(cause="bench", interaction=of, leg=leg, channel=channel)
        yield e.LegAnswered(cause="bench", interaction=of, leg=leg, channel=channel)
        yield e.LegsBridged(cause="bench", interaction=of, leg=leg)


def take(kernel: Kernel, events: Iterable[Event], now_ms: int, *, copying: bool = False) -> list[Step]:
    """Decides on the events and on what comes of the orders that they led to."""
    steps = []
    waiting = deque(events)
    while waiting:
        if copying:
            _copies = {name: dict(table.items()) for name, (table, _) in kernel.tables().items()}
        steps.append(kernel.receive(waiting.popleft(), now_ms))
        waiting.extend(event for order in steps[-1].orders for event in come_of(order))
    return steps


def whole_call(kernel: Kernel, number: int, now_ms: int, *, copying: bool = False) -> list[Step]:
    """From the first ring until both have hung up."""
    steps = take(kernel, arrival(kernel, number), now_ms, copying=copying)
    steps += take(kernel, [adviser(number)], now_ms + 500, copying=copying)
    fired = kernel.reach(now_ms + 600)
    ours = [order for step in fired for order in step.orders if order.lane == _name(number)]  # others go on listening
    told = [event for order in ours for event in come_of(order)]
    steps += fired + take(kernel, told, now_ms + 600, copying=copying)
    steps += take(kernel, [adviser(number)], now_ms + 700, copying=copying)
    return steps + take(kernel, good_bye(number), now_ms + 800, copying=copying)


def one_round(*, copying: bool) -> tuple[float, list[Step]]:
    """Microseconds a step, and the steps."""
    kernel = staffed_kernel()
    for number in range(LIVE):
        take(kernel, arrival(kernel, number), BEGIN_MS)
    steps: list[Step] = []
    began = time.perf_counter()
    for number in range(LIVE, LIVE + CALLS):
        now_ms = BEGIN_MS + (number - LIVE) * CALL_MS // CALLS
        steps += whole_call(kernel, number, now_ms, copying=copying)
    taken = time.perf_counter() - began
    connected = sum(isinstance(fact, e.CallConnected) for step in steps for fact in step.facts)
    if not connected:
        raise SystemExit("the bench's calls reach nobody: its story no longer fits the kernel")
    return taken / len(steps) * 1e6, steps


def fold_us(steps: list[Step]) -> float:
    """Microseconds a step to fold what was decided."""
    kernel = staffed_kernel()
    for number in range(LIVE):
        take(kernel, arrival(kernel, number), BEGIN_MS)
    began = time.perf_counter()
    for step in steps:
        kernel.fold(step)
    return (time.perf_counter() - began) / len(steps) * 1e6


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    as_json = options.parse_args().json
    ours, copied, folded = [], [], []
    for _ in range(ROUNDS):
        us, steps = one_round(copying=False)
        ours.append(us)
        folded.append(fold_us(steps))
        copied.append(one_round(copying=True)[0])
    us, baseline_us, folded_us = (statistics.median(each) for each in (ours, copied, folded))
    result = {
        "step_us": round(us, 1),
        "steps_per_s": round(1e6 / us),
        "copying_step_us": round(baseline_us, 1),
        "ratio": round(baseline_us / us, 1),
        "fold_us": round(folded_us, 1),
        "live": LIVE,
    }
    if as_json:
        print(json.dumps(result))
        return
    table = Table("", "µs a step", "steps a second", title=f"Kernel, {LIVE} other calls live, {ROUNDS} rounds, median")
    for name, each in (("undo by table", us), ("undo by copy", baseline_us), ("fold", folded_us)):
        table.add_row(name, f"{each:.1f}", f"{1e6 / each:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
