"""An edge without a peer: it does what it is told, or what the test says happens instead."""

from __future__ import annotations

from core import events as e
from core.commands import Command, HangUpLeg, Order
from core.events.base import Event
from core.ports import Mint, Submit


class FakeEdge:
    """Implements core.ports.Edge.  `down`: the peer is away; `unsafe`: values that it refuses to send."""

    name = "fake"

    def __init__(self, performs: tuple[type[Command], ...] = (HangUpLeg,)) -> None:
        self.performs = performs
        self.done: list[Order] = []
        self.down = True

    async def start(self, submit: Submit, mint: Mint) -> None:
        del submit, mint
        self.down = False

    async def stop(self) -> None:
        self.down = True

    async def perform(self, order: Order) -> Event:
        command = order.command
        if self.down:
            return e.OrderFailed(cause=self.name, order=order.id, command=command, reason="away", retryable=True)
        if any("\n" in str(getattr(command, field)) for field in command.__struct_fields__):
            return e.OrderRefused(cause=self.name, order=order.id, command=command, reason="a line break")
        self.done.append(order)
        return e.OrderDone(cause=self.name, order=order.id)
