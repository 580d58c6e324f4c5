"""What may be said, as two automata that Vosk joins while it decodes: phones to words, and words to sentences.

Weights are negative logarithms.  A word's label stands on the arc of its first phone, so that plain automata will do
and no look-ahead is needed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Final, NamedTuple

from speech.test_model.lexicon import Lexicon
from speech.test_model.network import NOISE

EPSILON: Final = 0
UNKNOWN: Final = "[unk]"
POSITIONS: Final = ("begin", "end", "internal", "singleton")

_PAUSE: Final = 0.5  # the chance of silence after a word
_STAY: Final = 0.5  # the chance of staying in a phone, as the transition model says
_UNKNOWN_COST: Final = 4.0
_DISCOUNT: Final = 0.6  # taken from each pair of words that was seen, given to those that were not
_UNKNOWN_PHONES: Final = ("begin", "internal", "internal", "end")


class Arc(NamedTuple):
    """Reads `input`, writes `output` (0: nothing)."""

    input: int
    output: int
    weight: float
    next: int


class Automaton:
    """States with their arcs; a state may be where a sentence ends, at a cost."""

    def __init__(self) -> None:
        self.arcs: list[list[Arc]] = []
        self.ends: dict[int, float] = {}
        self.start = 0

    def state(self) -> int:
        self.arcs.append([])
        return len(self.arcs) - 1

    def arc(self, origin: int, to: int, read: int = EPSILON, write: int = EPSILON, weight: float = 0.0) -> None:
        self.arcs[origin].append(Arc(read, write, weight, to))


class Phones:
    """The numbers of phones: silence is 1, every other has one for each place in a word; all of a phone share a score.

    A phone's transitions are numbered in its order too: staying in it, leaving it.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._score_of = {name: score for score, name in enumerate(names)}
        self.count = 1 + len(POSITIONS) * (len(names) - 1)

    def number(self, name: str, position: str) -> int:
        return 2 + len(POSITIONS) * (self._score_of[name] - 1) + POSITIONS.index(position)

    def score(self, number: int) -> int:
        return 0 if number == 1 else 1 + (number - 2) // len(POSITIONS)

    @staticmethod
    def staying(number: int) -> int:
        return 2 * number - 1

    @staticmethod
    def leaving(number: int) -> int:
        return 2 * number


def pronunciations(lexicon: Lexicon, words: Mapping[str, int], phones: Phones) -> Automaton:
    """Transitions of phones in, words out; sorted by what is written, as the decoder wants it."""
    made = Automaton()
    start, between, after, pause = (made.state() for _ in range(4))
    made.start = start
    made.ends[between] = 0.0
    for origin in (start, after):
        made.arc(origin, between, weight=-log(1 - _PAUSE))
        made.arc(origin, pause, phones.leaving(1), weight=-log(_PAUSE) - log(1 - _STAY))
    made.arc(pause, pause, phones.staying(1), weight=-log(_STAY))
    made.arc(pause, between)

    def chain(numbers: Sequence[int], word: int, cost: float) -> None:
        origin = between
        for number in numbers:
            to = made.state()
            made.arc(origin, to, phones.leaving(number), word, cost - log(1 - _STAY))
            made.arc(to, to, phones.staying(number), weight=-log(_STAY))
            origin, word, cost = to, EPSILON, 0.0
        made.arc(origin, after)

    for word, ways in lexicon.items():
        for way, likely in ways.items():
            chain(
                [phones.number(name, _position(at, len(way))) for at, name in enumerate(way)], words[word], -log(likely)
            )
    chain([phones.number(NOISE, position) for position in _UNKNOWN_PHONES], words[UNKNOWN], _UNKNOWN_COST)
    for arcs in made.arcs:
        arcs.sort(key=lambda arc: (arc.output, arc.input))
    return made


def _position(at: int, length: int) -> str:
    if length == 1:
        return "singleton"
    return "begin" if at == 0 else "end" if at == length - 1 else "internal"


def word_pairs(sentences: Iterable[str], words: Mapping[str, int]) -> Automaton:
    """How likely a word is after another: pairs that were seen, else the word by itself (absolute discounting)."""
    pairs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    single: Counter[str] = Counter()
    begin, end = "<s>", "</s>"
    for sentence in sentences:
        before = begin
        for word in [*sentence.split(), end]:
            pairs[before][word] += 1
            single[word] += 1
            before = word
    made = Automaton()
    anywhere = made.state()
    after = {word: made.state() for word in pairs}
    made.start = after[begin]
    total = single.total()
    for word, count in single.items():
        _add(made, anywhere, after.get(word), words.get(word, EPSILON), -log(count / total))
    for before, counts in pairs.items():
        seen = counts.total()
        spared = _DISCOUNT * len(counts) / seen
        made.arc(after[before], anywhere, weight=-log(spared))
        for word, count in counts.items():
            cost = -log((count - _DISCOUNT) / seen + spared * single[word] / total)
            _add(made, after[before], after.get(word), words.get(word, EPSILON), cost)
    for arcs in made.arcs:
        arcs.sort(key=lambda arc: arc.input)
    return made


def _add(made: Automaton, origin: int, to: int | None, word: int, cost: float) -> None:
    """An arc for a word, or the end of the sentence."""
    if to is None:
        made.ends[origin] = cost
    else:
        made.arc(origin, to, word, word, cost)
