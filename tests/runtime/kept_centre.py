"""A journal with a kernel that writes it, calls of long ago, and what a reader finds of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core import events as e
from core import ids
from core.mind import Configurations
from core.personal import Personal
from core.step import Step
from runtime.kernel import Kernel
from runtime.memory import Memory, reading
from runtime.places import Places
from runtime.settings import Loaded
from runtime.upkeep.retention import DAY_MS

BEGIN_MS = 1_800_000_000_000
LATER_MS = BEGIN_MS + 400 * DAY_MS
NUMBER = "+33639980042"


def name(number: int, at_ms: int) -> str:
    return ids.mint(at_ms, number.to_bytes(10, "big"))


def call(
    number: int, at_ms: int, *, ends: bool, dialled: str = "+33199001000", caller_key: str = ""
) -> Iterator[e.CallArrived | e.LegEnded]:
    of = name(number, at_ms)
    leg = ids.caller_leg(of)
    yield e.CallArrived(
        cause="t",
        interaction=of,
        leg=leg,
        node="n",
        channel=f"PJSIP/trunk-{number}",
        dialled=dialled,
        caller=Personal(of, "number", NUMBER),
        caller_name=None,
        answered=False,
        caller_key=caller_key,
    )
    if ends:
        yield e.LegEnded(cause="t", interaction=of, leg=leg, reason="hung_up", code=16)


class Centre:
    """A journal with a kernel that writes it."""

    def __init__(self, loaded: Loaded, run: Path) -> None:
        self.loaded = loaded
        self.places = Places(run=run)
        self.memory = Memory.configured(loaded.settings.journal, self.places)
        self.memory.log.start(lambda _kept, _reason: None)
        self.memory.log.keep_configuration(loaded.centre.digest, loaded.content)
        self.kernel: Kernel = self.memory.recover(Configurations(loaded.centre))
        self.keep([self.kernel.receive(e.ConfigurationApplied(cause="t", digest=loaded.centre.digest), BEGIN_MS)])

    def keep(self, steps: list[Step]) -> None:
        self.memory.log.keep(steps)

    def takes(
        self, number: int, at_ms: int, *, ends: bool, dialled: str = "+33199001000", caller_key: str = ""
    ) -> None:
        facts = call(number, at_ms, ends=ends, dialled=dialled, caller_key=caller_key)
        steps = [self.kernel.receive(fact, at_ms) for fact in facts]
        done = [e.OrderDone(cause="t", order=order.id) for step in steps for order in step.orders]
        self.keep(steps + [self.kernel.receive(end, at_ms) for end in done])

    async def snapshot(self) -> None:
        self.memory.log.keep_snapshot(self.memory.encoded(self.memory.snapshot_of(self.kernel)))
        self.keep([self.kernel.receive(e.PhoneSeen(cause="t", phone="9", reachable=True), self.kernel.now_ms)])
        assert await self.memory.log.kept(self.kernel.seq) or await self.memory.log.kept(self.kernel.seq)

    def numbers(self, of: str) -> list[str | None]:
        """What a reader finds of this call: its number in each step that tells one."""
        steps = reading(self.loaded.settings.journal, self.places).steps(of)
        arrived = [step.input for step in steps if isinstance(step.input, e.CallArrived)]
        return [fact.caller.text for fact in arrived if fact.caller is not None]

    async def close(self) -> None:
        await self.memory.log.stop()
        self.memory.keys.close()
