"""What people ask through pages, and how they are answered: a request is a fact, and so is its answer."""

from __future__ import annotations

from core.events.base import Event
from core.ids import InteractionId


class PageSeen(Event, frozen=True, kw_only=True):
    """The agent's page is open somewhere (`open`), or the last one was closed."""

    agent: str
    open: bool


class RequestAnswered(Event, frozen=True, kw_only=True):
    """What was asked as `request` is done, or not: then `reason` is a key of the pages' texts.

    `interaction` is the name under which it is kept, for whoever asks again after it.
    """

    request: str
    done: bool
    reason: str
    interaction: InteractionId = ""
