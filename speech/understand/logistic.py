"""Multinomial logistic regression over features that few utterances have, in numpy: a weight per feature and label.

Solved by L-BFGS, from zero: the same examples give the same weights.  Where what is learnt is *whether* rather than
*which*, this is better than the ridge of topics: what is plainly right pulls no more, and its scores are log-odds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from speech.understand.similar import Floats

DAMPING: Final = 0.1
"""What a weight costs; from 0.1 to 0.3 nothing moves but the third figure."""
STEPS: Final = 80
ENOUGH: Final = 2e-4
"""A step that gains less of the whole than this is the last."""
MEMORY: Final = 8

Vector = npt.NDArray[np.float64]


class Rows:
    """Utterances as rows of features and their values: what is multiplied from either side."""

    def __init__(self, rows: Sequence[tuple[npt.NDArray[np.int64], Floats]], features: int) -> None:
        sizes = np.array([len(columns) for columns, _ in rows], np.int64)
        self.features: Final = features
        self.ends: Final = np.cumsum(sizes)
        self.columns: Final = np.concatenate([columns for columns, _ in rows])
        self.values: Final = np.concatenate([values for _, values in rows]).astype(np.float64)
        order = np.argsort(self.columns, kind="stable")
        self._rows_by_column = np.repeat(np.arange(len(rows)), sizes)[order]
        self._values_by_column = self.values[order][:, None]
        self._column_ends = np.searchsorted(self.columns[order], np.arange(1, features + 1))

    def times(self, weights: Vector) -> Vector:
        """A row of sums per utterance."""
        return _sums(self.values[:, None] * weights[self.columns], self.ends)

    def turned(self, errors: Vector) -> Vector:
        """A row of sums per feature."""
        return _sums(self._values_by_column * errors[self._rows_by_column], self._column_ends)


def _sums(parts: Vector, ends: npt.NDArray[np.int64]) -> Vector:
    """The sums of `parts` up to each end, from the one before; none is empty."""
    return np.add.reduceat(parts, np.concatenate([[0], ends[:-1]]), axis=0)


def learn(rows: Rows, truth: npt.NDArray[np.int64], labels: int) -> Floats:
    """The weights, a row per feature and one more for none, a column per label."""
    features = rows.features
    told = np.eye(labels)[truth]
    places = np.arange(len(truth))

    def cost(flat: Vector) -> tuple[float, Vector]:
        weights = flat.reshape(features + 1, labels)
        scores = rows.times(weights[:-1]) + weights[-1]
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores)
        likely /= likely.sum(axis=1, keepdims=True)
        slope = DAMPING * weights
        slope[-1] = 0.0
        errors = likely - told
        slope[:-1] += rows.turned(errors)
        slope[-1] += errors.sum(axis=0)
        wrong = -np.log(np.maximum(likely[places, truth], 1e-12)).sum()
        return float(wrong + DAMPING / 2 * (weights[:-1] ** 2).sum()), slope.ravel()

    return _least(cost, (features + 1) * labels).reshape(features + 1, labels).astype(np.float32)


def _least(cost: Callable[[Vector], tuple[float, Vector]], size: int) -> Vector:
    """Where `cost`, which has one valley, is least: L-BFGS with steps halved until they gain."""
    at = np.zeros(size)
    value, slope = cost(at)
    moves: list[tuple[Vector, Vector]] = []
    for _ in range(STEPS):
        way = _way(slope, moves)
        step = 1.0
        while True:
            further = at - step * way
            lower, there = cost(further)
            if lower <= value - 1e-4 * step * _dot(slope, way) or step < 1e-8:
                break
            step /= 2
        moves = [*moves, (further - at, there - slope)][-MEMORY:]
        gained, at, value, slope = value - lower, further, lower, there
        if gained < ENOUGH * abs(value):
            break
    return at


def _way(slope: Vector, moves: Sequence[tuple[Vector, Vector]]) -> Vector:
    """Down the slope, bent by what the last moves told of the valley."""
    if not moves:
        return slope / max(float(np.abs(slope).sum()), 1e-12)
    way = slope.copy()
    shares = []
    for moved, turned in reversed(moves):
        share = _dot(moved, way) / _dot(turned, moved)
        shares.append(share)
        way -= share * turned
    moved, turned = moves[-1]
    way *= _dot(moved, turned) / _dot(turned, turned)
    for (moved, turned), share in zip(moves, reversed(shares), strict=True):
        way += moved * (share - _dot(turned, way) / _dot(turned, moved))
    return way


def _dot(one: Vector, other: Vector) -> float:
    """Summed in one thread: on a busy machine those of BLAS wait for one another a hundred times longer."""
    return float(np.einsum("i,i->", one, other))
