"""Rule 2: deciding reads; only applying a fact changes state."""

from __future__ import annotations

import random
from typing import Any

from core import events as e
from core.events.base import Event
from core.mind import Mind
from runtime.kernel import Kernel
from tests import centres
from tests.alone import arrived
from tests.properties.streams import KINDS, Stream


def state(kernel: Kernel) -> object:
    """Everything that a decision could have changed; rows are frozen, so that their identity says enough."""
    rows = {name: [(key, id(row)) for key, row in table.items()] for name, (table, _) in kernel.tables().items()}
    return rows, kernel.configurations.now.digest, len(kernel.configurations.by_digest)


def watched(kernel: Kernel) -> list[str]:
    """Lets every decision of `kernel` be followed by a look at the state; gives the names of those that changed it."""
    guilty: list[str] = []

    def watch(mind: Mind, decide: Any) -> Any:
        def decide_and_look(own: Any, fact: Event, now_ms: int) -> Any:
            before = state(kernel)
            said = list(decide(own, fact, now_ms))
            if state(kernel) != before:
                guilty.append(f"{mind.name} on {type(fact).__name__}")
            return said

        return decide_and_look

    for fact, route in kernel._decides.items():
        kernel._decides[fact] = [(mind, watch(mind, decide)) for mind, decide in route]
    return guilty


def test_no_decision_changes_state() -> None:
    for seed in range(12):
        luck = random.Random(seed)
        kernel = centres.kernel(centres.CENTRES[luck.choice(("petit", "étroit", "pressé"))]())
        guilty = watched(kernel)
        play = Stream(kernel)
        for _ in range(100):
            move = (luck.randrange(KINDS), luck.randrange(12), luck.randrange(12), luck.choice((0, 20, 1500, 9000)))
            play.move(move)
        assert guilty == []


def test_the_watch_itself_sees_a_change() -> None:
    kernel = centres.kernel()
    fact = e.CallArrived
    mind, _ = kernel._decides[fact][0]

    def meddles(_own: Any, _fact: Event, _now_ms: int) -> Any:
        kernel.mind("ivr").prompts.put("fr/x", object())
        return ()

    kernel._decides[fact] = [(mind, meddles)]
    guilty = watched(kernel)
    kernel._decides[fact][0][1](None, arrived(), 0)
    assert len(guilty) == 1
