"""A second opinion for callers who are heard: an administration's own engine is asked where we are unsure.

What a caller said is judged here, before anything leaves: words of danger, of a fragility that is discreet, or that
may be of a protected or critical topic never do, nor do those of a caller of whom danger was heard while they spoke.
Whatever the engine does, the caller waits no longer than its deadline, and our own reading stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Final

import msgspec

from core.commands import HearCaller
from core.events.speech import Candidate, SecondOpinion, Understanding
from speech.engines.outside import Outside
from speech.understand.understand import Candidate as Likely
from speech.understand.understand import Reading

FEARED_MOST: Final = 10_000
"""Callers of whom danger was heard and who are remembered: those of days."""

Told = Callable[[Understanding, tuple[str, ...], SecondOpinion], None]


class Second:
    """Asks `outside`; without one, nobody.  `discreet` are the signals of which nothing leaves the machine."""

    def __init__(self, outside: Outside | None = None, discreet: Collection[str] = ()) -> None:
        self._outside = outside
        self._discreet = frozenset(discreet)
        self._feared: dict[str, None] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def stop(self) -> None:
        asking = [*self._asking.values()]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        self._asking.clear()
        self._feared.clear()
        if self._outside is not None:
            await self._outside.stop()

    def feared(self, interaction: str) -> None:
        """Danger was heard of this caller: whatever they say next, it stays here."""
        self._feared[interaction] = None
        if len(self._feared) > FEARED_MOST:
            del self._feared[next(iter(self._feared))]

    def forget(self, listening: str) -> None:
        """Nobody waits for an answer any more."""
        task = self._asking.pop(listening, None)
        if task is not None:
            task.cancel()

    def ask(self, command: HearCaller, words: str, reading: Understanding, why: tuple[str, ...], told: Told) -> None:
        """Calls `told` once, at once where nobody is asked, else when there is an answer or the deadline has passed."""
        feared = command.interaction in self._feared or reading.danger
        danger = feared or not self._discreet.isdisjoint(reading.vulnerable)
        local = _local(reading, why)
        # Who answers for a detail (a number, a date of birth) tells nothing of what they want.
        if self._outside is None or command.about or not self._outside.is_asked(local, danger=bool(danger)):
            told(reading, why, "")
            return
        asked = self._asked(self._outside, command.listening, words, reading, local, told)
        self._asking[command.listening] = asyncio.get_running_loop().create_task(asked)

    async def _asked(
        self, outside: Outside, listening: str, words: str, reading: Understanding, local: Reading, told: Told
    ) -> None:
        await outside.start()
        answer = await outside.opinion(words, local)
        self._asking.pop(listening, None)
        if answer is None:
            told(reading, local.why, "failed")
        elif answer == local:
            told(reading, local.why, "kept")
        else:
            told(_with(reading, answer), answer.why, "taken")


def _local(reading: Understanding, why: tuple[str, ...]) -> Reading:
    return Reading(
        topic=reading.topic,
        confidence=reading.confidence / 100,
        candidates=tuple(Likely(one.topic, one.confidence / 100) for one in reading.candidates),
        in_scope=reading.in_scope,
        why=why,
    )


def _with(reading: Understanding, answer: Reading) -> Understanding:
    """The topic as it was answered; urgency, fragility and details stay ours."""
    return msgspec.structs.replace(
        reading,
        topic=answer.topic,
        confidence=round(100 * answer.confidence),
        candidates=tuple(
            Candidate(topic=one.topic, confidence=round(100 * one.confidence)) for one in answer.candidates
        ),
        in_scope=answer.in_scope,
    )
