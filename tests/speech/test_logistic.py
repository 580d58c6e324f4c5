"""Multinomial logistic regression: what it finds is where no slope is left, and the same each time."""

from __future__ import annotations

import numpy as np

from speech.understand.logistic import DAMPING, Rows, learn

EXAMPLES = [([0], 0), ([0, 2], 0), ([1], 1), ([1, 2], 1), ([2], 2), ([2, 3], 2), ([3], 2)]


def rows() -> Rows:
    return Rows([(np.array(on, np.int64), np.ones(len(on), np.float32)) for on, _ in EXAMPLES], 4)


TRUTH = np.array([label for _, label in EXAMPLES], np.int64)


def test_it_learns_what_the_examples_say() -> None:
    weights = learn(rows(), TRUTH, 3)
    assert weights.shape == (5, 3)
    assert [int(np.argmax(weights[on].sum(axis=0) + weights[-1])) for on, _ in EXAMPLES] == TRUTH.tolist()


def test_at_its_end_the_slope_is_nearly_none() -> None:
    weights = learn(rows(), TRUTH, 3).astype(np.float64)
    dense = np.zeros((len(EXAMPLES), 4))
    for at, (on, _) in enumerate(EXAMPLES):
        dense[at, on] = 1.0
    likely = np.exp(dense @ weights[:-1] + weights[-1])
    likely /= likely.sum(axis=1, keepdims=True)
    slope = dense.T @ (likely - np.eye(3)[TRUTH]) + DAMPING * weights[:-1]
    assert np.abs(slope).max() < 0.05


def test_rows_multiply_from_either_side() -> None:
    weights = np.arange(8.0).reshape(4, 2)
    assert rows().times(weights)[1].tolist() == (weights[0] + weights[2]).tolist()
    errors = np.arange(14.0).reshape(7, 2)
    assert rows().turned(errors)[3].tolist() == (errors[5] + errors[6]).tolist()


def test_the_same_examples_give_the_same_weights() -> None:
    assert learn(rows(), TRUTH, 3).tobytes() == learn(rows(), TRUTH, 3).tobytes()
