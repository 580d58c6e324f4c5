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

    `draft` is what was written for it so far, by whoever had it.

    `record` is whose it is, if the records knew.  `path` is where the recording `message` is, until `erase_at_ms` once
    the task is closed.  `place_of` is the last call that was given the place of the first.
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
    record: Personal | None = None
    agent: str = ""
    until_at_ms: int | None = None
    path: str = ""
    erase_at_ms: int | None = None
    draft: Personal | None = None
    place_of: InteractionId = ""

    @property
    def deadline_ms(self) -> int | None:
        if self.state == "claimed":
            return self.until_at_ms
        return self.erase_at_ms if self.state == "closed" else self.expires_at_ms


def opened(fact: e.TaskOpened, path: str, record: Personal | None) -> Task:
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
        record=record,
    )


class Standing:
    """The tasks of each person that are still to be done, by tenant and caller's key, and by tenant and record; and how
    many tasks each tenant has.

    Derived from the tasks' table: it watches every change of it.
    """

    __slots__ = ("_known", "_of", "_rows")

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], list[TaskId]] = {}
        self._rows: dict[str, int] = {}
        self._known: dict[TaskId, tuple[str, ...]] = {}

    def watch(self, key: TaskId, old: Task | None, new: Task | None) -> None:
        if old is not None:
            self._rows[old.tenant] -= 1
            for name in self._known.pop(key, ()):
                self._of[old.tenant, name].remove(key)
                if not self._of[old.tenant, name]:
                    del self._of[old.tenant, name]
        if new is not None:
            self._rows[new.tenant] = self._rows.get(new.tenant, 0) + 1
            self._known[key] = names = _names(new) if new.state in STANDING else ()
            for name in names:
                mine = self._of.setdefault((new.tenant, name), [])
                mine.append(key)
                mine.sort()

    def of(self, tenant: str, caller_key: str) -> tuple[TaskId, ...]:
        """The person's tasks, the first attempt first; nobody is known by an empty key."""
        return tuple(self._of.get((tenant, caller_key), ()))

    def of_record(self, tenant: str, record: Personal | None) -> tuple[TaskId, ...]:
        """Those of whoever the records know so, whatever they called from."""
        name = _of_record(record)
        return tuple(self._of.get((tenant, name), ())) if name else ()

    def rows(self, tenant: str) -> int:
        """How many rows the tenant has, closed ones with a recording included."""
        return self._rows.get(tenant, 0)


def _names(task: Task) -> tuple[str, ...]:
    return tuple(name for name in (task.caller_key, _of_record(task.record)) if name)


def _of_record(record: Personal | None) -> str:
    """What nobody's key is; empty once the record's key is erased."""
    return f"record {record.text}" if record is not None and record.text else ""
