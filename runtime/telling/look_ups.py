"""Look-ups of records that nobody's work explains: an alert by itself, out of the access log of the records.

What is looked at is who was found by name and birth date: records that come with a call nobody chooses.  The running
centre asks the log from time to time; what is unusual becomes a fact (`LookUpsUnusual`), so that it is kept, stands on
the supervisors' page and in `./allo audit`.  Nobody is judged by it: somebody asks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from core import events as e
from core.errors import AlloError

if TYPE_CHECKING:
    from runtime.settings.crm import Unusual

log = logging.getLogger("allo.look_ups")

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
# Soon enough to ask somebody who is still at their desk.
EVERY_S: Final = 15.0
# A look is written down before its answer, by whichever process; what is written later than this was written twice.
LATE_MS: Final = 5_000
BY_NAME: Final = "search"


class Look(Protocol):
    """A line of the access log; `person` tells persons apart without naming them."""

    @property
    def at_ms(self) -> int: ...
    @property
    def agent(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def person(self) -> str: ...


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """`count` persons were found by one `agent` within an hour (`persons`), or one `person` by as many agents within a
    day (`agents`)."""

    at_ms: int
    why: e.UnusualWhy
    count: int
    agent: str = ""
    person: str = ""


class Watch:
    """Takes looks in the order of their time, the same ones again without harm, and tells each alert once: when it
    becomes too much."""

    def __init__(self, policy: Unusual) -> None:
        self._found, self._finders = _Seen(HOUR_MS, policy.persons), _Seen(DAY_MS, policy.agents)
        self.newest_ms = 0

    def take(self, looks: Iterable[Look]) -> Iterator[Alert]:
        for look in looks:
            if look.why != BY_NAME:
                continue
            self.newest_ms = max(self.newest_ms, look.at_ms)
            if count := self._found.too_many(look.agent, look.person, look.at_ms):
                yield Alert(at_ms=look.at_ms, why="persons", count=count, agent=look.agent)
            if count := self._finders.too_many(look.person, look.agent, look.at_ms):
                yield Alert(at_ms=look.at_ms, why="agents", count=count, person=look.person)
        for seen in (self._found, self._finders):
            seen.forget(self.newest_ms)


class _Seen:
    """What each was seen with, for a while: `most` different ones are usual."""

    def __init__(self, while_ms: int, most: int) -> None:
        self._while_ms = while_ms
        self._most = most
        self._with: dict[str, dict[str, int]] = {}
        self._told: set[str] = set()

    def too_many(self, who: str, other: str, at_ms: int) -> int:
        """How many there are now, if this one makes them too many; 0 if not."""
        seen = self._with.setdefault(who, {})
        seen[other] = max(at_ms, seen.get(other, 0))
        count = sum(1 for last_ms in seen.values() if last_ms > at_ms - self._while_ms)
        if count <= self._most:
            self._told.discard(who)
            return 0
        new = who not in self._told
        self._told.add(who)
        return count if new else 0

    def forget(self, now_ms: int) -> None:
        """Nothing is remembered for longer than it counts."""
        for who, seen in list(self._with.items()):
            kept = {other: at_ms for other, at_ms in seen.items() if at_ms > now_ms - self._while_ms}
            if kept:
                self._with[who] = kept
            else:
                del self._with[who]
                self._told.discard(who)


class LookUps:
    """Asks `looks` (of an organisation, since when) every now and then, and tells what is new and unusual."""

    def __init__(
        self,
        tenants: Callable[[], Iterable[str]],
        looks: Callable[[str, int], Sequence[Look]],
        policy: Unusual,
        now_ms: Callable[[], int],
        tell: Callable[[e.LookUpsUnusual], None],
        every_s: float = EVERY_S,
    ) -> None:
        self._tenants = tenants
        self._looks = looks
        self._policy = policy
        self._now_ms = now_ms
        self._tell = tell
        self._every_s = every_s
        # What was found while nothing ran is told by the next start, and what was told a moment before it again.
        self._begun_ms = now_ms() - HOUR_MS
        self._watches: dict[str, Watch] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="look-ups")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            for tenant in list(self._tenants()):
                try:
                    await self.ask(tenant)
                except AlloError as fault:
                    log.warning("journal des accès : %s", type(fault).__name__)
            await asyncio.sleep(self._every_s)

    async def ask(self, tenant: str) -> None:
        """Once.  Raises AlloError if the records do not answer: what was missed is found the next time."""
        watch = self._watches.setdefault(tenant, Watch(self._policy))
        since_ms = (watch.newest_ms or self._now_ms() - DAY_MS) - LATE_MS
        looks = await asyncio.to_thread(self._looks, tenant, since_ms)
        for alert in watch.take(looks):
            if alert.at_ms > self._begun_ms:
                self._tell(
                    e.LookUpsUnusual(
                        cause="look_ups",
                        tenant=tenant,
                        why=alert.why,
                        count=alert.count,
                        agent=alert.agent,
                        person=alert.person,
                    )
                )
