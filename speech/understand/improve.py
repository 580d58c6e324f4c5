"""New examples out of what agents put right at wrap-up: kept without names, proposed, and used once a person agreed.

    corrections = Corrections(file, topics)
    corrections.note("mon rsa il vient pas", was="prestations_familiales", topic="rsa", at_ms=now)

Nothing is kept of a protected topic, whichever of the two is one.  What is kept has lost its numbers, addresses and
names before it is written; a word that no example has and only one person said may be a name: it is left out of what
is proposed.  After KEPT_MS nothing is left.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from speech.understand.normalise import folded
from speech.understand.topics import Topic
from speech.understand.understand import Reading

# Long enough for somebody to look once a month.
KEPT_MS: Final = 90 * 86_400_000
# A busy platform corrects some hundred a day; beyond, the newest are not kept until somebody has looked.
CORRECTIONS_MOST: Final = 10_000
# What is understood as surely as this already teaches nothing.
SURE: Final = 0.8
PROPOSED_OF_TOPIC: Final = 10
WORDS_LEAST: Final = 3
WORDS_PROPOSED: Final = 40
LEFT_OUT: Final = "…"

_PRIVATE: Final = 0o600
_LINK: Final = re.compile(r"\S+@\S+|https?://\S+|www\.\S+")
_NAMED: Final = re.compile(
    r"\b((?i:madame|monsieur|mme|mlle|mr|docteur|maitre|je m'appelle|s'appelle|mon nom c'est|mon nom est|nom|prénom|"
    r"de la part de))\s+[\w'-]+(?:\s+[A-ZÉÈÀÂÊÎÔÛÇ][\w'-]+)*"
)
_PLACED: Final = re.compile(
    r"\b(\d+\s*(?:bis|ter)?,?\s*)?(rue|avenue|boulevard|allée|impasse|place|chemin|quai)\s+[^,.;]*", re.I
)
_DIGITS: Final = re.compile(r"\d[\d .\-/]*")
_SPELT: Final = re.compile(r"\b(?:[a-zA-Z][ .\-]+){3,}[a-zA-Z]\b")
_CAPITAL: Final = re.compile(r"(?<=[\w,;] )[A-ZÉÈÀÂÊÎÔÛÇ][a-zéèàâêîôûçëïü'-]+")
_COUNTED: Final = (
    "zero un une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts "
    "trente quarante cinquante soixante septante huitante nonante cent cents mille et"
)
_NUMBERS: Final = frozenset(_COUNTED.split())
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|…", re.UNICODE)


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """Words, without names, that were taken for `was` and mean `topic`."""

    text: str
    was: str
    topic: str
    at_ms: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence that could become an example of `topic`; `times` it was put right so, `taken` is what it is taken for
    today."""

    text: str
    topic: str
    times: int
    taken: str


