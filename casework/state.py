"""The state of casework and how facts change it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from casework import conversation, visit
from casework.conversation import Talks
from casework.task import LIFE, STANDING, Standing, Task, opened
from casework.visit import Visit, Visits
from core import events as e
from core import ids, limits
from core.deadlines import Deadlines
from core.ids import InteractionId, TaskId
from core.mind import Applies, Configurations
from core.table import Table, Undo


class Calling(msgspec.Struct, frozen=True, kw_only=True):
    """The task for which an interaction was placed."""

    task: TaskId


class State:
    """All visits and tasks, whom each agent talked with last, who is being called for which task, and what was written.

    `standing` is an index derived from tasks, `named` of writings, by what their system calls them.
    """

    __slots__ = ("calling", "configurations", "named", "standing", "talks", "tasks", "visits", "writings")

    def __init__(self, undo: Undo, deadlines: Deadlines, configurations: Configurations) -> None:
        self.standing = Standing()
        task_deadlines = deadlines.watcher("task")

        def watch(key: str, old: Task | None, new: Task | None) -> None:
            self.standing.watch(key, old, new)
            task_deadlines(key, old, new)

        self.named: dict[tuple[str, str], InteractionId] = {}
        writing_deadlines = deadlines.watcher("writing")

        def watch_writing(key: str, old: Any, new: Any) -> None:
            if old is not None:
                self.named.pop(old.name, None)
            if new is not None:
                self.named[new.name] = key
            writing_deadlines(key, old, new)

        self.writings: Table[InteractionId, Any] = Table(undo, watch_writing)
        self.visits: Visits = Table(undo, deadlines.watcher("visit"))
        self.tasks: Table[TaskId, Task] = Table(undo, watch)
        self.talks: Talks = Table(undo)
        self.calling: Table[InteractionId, Calling] = Table(undo)
        self.configurations = configurations

    def go(self, fact: Any, **changes: Any) -> None:
        """Moves the task along its life by `fact`, with `changes`."""
        row = self.tasks.get(fact.task)
        if row is not None:
            following = LIFE.after(row.state, type(fact).__name__)
            self.tasks.put(fact.task, msgspec.structs.replace(row, state=following, **changes))

    def standing_of(self, row: Visit) -> list[tuple[TaskId, Task]]:
        """What is still to be done for whoever visits, the first attempt first."""
        return [(task, self.tasks[task]) for task in self.standing.of(row.tenant, row.known_as)]

    def at_number(self, row: Visit) -> list[tuple[TaskId, Task]]:
        """What is to be done at the telephone of `row`, whoever asked for it."""
        number = row.number.text if row.number is not None else None
        return [
            (key, task)
            for key, task in self.tasks.items()
            if number and task.state in STANDING and task.tenant == row.tenant
            if task.number is not None and task.number.text == number
        ]

    def recognised(self, row: Visit) -> list[tuple[TaskId, Task]]:
        """The same by the record: what they left from another telephone."""
        mine = self.standing.of(row.tenant, row.known_as)
        of_record = self.standing.of_record(row.tenant, row.known_record)
        return [(task, self.tasks[task]) for task in of_record if task not in mine]


def leaves_work(state: State, row: Visit, fact: e.InteractionEnded) -> bool:
    """Whether somebody whom nobody talked with is to be called back.

    Not those whom discretion protects, nor a number that many share: whoever lifts there may be anybody.  Somebody lost
    by a fault of ours is listed however far they had come.
    """
    since = state.configurations.now.tasks.abandoned_from
    if row.number is None or row.discreet or row.kept or row.found == "shared" or since == "never":
        return False
    came_far = row.queued or since == "arrival"
    return fact.outcome == "lost" or (fact.outcome == "abandoned" and came_far)


# -- visits -----------------------------------------------------------------------------------------------------------


def _arrived(state: State, fact: e.CallArrived, now_ms: int) -> None:
    visit.arrived(state.visits, fact, now_ms)


def _begun(state: State, fact: e.DialogueStarted, _now_ms: int) -> None:
    service = state.configurations.by_digest[fact.digest].services.get(fact.service)
    tenant, discreet = (service.tenant, service.discreet) if service is not None else ("", True)
    visit.change(state.visits, fact.interaction, service=fact.service, tenant=tenant, discreet=discreet)


def _sought(state: State, fact: e.CitizenSought, _now_ms: int) -> None:
    visit.sought(state.visits, fact)


def _found(state: State, fact: e.CitizenFound, _now_ms: int) -> None:
    visit.found(state.visits, fact)


def _named(state: State, fact: e.CitizenNamed, _now_ms: int) -> None:
    if conversation.may_note(state.talks, fact.agent, fact.interaction):
        visit.named(state.visits, fact)


def _need(state: State, fact: e.NeedStated, _now_ms: int) -> None:
    visit.change(state.visits, fact.interaction, queue=fact.need.queue, topic=fact.need.topic, need=fact.need)


def _left(state: State, fact: e.WaitLeft, _now_ms: int) -> None:
    """Who was turned away at once has come as far as who waited."""
    visit.change(state.visits, fact.interaction, queued=True)


def _queued(state: State, fact: e.InteractionQueued, _now_ms: int) -> None:
    changes = {"queue": fact.need.queue, "need": fact.need, "place_at_ms": fact.arrived_at_ms}
    visit.change(state.visits, fact.interaction, **changes, queued=True)


def _moved(state: State, fact: e.ContactMoved | e.ContactKnown | e.ContactSpeaks, _now_ms: int) -> None:
    visit.change(state.visits, fact.interaction, queue=fact.need.queue, need=fact.need)


def _recording(state: State, fact: e.RecordingStarted, _now_ms: int) -> None:
    visit.change(state.visits, fact.interaction, message=fact.message, queue=fact.queue, topic=fact.topic)


def _recorded(state: State, fact: e.MessageRecorded, _now_ms: int) -> None:
    row = state.visits.get(fact.interaction)
    if row is not None and fact.duration_ms >= limits.MESSAGE_SHORTEST_MS:
        visit.change(state.visits, fact.interaction, message=fact.message, path=fact.path)


def _connected(state: State, fact: e.CallConnected, _now_ms: int) -> None:
    conversation.connected(state.talks, fact)
    visit.change(state.visits, fact.interaction, talking=True)


def _ended(state: State, fact: e.InteractionEnded, _now_ms: int) -> None:
    """A visit that leaves something to do goes once that is noted."""
    row = state.visits.get(fact.interaction)
    if row is not None and leaves_work(state, row, fact):
        visit.change(state.visits, fact.interaction, left=True, sought_until_at_ms=None)
    else:
        state.visits.drop(fact.interaction)
    state.calling.drop(fact.interaction)


# -- tasks ------------------------------------------------------------------------------------------------------------


def _opened(state: State, fact: e.TaskOpened, _now_ms: int) -> None:
    row = state.visits.get(fact.interaction)
    path = row.path if row is not None and row.message == fact.message else ""
    state.tasks.put(fact.task, opened(fact, path, row.known_record if row is not None else None))
    _noted(state, fact.interaction, message=bool(fact.message), opened=True)


def _repeated(state: State, fact: e.TaskRepeated, _now_ms: int) -> None:
    state.go(fact, attempts=fact.attempts)
    _noted(state, fact.interaction, message=False, opened=False)


def _noted(state: State, interaction: InteractionId, *, message: bool, opened: bool) -> None:
    """What the visit left is in the list."""
    row = state.visits.get(interaction)
    if row is not None and row.left:
        state.visits.drop(interaction)
    elif row is not None and message:
        visit.change(state.visits, interaction, kept=True)
    elif row is not None and opened:
        visit.change(state.visits, interaction, listed=row.listed + 1)


def _place_kept(state: State, fact: e.PlaceKept, _now_ms: int) -> None:
    row = state.tasks.get(fact.task)
    if row is not None:
        state.tasks.put(fact.task, msgspec.structs.replace(row, place_of=fact.interaction))
    visit.change(state.visits, fact.interaction, place_at_ms=fact.arrived_at_ms)


def _claimed(state: State, fact: e.TaskClaimed, _now_ms: int) -> None:
    state.go(fact, agent=fact.agent, until_at_ms=fact.until_at_ms)


def _released(state: State, fact: e.TaskReleased, _now_ms: int) -> None:
    state.go(fact, agent="", until_at_ms=None)


def _drafted(state: State, fact: e.WorkDrafted, _now_ms: int) -> None:
    row = state.tasks.get(fact.task)
    if row is not None and row.state == "claimed" and row.agent == fact.agent:
        state.tasks.put(fact.task, msgspec.structs.replace(row, draft=fact.draft))


def _closed(state: State, fact: e.TaskClosed, now_ms: int) -> None:
    """The row stays only while there is a recording to erase."""
    row = state.tasks.get(fact.task)
    if row is None:
        return
    erase_at_ms = now_ms + state.configurations.now.tasks.recordings_kept_ms
    state.go(fact, until_at_ms=None, erase_at_ms=erase_at_ms)
    if not row.message:
        state.tasks.drop(fact.task)


def _erased(state: State, fact: e.MessageErased, _now_ms: int) -> None:
    row = state.tasks.get(ids.task(fact.message))
    if row is not None and row.state == "closed":
        state.tasks.drop(ids.task(fact.message))


def _placed(state: State, fact: e.CallPlaced, _now_ms: int) -> None:
    if fact.task in state.tasks:
        state.calling.put(fact.interaction, Calling(task=fact.task))


def _deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> None:
    """Clears the timers that rang, so that each rings once; an erasure is ordered until it is told."""
    if fact.kind == "visit":
        visit.deadline(state.visits, fact)
    elif fact.kind == "task" and (row := state.tasks.get(fact.key)) is not None and row.state == "closed":
        again = msgspec.structs.replace(row, erase_at_ms=now_ms + limits.ERASE_AGAIN_MS)
        state.tasks.put(fact.key, again)


APPLIES: Final[Applies] = {
    e.CallArrived: _arrived,
    e.DialogueStarted: _begun,
    e.CitizenSought: _sought,
    e.CitizenFound: _found,
    e.CitizenNamed: _named,
    e.NeedStated: _need,
    e.InteractionQueued: _queued,
    e.WaitLeft: _left,
    e.ContactMoved: _moved,
    e.ContactKnown: _moved,
    e.ContactSpeaks: _moved,
    e.RecordingStarted: _recording,
    e.MessageRecorded: _recorded,
    e.CallConnected: _connected,
    e.InteractionEnded: _ended,
    e.TaskOpened: _opened,
    e.TaskRepeated: _repeated,
    e.PlaceKept: _place_kept,
    e.TaskClaimed: _claimed,
    e.TaskReleased: _released,
    e.TaskClosed: _closed,
    e.WorkDrafted: _drafted,
    e.MessageErased: _erased,
    e.CallPlaced: _placed,
    e.DeadlineReached: _deadline,
}
