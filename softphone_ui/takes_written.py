"""What people wrote, as the pages take it: the words, and what was understood, until an agent is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from core import events as e
from core import ids, limits
from softphone_ui.rows import Heard, Letter, Replied

if TYPE_CHECKING:
    from softphone_ui.picture import Picture


def _arrived(picture: Picture, fact: e.WritingArrived, _now_ms: int) -> None:
    """One that was refused, or is known, opens no task: the answer beside it says so."""
    picture.letters[fact.interaction] = Letter(arrived=fact)


def _answered(picture: Picture, fact: e.RequestAnswered, _now_ms: int) -> None:
    """Only what was taken under its own name is to be read."""
    last = next(reversed(picture.letters), None)
    if last is not None and picture.letters[last].arrived.request == fact.request and fact.interaction != last:
        del picture.letters[last]
    last = next(reversed(picture.replied), None)
    if last is not None and picture.replied[last].answered.request == fact.request and not fact.done:
        del picture.replied[last]


def _replied(picture: Picture, fact: e.WritingAnswered, now_ms: int) -> None:
    """What is kept for longer than the kernel knows of it goes."""
    task = picture.tasks.get(fact.task)
    while picture.replied and next(iter(picture.replied.values())).at_ms < now_ms - limits.WRITING_NAMED_MS:
        del picture.replied[next(iter(picture.replied))]
    if task is not None and task.letter is not None:
        picture.replied[fact.interaction] = Replied(letter=task.letter, answered=fact, at_ms=now_ms)


def _understood(picture: Picture, fact: e.WritingUnderstood, _now_ms: int) -> None:
    letter = picture.letters.get(fact.interaction)
    if letter is None:
        return
    reading = fact.reading
    letter.heard = Heard(
        topic=reading.topic if reading.in_scope else "",
        confidence=reading.confidence,
        urgency=reading.urgency,
        danger=reading.danger,
        vulnerable=reading.vulnerable,
        details=reading.details,
    )


def _set_aside(picture: Picture, fact: e.WritingSetAside, _now_ms: int) -> None:
    picture.letters.pop(fact.interaction, None)


def corrected(picture: Picture, fact: e.HeardCorrected) -> None:
    """By whoever has it in hand; the others were refused."""
    task = picture.tasks.get(ids.task(fact.interaction))
    if task is None or task.letter is None or task.agent != fact.agent:
        return
    before = task.heard or Heard()
    task.heard = Heard(
        topic=fact.topic,
        confidence=100,
        urgency=fact.urgency,
        danger=before.danger,
        vulnerable=before.vulnerable,
        details=fact.details,
        corrected=True,
    )
    picture.tell(fact.agent)


WRITTEN: Final[dict[type[Any], Callable[[Any, Any, int], None]]] = {
    e.WritingArrived: _arrived,
    e.RequestAnswered: _answered,
    e.WritingUnderstood: _understood,
    e.WritingSetAside: _set_aside,
    e.WritingAnswered: _replied,
}
