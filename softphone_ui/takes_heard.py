"""What callers said in their own words, as the pages take it: the words, what was understood, and who put it right."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from core import events as e
from softphone_ui import takes_written
from softphone_ui.rows import Heard

if TYPE_CHECKING:
    from core.ids import InteractionId
    from softphone_ui.picture import Picture

# Utterances of one call that a page shows, the last: a question is put a few times at most.
UTTERANCES: Final = 6


def _heard(picture: Picture, interaction: InteractionId) -> Heard | None:
    contact = picture.contacts.get(interaction)
    if contact is None:
        return None
    if contact.heard is None:
        contact.heard = Heard()
    picture.tell(contact.agent)
    return contact.heard


def _understood(picture: Picture, fact: e.SpeechUnderstood, _now_ms: int) -> None:
    """The gravest that was said stands; details of the same kind are those that were said last."""
    if (heard := _heard(picture, fact.interaction)) is None:
        return
    reading = fact.reading
    heard.words = [*heard.words, fact.words][-UTTERANCES:]
    if reading.topic and not heard.topic:
        heard.confidence = reading.confidence
    if reading.urgency < heard.urgency:
        heard.urgency, heard.danger = reading.urgency, reading.danger
    heard.vulnerable = tuple(dict.fromkeys((*heard.vulnerable, *reading.vulnerable)))
    kinds = {detail.kind for detail in reading.details}
    heard.details = (*(detail for detail in heard.details if detail.kind not in kinds), *reading.details)


def _taken(picture: Picture, fact: e.TopicTaken, _now_ms: int) -> None:
    if (heard := _heard(picture, fact.interaction)) is not None:
        heard.topic = fact.topic


def _detail(picture: Picture, fact: e.DetailTaken, _now_ms: int) -> None:
    """What the caller has said yes to is sure."""
    if (heard := _heard(picture, fact.interaction)) is not None:
        sure = fact.detail.confidence if fact.how == "clear" else 100
        _without(heard, fact.detail.kind)
        heard.details = (*heard.details, replace(fact.detail, confidence=sure))


def _missing(picture: Picture, fact: e.DetailSkipped, _now_ms: int) -> None:
    """What was heard of it was refused, or never confirmed."""
    if (heard := _heard(picture, fact.interaction)) is not None:
        _without(heard, fact.kind)
        heard.missing = (*heard.missing, fact.kind)


def _without(heard: Heard, kind: str) -> None:
    heard.details = tuple(detail for detail in heard.details if detail.kind != kind)


def _danger(picture: Picture, fact: e.DangerTaken, _now_ms: int) -> None:
    if (heard := _heard(picture, fact.interaction)) is not None:
        heard.danger, heard.urgency = fact.danger, min(fact.urgency, heard.urgency)


def _corrected(picture: Picture, fact: e.HeardCorrected, _now_ms: int) -> None:
    """Only by whoever has them: the others were refused."""
    contact = picture.contacts.get(fact.interaction)
    if contact is None:
        takes_written.corrected(picture, fact)
    elif contact.agent == fact.agent and (heard := _heard(picture, fact.interaction)) is not None:
        heard.topic, heard.urgency, heard.details = fact.topic, fact.urgency, fact.details
        known = {detail.kind for detail in fact.details}
        heard.missing = tuple(kind for kind in heard.missing if kind not in known)
        heard.confidence, heard.corrected = 100, True


def _room(picture: Picture, fact: e.SpeechCapacity, _now_ms: int) -> None:
    picture.room = fact


def _asked(picture: Picture, fact: e.HearingAsked, _now_ms: int) -> None:
    picture.listened.add(fact.interaction)


def _over(picture: Picture, fact: Any, _now_ms: int) -> None:
    picture.listened.discard(fact.interaction)


HEARD: Final[dict[type[object], Callable[[Picture, Any, int], None]]] = {
    e.SpeechUnderstood: _understood,
    e.TopicTaken: _taken,
    e.DetailTaken: _detail,
    e.DetailSkipped: _missing,
    e.DangerTaken: _danger,
    e.HeardCorrected: _corrected,
    e.SpeechCapacity: _room,
    e.HearingAsked: _asked,
    e.StepReached: _over,
    e.NeedStated: _over,
    e.DialogueEnded: _over,
}
