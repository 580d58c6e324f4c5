"""Faults put into a kernel on purpose: the one thing that tests change in our code, for rule 6 is about bugs."""

from __future__ import annotations

from typing import Any, Literal

from core.events.base import Event
from core.mind import Mind
from runtime.kernel import Kernel

Which = Literal["applies", "decides"]


class Bug(Exception):
    """What a fault of ours raises."""


def break_once(kernel: Kernel, mind: str, which: Which, fact: type[Event], *, times: int = 1) -> None:
    """The next time (or `times`) that `mind` applies, or decides on, `fact`, it raises; then it works again.

    A decision raises at its end, after whatever it said: everything of the step must then be taken back.
    """
    routes: dict[type[Event], list[tuple[Mind, Any]]] = getattr(kernel, f"_{which}")
    route = routes[fact]
    place, (owner, sound) = next((at, pair) for at, pair in enumerate(route) if pair[0].name == mind)

    left = times

    def broken(state: Any, event: Event, now_ms: int) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            route[place] = (owner, sound)
        said = sound(state, event, now_ms)
        if said is not None:
            list(said)
        raise Bug("on purpose")

    route[place] = (owner, broken)
