"""Whoever hears callers, on the simulation's clock: makes room, understands something, or breaks."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from core import commands as c
from core import events as e
from core.events.base import Event
from core.personal import Personal
from tests.properties.spoken import ANSWERS, WORDS, details
from tests.simulation.agenda import Agenda

TOPICS: Final = ("rsa", "fsl", "apa")
STREAMS: Final = 20


class Hearer:
    """What is said depends on the day's `seed` and on the listening alone.  What ended, or belongs to a process that
    died, is told no more."""

    def __init__(self, agenda: Agenda, tell: Callable[[Event], None], seed: int = 0) -> None:
        self.agenda, self.tell, self.seed = agenda, tell, seed
        self.heard: set[str] = set()

    def start(self) -> None:
        """A new process: nothing of before is heard any more."""
        self.heard.clear()
        self.tell(e.SpeechCapacity(cause="speech", streams=STREAMS, model="essai"))

    def perform(self, command: c.HearCaller | c.StopHearing, now_ms: int) -> None:
        if isinstance(command, c.StopHearing):
            self.heard.discard(command.listening)
            return
        of = {"cause": "speech", "interaction": command.interaction, "listening": command.listening}
        luck = random.Random(f"{self.seed} {command.listening}")
        if luck.random() < 0.05:
            self.tell(e.HearingEnded(**of, why="refused"))
            return
        self.heard.add(command.listening)
        self.tell(e.HearingPlaced(**of, address="127.0.0.1:9092"))
        if luck.random() < 0.03:
            return  # says nothing ever again
        for at_ms, fact in _to_come(command, luck, now_ms):
            self.agenda.at(at_ms, lambda _now_ms, fact=fact: self._tell(command.listening, fact))

    def _tell(self, listening: str, fact: Event) -> None:
        if listening in self.heard:
            if not isinstance(fact, e.WordsHeard | e.DangerHeard):
                self.heard.discard(listening)
            self.tell(fact)


def _to_come(command: c.HearCaller, luck: random.Random, now_ms: int) -> list[tuple[int, Event]]:
    """What will be heard, and when."""
    of = {"cause": "speech", "interaction": command.interaction, "listening": command.listening}
    speaks_ms = now_ms + luck.randrange(300, 8_000)
    fate = luck.random()
    if fate < 0.2:
        why: e.HearingOver = luck.choice(("silence", "silence", "too_long", "failed"))
        return [(now_ms + command.silence_ms, e.HearingEnded(**of, why=why))]
    danger = luck.choice(("violence", "suicide")) if fate > 0.9 else ""
    urgency: e.Urgency = luck.choice((1, 2)) if danger else luck.choice((3, 4, 4, 4))
    said = Personal(command.interaction, "words", luck.choice((*WORDS, *ANSWERS) if command.about else WORDS))
    sure = luck.choice((95, 85, 60, 45, 10))
    first, second = luck.sample(TOPICS, 2)
    candidates = tuple(e.Candidate(topic=name, confidence=at) for name, at in ((first, sure), (second, sure // 2)))
    reading = e.Understanding(
        topic=first,
        confidence=sure,
        candidates=candidates,
        in_scope=True,
        urgency=urgency,
        danger=danger,
        details=details(command.interaction, command.about, luck.randrange(60)) if luck.random() < 0.6 else (),
    )
    come: list[tuple[int, Event]] = [
        (speaks_ms, e.WordsHeard(**of, words=said)),
        (speaks_ms + 500, e.SpeechUnderstood(**of, words=said, reading=reading)),
    ]
    if danger:
        come.append((speaks_ms, e.DangerHeard(**of, urgency=urgency, danger=danger, confidence=90)))
    return come
