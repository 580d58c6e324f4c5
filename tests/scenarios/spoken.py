"""Whoever hears, in a scenario: callers say what its sentences have them say, and that is understood as it would be."""

from __future__ import annotations

from typing import Any, Final

from core import commands as c
from core import events as e
from core.personal import Personal
from speech.understand.asked import Asked, answered
from speech.understand.entities import Finder
from tests import centres
from tests.simulation.hearer import Hearer

YEAR: Final = 2026
TOPIC: Final = {"rsa": "rsa", "loyer": "fsl"}
"""Words by which what somebody wants is known."""


class Listener(Hearer):
    """Hears whom it is told to, and says nothing by itself."""

    def perform(self, command: c.HearCaller | c.StopHearing, now_ms: int) -> None:
        del now_ms
        if isinstance(command, c.StopHearing):
            self.asked.pop(command.interaction, None)
            return
        self.asked[command.interaction] = command
        self.tell(e.HearingPlaced(**_of(command), address="127.0.0.1:9092"))

    def start(self) -> None:
        self.asked: dict[str, c.HearCaller] = {}
        self.finder = Finder({code: commune.name for code, commune in centres.inquiring().gazetteer.items()})
        super().start()

    def says(self, interaction: str, words: str) -> None:
        """What was heard of somebody who is listened to; KeyError for anybody else."""
        command = self.asked.pop(interaction)
        so_far = (command.so_far.text if command.so_far is not None else None) or ""
        asked = Asked(about=command.about, so_far=so_far)
        details = [
            e.Detail(
                kind=one.kind,
                value=Personal(interaction, "words", one.value),
                said=Personal(interaction, "words", one.text),
                confidence=one.confidence,
            )
            for one in (answered(asked, words, self.finder, YEAR) or self.finder.find(words, YEAR))
        ]
        topic = next((topic for word, topic in TOPIC.items() if word in words.lower()), "")
        reading = e.Understanding(
            topic=topic,
            confidence=95 if topic else 0,
            candidates=(e.Candidate(topic=topic, confidence=95),) if topic else (),
            in_scope=bool(topic),
            details=tuple(details),
        )
        said = Personal(interaction, "words", words)
        self.tell(e.SpeechUnderstood(**_of(command), words=said, reading=reading))

    def hears_nothing(self, interaction: str) -> None:
        self.tell(e.HearingEnded(**_of(self.asked.pop(interaction)), why="silence"))


def _of(command: c.HearCaller) -> dict[str, Any]:
    return {"cause": "speech", "interaction": command.interaction, "listening": command.listening}
