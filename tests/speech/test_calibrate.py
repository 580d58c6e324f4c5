"""From scores to how sure we are."""

from __future__ import annotations

import numpy as np

from speech.understand.calibrate import calibrate

# Of three labels: the true one is highest in nine of ten.
TRUTH = np.arange(300, dtype=np.int64) % 3
SCORES = np.full((300, 3), 0.1, np.float32)
SCORES[np.arange(300), TRUTH] = 0.8
SCORES[::10] = 0.1
SCORES[np.arange(0, 300, 10), (TRUTH[::10] + 1) % 3] = 0.8


def test_how_sure_it_is_is_how_often_it_is_right() -> None:
    curve = calibrate(SCORES, TRUTH)
    assert abs(float(curve.which(SCORES[1]).max()) - 0.9) < 0.02


def test_a_high_score_is_ours_and_a_low_one_is_not() -> None:
    scores = SCORES.copy()
    scores[::10] = SCORES[1::10][:, [2, 0, 1]]
    curve = calibrate(scores, TRUTH)
    assert curve.any(0.8) > 0.9
    assert curve.any(0.1) < 0.2
    assert 0.0 < curve.bar <= 0.5


def test_nothing_to_compare_is_no_fault() -> None:
    alone = calibrate(np.ones((2, 1), np.float32), np.zeros(2, np.int64))
    assert alone.which(np.ones(1, np.float32)).tolist() == [1.0]
    assert 0.0 <= alone.any(0.5) <= 1.0
