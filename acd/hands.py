"""How facts change what agents have in hand, or before their eyes, and what waits to be."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from acd.agent import LIFE
from acd.state import State
from acd.work import PageOpen, Work
from core import events as e
from core.ids import TaskId
from core.mind import Applies


def _opened(state: State, fact: e.TaskOpened, _now_ms: int) -> None:
    """A callback that distribution makes by itself (acd/promises.py) is brought to nobody, while it does."""
    row = Work(
        queue=fact.queue,
        tenant=fact.tenant,
        interaction=fact.interaction,
        due_at_ms=fact.due_at_ms,
        state=_waits(state, fact.task),
        need=fact.need if fact.kind == "written" else None,
    )
    state.work.put(fact.task, row)


def _waits(state: State, task: TaskId) -> Literal["open", "promised"]:
    return "promised" if task in state.promises else "open"


def _left_to_people(state: State, fact: e.CallbackLeft, _now_ms: int) -> None:
    row = state.work.get(fact.task)
    if row is not None and row.state == "promised":
        state.work.put(fact.task, msgspec.structs.replace(row, state="open"))


def _task_changed(state: State, fact: e.TaskClaimed | e.TaskReleased | e.TaskClosed, _now_ms: int) -> None:
    """What somebody has in hand, or before their eyes, stays with them until WorkLeft takes it."""
    row = state.work.get(fact.task)
    if row is None:
        return
    if isinstance(fact, e.TaskClosed):
        if row.agent:
            state.work.put(fact.task, msgspec.structs.replace(row, state="over"))
        else:
            state.work.drop(fact.task)
    elif isinstance(fact, e.TaskClaimed):
        if row.state != "taken":
            state.work.put(fact.task, msgspec.structs.replace(row, state="aside"))
    elif row.state == "aside":
        state.work.put(fact.task, msgspec.structs.replace(row, state=_waits(state, fact.task)))
    elif fact.cause != "WorkPulledBack":  # given back, or forgotten in a drawer: brought to others from now on
        state.work.put(fact.task, msgspec.structs.replace(row, declined=(*row.declined, fact.agent)))


def _shown(state: State, fact: e.WorkOffered, now_ms: int) -> None:
    state.work.put(fact.task, msgspec.structs.replace(state.work[fact.task], state="offered", agent=fact.agent))
    row = state.agents[fact.agent]
    offered = msgspec.structs.replace(
        row,
        state=LIFE.after(row.state, "offered"),
        reason="",
        since_ms=now_ms,
        until_at_ms=fact.until_at_ms,
        preview=fact.task,
        overran=False,
    )
    state.agents.put(fact.agent, offered)


def _in_hand(state: State, fact: e.WorkTaken, _now_ms: int) -> None:
    state.work.put(fact.task, msgspec.structs.replace(state.work[fact.task], state="taken"))
    row = state.agents[fact.agent]
    state.agents.put(fact.agent, msgspec.structs.replace(row, preview="", tasks=(*row.tasks, fact.task)))


def _not_taken(state: State, fact: e.WorkDeclined | e.WorkMissed, _now_ms: int) -> None:
    work, row = state.work[fact.task], state.agents[fact.agent]
    declined = (*work.declined, fact.agent)
    state.work.put(fact.task, msgspec.structs.replace(work, state="open", agent="", declined=declined))
    state.agents.put(fact.agent, msgspec.structs.replace(row, preview=""))


def _left(state: State, fact: e.WorkLeft, _now_ms: int) -> None:
    work, row = state.work.get(fact.task), state.agents.get(fact.agent)
    if work is not None and work.state == "over":
        state.work.drop(fact.task)
    elif work is not None:
        kept = "aside" if work.state == "aside" else "open"
        state.work.put(fact.task, msgspec.structs.replace(work, state=kept, agent=""))
    if row is not None:
        tasks = tuple(task for task in row.tasks if task != fact.task)
        preview = "" if row.preview == fact.task else row.preview
        state.agents.put(fact.agent, msgspec.structs.replace(row, tasks=tasks, preview=preview))


def _page(state: State, fact: e.PageSeen, _now_ms: int) -> None:
    state.pages.put(fact.agent, PageOpen(open=fact.open))


APPLIES: Final[Applies] = {
    e.TaskOpened: _opened,
    e.CallbackLeft: _left_to_people,
    e.TaskClaimed: _task_changed,
    e.TaskReleased: _task_changed,
    e.TaskClosed: _task_changed,
    e.WorkOffered: _shown,
    e.WorkTaken: _in_hand,
    e.WorkDeclined: _not_taken,
    e.WorkMissed: _not_taken,
    e.WorkLeft: _left,
    e.PageSeen: _page,
}
