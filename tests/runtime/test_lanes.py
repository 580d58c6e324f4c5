"""Orders on their way out: in order within an interaction, side by side across interactions, each with an end."""

from __future__ import annotations

import asyncio

import pytest

from core import events as e
from core.commands import Command, HangUpLeg, Order
from core.errors import InvariantBroken
from core.events.base import Event
from core.ports import Mint, Submit
from runtime.lanes import Lanes
from tests import virtual_time
from tests.virtual_time import passes


class SlowEdge:
    """Takes a second for each order, and notes when."""

    name = "slow"
    performs: tuple[type[Command], ...] = (HangUpLeg,)

    def __init__(self) -> None:
        self.began: list[tuple[str, float]] = []
        self.raises = False

    async def start(self, submit: Submit, mint: Mint) -> None: ...

    async def stop(self) -> None: ...

    async def perform(self, order: Order) -> Event:
        self.began.append((order.id, asyncio.get_running_loop().time()))
        await passes(1)
        if self.raises:
            raise RuntimeError("a bug of the performer's")
        return e.OrderDone(cause="slow", order=order.id)


def order(name: str, lane: str) -> Order:
    return Order(id=name, lane=lane, command=HangUpLeg(cause="t", interaction=lane, leg=f"{lane}-c", channel="c"))


def test_one_interactions_orders_wait_for_one_another_and_others_do_not() -> None:
    edge, ends = SlowEdge(), list[Event]()

    async def scene() -> None:
        lanes = Lanes([edge], ends.append)
        for name, lane in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a")):
            lanes.give(order(name, lane))
        await passes(10)

    virtual_time.run(virtual_time.VirtualClock(), scene())
    began = {name: round(at) for name, at in edge.began}
    assert began == {"a1": 0, "b1": 0, "a2": 1, "a3": 2}


def test_orders_of_no_interaction_do_not_wait() -> None:
    edge, ends = SlowEdge(), list[Event]()

    async def scene() -> None:
        lanes = Lanes([edge], ends.append)
        for name in ("p1", "p2", "p3"):
            lanes.give(order(name, ""))
        await passes(10)

    virtual_time.run(virtual_time.VirtualClock(), scene())
    assert {round(at) for _, at in edge.began} == {0}


def test_a_performer_that_raises_is_a_failed_order_and_the_lane_goes_on() -> None:
    edge, ends = SlowEdge(), list[Event]()
    edge.raises = True

    async def scene() -> None:
        lanes = Lanes([edge], ends.append)
        lanes.give(order("a1", "a"))
        lanes.give(order("a2", "a"))
        await passes(10)

    virtual_time.run(virtual_time.VirtualClock(), scene())
    failed = [end for end in ends if isinstance(end, e.OrderFailed)]
    assert [(end.order, end.retryable) for end in failed] == [("a1", False), ("a2", False)]
    assert "a bug of the performer's" not in failed[0].reason


async def test_an_order_that_nobody_performs_fails_at_once() -> None:
    ends: list[Event] = []
    Lanes([], ends.append).give(order("a1", "a"))
    assert [type(end).__name__ for end in ends] == ["OrderFailed"]


def test_two_performers_of_one_command_cannot_start() -> None:
    with pytest.raises(InvariantBroken, match="HangUpLeg"):
        Lanes([SlowEdge(), SlowEdge()], lambda _end: None)
