"""What examples teach: kernel ridge regression over the likeness of utterances, in numpy.

The kernel is (likeness + C)²: squared, a few close examples speak louder than many distant ones, which with fifteen
examples a class is worth five points over a linear machine on the same features.  The solution is exact, there is
nothing to draw or to wait for, and what would have been said of each example had it been left out comes with it, in
closed form: that is what confidence is fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from speech.understand.kept import digest, keep, recall
from speech.understand.similar import Floats, Likeness

C: Final = 0.4
RIDGE: Final = 0.3
# Beyond so many examples the machine leans on some of them, evenly taken: solving costs the cube of it.
SUPPORTS: Final = 4_000


class Model:
    """Scores utterances, given as their words, for each of `labels`; learnt from `examples` with the label of each.

    `left_out` is what each example would have scored, had it not been one: a row per example, as `scores` gives.
    It leans on `most` of them.
    What was learnt is kept in the folder `kept`, if there is one.
    """

    def __init__(
        self,
        examples: Sequence[Sequence[str]],
        of: Sequence[str],
        most: int = SUPPORTS,
        kept: Path | None = None,
    ) -> None:
        self.labels: Final = tuple(sorted(set(of)))
        place = {label: at for at, label in enumerate(self.labels)}
        self.truth: Final = np.fromiter((place[label] for label in of), np.int64, len(of))
        supports = _evenly(self.truth, most)
        self.likeness: Final = Likeness([examples[at] for at in supports])
        name = digest(examples, of) if kept else ""
        before = recall(kept, name, ("weights", "left_out")) if kept else None
        shapes = [(len(supports), len(self.labels)), (len(of), len(self.labels))]
        if before is None or [each.shape for each in before] != shapes:
            before = [*self._learn(examples, supports)]
            if kept:
                keep(kept, name, weights=before[0], left_out=before[1])
        self._weights: Floats = before[0]
        self.left_out: Final[Floats] = before[1]
        self._usual: Floats = self._weights.mean(axis=1)

    def _learn(self, examples: Sequence[Sequence[str]], supports: list[int]) -> tuple[Floats, Floats]:
        """Weights, a row per support, and left-out scores, a row per example."""
        told = np.full((len(examples), len(self.labels)), -1.0 / max(1, len(self.labels)), np.float32)
        told[np.arange(len(examples)), self.truth] = 1.0
        kernel = np.stack([self._kernel(self.likeness(found)) for found in examples])
        if len(supports) == len(examples):
            inverse = np.linalg.inv(kernel + RIDGE * np.eye(len(kernel), dtype=np.float32))
            weights = (inverse @ told).astype(np.float32)
            away = weights / np.diag(inverse)[:, None]
        else:
            lean = np.linalg.inv(kernel.T @ kernel + RIDGE * kernel[supports].T + 1e-3 * np.eye(len(supports)))
            weights = (lean @ (kernel.T @ told)).astype(np.float32)
            lever = np.einsum("ij,jk,ik->i", kernel, lean, kernel, optimize=True)
            away = (told - kernel @ weights) / np.maximum(1.0 - lever, 0.05)[:, None]
        return weights, (told - away).astype(np.float32)

    def scores(self, likeness: Floats) -> Floats:
        """About 1 for the label of a close example, about 0 for others; `likeness` is that of an utterance."""
        return self._kernel(likeness) @ self._weights

    def because(self, found: Sequence[str], likeness: Floats, label: int) -> list[float]:
        """How much each word of an utterance speaks for `label` against the mean of the others."""
        for_it = self._weights[:, label] - self._usual
        return self.likeness.by_word(found, 2.0 * (likeness + C) * for_it)

    @staticmethod
    def _kernel(likeness: Floats) -> Floats:
        return (likeness + np.float32(C)) ** 2


def _evenly(truth: npt.NDArray[np.int64], most: int) -> list[int]:
    """At most `most` examples, the first of every label before the second of any, in their order."""
    if len(truth) <= most:
        return list(range(len(truth)))
    turn: dict[int, int] = {}
    turns = []
    for at, label in enumerate(truth.tolist()):
        turns.append((turn.get(label, 0), at))
        turn[label] = turn.get(label, 0) + 1
    return sorted(at for _, at in sorted(turns)[:most])
