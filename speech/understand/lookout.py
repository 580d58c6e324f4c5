"""Who watches for danger: rules that anybody can read (urgency.py), and what was learnt from sentences (fears.py).

Rules know what they were told; people say it otherwise.  What is learnt finds most of that, and knows better than a
rule what only sounds like danger ("il me tape sur les nerfs").  Therefore: a rule's danger counts unless what was
learnt holds it for nearly impossible; without a rule it must be likely.  Of a signal without sentences the rules alone
decide, and what a person is fragile by (level 3) is theirs altogether.

Between likely and unlikely stands the doubt (`danger_possible`): nobody is told to hang up and dial for it, and a
person answers sooner, who reads it and asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from speech.understand.fears import CALM, Fear, Fears, spoken
from speech.understand.message import parts
from speech.understand.topics import Example
from speech.understand.urgency import GRAVE, USUAL, Alarm, Heard, Urgencies, Watch

LIKELY: Final = 0.65
"""From here on it is danger without any rule."""
LIKELY_UNFINISHED: Final = 0.97
"""While they still speak: what follows may change all, and a dialogue that has turned does not turn back."""
WORDS_UNFINISHED: Final = 4
"""Words that are settled, at least, before any is judged by what was learnt."""
WORDS_LEAST: Final = 3
"""Fewer words are an answer, or a rule's: nothing that was learnt says what "ma mère" is about."""
SAYINGS_LEAST: Final = 100
"""Of dangers, and of what is none: from fewer nothing is learnt, and the rules decide alone."""
UNLIKELY: Final = 0.5
"""Below, a rule may have met a false friend: somebody asks, from POSSIBLE on."""
POSSIBLE: Final = 0.2
"""From here on a person comes sooner and asks, and no message of emergency is told."""
TO_ASK: Final = "danger_possible"
"""The signal of that; without it in the configuration nobody comes sooner for a doubt."""


class Lookout:
    """Reads utterances, whole or unfinished; without `sayings`, by the rules alone.  Raises RuleFault when made."""

    def __init__(self, urgencies: Urgencies, sayings: Sequence[Example] = (), kept: Path | None = None) -> None:
        self._watch = Watch(urgencies)
        self._signals = urgencies.signals
        known = [one for one in sayings if one.label not in urgencies.signals or self._grave(one.label)]
        calm = sum(one.label == CALM for one in known)
        enough = min(calm, len(known) - calm) >= SAYINGS_LEAST
        rules = hashlib.sha256(msgspec.json.encode(urgencies)).hexdigest()
        self._fears = Fears(known, self._named, kept, rules) if enough else None

    def _grave(self, name: str) -> bool:
        return self._signals[name].level <= GRAVE

    def _named(self, text: str) -> list[str]:
        return _names(self._watch.read(text))

    def read(self, text: str, *, unfinished: bool = False) -> Alarm:
        """How urgent `text` is, spoken or written; see Watch.read."""
        alarm = self._watch.read(text, unfinished=unfinished)
        if self._fears is None:
            return alarm
        words = spoken(text)
        if unfinished:
            words = words[:-1]
            if len(words) < WORDS_UNFINISHED:
                return alarm
        past = self._watch.is_past(text)
        but = [name for name, signal in self._signals.items() if signal.now] if past else []
        fear = self._fears.read(words, but, names=_names(alarm), why=False)
        bar = LIKELY_UNFINISHED if unfinished else LIKELY
        if alarm.danger in self._fears.dangers:
            if fear.likely >= UNLIKELY:
                return _surer(alarm, fear)
            left = self._doubted(alarm)
            doubted = not unfinished and not left.danger and fear.likely >= POSSIBLE
            return self._possible(left, words, but) if doubted else left
        if alarm.danger or len(words) < WORDS_LEAST:
            return alarm
        if fear.likely < bar:
            doubted = not unfinished and fear.likely >= POSSIBLE
            return self._possible(alarm, words, but) if doubted else alarm
        return self._feared(text, alarm, self._fears.read(words, but))

    def read_written(self, text: str) -> Alarm:
        """How urgent a written text is, sentence by sentence: what one tells of the past silences no other, and danger
        is found wherever it stands.  The gravest counts."""
        found = [self.read(part) for part in parts(text)]
        grave = min(found, key=lambda one: one.level, default=Alarm())
        return Alarm(
            level=grave.level,
            danger=grave.danger,
            vulnerable=tuple(dict.fromkeys(name for one in found for name in one.vulnerable)),
            heard=tuple(dict.fromkeys((*grave.heard, *(heard for one in found for heard in one.heard)))),
            sure=grave.sure,
        )

    def _doubted(self, alarm: Alarm) -> Alarm:
        """Without the dangers that the rules found and what was learnt knows better."""
        assert self._fears is not None
        left = tuple(one for one in alarm.heard if one.name not in self._fears.dangers)
        gravest = min(left, key=lambda one: one.level, default=None)
        level = gravest.level if gravest is not None else USUAL
        danger = gravest.name if gravest is not None and level <= GRAVE else ""
        return Alarm(level=level, danger=danger, vulnerable=alarm.vulnerable, heard=left)

    def _possible(self, alarm: Alarm, words: Sequence[str], but: Sequence[str]) -> Alarm:
        """With the doubt that somebody should ask about, where the configuration has it."""
        signal = self._signals.get(TO_ASK)
        if signal is None or self._fears is None:
            return alarm
        heard = Heard(TO_ASK, signal.level, " … ".join(self._fears.read(words, but).words))
        return Alarm(
            level=min(alarm.level, signal.level),
            vulnerable=tuple(dict.fromkeys((TO_ASK, *alarm.vulnerable))),
            heard=(heard, *alarm.heard),
        )

    def _feared(self, text: str, alarm: Alarm, fear: Fear) -> Alarm:
        """With the danger that no rule has found."""
        level = self._watch.level(fear.danger, text)
        heard = Heard(fear.danger, level, " … ".join(fear.words))
        return Alarm(
            level=level,
            danger=fear.danger,
            vulnerable=alarm.vulnerable,
            heard=(heard, *alarm.heard),
            sure=round(fear.likely, 4),
        )


def _names(alarm: Alarm) -> list[str]:
    return [name for one in alarm.heard for name in (one.name, str(one.level))]


def _surer(alarm: Alarm, fear: Fear) -> Alarm:
    return msgspec.structs.replace(alarm, sure=round(max(fear.likely, LIKELY), 4))
