"""What agents put right of what was understood, handed to whoever learns from it (speech/understand/improve.py).

Words are known from the facts that go by, the last callers'; after a restart those of before are not, and teach
nothing.  What is kept has no names, and nothing of protected topics: that is the business of Corrections.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from core import events as e
from core.ids import InteractionId
from core.step import Step
from speech.understand.improve import Corrections

log = logging.getLogger("allo.understanding")

# Callers whose words are remembered until their agent has written notes: more than a platform has at once.
REMEMBERED: Final = 10_000


class Corrected:
    """`hear` every kept step.  Files are written by a thread of its own."""

    def __init__(self, corrections: Corrections) -> None:
        self._corrections = corrections
        self._said: OrderedDict[InteractionId, tuple[str, str]] = OrderedDict()
        self._writing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="corrections")

    def hear(self, step: Step) -> None:
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.SpeechUnderstood):
                self._remember(fact)
        accepted = any(isinstance(fact, e.RequestAnswered) and fact.done for fact in step.facts)
        if isinstance(step.input, e.HeardCorrected) and accepted:
            self._note(step.input, step.now_ms)

    def _remember(self, fact: e.SpeechUnderstood) -> None:
        """The words that said what it is about: not a yes, nor a no."""
        if fact.words.text and fact.reading.topic:
            self._said[fact.interaction] = fact.words.text, fact.reading.topic
            if len(self._said) > REMEMBERED:
                self._said.popitem(last=False)

    def _note(self, fact: e.HeardCorrected, now_ms: int) -> None:
        said = self._said.pop(fact.interaction, None)
        if said is not None:
            self._writing.submit(self._write, *said, fact.topic, now_ms)

    def _write(self, words: str, was: str, topic: str, at_ms: int) -> None:
        try:
            self._corrections.note(words, was=was, topic=topic, at_ms=at_ms)
        except OSError as error:
            log.warning("correction non gardée : %s", error.strerror)

    def close(self) -> None:
        """Waits until everything is written."""
        self._writing.shutdown()
