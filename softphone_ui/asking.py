"""Requests on their way: asked as a fact, answered by RequestAnswered, which may come from another process."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from core import events as e
from core.events.base import Event

# An answer comes within milliseconds; a page that waits longer is told that it is under way.
ANSWER_S: Final = 2.0
# Requests that may wait at once; a page has one or two.
MOST: Final = 2_000

Offer = Callable[[Event], bool]
"""Hands a fact to the loop if calls leave room for it; False: come again later."""


class Busy(Exception):
    """Calls come first: the same request may be made again in a moment."""


class Asking:
    """`ask` gives the answer; `answered` is told by the fold."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._waiting: dict[str, asyncio.Future[e.RequestAnswered]] = {}
        self._explained: dict[str, e.Wait] = {}

    async def ask(self, make: Callable[[str], Event]) -> e.RequestAnswered | None:
        """Asks with a request of its own; None if no answer came in time.  Raises Busy."""
        answer, _ = await self.ask_why(make)
        return answer

    async def ask_why(self, make: Callable[[str], Event]) -> tuple[e.RequestAnswered | None, e.Wait | None]:
        """The answer, and what was explained with it.  Raises Busy."""
        if len(self._waiting) >= MOST:
            raise Busy
        request = secrets.token_hex(8)
        future = self._waiting[request] = asyncio.get_running_loop().create_future()
        try:
            if not self._offer(make(request)):
                raise Busy
            return await asyncio.wait_for(future, ANSWER_S), self._explained.get(request)
        except TimeoutError:
            return None, None
        finally:
            self._waiting.pop(request, None)
            self._explained.pop(request, None)

    def refused(self, request: str) -> None:
        """Calls left no room for it, where the kernel is in another process."""
        future = self._waiting.get(request)
        if future is not None and not future.done():
            future.set_exception(Busy())

    def explained(self, fact: e.WaitExplained) -> None:
        """Comes before its answer."""
        if fact.request in self._waiting:
            self._explained[fact.request] = fact.wait

    def answered(self, fact: e.RequestAnswered) -> None:
        future = self._waiting.get(fact.request)
        if future is not None and not future.done():
            future.set_result(fact)
