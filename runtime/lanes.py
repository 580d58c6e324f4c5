"""Orders on their way out: one lane per performer and interaction keeps their order; lanes run side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from core import events as e
from core.commands import Command, Order
from core.errors import InvariantBroken
from core.events.base import Event
from core.ports import AwayEdge, Edge


class Lanes:
    """Carries orders to the edges that perform them; each order's end goes to `submit`.

    `holding` are the ids of orders that have no end yet.  An edge in another process has the lanes there: here its
    orders only leave.
    """

    def __init__(self, edges: Iterable[Edge | AwayEdge], submit: Callable[[Event], None]) -> None:
        self._here: dict[type[Command], Edge] = {}
        self._away: dict[type[Command], AwayEdge] = {}
        for edge in edges:
            for command in edge.performs:
                if command in self._here or command in self._away:
                    raise InvariantBroken(f"{command.__name__} has two performers")
                if isinstance(edge, AwayEdge):
                    self._away[command] = edge
                else:
                    self._here[command] = edge
        self._submit = submit
        self._lanes: dict[tuple[str, str], deque[Order]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.holding: set[str] = set()

    def give(self, order: Order) -> None:
        """Sends the order off; orders of no interaction do not wait for one another."""
        edge = self._here.get(type(order.command))
        if edge is None:
            if (end := self._send(order)) is not None:
                self._submit(end)
            return
        self.holding.add(order.id)
        if not order.lane:
            self._run(self._one(edge, order))
            return
        key = (edge.name, order.lane)
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(order)
            return
        self._lanes[key] = deque([order])
        self._run(self._drain(edge, key))

    def _send(self, order: Order) -> Event | None:
        """To an edge in another process."""
        edge = self._away.get(type(order.command))
        if edge is not None:
            return edge.send(order)
        reason = "nobody performs this"
        return e.OrderFailed(cause="lanes", order=order.id, command=order.command, reason=reason, retryable=False)

    def _run(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, edge: Edge, key: tuple[str, str]) -> None:
        lane = self._lanes[key]
        while lane:
            await self._one(edge, lane[0])
            lane.popleft()
        del self._lanes[key]

    async def _one(self, edge: Edge, order: Order) -> None:
        try:
            end = await edge.perform(order)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            end = e.OrderFailed(
                cause=edge.name,
                order=order.id,
                command=order.command,
                reason=f"bug: {type(error).__name__}",
                retryable=False,
            )
        self.holding.discard(order.id)
        self._submit(end)

    async def stop(self) -> None:
        """Abandons what is on its way; the journal knows it as open."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
