"""How alike utterances are, in three ways at once: words with their neighbours, pairs of telling words, letters.

Each way is a TF-IDF space of unit vectors; the likeness is the weighted mean of the three cosines, in 0..1.  Letters
bear misspellings and endings that a recogniser mishears, neighbours tell "aide à domicile" from "domicile", pairs bear
another order.  Vectors of the examples are kept by feature (a column is who has it), so that a new utterance
costs what its own words cost.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from speech.understand.concepts import concepts
from speech.understand.normalise import stem, telling

Floats = npt.NDArray[np.float32]

WAYS: Final = {"n": 1.0, "p": 0.5, "l": 1.6, "c": 0.6}
"""Neighbours, pairs, letters, concepts: how much each counts; measured by leaving out, see docs/understanding.md."""

# The telling words of one utterance whose pairs are taken: 30 give 435 pairs.
PAIRED_WORDS: Final = 24
LETTERS: Final = (3, 4)
COMMON: Final = 12
"""What one example in so many has is kept for all of them, as a row: adding rows is ten times faster than places."""


def neighbours(found: Sequence[str]) -> list[str]:
    """Stems, pairs of neighbours, and pairs with one word between."""
    stems = [stem(word) for word in found]
    return (
        stems
        + [f"{one} {two}" for one, two in pairwise(stems)]
        + [f"{one} . {two}" for one, two in zip(stems, stems[2:], strict=False)]
    )


def pairs(found: Sequence[str]) -> list[str]:
    """Telling words and what they stand with, in no order."""
    told = sorted(set(telling(found)[:PAIRED_WORDS]))
    return told + [f"{one}+{two}" for one, two in combinations(told, 2)]


def letters(found: Sequence[str]) -> list[str]:
    """Runs of three and four letters within words, their edges marked, and the first letter and the last."""
    return [run for word in found for run in _runs(word)]


@lru_cache(maxsize=20_000)
def _runs(word: str) -> tuple[str, ...]:
    edged = f"_{word}_"
    runs = (edged[at : at + size] for size in LETTERS for at in range(len(edged) - size + 1))
    return (edged[:2], edged[-2:], *runs)


def meanings(found: Sequence[str]) -> list[str]:
    """Concepts that the words speak of, and pairs of them."""
    spoken = sorted(set(concepts(found)))[:PAIRED_WORDS]
    return spoken + [f"{one}+{two}" for one, two in combinations(spoken, 2)]


_TAKEN: Final = {"n": neighbours, "p": pairs, "l": letters, "c": meanings}


class Likeness:
    """Compares utterances, given as their words, with `examples`."""

    def __init__(self, examples: Sequence[Sequence[str]]) -> None:
        self.count: Final = len(examples)
        self._rarity: dict[str, dict[str, tuple[int, float]]] = {}
        rows: list[list[int]] = []
        values: list[list[float]] = []
        for way, weight in WAYS.items():
            taken = [Counter(_TAKEN[way](found)) for found in examples]
            self._rarity[way] = _rarities(taken, first=len(rows))
            rows += [[] for _ in self._rarity[way]]
            values += [[] for _ in self._rarity[way]]
            share = weight / sum(WAYS.values())
            for row, counts in enumerate(taken):
                for column, value in _unit(counts, self._rarity[way]):
                    rows[column].append(row)
                    values[column].append(value * share)
        common = [column for column, having in enumerate(rows) if len(having) * COMMON > self.count]
        self._dense = np.zeros((len(common), self.count), np.float32)
        self._dense_at = np.full(len(rows), -1, np.int64)
        for at, column in enumerate(common):
            self._dense[at, rows[column]] = values[column]
            self._dense_at[column] = at
        sizes = np.fromiter((len(column) for column in rows), np.int64, len(rows))
        self._ends = np.cumsum(sizes)
        self._starts = self._ends - sizes
        self._rows = np.fromiter((row for column in rows for row in column), np.int32, int(sizes.sum()))
        self._values = np.fromiter((value for column in values for value in column), np.float32, int(sizes.sum()))

    def __call__(self, found: Sequence[str]) -> Floats:
        """How alike `found` is to each example, 0..1."""
        columns: list[int] = []
        weights: list[float] = []
        for way, rarity in self._rarity.items():
            for column, value in _unit(Counter(_TAKEN[way](found)), rarity):
                columns.append(column)
                weights.append(value)
        return self._sum(np.array(columns, np.int64), np.array(weights, np.float32))

    def known(self, found: Iterable[str]) -> list[bool]:
        """Of each word, whether an example has it, in this or another form."""
        rarity = self._rarity["n"]
        return [stem(word) in rarity for word in found]

    def by_word(self, found: Sequence[str], row_weights: Floats) -> list[float]:
        """What each word, by itself, adds to the likeness with the examples, weighted by `row_weights`."""
        rarity = self._rarity["n"]
        told = []
        for word in found:
            column, rare = rarity.get(stem(word), (-1, 0.0))
            if column < 0:
                told.append(0.0)
                continue
            part = slice(self._starts[column], self._ends[column])
            told.append(rare * float(self._values[part] @ row_weights[self._rows[part]]))
        return told

    def _sum(self, columns: npt.NDArray[np.int64], weights: Floats) -> Floats:
        if not len(columns):
            return np.zeros(self.count, np.float32)
        dense = self._dense_at[columns]
        common = dense >= 0
        rows = np.zeros(len(self._dense), np.float32)
        rows[dense[common]] = weights[common]
        told = rows @ self._dense
        columns, weights = columns[~common], weights[~common]
        starts = self._starts[columns]
        sizes = self._ends[columns] - starts
        # One index over all columns at once: each column's places, one after the other.
        places = np.arange(sizes.sum()) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
        added = self._values[places] * np.repeat(weights, sizes)
        return np.asarray(told + np.bincount(self._rows[places], added, self.count).astype(np.float32))


def _rarities(taken: Sequence[Counter[str]], first: int) -> dict[str, tuple[int, float]]:
    """The column of each feature, from `first` on in order of their names, and how rare it is."""
    having: Counter[str] = Counter()
    for counts in taken:
        having.update(counts.keys())
    whole = len(taken) + 1
    return {
        feature: (first + place, math.log(whole / (having[feature] + 1)) + 1.0)
        for place, feature in enumerate(sorted(having))
    }


def _unit(counts: Counter[str], rarity: dict[str, tuple[int, float]]) -> list[tuple[int, float]]:
    """The vector of length one of what is known of `counts`, as (column, value)."""
    values = []
    square = 0.0
    for feature, count in counts.items():
        place = rarity.get(feature)
        if place is not None:
            value = (1.0 + math.log(count)) * place[1] if count > 1 else place[1]
            values.append((place[0], value))
            square += value * value
    length = math.sqrt(square) or 1.0
    return [(column, value / length) for column, value in values]
