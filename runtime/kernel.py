"""The kernel: hands facts to the minds in order, and remembers what they say.  It holds no rule of its own.

    receive(event, now_ms) -> Step      something happened
    reach(now_ms) -> list[Step]         every deadline up to now, each its own step
    next_deadline_ms()                  when to come back
    fold(step)                          what a step did, without deciding again (boot, standby)

Pure: no clock, no socket, no thread.  Same facts, same times, same configuration: the same steps, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from core import events as e
from core import limits
from core.commands import Command, Order
from core.deadlines import Deadlines
from core.errors import InvariantBroken
from core.events.base import Event
from core.mind import Applies, Configurations, Mind, Tables
from core.step import Came, Step
from core.table import Table, Undo
from runtime import wiring

OF_NO_INTERACTION: Final = ("agent", "task", "opening", "shut")
"""Kinds of deadlines whose key is no interaction."""


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration that holds (one row, "now")."""

    digest: str


class Kernel:
    """One platform's state and minds, at step `seq`."""

    def __init__(self, configurations: Configurations) -> None:
        self._undo = Undo()
        self._deadlines = Deadlines()
        self.configurations = configurations
        self.orders: Table[str, Order] = Table(self._undo)
        self.in_force: Table[str, InForce] = Table(self._undo)
        self.taken: Table[str, Came] = Table(self._undo)
        self.minds = wiring.minds(self._undo, self._deadlines, configurations)
        self._owners = wiring.owners(self.minds)
        own = Mind("kernel", self, {}, _APPLIES, {}, ())
        self._applies = _routes((own, *self.minds), "applies")
        self._decides = _routes(self.minds, "decides")
        self.seq = 0
        self.now_ms = 0

    def mind(self, name: str) -> Any:
        """The state of one mind, to look at."""
        return next(mind.state for mind in self.minds if mind.name == name)

    def tables(self) -> Tables:
        """Every table there is, by `mind.table`, for snapshots and for comparing states."""
        named = {f"{mind.name}.{name}": table for mind in self.minds for name, table in mind.tables.items()}
        return {
            "orders": (self.orders, Order),
            "configuration": (self.in_force, InForce),
            "taken": (self.taken, Came),
            **named,
        }

    def receive(self, event: Event, now_ms: int, came: Came | None = None) -> Step:
        """Decides on `event`, which `came` from another process or not.

        A bug in a mind leaves the state untouched and comes out as a step of `Broken`.
        """
        now_ms = max(now_ms, self.now_ms)
        in_force = self.configurations.now
        try:
            return self._step(event, now_ms, came)
        except Exception as error:
            self._undo.roll_back()
            self.configurations.now = in_force
            return self._broken(event, now_ms, error, came)

    def next_deadline_ms(self) -> int | None:
        first = self._deadlines.first()
        return first[0] if first is not None else None

    def reach(self, now_ms: int) -> list[Step]:
        """Fires every deadline up to `now_ms`, earliest first."""
        steps = []
        while (first := self._deadlines.first()) is not None and first[0] <= now_ms:
            at_ms, key, kind = first
            steps.append(self.receive(e.DeadlineReached(cause="clock", kind=kind, key=key, at_ms=at_ms), now_ms))
        return steps

    def fold(self, step: Step) -> None:
        """Applies what a kept step did.  Steps that the disk would not keep may be missing; none comes twice."""
        if step.seq <= self.seq:
            raise InvariantBroken(f"step {step.seq} cannot follow step {self.seq}")
        for fact in (step.input, *step.facts):
            self._apply(fact, step.now_ms)
        for order in step.orders:
            self.orders.put(order.id, order)
        if isinstance(step.came, Came):
            self.taken.put(step.came.edge, step.came)
        self._commit(step)

    def resume(self, seq: int, now_ms: int) -> None:
        """The tables were filled from a snapshot after step `seq`; what follows is folded upon them."""
        self._undo.forget()
        self.seq = seq
        self.now_ms = now_ms
        if (in_force := self.in_force.get("now")) is not None:
            self.configurations.use(in_force.digest)

    def _step(self, event: Event, now_ms: int, came: Came | None) -> Step:
        facts = [event]
        orders: list[Order] = []
        apply = self._apply
        apply(event, now_ms)
        for fact in facts:  # which grows meanwhile
            for mind, decide in self._decides.get(type(fact), ()):
                for said in list(decide(mind.state, fact, now_ms)):
                    if isinstance(said, Command):
                        orders.append(self._order(mind, said, now_ms, len(orders) + 1))
                    else:
                        facts.append(said)
                        apply(said, now_ms)
            if len(facts) > 1 + limits.FACTS_PER_STEP:
                raise InvariantBroken(f"more than {limits.FACTS_PER_STEP} facts follow from {type(event).__name__}")
        return self._stepped(event, now_ms, came, tuple(facts[1:]), tuple(orders))

    def _stepped(
        self,
        event: Event,
        now_ms: int,
        came: Came | None,
        facts: tuple[Event, ...] = (),
        orders: tuple[Order, ...] = (),
    ) -> Step:
        if came is not None:
            self.taken.put(came.edge, came)
        step = Step(
            seq=self.seq + 1, now_ms=now_ms, input=event, facts=facts, orders=orders, came=came or msgspec.UNSET
        )
        self._commit(step)
        return step

    def _order(self, mind: Mind, command: Command, now_ms: int, number: int) -> Order:
        """The id holds the time: after a damaged journal the same `seq` may come again, the same moment does not."""
        if self._owners[type(command)] != mind.name:
            raise InvariantBroken(f"{mind.name} ordered {type(command).__name__}, which is not its own")
        lane = getattr(command, "interaction", "")
        order = Order(id=f"{now_ms:x}.{self.seq + 1}.{number}", lane=lane, command=command)  # type: ignore[arg-type]
        self.orders.put(order.id, order)
        return order

    def _apply(self, fact: Event, now_ms: int) -> None:
        for mind, apply in self._applies.get(type(fact), ()):
            apply(mind.state, fact, now_ms)

    def _order_ended(self, fact: e.OrderDone | e.OrderFailed | e.OrderRefused, _now_ms: int) -> None:
        self.orders.drop(fact.order)

    def _configured(self, fact: e.ConfigurationApplied, _now_ms: int) -> None:
        self.configurations.use(fact.digest)
        self.in_force.put("now", InForce(digest=fact.digest))

    def _broke(self, fact: e.Broken, now_ms: int) -> None:
        if fact.kind:
            self._deadlines.silence(fact.kind, fact.key)
        if fact.arrived is not None:
            self._apply(fact.arrived, now_ms)

    def _commit(self, step: Step) -> None:
        self._undo.forget()
        self.seq = step.seq
        self.now_ms = step.now_ms

    def _broken(self, event: Event, now_ms: int, error: Exception, came: Came | None) -> Step:
        """The safe path; and if that is broken too, the bare record of it."""
        deadline = event if isinstance(event, e.DeadlineReached) else None
        broken = e.Broken(
            cause="kernel",
            mind=_where(error),
            fact=type(event).__name__,
            error=type(error).__name__,
            interaction=_interaction_of(event),
            kind=deadline.kind if deadline else "",
            key=deadline.key if deadline else "",
            arrived=event if isinstance(event, e.CallArrived) else None,
        )
        try:
            return self._step(broken, now_ms, came)
        except Exception:
            self._undo.roll_back()
            broken = msgspec.structs.replace(broken, arrived=None)
            self._apply(broken, now_ms)
            return self._stepped(broken, now_ms, came)


