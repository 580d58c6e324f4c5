"""Numbered messages between processes, over one Redis Stream each way: at least once, and never a hole unnoticed.

Who sends counts its messages under an `origin` of its own (a start, or an epoch).  Who reads drops what it has, refuses
older origins, and is told how many are missing when the count jumps.  A Redis that is away, or comes back empty, costs
no more than that: both ends keep trying, senders keep the newest messages that they have room for, and readers begin at
the front again, where nothing can be read twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core import limits

log = logging.getLogger("allo.bus")

# All our keys in a Redis begin so; two platforms use two databases of it (redis://host/1).
PREFIX: Final = "allo:"
# A Redis that does not take a connection, or does not answer, within this is away.
CONNECT_S: Final = 2.0
ANSWER_S: Final = 5.0
# A read waits so long for something new; shorter than ANSWER_S.
WAIT_MS: Final = 1_000
# Messages sent or read in one go.
AT_ONCE: Final = 500

AWAY: Final = (RedisError, OSError)
Encode = Callable[[Sequence[tuple[str, Any]]], list[bytes]]


def connect(url: str, password: str | None = None) -> Redis:
    """A connection that is made when it is needed, and made anew after each error."""
    return Redis.from_url(
        url,
        password=password,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),  # who uses it tries again by itself, and knows what was sent
    )


class Works:
    """Tasks that go on until `end`.

    Each looks at `ending` too: Redis' client may swallow a cancellation that comes with an answer.
    """

    def __init__(self) -> None:
        self.ending = False
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    @property
    def begun(self) -> bool:
        return bool(self._tasks)

    async def end(self) -> None:
        self.ending = True
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Message(NamedTuple):
    """`number` counts what its origin sent, this included if it is `counted`."""

    origin: int
    number: int
    counted: bool
    kind: str
    body: bytes


class _Waiting(NamedTuple):
    serial: int
    number: int
    counted: bool
    kind: str
    thing: Any


class Outlet:
    """Sends to the stream `key` in the order of `put` and `say`, which never wait.

    `encode` turns (kind, thing) into bytes in a thread of its own, so that sealing and saving keys holds up no loop.
    The stream holds `limits.STREAM_MESSAGES` at most: the oldest go first, and their reader notices.
    """

    def __init__(self, redis: Redis, key: str, origin: int, encode: Encode) -> None:
        self.key = PREFIX + key
        self.origin = origin
        self.number = 0
        self._redis = redis
        self._encode = encode
        self._ring: deque[_Waiting] = deque()
        self._serial = 0
        self._awake = asyncio.Event()
        self._last = asyncio.Event()
        self._works = Works()

    def start(self) -> None:
        self._works.begin(f"outlet-{self.key}", self._run())

    async def stop(self, within_s: float = 2.0) -> None:
        """Sends what waits, if that can be done in time."""
        self._last.clear()
        if self._works.begun and self._ring:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._last.wait(), within_s)
        await self._works.end()

    def put(self, kind: str, thing: Any) -> None:
        """A message that counts: a reader will miss it."""
        self.number += 1
        self._add(counted=True, kind=kind, thing=thing)
        while len(self._ring) > limits.OUTLET_MESSAGES:
            self._ring.popleft()

    def say(self, kind: str, thing: Any) -> None:
        """A message that only its newest form matters of; it tells how many counted ones came before it."""
        if self._ring and self._ring[-1].kind == kind and not self._ring[-1].counted:
            self._ring.pop()
        self._add(counted=False, kind=kind, thing=thing)

    def forget(self, origin: int) -> list[Any]:
        """Begins a new count under `origin`; what was not sent yet never will be, and is given back."""
        unsent = [waiting.thing for waiting in self._ring if waiting.counted]
        self._ring.clear()
        self.origin, self.number = origin, 0
        return unsent

    def _add(self, *, counted: bool, kind: str, thing: Any) -> None:
        self._serial += 1
        self._ring.append(_Waiting(self._serial, self.number, counted, kind, thing))
        self._awake.set()

    async def _run(self) -> None:
        wait_ms = limits.RECONNECT_FIRST_MS
        while not self._works.ending:
            if not self._ring:
                self._last.set()
                self._awake.clear()
                await self._awake.wait()
            batch = [self._ring[place] for place in range(min(AT_ONCE, len(self._ring)))]
            origin = self.origin
            try:
                bodies = await asyncio.to_thread(self._encode, [(one.kind, one.thing) for one in batch])
                if origin == self.origin:
                    await self._send(origin, batch, bodies)
            except AWAY as error:
                log.warning("bus : %s ne prend rien (%s)", self.key, type(error).__name__)
                await asyncio.sleep(wait_ms / 1000)
                wait_ms = min(2 * wait_ms, limits.RECONNECT_LAST_MS)
                continue
            wait_ms = limits.RECONNECT_FIRST_MS
            while self._ring and self._ring[0].serial <= batch[-1].serial:
                self._ring.popleft()

    async def _send(self, origin: int, batch: list[_Waiting], bodies: list[bytes]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for one, body in zip(batch, bodies, strict=True):
            fields: dict[Any, Any] = {
                "o": origin,
                "n": one.number,
                "c": int(one.counted),
                "k": one.kind,
                "b": body,
            }
            pipe.xadd(self.key, fields, maxlen=limits.STREAM_MESSAGES, approximate=True)
        await pipe.execute()


class Inlet:
    """Reads the stream `key`, from after (`origin`, `number`); `take` gets each message once, in order.

    `missed(count)` is called before the message that shows a hole, `away()` at each attempt at a Redis that does not
    answer.  What was taken stays in the stream until `done`.
    """

    def __init__(
        self,
        redis: Redis,
        key: str,
        take: Callable[[Message], Awaitable[None]],
        missed: Callable[[int], None],
        *,
        origin: int = 0,
        number: int = 0,
        away: Callable[[], None] = lambda: None,
    ) -> None:
        self.key = PREFIX + key
        self.origin = origin
        self.number = number
        self.refused = 0
        self._redis = redis
        self._take = take
        self._missed = missed
        self._away = away
        self._places: deque[tuple[int, int, bytes]] = deque()
        self._done: bytes | None = None
        self._works = Works()

    def start(self) -> None:
        self._works.begin(f"inlet-{self.key}", self._run())
        self._works.begin(f"trim-{self.key}", self._trim())

    async def stop(self) -> None:
        await self._works.end()

    def done(self, origin: int, number: int) -> None:
        """Everything up to this message needs never be read again: it leaves the stream."""
        while self._places and self._places[0][:2] <= (origin, number):
            self._done = self._places.popleft()[2]

    async def _run(self) -> None:
        wait_ms = limits.RECONNECT_FIRST_MS
        place: Any = "0"
        while not self._works.ending:
            try:
                answer: Any = await self._redis.xread({self.key: place}, count=AT_ONCE, block=WAIT_MS)
            except AWAY as error:
                log.warning("bus : %s ne se lit pas (%s)", self.key, type(error).__name__)
                self._away()
                await asyncio.sleep(wait_ms / 1000)
                wait_ms = min(2 * wait_ms, limits.RECONNECT_LAST_MS)
                place = "0"
                self._places.clear()
                continue
            wait_ms = limits.RECONNECT_FIRST_MS
            for place, fields in entries_of(answer):
                await self._one(place, fields)

    async def _one(self, place: bytes, fields: dict[bytes, bytes]) -> None:
        try:
            message = Message(
                int(fields[b"o"]), int(fields[b"n"]), fields[b"c"] == b"1", fields[b"k"].decode(), fields[b"b"]
            )
        except (KeyError, ValueError):
            self.refused += 1
            return
        if message.origin < self.origin:
            self.refused += 1
            self._places.append((self.origin, self.number, place))
            return
        if message.origin > self.origin:
            self.origin, self.number = message.origin, 0
        self._places.append((message.origin, message.number, place))
        if message.counted and message.number <= self.number:
            return
        hole = message.number - self.number - message.counted
        if hole > 0:
            self._missed(hole)
        self.number = max(self.number, message.number)
        await self._take(message)

    async def _trim(self) -> None:
        while not self._works.ending:
            await asyncio.sleep(limits.STREAM_TRIM_EVERY_MS / 1000)
            if self._done is not None:
                milliseconds, _, count = self._done.partition(b"-")
                self._done = None
                with contextlib.suppress(*AWAY):
                    await self._redis.xtrim(self.key, minid=f"{int(milliseconds)}-{int(count) + 1}", approximate=False)


def entries_of(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of the one stream that was read, in either form that Redis' protocols answer in."""
    if not answer:
        return []
    if isinstance(answer, dict):
        (entries,) = answer.values()
        return list(entries[0]) if entries and isinstance(entries[0], list) else list(entries)
    ((_key, entries),) = answer
    return list(entries)
