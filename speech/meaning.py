"""What a worker asks about words: what they mean once they are over, and whether they speak of danger before that."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from core.events.speech import Candidate, Detail, Understanding, Urgency
from core.personal import Personal
from speech.understand.asked import Asked, answered
from speech.understand.entities import Entity, Finder
from speech.understand.lookout import Lookout
from speech.understand.topics import Example, Topic
from speech.understand.understand import Understander
from speech.understand.urgency import Urgencies


class Lessons(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker learns at its start: what people call about, how they say it, what cannot wait, what is said then
    (`sayings`), and where they may live (names of `communes` by their codes).  What is learnt is `kept` in that folder,
    for the next start."""

    topics: dict[str, Topic] = {}
    examples: tuple[Example, ...] = ()
    urgencies: Urgencies = Urgencies()
    sayings: tuple[Example, ...] = ()
    communes: dict[str, str] = {}
    kept: str = ""


UNTAUGHT: Final = Lessons()


class Alarming(NamedTuple):
    """Words that speak of danger: how urgent it is, of which kind, how sure (percent)."""

    urgency: Urgency
    danger: str
    confidence: int


class Meaning(Protocol):
    """Understands words of one caller at a time; for one thread."""

    def understand(
        self, words: str, language: str, asked: Asked | None = None
    ) -> tuple[Understanding, tuple[str, ...]]:
        """What an utterance means, as an answer to what was `asked`, and the words and rules that decided it."""

    def alarm(self, words: str, language: str, *, unfinished: bool) -> Alarming | None:
        """Whether these words speak of danger; the last of those that are `unfinished` may change all."""


class Taught:
    """What words mean after the topics, the examples and the rules of danger of the configuration."""

    def __init__(self, lessons: Lessons) -> None:
        kept = Path(lessons.kept) if lessons.kept else None
        self._understander = Understander(lessons.topics, lessons.examples, kept) if lessons.topics else None
        self._lookout = Lookout(lessons.urgencies, lessons.sayings, kept)
        self._finder = Finder(lessons.communes)

    def understand(
        self, words: str, language: str, asked: Asked | None = None
    ) -> tuple[Understanding, tuple[str, ...]]:
        alarm = self._lookout.read(words)
        reading = Understanding(
            urgency=alarm.level, danger=alarm.danger, vulnerable=alarm.vulnerable, details=self._details(words, asked)
        )
        if self._understander is None:
            return reading, alarm.why
        found = self._understander.understand(words, language)
        reading = msgspec.structs.replace(
            reading,
            topic=found.topic,
            confidence=_percent(found.confidence),
            candidates=tuple(
                Candidate(topic=one.topic, confidence=_percent(one.confidence)) for one in found.candidates
            ),
            in_scope=found.in_scope,
        )
        return reading, (*alarm.why, *found.why)

    def _details(self, words: str, asked: Asked | None) -> tuple[Detail, ...]:
        """Whose they are, is known to whoever knows the interaction.  Of what was asked, the answer alone counts."""
        return tuple(
            Detail(
                kind=one.kind,
                value=Personal("", "words", one.value),
                said=Personal("", "words", one.text),
                confidence=one.confidence,
            )
            for one in self._found(words, asked)
        )

    def _found(self, words: str, asked: Asked | None) -> list[Entity]:
        year = datetime.now().year
        found = self._finder.find(words, year)
        if asked is None:
            return list(found)
        return [*answered(asked, words, self._finder, year), *(one for one in found if one.kind != asked.about)]

    def alarm(self, words: str, language: str, *, unfinished: bool) -> Alarming | None:
        del language  # rules and sentences are French, and what they do not know they do not find
        alarm = self._lookout.read(words, unfinished=unfinished)
        return Alarming(alarm.level, alarm.danger, _percent(alarm.sure)) if alarm.danger else None


def _percent(share: float) -> int:
    return round(100 * share)
