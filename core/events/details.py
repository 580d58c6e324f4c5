"""What the dialogue asks callers for, one detail after the other: read back, taken, or left out.

The values are what people said of themselves: `Personal`, in `Detail`.  Kinds of details are not.
"""

from __future__ import annotations

from typing import Literal

from core.events.base import Event
from core.events.speech import Detail
from core.ids import InteractionId
from core.text import Text


class DetailDoubted(Event, frozen=True, kw_only=True):
    """The caller may have meant one of `details`, of one kind: it is read back to them (`say`), or, if there are
    several, they are asked which.  `corrections`: how often they have put it right."""

    interaction: InteractionId
    step: str
    details: tuple[Detail, ...]
    say: tuple[Text, ...]
    corrections: int


class DetailTaken(Event, frozen=True, kw_only=True):
    """A detail is known: confirmed by the caller, chosen out of several, or said earlier and sure enough (`how`)."""

    interaction: InteractionId
    step: str
    detail: Detail
    how: Literal["confirmed", "chosen", "clear"]


class DetailSkipped(Event, frozen=True, kw_only=True):
    """A detail of this `kind` was asked for, and the dialogue goes on without: they do not know it, or were not
    understood."""

    interaction: InteractionId
    step: str
    kind: str
    why: Literal["unknown", "not_understood"]
