"""One atomic step."""

from __future__ import annotations

import msgspec
import pytest

from core import events as e
from core.step import EVENTS, AnyEvent, Step


def test_a_step_is_whole_without_consequences() -> None:
    step = Step(seq=1, now_ms=2, input=e.NodeLost(cause="t", node="n", reason="r"))
    assert (step.facts, step.orders) == ((), ())
    with pytest.raises(AttributeError):
        step.seq = 2  # type: ignore[misc]


def test_any_fact_is_found_again_by_its_name() -> None:
    for name, kind in EVENTS.items():
        assert kind.__struct_config__.tag == name
    said = e.NodeLost(cause="t", node="n", reason="r")
    assert msgspec.convert(msgspec.to_builtins(said), AnyEvent) == said
