"""The whole of it: from words to a topic, how sure we are, which others it may be, and the words that said so.

    understander = Understander(topics, examples)
    reading = understander.understand("mon rsa n'est pas tombé")

`Classifier` does the same for labels of any kind, from fifteen examples of each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from speech.understand.calibrate import Calibration, calibrate
from speech.understand.normalise import weighty, words
from speech.understand.ridge import Model
from speech.understand.similar import Floats
from speech.understand.slips import Slips
from speech.understand.topics import Example, Topic, lessons
from speech.understand.written import body, sentences

OUTSIDE: Final = frozenset({"hors_perimetre", "hors_sujet", "oos", "out_of_scope", "nomatch"})
"""Labels that stand for what is not ours."""
CANDIDATES: Final = 3
WHY: Final = 3
# What is said in one sentence of a long text, against the whole of it.
SENTENCE_SHARE: Final = 0.5


class Candidate(msgspec.Struct, frozen=True):
    """A topic that may be meant, with its probability."""

    topic: str
    confidence: float


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What an utterance means: the likeliest `topic` (empty: nothing was said) with its probability, the best
    `candidates` (itself first), the probability that it is of any topic (`scope`) and whether we take it so
    (`in_scope`), and the words that decided."""

    topic: str = ""
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    in_scope: bool = False
    scope: float = 0.0
    why: tuple[str, ...] = ()


class Classifier:
    """Reads utterances after `examples`, and after the labels' own names; `acronyms` are also known when spelt."""

    def __init__(
        self,
        examples: Sequence[Example],
        acronyms: Sequence[str] = (),
        kept: Path | None = None,
        outside: Collection[str] = OUTSIDE,
    ) -> None:
        self._acronyms = frozenset(acronym.lower() for acronym in acronyms if acronym.isalpha() and acronym.isascii())
        named = [Example(label.replace("_", " "), label) for label in sorted({example.label for example in examples})]
        seen = [(words(example.text, self._acronyms), example.label) for example in (*examples, *named)]
        taught = {(tuple(found), label): None for found, label in seen if found}
        self._slips = Slips(found for found, _ in taught)
        self._model = Model([found for found, _ in taught], [label for _, label in taught], kept=kept)
        self.calibration: Final[Calibration] = calibrate(self._model.left_out, self._model.truth)

        self._inside = np.array([label not in outside for label in self._model.labels], bool)

    @property
    def labels(self) -> tuple[str, ...]:
        return self._model.labels

    def read(self, text: str) -> Reading:
        """What `text` means, spoken or written; an empty reading if it holds no word that any example has."""
        message = body(text)
        found = self._words(message)
        if not found:
            return Reading()
        if not any(self._model.likeness.known(weighty(found) or found)):
            return Reading()  # not one word of any example: another language, or a slip of the keyboard
        likeness = self._model.likeness(found)
        scores = self._model.scores(likeness)
        parts = [part for sentence in sentences(message) if (part := self._words(sentence))]
        if parts:
            best = np.max([self._model.scores(self._model.likeness(part)) for part in parts], axis=0)
            scores = (1 - SENTENCE_SHARE) * scores + SENTENCE_SHARE * best
        return self._reading(found, likeness, scores)

    def _words(self, text: str) -> list[str]:
        return self._slips.mend(words(text, self._acronyms))

    def _reading(self, found: list[str], likeness: Floats, scores: Floats) -> Reading:
        likely = self.calibration.which(scores)
        order = np.argsort(-likely, kind="stable")[:CANDIDATES]
        known = self.calibration.any(float(scores[order[0]]))
        ours = float(np.max(scores, initial=0.0, where=self._inside))
        scope = self.calibration.any(ours) * float(likely[self._inside].sum())
        labels = self._model.labels
        return Reading(
            topic=labels[order[0]],
            confidence=round(float(likely[order[0]]) * known, 4),
            candidates=tuple(Candidate(labels[at], round(float(likely[at]) * known, 4)) for at in order),
            in_scope=scope >= self.calibration.bar,
            scope=round(scope, 4),
            why=self._why(found, likeness, int(order[0])),
        )

    def _why(self, found: list[str], likeness: Floats, label: int) -> tuple[str, ...]:
        """The words that spoke most for the label, each once, the strongest first."""
        strength: dict[str, float] = {}
        for word, spoke in zip(found, self._model.because(found, likeness, label), strict=True):
            if spoke > 0 and weighty([word]):
                strength[word] = max(spoke, strength.get(word, 0.0))
        best = sorted(strength, key=lambda word: (-strength[word], word))[:WHY]
        return tuple(word for word in best if strength[word] >= 0.2 * strength[best[0]])


class Understander:
    """Reads utterances after the topics of the configuration and the examples of each; what is learnt is kept in the
    folder `kept`."""

    def __init__(self, topics: dict[str, Topic], examples: tuple[Example, ...], kept: Path | None = None) -> None:
        self._topics = topics
        self._long = {a.lower(): (a, topic.title) for topic in topics.values() for a in topic.acronyms}
        outside = {topic.name for topic in topics.values() if topic.outside}
        self._classifier = Classifier(lessons(topics, examples), [*self._long], kept, outside)

    def understand(self, text: str, language: str = "fr") -> Reading:
        """What `text` means; `language` is that of the words, of which French is the one that has examples."""
        del language  # one model for all: examples in another language are examples like others
        reading = self._classifier.read(text)
        topic = self._topics.get(reading.topic)
        if topic is None:
            return reading
        why = tuple(self._said(word) for word in reading.why)
        return msgspec.structs.replace(reading, why=why)

    def _said(self, word: str) -> str:
        """A word that decided, for an agent: an acronym with what it stands for."""
        acronym, title = self._long.get(word, ("", ""))
        return f"sigle {acronym} ({title})" if acronym else f"mot « {word} »"
