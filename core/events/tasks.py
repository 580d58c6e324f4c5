"""What is left to do for somebody who is not on the line: a message, a writing, an abandoned call, a callback."""

from __future__ import annotations

from typing import Literal

from core.events.base import Event
from core.events.dialogue import Need
from core.ids import InteractionId, TaskId
from core.personal import Personal

TaskKind = Literal["message", "abandoned", "callback", "written"]
TaskWish = Literal["claim", "release", "close", "call_off"]
TaskEnd = Literal["done", "got_through", "replaced", "expired", "called_off"]


class RecordingStarted(Event, frozen=True, kw_only=True):
    """The caller is asked for a `message`, until `until_at_ms` at the latest; people of `queue` will hear it."""

    interaction: InteractionId
    message: str
    queue: str
    topic: str
    until_at_ms: int


class MessageRecorded(Event, frozen=True, kw_only=True):
    """The caller's words are in the file `path`; nothing was said if `duration_ms` is 0."""

    interaction: InteractionId
    message: str
    path: str
    duration_ms: int


class MessageErased(Event, frozen=True, kw_only=True):
    """The recording `message` is no more."""

    interaction: InteractionId
    message: str


class MessageHeard(Event, frozen=True, kw_only=True):
    """`agent` listens to the recording of `task`, of `tenant`, if the answer to `request` says so."""

    request: str
    agent: str
    tenant: str
    interaction: InteractionId
    task: TaskId


class TaskOpened(Event, frozen=True, kw_only=True):
    """Somebody is to be called back or answered by `due_at_ms`; at `expires_at_ms` it is too late to.

    `caller_key` is the number's pseudonym, empty when withheld; `message` the recording, empty when there is none;
    `attempts` how often this person has tried since.  `need` is what a promised callback or a writing is about;
    before `from_at_ms` nobody calls, for whoever was asked for it (`by`) agreed on that hour.
    """

    task: TaskId
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
    need: Need | None = None
    from_at_ms: int | None = None
    by: str = ""


class CallbackWished(Event, frozen=True, kw_only=True):
    """`by` wants `number` (as typed) to be called between `from_at_ms` and `until_at_ms`; `caller_key` is its
    pseudonym.

    `interaction` is minted by whoever tells this.  It stands instead of `task`, if there is one: its hour is changed.
    """

    request: str
    by: str
    interaction: InteractionId
    task: TaskId
    need: Need
    number: Personal
    caller_key: str
    from_at_ms: int
    until_at_ms: int


class TaskRepeated(Event, frozen=True, kw_only=True):
    """The person tried again, in `interaction`, and gave up again: `attempts` now.  The place in the list is kept."""

    task: TaskId
    interaction: InteractionId
    attempts: int


class TaskAsked(Event, frozen=True, kw_only=True):
    """An agent wants to take, give back or close a task, or nobody needs to be called any more (`call_off`)."""

    request: str
    agent: str
    task: TaskId
    wish: TaskWish


class TaskClaimed(Event, frozen=True, kw_only=True):
    """`agent` owns the task until `until_at_ms`: nobody else calls this person."""

    task: TaskId
    agent: str
    until_at_ms: int


class TaskReleased(Event, frozen=True, kw_only=True):
    """Nobody owns the task any more."""

    task: TaskId
    agent: str


class TaskClosed(Event, frozen=True, kw_only=True):
    """There is nothing left to do: done by `agent`, the person got through, another task has replaced it, expired,
    called off because nobody needs to be called any more."""

    task: TaskId
    agent: str
    how: TaskEnd
