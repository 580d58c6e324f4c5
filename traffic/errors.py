"""What can go wrong, and whose fault it is.

::

    TrafficError
    ├── BadMessage      the peer sent bytes that are not SIP or SDP as we speak it
    ├── Refused         the peer understood and said no (carries the status)
    ├── NotAnswered     the call ended before anybody answered (carries how it ended)
    ├── TooLong         nothing came within the time given (says what was awaited)
    ├── NoSpeech        espeak-ng is absent or failed
    └── BadPlan         the plan of `python -m traffic` cannot be read (names the field)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class TrafficError(Exception):
    """Any failure of the traffic package."""


class BadMessage(TrafficError):
    """The bytes received are not a message we can read."""


class Refused(TrafficError):
    """The peer answered no; ``code`` is its SIP status."""

    def __init__(self, what: str, code: int, reason: str) -> None:
        super().__init__(f"{what} refused, was {code} {reason}")
        self.code = code


class NotAnswered(TrafficError):
    """The call ended before an answer; ``code`` is the SIP status, ``cause`` the Q.850 cause if given."""

    def __init__(self, code: int, cause: int | None) -> None:
        super().__init__(f"call not answered, was {code} (Q.850 cause {cause})")
        self.code = code
        self.cause = cause


class TooLong(TrafficError, TimeoutError):
    """A wait ended without what was awaited."""


class NoSpeech(TrafficError):
    """The speech synthesiser did not give sound."""


class BadPlan(TrafficError):
    """The plan file is not what `traffic.plan` describes."""


async def within(seconds: float, what: str, awaitable: Awaitable[T]) -> T:
    """Await something for at most ``seconds``; raise `TooLong` naming ``what`` otherwise."""
    try:
        return await asyncio.wait_for(awaitable, seconds)
    except TimeoutError:
        raise TooLong(f"{what}: nothing came in time, was {seconds:g} s") from None
