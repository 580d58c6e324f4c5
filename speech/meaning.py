"""What a worker asks about words: what they mean once they are over, and whether they speak of danger before that."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

import msgspec

from core.events.speech import Candidate, Understanding, Urgency
from speech.understand.topics import Example, Topic
from speech.understand.understand import Understander


class Lessons(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker learns at its start: what people call about, and how they say it."""

    topics: dict[str, Topic] = {}
    examples: tuple[Example, ...] = ()


UNTAUGHT: Final = Lessons()


class Alarming(NamedTuple):
    """Words that speak of danger: how urgent it is, of which kind, how sure (percent)."""

    urgency: Urgency
    danger: str
    confidence: int


class Meaning(Protocol):
    """Understands words of one caller at a time; for one thread."""

    def understand(self, words: str, language: str) -> tuple[Understanding, tuple[str, ...]]:
        """What an utterance means, and the words and rules that decided it."""

    def alarm(self, words: str, language: str) -> Alarming | None:
        """Whether these words, which may go on, speak of danger."""


class Taught:
    """What words mean after the topics and examples of the configuration, of which there are some."""

    def __init__(self, lessons: Lessons) -> None:
        self._understander = Understander(lessons.topics, lessons.examples)

    def understand(self, words: str, language: str) -> tuple[Understanding, tuple[str, ...]]:
        found = self._understander.understand(words, language)
        candidates = tuple(Candidate(topic=one.topic, confidence=_percent(one.confidence)) for one in found.candidates)
        reading = Understanding(
            topic=found.topic, confidence=_percent(found.confidence), candidates=candidates, in_scope=found.in_scope
        )
        return reading, found.why

    def alarm(self, words: str, language: str) -> Alarming | None:
        del words, language  # rules of danger are none yet
        return None


class Unread:
    """Nothing is known of what people call about: their words alone are told."""

    def understand(self, words: str, language: str) -> tuple[Understanding, tuple[str, ...]]:
        del words, language
        return Understanding(), ()

    def alarm(self, words: str, language: str) -> Alarming | None:
        del words, language
        return None


def meaning_of(lessons: Lessons) -> Meaning:
    """Takes some seconds for thousands of examples."""
    return Taught(lessons) if lessons.topics else Unread()


def _percent(share: float) -> int:
    return round(100 * share)
