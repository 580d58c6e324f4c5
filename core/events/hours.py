"""When services answer, and what that means for those who wait."""

from __future__ import annotations

from typing import Literal

from core.events.base import Event
from core.events.dialogue import Need
from core.ids import InteractionId

OpeningState = Literal["open", "last_admission", "closed"]
"""Answering; answering those who wait and taking nobody new; closed."""


class OpeningChanged(Event, frozen=True, kw_only=True):
    """The service is in `state` from now until `until_at_ms`; None: until its hours are changed."""

    service: str
    state: OpeningState
    until_at_ms: int | None


class QueueClosed(Event, frozen=True, kw_only=True):
    """The service closes while this caller waits in `queue`: a callback is noted where there is a number, and who has
    none keeps the place."""

    interaction: InteractionId
    queue: str
    need: Need
