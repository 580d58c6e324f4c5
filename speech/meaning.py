"""What a worker asks about words: what they mean once they are over, and whether they speak of danger before that."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from core.events.speech import Understanding, Urgency


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


class Unread:
    """Nothing is known of what people call about: their words alone are told."""

    def understand(self, words: str, language: str) -> tuple[Understanding, tuple[str, ...]]:
        del words, language
        return Understanding(), ()

    def alarm(self, words: str, language: str) -> Alarming | None:
        del words, language
        return None
