"""How good a classifier is, on utterances that it has never seen, told so that nobody is flattered.

A label that nothing was learnt of stands for "none of ours": such utterances count for whether we know what is out of
scope (AUROC: the chance that one of ours is held likelier to be ours than one that is not), and not for accuracy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from speech.understand.topics import Example
from speech.understand.understand import Reading

CONFUSIONS = 10
COVERAGES = (100, 90, 80, 70, 50)


class Confusion(msgspec.Struct, frozen=True):
    """`times` that `meant` was taken for `taken`."""

    meant: str
    taken: str
    times: int


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What came out.  `coverage` is the accuracy among the surest so many percent; `scope_auroc` is None unless there
    are both, ours and others; `known_out` is the share of others that were taken for others, `lost` of ours so taken.
    """

    utterances: int
    labels: int
    accuracy: float
    macro_f1: float
    top3: float
    coverage: dict[int, float]
    outside: int = 0
    scope_auroc: float | None = None
    known_out: float | None = None
    lost: float | None = None
    confusions: tuple[Confusion, ...] = ()


def evaluate(
    read: Callable[[str], Reading], cases: Sequence[Example], known: Collection[str], others: Collection[str] = ()
) -> Evaluation:
    """Reads every case and compares; labels beyond `known` are out of scope, and so are the `others` among them."""
    ours: list[tuple[Example, Reading]] = []
    outside: list[Reading] = []
    inside: list[Reading] = []
    for case in cases:
        reading = read(case.text)
        if case.label in known:
            ours.append((case, reading))
        (inside if case.label in known and case.label not in others else outside).append(reading)
    right = np.array([case.label == reading.topic for case, reading in ours], bool)
    sure = np.array([reading.confidence for _, reading in ours])
    wrong = Counter((case.label, reading.topic) for case, reading in ours if case.label != reading.topic)
    worst = sorted(wrong.items(), key=lambda each: (-each[1], each[0]))[:CONFUSIONS]
    both = bool(inside and outside)
    return Evaluation(
        utterances=len(ours),
        labels=len({case.label for case, _ in ours}),
        accuracy=_share(right),
        macro_f1=_macro_f1([(case.label, reading.topic) for case, reading in ours]),
        top3=_share(np.array([any(c.topic == case.label for c in r.candidates) for case, r in ours], bool)),
        coverage=_coverage(right, sure),
        outside=len(outside),
        scope_auroc=auroc([r.scope for r in inside], [r.scope for r in outside]) if both else None,
        known_out=_share(np.array([not r.in_scope for r in outside], bool)) if both else None,
        lost=_share(np.array([not r.in_scope for r in inside], bool)) if both else None,
        confusions=tuple(Confusion(meant, taken, times) for (meant, taken), times in worst),
    )


def _share(which: npt.NDArray[np.bool_]) -> float:
    return round(float(which.mean()), 4) if len(which) else 0.0


def _coverage(right: npt.NDArray[np.bool_], sure: npt.NDArray[np.float64]) -> dict[int, float]:
    order = np.argsort(-sure, kind="stable")
    return {share: _share(right[order[: max(1, len(order) * share // 100)]]) for share in COVERAGES}


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Over the labels that were meant at least once."""
    meant, taken = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    hit = Counter(one for one, other in pairs if one == other)
    each = [2 * hit[label] / (meant[label] + taken[label]) for label in meant]
    return round(sum(each) / len(each), 4) if each else 0.0


def auroc(ours: Sequence[float], others: Sequence[float]) -> float:
    """The chance that one of `ours` is above one of `others`; equal ones count half."""
    values = np.concatenate([np.asarray(ours), np.asarray(others)])
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.arange(1, len(values) + 1)
    sums = np.zeros(len(values))
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    np.add.at(sums, inverse, ranks)
    ranks = sums[inverse] / counts[inverse]
    above = ranks[: len(ours)].sum() - len(ours) * (len(ours) + 1) / 2
    return round(float(above / (len(ours) * len(others))), 4)
