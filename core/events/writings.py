"""What people write to us: an e-mail, a form, a chat; understood as what callers say is, then a task."""

from __future__ import annotations

from typing import Literal

from core.events.base import Event
from core.events.speech import Understanding
from core.ids import InteractionId, TaskId
from core.personal import Personal

WritingChannel = Literal["email", "form", "chat"]


class WritingArrived(Event, frozen=True, kw_only=True):
    """Somebody wrote to `service`, if the answer to `request` says so; `interaction` is minted by whoever tells this.

    `system` is the access by which it came, `key` a digest of what that system calls the message: the same again is
    answered with the first one's interaction, and nothing more comes of it.  Numbers of social security are hidden in
    `subject` and `text` already.  `automatic`: a machine wrote it, nobody waits for an answer.
    """

    request: str
    interaction: InteractionId
    system: str
    key: str
    tenant: str
    service: str
    channel: WritingChannel
    language: str
    sender: Personal | None
    subject: Personal | None
    text: Personal
    automatic: bool = False


class WritingUnderstood(Event, frozen=True, kw_only=True):
    """What the writing means; `why` are the words and rules that decided it."""

    interaction: InteractionId
    reading: Understanding
    why: Personal | None = None


class WritingSetAside(Event, frozen=True, kw_only=True):
    """Nobody is asked to read it: a machine wrote it (an absence, a bounce, a newsletter)."""

    interaction: InteractionId


class WritingAnswered(Event, frozen=True, kw_only=True):
    """The agent is done with the writing, if the answer to `request` says so: `code` says how, `reply` is what the
    writer is to be sent, by the system that brought the writing."""

    request: str
    agent: str
    task: TaskId
    interaction: InteractionId
    code: str
    reply: Personal | None
