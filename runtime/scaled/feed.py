"""Kept steps, published for views and webhooks in other processes; and how such a process follows them.

A step's number is its place in the stream, so that nothing is there twice.  Only what the journal has is published: a
follower never knows more than the next kernel would.  The stream is short and may vanish; a follower who misses steps
reads them from the journal.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from core import limits
from core.errors import JournalFault
from core.step import Step
from core.wire import Wire
from runtime.memory import Reading
from runtime.scaled.redis_bus import AT_ONCE, AWAY, PREFIX, WAIT_MS, Works, entries_of

log = logging.getLogger("allo.bus")

STEPS: Final = PREFIX + "steps"
# A hash: how far each follower is.
READERS: Final = PREFIX + "readers"
# Between two looks whether the journal has kept what waits, and between two notes of how far a follower is.
LOOK_S: Final = 0.02
NOTE_S: Final = 0.5
# Between two looks into the journal, while Redis is away.
LOOK_MOST_MS: Final = 1_000


class Feed:
    """Publishes; `take` every step, in order.  `kept_seq` says how far the journal is."""

    def __init__(self, redis: Redis, wire: Wire, kept_seq: Callable[[], int]) -> None:
        self._redis = redis
        self._wire = wire
        self._kept_seq = kept_seq
        self._ring: deque[Step] = deque(maxlen=limits.OUTLET_MESSAGES)
        self._awake = asyncio.Event()
        self._works = Works()

    def start(self) -> None:
        self._works.begin("feed", self._run())
        self._works.begin("feed-trim", self._trim())

    async def stop(self) -> None:
        await self._works.end()

    def take(self, step: Step) -> None:
        """Never blocks; the oldest fall out when Redis is away for long, and followers read them in the journal."""
        self._ring.append(step)
        self._awake.set()

    async def _run(self) -> None:
        wait_ms = limits.RECONNECT_FIRST_MS
        while not self._works.ending:
            if not self._ring:
                self._awake.clear()
                await self._awake.wait()
            kept = self._kept_seq()
            batch = [step for step, _ in zip(self._ring, range(AT_ONCE), strict=False) if step.seq <= kept]
            if not batch:
                await asyncio.sleep(LOOK_S)
                continue
            try:
                await self._publish(batch)
            except AWAY as error:
                log.warning("bus : %s ne prend rien (%s)", STEPS, type(error).__name__)
                await asyncio.sleep(wait_ms / 1000)
                wait_ms = min(2 * wait_ms, limits.RECONNECT_LAST_MS)
                continue
            wait_ms = limits.RECONNECT_FIRST_MS
            while self._ring and self._ring[0].seq <= batch[-1].seq:
                self._ring.popleft()

    async def _publish(self, batch: list[Step]) -> None:
        records = await asyncio.to_thread(lambda: [self._wire.encode(step) for step in batch])
        pipe = self._redis.pipeline(transaction=False)
        for step, record in zip(batch, records, strict=True):
            pipe.xadd(STEPS, {"b": record}, id=f"{step.seq}-0", maxlen=limits.STREAM_MESSAGES, approximate=True)
        for answer in await pipe.execute(raise_on_error=False):
            # "equal or smaller": it is there already, from before an answer was lost.
            if isinstance(answer, Exception) and not (isinstance(answer, ResponseError) and "smaller" in str(answer)):
                raise answer

    async def _trim(self) -> None:
        """Removes what the journal has and every follower has read."""
        while not self._works.ending:
            await asyncio.sleep(limits.STREAM_TRIM_EVERY_MS / 1000)
            with contextlib.suppress(*AWAY):
                places = await self._redis.hgetall(READERS)
                read = min((int(place) for place in places.values()), default=0)
                await self._redis.xtrim(STEPS, minid=f"{min(read, self._kept_seq()) + 1}-0", approximate=False)


class Follower:
    """Gives every kept step after `since_seq` to `hear`, each once and in order, until `stop`.

    While Redis is away it looks into the journal itself.  `name` is one for good: the stream keeps what a follower of
    this name has not read, up to its bound.
    """

    def __init__(
        self, redis: Redis, wire: Wire, journal: Reading, name: str, hear: Callable[[Step], None], since_seq: int
    ) -> None:
        self.seq = since_seq
        self._redis = redis
        self._wire = wire
        self._journal = journal
        self._name = name
        self._hear = hear
        self._works = Works()

    def start(self) -> None:
        self._works.begin(f"follow-{self._name}", self._run())
        self._works.begin(f"note-{self._name}", self._note())

    async def stop(self) -> None:
        await self._works.end()

    async def leave(self) -> None:
        """As `stop`, for good: the stream no longer waits for this name."""
        await self.stop()
        with contextlib.suppress(*AWAY):
            await self._redis.hdel(READERS, self._name)

    async def _run(self) -> None:
        wait_ms = limits.RECONNECT_FIRST_MS
        await self._catch_up(None)
        while not self._works.ending:
            try:
                answer: Any = await self._redis.xread({STEPS: f"{self.seq}-0"}, count=AT_ONCE, block=WAIT_MS)
            except AWAY as error:
                log.warning("bus : %s ne se lit pas (%s)", STEPS, type(error).__name__)
                await asyncio.sleep(wait_ms / 1000)
                wait_ms = min(2 * wait_ms, LOOK_MOST_MS)
                await self._catch_up(None)
                continue
            wait_ms = limits.RECONNECT_FIRST_MS
            entries = entries_of(answer)
            if not entries:
                continue
            steps = await asyncio.to_thread(lambda: [self._wire.decode(fields[b"b"]) for _, fields in entries])  # noqa: B023
            if steps[0].seq != self.seq + 1:
                await self._catch_up(steps[0].seq - 1)
            for step in steps:
                await self._one(step)

    async def _one(self, step: Step) -> None:
        if step.seq > self.seq + 1:
            await self._catch_up(step.seq - 1)
        self._tell(step)

    async def _catch_up(self, until_seq: int | None) -> None:
        """Reads from the journal what the stream does not hold; what the journal lost is nowhere."""
        while not self._works.ending:
            try:
                missing = await asyncio.to_thread(
                    lambda: list(self._journal.steps(since_seq=self.seq + 1, until_seq=until_seq))
                )
            except JournalFault as fault:
                log.error("%s", fault)
                await asyncio.sleep(limits.RECONNECT_LAST_MS / 1000)
                continue
            for step in missing:
                self._tell(step)
            return

    def _tell(self, step: Step) -> None:
        if step.seq <= self.seq:
            return
        self.seq = step.seq
        try:
            self._hear(step)
        except Exception:
            log.exception("a follower broke on step %d", step.seq)

    async def _note(self) -> None:
        while not self._works.ending:
            with contextlib.suppress(*AWAY):
                await self._redis.hset(READERS, self._name, str(self.seq))
            await asyncio.sleep(NOTE_S)
