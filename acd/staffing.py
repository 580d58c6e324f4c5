"""How many agents a load needs, and what so many give: Erlang C and Erlang A, exact.

Callers arrive at random (Poisson), calls last exponentially long, and who waits is patient exponentially long (Erlang
A, M/M/n+M) or for ever (Erlang C).  Of an arriving caller's offered wait V the density is

    v(x) = λ · p(n-1) · exp(λ/θ · (1 - e^(-θx)) - nμx)

(λ arrivals, 1/μ handling, 1/θ patience, n agents); everything follows from it and from the sums of the states above
n, taken relative to state n and as logarithms: their products overflow where twice as many call as can be served.
Sources: Garnett, Mandelbaum, Reiman 2002; Zeltyn, Mandelbaum 2005.  Agents who are slow together, peaks within the
interval and calls of several kinds are not in it: `./allo simulate` has them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal

import msgspec

Goal = Literal["sl_offered", "sl_answered", "sl_less_short", "p_abandon", "asa_s", "p_wait", "occupancy"]
"""What may be aimed at: shares of the service level from below, the others from above."""

FROM_BELOW: Final = frozenset({"sl_offered", "sl_answered", "sl_less_short"})
MOST_AGENTS: Final = 1_000_000
# Terms below this share of the sum change nothing that a double can hold.
NEGLIGIBLE: Final = 1e-18
# Points of Gauss-Legendre a panel, and how often panels may be halved until two results agree.
_POINTS: Final = (
    (0.1488743389816312, 0.2955242247147529),
    (0.4333953941292472, 0.2692667193099963),
    (0.6794095682990244, 0.2190863625159820),
    (0.8650633666889845, 0.1494513491505806),
    (0.9739065285171717, 0.0666713443086881),
)
_LARGE: Final = 1e250
_HALVINGS: Final = 14
_AGREED: Final = 1e-11


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What comes: `patience_s` is the mean time until somebody hangs up (without agents all would), None for ever."""

    calls_per_hour: float
    aht_s: float
    patience_s: float | None = None

    @property
    def erlangs(self) -> float:
        """The load offered, in agents who would be busy all the time."""
        return self.calls_per_hour * self.aht_s / 3600


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What `agents` give that load, in shares and seconds; infinite where the queue grows without end.

    `asa_s` is the mean wait of all, those who hang up included; `asa_answered_s` of those answered.  `queue` is how
    many wait on average.  The three service levels are those of the glossary: answered in time ÷ offered, ÷ answered, ÷
    offered without the abandons before `short_s`.
    """

    agents: int
    p_wait: float
    asa_s: float
    asa_answered_s: float
    sl_offered: float
    sl_answered: float
    sl_less_short: float
    p_abandon: float
    occupancy: float
    queue: float


def service(load: Load, agents: int, target_s: float, short_s: float | None = None) -> Service:
    """What so many agents give; `short_s` is the target if nothing else is said.  Raises ValueError of nonsense."""
    if not 1 <= agents <= MOST_AGENTS:
        raise ValueError("agents")
    if load.calls_per_hour <= 0 or load.aht_s <= 0 or target_s < 0 or (load.patience_s or 1) <= 0:
        raise ValueError("load")
    if load.patience_s is None or math.isinf(load.patience_s):
        return _patient(load, agents, target_s)
    return _impatient(load, load.patience_s, agents, target_s, target_s if short_s is None else short_s)


def needed(load: Load, goal: Goal, value: float, target_s: float, short_s: float | None = None) -> Service | None:
    """What the fewest agents give that reach the goal; None if no number does."""

    def reached(agents: int) -> bool:
        found: float = getattr(service(load, agents, target_s, short_s), goal)
        return found >= value if goal in FROM_BELOW else found <= value

    most = max(2, math.ceil(2 * load.erlangs))
    while not reached(most):
        most *= 2
        if most > MOST_AGENTS:
            return None
    least = 0
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if reached(middle) else (middle, most)
    return service(load, most, target_s, short_s)


def posts(agents: int, shrinkage: float) -> int:
    """People to employ so that so many are on line; `shrinkage`: the share of paid time that is not (0 to below 1)."""
    if not 0 <= shrinkage < 1:
        raise ValueError("shrinkage")
    return math.ceil(agents / (1 - shrinkage) - 1e-9)


def erlang_b(erlangs: float, agents: int) -> float:
    """The share of calls refused by so many lines without a queue."""
    return math.exp(-_log_inverse_b(erlangs, agents))


def _log_inverse_b(erlangs: float, agents: int) -> float:
    """-log B, by 1/B(n) = 1 + n/a · 1/B(n-1), which no number holds where lines abound."""
    inverse, log_scale, one = 1.0, 0.0, 1.0
    for number in range(1, agents + 1):
        inverse = one + inverse * number / erlangs
        if inverse > _LARGE:
            inverse /= _LARGE
            one /= _LARGE
            log_scale += math.log(_LARGE)
    return math.log(inverse) + log_scale


def erlang_c(erlangs: float, agents: int) -> float:
    """The share of callers who wait where all are patient."""
    if erlangs >= agents:
        return 1.0
    blocked = erlang_b(erlangs, agents)
    return agents * blocked / (agents - erlangs * (1 - blocked))


def _patient(load: Load, agents: int, target_s: float) -> Service:
    a = load.erlangs
    spare = agents - a
    p_wait = erlang_c(a, agents)
    asa_s = p_wait * load.aht_s / spare if spare > 0 else math.inf
    in_time = 1 - p_wait * math.exp(-spare * target_s / load.aht_s) if spare > 0 else 0.0
    return Service(
        agents=agents,
        p_wait=p_wait,
        asa_s=asa_s,
        asa_answered_s=asa_s,
        sl_offered=in_time,
        sl_answered=in_time,
        sl_less_short=in_time,
        p_abandon=0.0,
        occupancy=min(1.0, a / agents),
        queue=asa_s * load.calls_per_hour / 3600,
    )


class _Sums(msgspec.Struct, frozen=True):
    """Over the states n+i, of their probability relative to state n, as logarithms of sums: of it, of it × i, of it ×
    the share of these callers who are served, of that × their mean wait."""

    all_of_them: float
    waiting: float
    served: float
    served_wait: float


def _impatient(load: Load, patience_s: float, agents: int, target_s: float, short_s: float) -> Service:
    arrivals, service_rate, theta = load.calls_per_hour / 3600, agents / load.aht_s, 1 / patience_s
    sums = _states(arrivals / theta, service_rate / theta)
    # Relative to state n: those below it weigh n ÷ (a · B(n-1)), for p(n-1) = p(n) · n ÷ a.
    below = math.log(agents / load.erlangs) + _log_inverse_b(load.erlangs, agents - 1)
    whole = _log_add(below, sums.all_of_them)
    p_wait = math.exp(sums.all_of_them - whole)
    queue = math.exp(sums.waiting - whole)
    p_abandon = queue * theta / arrivals
    answered = math.exp(below - whole) + math.exp(sums.served - whole)

    def wait_density(x: float) -> float:
        """v(x), with λ · p(n-1) = nμ · p(n)."""
        grown = arrivals * patience_s * -math.expm1(-theta * x) - service_rate * x - whole
        return service_rate * math.exp(grown) if grown > -700 else 0.0

    in_time = 1 - p_wait + _integral(lambda x: wait_density(x) * math.exp(-theta * x), target_s, 1 / service_rate)
    waits_less = _integral(wait_density, short_s, 1 / service_rate)
    gone_first = _integral(lambda x: wait_density(x) * -math.expm1(-theta * x), short_s, 1 / service_rate)
    short = gone_first + -math.expm1(-theta * short_s) * max(0.0, p_wait - waits_less)
    return Service(
        agents=agents,
        p_wait=p_wait,
        asa_s=queue / arrivals,
        asa_answered_s=math.exp(sums.served_wait - whole) * patience_s / answered,
        sl_offered=in_time,
        sl_answered=min(1.0, in_time / answered),
        sl_less_short=min(1.0, in_time / (1 - short)),
        p_abandon=p_abandon,
        occupancy=min(1.0, load.erlangs * (1 - p_abandon) / agents),
        queue=queue,
    )


def _states(y: float, c: float) -> _Sums:
    """`y` = λ/θ, `c` = nμ/θ: state n+i has the weight Π y/(c+k), k = 1…i; who comes then is served with c/(c+i+1)."""
    log_y, log_c = math.log(y), math.log(c)
    log_weight, mean_wait = 0.0, 1 / (c + 1)
    highest = 0.0
    sums = [1.0, 0.0, c / (c + 1), c / (c + 1) * mean_wait]
    number = 0
    while True:
        number += 1
        log_weight += log_y - math.log(c + number)
        mean_wait += 1 / (c + 1 + number)
        if log_weight > highest + 30:
            shrunk = math.exp(highest - log_weight)
            sums = [one * shrunk for one in sums]
            highest = log_weight
        weight = math.exp(log_weight - highest)
        served = weight * math.exp(log_c - math.log(c + number + 1))
        sums[0] += weight
        sums[1] += weight * number
        sums[2] += served
        sums[3] += served * mean_wait
        if c + number > y and weight * (number + 1) < NEGLIGIBLE * sums[0] * (1 - y / (c + number)):
            break
    return _Sums(*(math.log(one) + highest if one > 0 else -math.inf for one in sums))


def _log_add(first: float, second: float) -> float:
    """log(e^first + e^second)."""
    highest = max(first, second)
    if math.isinf(highest):
        return highest
    return highest + math.log(math.exp(first - highest) + math.exp(second - highest))


def _integral(of: Callable[[float], float], until: float, scale: float) -> float:
    """From 0 to `until`: panels are halved until two results agree; `scale` is where the function changes fastest."""
    panels = max(4, min(256, math.ceil(until / (4 * scale)) if scale > 0 else 4))
    before = math.inf
    for _ in range(_HALVINGS):
        found = _gauss(of, until, panels)
        if abs(found - before) <= _AGREED:
            return found
        before, panels = found, panels * 2
    return before


def _gauss(of: Callable[[float], float], until: float, panels: int) -> float:
    half = until / panels / 2
    return half * math.fsum(
        weight * (of(half * (2 * panel + 1) - half * point) + of(half * (2 * panel + 1) + half * point))
        for panel in range(panels)
        for point, weight in _POINTS
    )