def _routes(minds: tuple[Mind, ...], which: str) -> dict[type[Event], list[tuple[Mind, Any]]]:
    """For each fact the minds that have something to say to it, in their order."""
    routes: dict[type[Event], list[tuple[Mind, Any]]] = {}
    for mind in minds:
        for fact, function in getattr(mind, which).items():
            routes.setdefault(fact, []).append((mind, function))
    return routes


_APPLIES: Final[Applies] = {
    e.OrderDone: Kernel._order_ended,
    e.OrderFailed: Kernel._order_ended,
    e.OrderRefused: Kernel._order_ended,
    e.ConfigurationApplied: Kernel._configured,
    e.Broken: Kernel._broke,
}
"""What the kernel itself does with a fact, before the minds do."""


def _interaction_of(event: Event) -> str | None:
    """Whose step this was: facts name their interaction, deadlines by their key, order's ends by their command."""
    if isinstance(event, e.DeadlineReached):
        return event.key if event.kind not in OF_NO_INTERACTION else None
    command = getattr(event, "command", None)
    interaction: str | None = getattr(event if command is None else command, "interaction", None)
    return interaction


def _where(error: Exception) -> str:
    """The file and function where it broke, without values: messages may hold personal data."""
    trace = error.__traceback__
    place = "kernel"
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rpartition('/')[2]}:{code.co_name}"
        trace = trace.tb_next
    return place


def same_state(one: Kernel, other: Kernel) -> Iterable[str]:
    """The names of tables in which two kernels differ; empty if they are the same."""
    theirs = other.tables()
    for name, (table, _) in one.tables().items():
        if dict(table.items()) != dict(theirs[name][0].items()):
            yield name
