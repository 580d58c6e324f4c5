"""How long somebody will wait: told with its interval, or not at all.

With n before you, s agents who finish μ calls a second each, and θ of those before you giving up a second, the mean
wait is Σ 1/(sμ + iθ), i = 0…n (QLm): exact where calls and patience are exponential, and the best to be known there.
Real queues differ: agents are shared, calls are not exponential.  So s is not how many agents there are but how many
of them this queue really has (`share`, learnt while people wait), and what is left of bias is taken out by a ridge
regression that goes on learning, once it has seen enough.  Where the truth lies around that is learnt from how far it
lay: an interval that holds four out of five is widened when it holds fewer (adaptive conformal inference).

Everything is a row of plain numbers that facts change, so that a replay gives the same estimates.
Sources: Whitt 1999; Ibrahim, Whitt 2009; Gibbs, Candès 2021.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

# Below this nothing is known of how long calls last or how many agents a queue has.
SEEN_AT_LEAST: Final = 10
# From so many on the regression is better than what it corrects.
LEARNT_FROM: Final = 2_000
# So many of those before somebody are added up one by one, which costs a few microseconds.
ONE_BY_ONE: Final = 40
# The share of waits that lie below and above the interval.
TAIL: Final = 0.1
# How fast each forgets: the last hundred calls, some minutes of queue, the last thousands of waits.
_AHT_WEIGHT: Final = 0.01
_SHARE_TAU_S: Final = 300.0
_PATIENCE_TAU_S: Final = 7_200.0
_FORGETTING: Final = 0.9995
_QUANTILE_STEP: Final = 0.02
_RIDGE: Final = 1e-3
_FEATURES: Final = 5


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """What a queue has taught: `aht_s` until an agent is free again; `share` of its staffed agents that it really has;
    `gave_up` of `waited_s`, both fading; the regression's `weights` and `spread` (its inverse matrix, row by row), and
    by how many standard deviations the truth lies `below` and `above`.  The last who was served had waited `last_s`;
    until `looked_at_ms` all this was so."""

    handled: int = 0
    aht_s: float = 0.0
    share: float = 1.0
    gave_up: float = 0.0
    waited_s: float = 0.0
    waits: int = 0
    weights: tuple[float, ...] = (0.0, 1.0, 0.0, 0.0, 0.0)
    spread: tuple[float, ...] = tuple(1 / _RIDGE if i % (_FEATURES + 1) == 0 else 0.0 for i in range(_FEATURES**2))
    below: float = -1.2
    above: float = 1.4
    last_s: float = 0.0
    looked_at_ms: int = 0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before somebody: so many `ahead`, so many agents `staffed` for the queue, how long the one at its
    head has waited by now, and how long the last who was served had."""

    ahead: int
    staffed: int
    head_s: float = 0.0
    last_s: float = 0.0


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The mean wait in seconds, and where four out of five lie."""

    mean_s: float
    low_s: float
    high_s: float


def estimate(habits: Habits, seen: Seen) -> Estimate | None:
    """None where nobody is there to serve, or too little is known."""
    first = _by_length(habits, seen)
    if first is None:
        return None
    mean_s, deviation_s = first
    if habits.waits >= LEARNT_FROM:
        mean_s = max(0.0, sum(map(_times, habits.weights, _features(mean_s, habits, seen))))
    low_s = max(0.0, mean_s + habits.below * deviation_s)
    return Estimate(mean_s=mean_s, low_s=low_s, high_s=max(low_s, mean_s + habits.above * deviation_s))


def _times(first: float, second: float) -> float:
    return first * second


def _by_length(habits: Habits, seen: Seen) -> tuple[float, float] | None:
    """QLm and its standard deviation."""
    servers = seen.staffed * habits.share
    if habits.handled < SEEN_AT_LEAST or servers <= 0 or habits.aht_s <= 0:
        return None
    rate, leaving = servers / habits.aht_s, _leaving(habits)
    mean_s = variance = 0.0
    for before in range(min(seen.ahead, ONE_BY_ONE) + 1):
        each_s = 1 / (rate + before * leaving)
        mean_s += each_s
        variance += each_s * each_s
    if seen.ahead > ONE_BY_ONE:
        more_s, more_variance = _of_the_rest(rate, leaving, seen.ahead)
        mean_s, variance = mean_s + more_s, variance + more_variance
    return mean_s, math.sqrt(variance)


def _of_the_rest(rate: float, leaving: float, ahead: int) -> tuple[float, float]:
    """The same sums from there to `ahead` as integrals, a thousandth off at most."""
    if leaving * (ahead - ONE_BY_ONE) < 1e-9 * rate:
        return (ahead - ONE_BY_ONE) / rate, (ahead - ONE_BY_ONE) / rate**2
    first, last = rate + (ONE_BY_ONE + 0.5) * leaving, rate + (ahead + 0.5) * leaving
    return math.log(last / first) / leaving, (1 / first - 1 / last) / leaving


def _leaving(habits: Habits) -> float:
    """How many of those who wait give up a second, each."""
    return habits.gave_up / habits.waited_s if habits.waited_s > 0 else 0.0


def _features(mean_s: float, habits: Habits, seen: Seen) -> tuple[float, ...]:
    """All in hundreds of seconds, so that none outweighs the others; weights answer in seconds."""
    per_agent = (seen.ahead + 1) * habits.aht_s / max(1, seen.staffed)
    return 1.0, mean_s, seen.head_s, seen.last_s, per_agent


# -- what teaches it ----------------------------------------------------------------------------------------------


def served(habits: Habits, seen: Seen, wait_s: float) -> Habits:
    """Somebody who had `seen` before them when they came was answered after `wait_s`."""
    first = _by_length(habits, seen)
    if first is None:
        return habits
    mean_s, deviation_s = first
    features = _features(mean_s, habits, seen)
    learnt = habits.waits >= LEARNT_FROM
    told_s = max(0.0, sum(map(_times, habits.weights, features))) if learnt else mean_s
    off = (wait_s - told_s) / deviation_s if deviation_s > 0 else 0.0
    weights, spread = _learn(habits, features, wait_s)
    return msgspec.structs.replace(
        habits,
        waits=habits.waits + 1,
        weights=weights,
        spread=spread,
        below=habits.below + _QUANTILE_STEP * (TAIL - (off < habits.below)),
        above=habits.above + _QUANTILE_STEP * (1 - TAIL - (off < habits.above)),
        last_s=wait_s,
    )


def _learn(habits: Habits, features: tuple[float, ...], wait_s: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Recursive least squares with forgetting."""
    n = _FEATURES
    spread = habits.spread
    gain = [sum(spread[row * n + column] * features[column] for column in range(n)) for row in range(n)]
    scale = _FORGETTING + sum(map(_times, features, gain))
    off = wait_s - sum(map(_times, habits.weights, features))
    weights = tuple(weight + one * off / scale for weight, one in zip(habits.weights, gain, strict=True))
    fresh = [
        (spread[row * n + column] - gain[row] * gain[column] / scale) / _FORGETTING
        for row in range(n)
        for column in range(n)
    ]
    # Where nothing is learnt of a direction, forgetting alone would let it grow without end.
    bound = 1 / _RIDGE
    if max(fresh[row * n + row] for row in range(n)) > bound:
        return weights, spread
    return weights, tuple(fresh)


def handled(habits: Habits, duration_s: float) -> Habits:
    """An agent was busy so long with a call of the queue, wrap-up included."""
    count = habits.handled + 1
    weight = max(_AHT_WEIGHT, 1 / count)
    return msgspec.structs.replace(habits, handled=count, aht_s=habits.aht_s + weight * (duration_s - habits.aht_s))


def elapsed(habits: Habits, duration_s: float, waiting: int, busy: int, staffed: int) -> Habits:
    """For so long `waiting` people waited, and `busy` of the `staffed` agents were with calls of this queue."""
    fading = math.exp(-duration_s / _PATIENCE_TAU_S)
    changes = {"gave_up": habits.gave_up * fading, "waited_s": habits.waited_s * fading + waiting * duration_s}
    share = habits.share
    if waiting and staffed:  # only then do its agents do all that they can for it
        kept = math.exp(-duration_s / _SHARE_TAU_S)
        share = kept * share + (1 - kept) * min(1.0, busy / staffed)
    return msgspec.structs.replace(habits, share=share, **changes)


def given_up(habits: Habits) -> Habits:
    """Somebody who waited hung up."""
    return msgspec.structs.replace(habits, gave_up=habits.gave_up + 1)
