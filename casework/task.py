"""The life of a task, its row, and the index by which one person's tasks find one another.

Somebody is to be called back or answered: they left a `message`, a `callback` was promised, or they gave up waiting
(`abandoned`).  A task is `open` until an agent of its tenant has `claimed` it, for a while: so that nobody is called
twice, and nothing is forgotten in a drawer.  What is `closed` is dropped, but for a recording: that is kept as long as
the configuration says, then erased, and only then is the task gone.

One person, one place: whoever tries again while a task of theirs is open keeps the place of the first attempt.
"""

from __future__ import annotations

from typing import Final

import msgspec

from core import events as e
from core.events.tasks import TaskKind
from core.ids import InteractionId, TaskId
from core.life import Life
from core.personal import Personal

LIFE: Final = Life(
    "task",
    "open",
    {
        "open": {"TaskClaimed": "claimed", "TaskRepeated": "open", "TaskClosed": "closed"},
        "claimed": {
            "TaskClaimed": "claimed",
            "TaskReleased": "open",
            "TaskRepeated": "claimed",
            "TaskClosed": "closed",
        },
        "closed": {},
    },
)

STANDING: Final = ("open", "claimed")


class Task(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is left to do for one person; `agent` has claimed it until `until_at_ms`, and it ends at `expires_at_ms`.

    `path` is where the recording `message` is, until `erase_at_ms` once the task is closed.  `place_of` is the last
    call that was given the place of the first.
    """

    state: str
    kind: TaskKind
    interaction: InteractionId
    tenant: str
    service: str
    queue: str
    topic: str
    number: Personal | None
    caller_key: str
    message: str
    since_at_ms: int
    due_at_ms: int
    expires_at_ms: int
    attempts: int
    agent: str = ""
    until_at_ms: int | None = None
    path: str = ""
    erase_at_ms: int | None = None
    place_of: InteractionId = ""

    @property
    def deadline_ms(self) -> int | None:
        if self.state == "claimed":
            return self.until_at_ms
        return self.erase_at_ms if self.state == "closed" else self.expires_at_ms


def opened(fact: e.TaskOpened, path: str) -> Task:
    return Task(
        state=LIFE.first,
        kind=fact.kind,
        interaction=fact.interaction,
        tenant=fact.tenant,
        service=fact.service,
        queue=fact.queue,
        topic=fact.topic,
        number=fact.number,
        caller_key=fact.caller_key,
        message=fact.message,
        since_at_ms=fact.since_at_ms,
        due_at_ms=fact.due_at_ms,
        expires_at_ms=fact.expires_at_ms,
        attempts=fact.attempts,
        path=path,
    )


class Standing:
    """The tasks of each person (tenant and caller's key) that are still to be done, and how many each tenant has.

    Derived from the tasks' table: it watches every change of it.
    """

    __slots__ = ("_of", "_rows")

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], list[TaskId]] = {}
        self._rows: dict[str, int] = {}

    def watch(self, key: TaskId, old: Task | None, new: Task | None) -> None:
        if old is not None:
            self._rows[old.tenant] -= 1
            if old.caller_key and old.state in STANDING:
                self._of[old.tenant, old.caller_key].remove(key)
                if not self._of[old.tenant, old.caller_key]:
                    del self._of[old.tenant, old.caller_key]
        if new is not None:
            self._rows[new.tenant] = self._rows.get(new.tenant, 0) + 1
            if new.caller_key and new.state in STANDING:
                mine = self._of.setdefault((new.tenant, new.caller_key), [])
                mine.append(key)
                mine.sort()

    def of(self, tenant: str, caller_key: str) -> tuple[TaskId, ...]:
        """The person's tasks, the first attempt first; nobody is known by an empty key."""
        return tuple(self._of.get((tenant, caller_key), ()))

    def rows(self, tenant: str) -> int:
        """How many rows the tenant has, closed ones with a recording included."""
        return self._rows.get(tenant, 0)