class Corrections:
    """What agents put right, in `file`; `topics` says which are protected."""

    def __init__(self, file: Path, topics: Mapping[str, Topic]) -> None:
        self._file = file
        self._topics = topics

    def note(self, text: str, *, was: str, topic: str, at_ms: int) -> bool:
        """Keeps a correction, without names; says whether it did: never of protected topics, nor beyond the bound."""
        if topic not in self._topics or any(self._guarded(name) for name in (was, topic)):
            return False
        nameless = anonymous(text, self._acronyms())
        kept = self.all(at_ms)
        if was == topic or len(_WORD.findall(nameless)) < WORDS_LEAST or len(kept) >= CORRECTIONS_MOST:
            return False
        self._write([*kept, Correction(text=nameless, was=was, topic=topic, at_ms=at_ms)])
        return True

    def all(self, now_ms: int) -> list[Correction]:
        """Those that are not too old, and not of a topic that has become protected; a bad line is as if not there."""
        try:
            lines = self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                one = msgspec.json.decode(line, type=Correction)
            except msgspec.MsgspecError:
                continue
            if now_ms - one.at_ms < KEPT_MS and one.topic in self._topics and not self._guarded(one.topic):
                found.append(one)
        return found

    def settle(self, judged: Collection[tuple[str, str]], known: Collection[str], now_ms: int) -> None:
        """Somebody has decided on these proposals, (text, topic): what led to them is kept no longer."""
        kept = self.all(now_ms)
        allowed = self._allowed(kept, known)
        self._write([one for one in kept if (_shared(one.text, allowed), one.topic) not in judged])

    def proposals(self, read: Callable[[str], Reading], known: Collection[str], now_ms: int) -> list[Proposal]:
        """What could be learnt: what is not understood already, without words that may be names; `known` are words
        that examples have."""
        kept = self.all(now_ms)
        allowed = self._allowed(kept, known)
        times = Counter((_shared(one.text, allowed), one.topic) for one in kept)
        found: list[Proposal] = []
        of_topic: Counter[str] = Counter()
        for (text, topic), count in sorted(times.items(), key=lambda each: (each[0][1], -each[1], each[0][0])):
            reading = read(text)
            learnt = reading.topic == topic and reading.confidence >= SURE
            if learnt or of_topic[topic] >= PROPOSED_OF_TOPIC or len(_words(text)) < WORDS_LEAST:
                continue
            of_topic[topic] += 1
            found.append(Proposal(text=text, topic=topic, times=count, taken=reading.topic))
        return found

    def _allowed(self, kept: Sequence[Correction], known: Collection[str]) -> set[str]:
        """Words that are nobody's name: examples have them, or more than one person said them."""
        often = Counter(word for one in kept for word in set(_words(one.text)))
        return {word for word, times in often.items() if times > 1} | set(known) | self._acronyms()

    def _guarded(self, name: str) -> bool:
        topic = self._topics.get(name)
        return topic is not None and topic.protected

    def _acronyms(self) -> set[str]:
        return {acronym.lower() for topic in self._topics.values() for acronym in topic.acronyms}

    def _write(self, kept: Sequence[Correction]) -> None:
        unfinished = self._file.with_suffix(".new")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as file:
            file.writelines(msgspec.json.encode(one) + b"\n" for one in kept)
        unfinished.replace(self._file)


def anonymous(text: str, acronyms: Collection[str] = ()) -> str:
    """The text without numbers, addresses and what looks like a name, in one line."""
    text = _LINK.sub(LEFT_OUT, text)
    text = _PLACED.sub(LEFT_OUT, text)
    text = _NAMED.sub(lambda found: f"{found[1]} {LEFT_OUT}", text)
    text = _SPELT.sub(lambda found: found[0] if _joined(found[0]) in acronyms else LEFT_OUT, text)
    text = _CAPITAL.sub(LEFT_OUT, text)
    text = _DIGITS.sub(f"{LEFT_OUT} ", text)
    return " ".join(_uncounted(text.split()))


def _joined(spelt: str) -> str:
    return re.sub(r"[ .\-]", "", spelt).lower()


def _uncounted(found: Sequence[str]) -> list[str]:
    """Three number words in a row are a telephone number, a date, a file."""
    left: list[str] = []
    run: list[str] = []
    for word in (*found, ""):
        if folded(word).strip(".,") in _NUMBERS:
            run.append(word)
            continue
        left += [LEFT_OUT] if len(run) >= 3 else run
        run = []
        left.append(word)
    return [word for at, word in enumerate(left) if word and not (word == LEFT_OUT and left[at - 1 : at] == [LEFT_OUT])]


def _words(text: str) -> list[str]:
    return [part for word in _WORD.findall(text) if word != LEFT_OUT for part in re.split("['’]", folded(word))]


def _shared(text: str, allowed: Collection[str]) -> str:
    """The words that more than one person uses; others are left out."""
    said = [word for word in _WORD.findall(text)[:WORDS_PROPOSED] if word != LEFT_OUT]
    return " ".join(word for word in said if all(part in allowed for part in re.split("['’]", folded(word))))
