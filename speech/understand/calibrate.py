"""From scores to how sure we are: fitted on what the model says of examples that were left out, never on itself.

Two questions, two curves.  *Which* of the labels: a softmax whose sharpness makes what came true likeliest.  *Whether
any*: for each left-out example we know what its best score is, and what the best of the wrong labels scores, which is
what an utterance of no label looks like; a logistic curve tells one from the other.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from speech.understand.similar import Floats

SHARPEST: Final = 60.0
# Steps of Newton's method; it converges in six.
STEPS: Final = 25
# So many of those that are ours may be taken for others' at most: to be asked again is worse than a transfer inside.
OURS_LOST: Final = 0.05


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """`sharpness` of the softmax; `slope` and `middle` of the logistic curve; what is under `bar` is not ours."""

    sharpness: float
    slope: float
    middle: float
    bar: float

    def which(self, scores: Floats) -> npt.NDArray[np.float64]:
        """The probability of each label, should it be one of them."""
        raised = np.exp(self.sharpness * (scores - scores.max()).astype(np.float64))
        return np.asarray(raised / raised.sum())

    def any(self, best: float) -> float:
        """The probability that an utterance whose best score is `best` is of any label."""
        return float(1.0 / (1.0 + np.exp(-np.clip(self.slope * (best - self.middle), -40, 40))))


def calibrate(left_out: Floats, truth: npt.NDArray[np.int64]) -> Calibration:
    """The curves that fit scores of left-out examples (a row each) with the label that was true (a column each)."""
    rows = np.arange(len(truth))
    sharpness = _sharpness(left_out.astype(np.float64), truth)
    ours = left_out.max(axis=1)
    others = left_out.copy()
    others[rows, truth] = -np.inf
    wrong = others.max(axis=1) if left_out.shape[1] > 1 else np.zeros(len(rows))
    slope, middle = _logistic(ours, wrong)
    curve = Calibration(sharpness=sharpness, slope=slope, middle=middle, bar=0.5)
    lost = float(np.quantile(ours, OURS_LOST)) if len(ours) else middle
    return msgspec.structs.replace(curve, bar=min(0.5, curve.any(lost)))


def _sharpness(left_out: npt.NDArray[np.float64], truth: npt.NDArray[np.int64]) -> float:
    """By halving the bracket of the golden section: the likelihood has one summit."""
    if left_out.shape[1] < 2:
        return 1.0
    rows = np.arange(len(truth))

    def unlikely(sharp: float) -> float:
        raised = sharp * (left_out - left_out.max(axis=1, keepdims=True))
        return float(np.mean(np.log(np.exp(raised).sum(axis=1)) - raised[rows, truth]))

    low, high = 0.5, SHARPEST
    for _ in range(40):
        one, other = low + (high - low) * 0.382, low + (high - low) * 0.618
        if unlikely(one) < unlikely(other):
            high = other
        else:
            low = one
    return (low + high) / 2


def _logistic(ours: Floats, wrong: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Slope and middle of the curve that tells `ours` from `wrong`, a little damped."""
    value = np.concatenate([ours, wrong]).astype(np.float64)
    said = np.concatenate([np.ones(len(ours)), np.zeros(len(wrong))])
    weights = np.zeros(2)
    seen = np.stack([value, np.ones_like(value)], axis=1)
    for _ in range(STEPS):
        likely = 1.0 / (1.0 + np.exp(-np.clip(seen @ weights, -40, 40)))
        slope = seen.T @ (said - likely) - 1e-2 * weights
        curvature = (seen * (likely * (1 - likely))[:, None]).T @ seen + 1e-2 * np.eye(2)
        weights = weights + np.linalg.solve(curvature, slope)
    if weights[0] <= 0:
        return 1.0, 0.0
    return float(weights[0]), float(-weights[1] / weights[0])
