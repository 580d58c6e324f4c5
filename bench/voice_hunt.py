"""The search for the highest rate that is clean: doubling, then bisection, then up or down in small steps."""

from __future__ import annotations

from collections.abc import Callable

Clean = Callable[[int], bool]


def scout(clean: Clean, first: int, most: int, step: int) -> int:
    """The highest clean rate to within `step`, by doubling from `first` and bisection; 0 if none is."""
    low, high = 0, first
    while clean(high):
        low = high
        if high == most:
            return most
        high = min(2 * high, most)
    while high - low > step:
        middle = (low + high) // 2 // step * step
        if middle <= low:
            middle = low + step
        low, high = (middle, high) if clean(middle) else (low, middle)
    return low


def climb(clean: Clean, start: int, most: int, step: int) -> int:
    """The highest clean rate, a multiple of `step`, from a rate that should be near it; 0 if none is."""
    rate = max(step, start // step * step)
    if clean(rate):
        while rate + step <= most and clean(rate + step):
            rate += step
        return rate
    while rate > step:
        rate -= step
        if clean(rate):
            return rate
    return 0
