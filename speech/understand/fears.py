"""Danger as it is learnt: from sentences that people say in danger, and from those that only sound like it.

What is looked at: words with their neighbours, letters, what words have in common (`fears_fr.txt`: "claque" and
"raclée"), which of it comes before which ("il … frapper … moi"), and the rules that found something.  A rule is a
reason among others here: what decides is `lookout`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from speech.understand.kept import Kept, digest, keep, recall
from speech.understand.logistic import Rows, learn
from speech.understand.normalise import HESITATIONS, WORDS_MOST, folded, stem
from speech.understand.similar import Floats
from speech.understand.topics import Example

CALM: Final = "calme"
"""The label of what only sounds like danger."""

LIST: Final = Path(__file__).with_name("fears_fr.txt")
PARTS_MOST: Final = 3
APART: Final = 5
"""Words between two that are looked at together, at most, and their own place."""
LETTERS: Final = (3, 4, 5)
LEAST: Final = 2
"""Examples that have a feature, at least: what one alone says is an accident."""
RULES_SHARE: Final = 0.5
WINDOW: Final = 30
"""Words that are read at once: people say what is wrong in less, and examples have no more."""
WHY: Final = 3
SCORE_MOST: Final = 40.0
WORDS_REMEMBERED: Final = 20_000

_WORD: Final = re.compile(r"[a-z0-9]+")

Found = Callable[[str], Iterable[str]]
"""What the rules say of a text, as names."""


class Fear(msgspec.Struct, frozen=True):
    """Of which `danger` words speak most likely, how likely it is that they speak of any (0..1), and the words that
    weighed most for it."""

    danger: str
    likely: float
    words: tuple[str, ...] = ()


NONE: Final = Fear("", 0.0)


def spoken(text: str) -> list[str]:
    """The words of `text` as they are compared, hesitation left out."""
    return [word for word in _WORD.findall(folded(text))[:WORDS_MOST] if word not in HESITATIONS]


class Fears:
    """Reads words after `sayings`, whose labels are dangers and CALM; `found` are the rules, `rules` tells them from
    others: what was learnt of the same sentences with the same rules is not learnt again."""

    def __init__(self, sayings: Sequence[Example], found: Found, kept: Path | None = None, rules: str = "") -> None:
        told = sorted({(tuple(spoken(one.text)), one.label) for one in sayings})
        told = [one for one in told if one[0]]
        self._found = found
        self.labels: Final = tuple(sorted({label for _, label in told} | {CALM}))
        self._calm = self.labels.index(CALM)
        self._by_word: dict[str, npt.NDArray[np.int64]] = {}
        self._places: dict[str, int] = {}
        name = digest([words for words, _ in told], [f"{on} {rules}" for _, on in told])
        before = recall(kept, name, ("weights", "rarity", "known")) if kept else None
        if before is None or before[0].shape != (len(before[1]) + 1, len(self.labels)):
            before = self._learnt(told)
            if kept:
                keep(kept, name, weights=before[0], rarity=before[1], known=before[2])
        self._weights: Floats = before[0]
        self._rarity = before[1]
        self._places = _by_place(before[2])

    def _learnt(self, told: Sequence[tuple[tuple[str, ...], str]]) -> list[Kept]:
        """The weights; how rare each feature is; and their names, a line each, as bytes."""
        rules = [tuple(self._found(" ".join(words))) for words, _ in told]
        having = Counter(
            feature
            for (words, _), names in zip(told, rules, strict=True)
            for feature in {*_joint(words, names), *(run for word in words for run in _letters(word))}
        )
        known = sorted(feature for feature, often in having.items() if often >= LEAST)
        self._rarity = np.log((len(told) + 1) / (np.array([having[feature] for feature in known]) + 1.0)) + 1.0
        names = np.frombuffer("\n".join(known).encode(), np.uint8)
        self._places = _by_place(names)
        truth = np.fromiter((self.labels.index(label) for _, label in told), np.int64, len(told))
        rows = [self._row(words, found) for (words, _), found in zip(told, rules, strict=True)]
        some = [at for at, (places, _) in enumerate(rows) if len(places)]
        weights = learn(Rows([rows[at] for at in some], len(known)), truth[some], len(self.labels))
        return [weights, self._rarity, names]

    @property
    def dangers(self) -> tuple[str, ...]:
        """Those that examples were given of."""
        return tuple(label for label in self.labels if label != CALM)

    def read(
        self, words: Sequence[str], but: Iterable[str] = (), *, names: Sequence[str] | None = None, why: bool = True
    ) -> Fear:
        """What `words` speak of, apart from the dangers of `but`; long ones are read part by part.  `names` are what
        the rules found in them, where that is known already."""
        best, at_best = NONE, 0
        none = [self.labels.index(label) for label in but if label in self.labels]
        for at in range(0, max(1, len(words) - WINDOW // 2), WINDOW // 2):
            part = words[at : at + WINDOW]
            fear = self._of(part, none, names if len(words) == len(part) else None)
            if fear.likely > best.likely:
                best, at_best = fear, at
        if not why or not best.danger:
            return best
        return msgspec.structs.replace(best, words=self._why(words[at_best : at_best + WINDOW], none))

    def _of(self, part: Sequence[str], none: Sequence[int], names: Sequence[str] | None = None) -> Fear:
        if not part:
            return NONE
        names = tuple(self._found(" ".join(part))) if names is None else names
        places, values = self._row(part, names)
        scores = values @ self._weights[places] + self._weights[-1]
        scores[none] = -np.inf
        calm = float(scores[self._calm])
        scores[self._calm] = -np.inf
        all_of_them = float(np.exp(np.minimum(scores - calm, SCORE_MOST)).sum())
        return Fear(self.labels[int(np.argmax(scores))], all_of_them / (1.0 + all_of_them))

    def _why(self, part: Sequence[str], none: Sequence[int]) -> tuple[str, ...]:
        """The words without which it would be the least likely, in their order."""
        without = [(self._of([*part[:at], *part[at + 1 :]], none).likely, at) for at in range(len(part))]
        return tuple(part[at] for at in sorted(at for _, at in sorted(without)[:WHY]))

    def _row(self, words: Sequence[str], names: Sequence[str]) -> tuple[npt.NDArray[np.int64], Floats]:
        """What is known of the words: places and values; each kind of feature (its first letter) has length one."""
        kinds: dict[str, list[int]] = {}
        for feature in _joint(words, names):
            place = self._places.get(feature)
            if place is not None:
                kinds.setdefault(feature[0], []).append(place)
        found = [(kind, np.array(places, np.int64)) for kind, places in kinds.items()]
        found.append(("l", np.concatenate([self._runs(word) for word in words])))
        values = []
        for kind, places in found:
            rare = self._rarity[places]
            length = math.sqrt(float(rare @ rare)) or 1.0
            values.append(rare * ((RULES_SHARE if kind == "r" else 1.0) / length))
        return np.concatenate([places for _, places in found]), np.concatenate(values).astype(np.float32)

    def _runs(self, word: str) -> npt.NDArray[np.int64]:
        """The places of the letters of `word`, remembered: people say the same words."""
        runs = self._by_word.get(word)
        if runs is None:
            known = [self._places[run] for run in _letters(word) if run in self._places]
            runs = np.array(known, np.int64)
            if len(self._by_word) < WORDS_REMEMBERED:
                self._by_word[word] = runs
        return runs


def _by_place(names: Kept) -> dict[str, int]:
    return {feature: place for place, feature in enumerate(names.tobytes().decode().split("\n"))}


def _letters(word: str) -> list[str]:
    edged = f"_{word}_"
    return [f"l{edged[at : at + size]}" for size in LETTERS for at in range(len(edged) - size + 1)]


def _joint(words: Sequence[str], names: Iterable[str]) -> list[str]:
    """All but letters: words with their neighbours, what they mean and what stands before what, and the rules."""
    stems = [stem(word) for word in words]
    told = [f"u{one}" for one in stems]
    told += [f"b {one} {two}" for one, two in pairwise(stems)]
    meant = _meant(stems)
    for at, here in enumerate(meant):
        for one in here:
            told.append(f"c{one}")
            told += [f"p{one}>{two}" for there in meant[at + 1 : at + 1 + APART] for two in there]
    told += [f"r{one}" for one in names]
    return told


def _meant(stems: Sequence[str]) -> list[tuple[str, ...]]:
    """What is meant by the words that begin at each."""
    known, longer = _concepts()
    meant = []
    for at, one in enumerate(stems):
        found = known.get(one, ())
        if one in longer:
            for size in range(2, PARTS_MOST + 1):
                found += known.get(" ".join(stems[at : at + size]), ())
        meant.append(found)
    return meant


@cache
def _concepts() -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """What each word or saying means, by its stems; and the first words of those that have several."""
    found: dict[str, set[str]] = {}
    for line in LIST.read_text(encoding="utf-8").splitlines():
        concept, colon, said = line.partition(":")
        if colon and not line.startswith("#"):
            for word in said.split():
                found.setdefault(" ".join(stem(part) for part in word.split("_")), set()).add(concept)
    known = {stems: tuple(sorted(concepts)) for stems, concepts in found.items()}
    return known, frozenset(stems.split()[0] for stems in known if " " in stems)
