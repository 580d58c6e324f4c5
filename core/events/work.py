"""Tasks that are brought to agents: offered, taken or given back, and pulled back when calls wait."""

from __future__ import annotations

from core.events.base import Event
from core.ids import InteractionId, TaskId
from core.personal import Personal


class WorkOffered(Event, frozen=True, kw_only=True):
    """`agent` sees the task until `until_at_ms`, and takes it or gives it back; so many wait `behind` it."""

    task: TaskId
    agent: str
    until_at_ms: int
    behind: int


class WorkAnswered(Event, frozen=True, kw_only=True):
    """The agent takes what they were offered, or gives it back with a `reason`."""

    request: str
    agent: str
    task: TaskId
    take: bool
    reason: str


class WorkTaken(Event, frozen=True, kw_only=True):
    """The task is the agent's, from their page."""

    task: TaskId
    agent: str


class WorkDeclined(Event, frozen=True, kw_only=True):
    """The agent gave it back: another is asked, and the task keeps its place."""

    task: TaskId
    agent: str
    reason: str


class WorkMissed(Event, frozen=True, kw_only=True):
    """Nobody answered at the agent's page: `misses` in a row now, telephone included."""

    task: TaskId
    agent: str
    misses: int


class WorkPulledBack(Event, frozen=True, kw_only=True):
    """The agent is needed for `interaction`, who has waited too long (none: the agent is gone): the task waits where it
    did, with what was drafted."""

    task: TaskId
    agent: str
    interaction: InteractionId | None


class WorkLeft(Event, frozen=True, kw_only=True):
    """The task is out of the agent's hands: done, given back, too late, pulled back."""

    task: TaskId
    agent: str


class WorkDrafted(Event, frozen=True, kw_only=True):
    """What the agent has written for a task of theirs so far; nothing takes it away but the next draft."""

    request: str
    agent: str
    task: TaskId
    interaction: InteractionId
    draft: Personal | None
