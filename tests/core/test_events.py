"""Every fact there is, told where everybody looks for it."""

from __future__ import annotations

import importlib
import pkgutil
import typing

import msgspec
import pytest

from core import events
from core.events.base import Event, because
from core.step import EVENTS, Step

DEFINED = {
    kind
    for found in pkgutil.iter_modules(events.__path__)
    for kind in vars(importlib.import_module(f"core.events.{found.name}")).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}


def test_every_fact_of_every_file_is_exported_and_can_be_kept() -> None:
    assert set(EVENTS.values()) == DEFINED
    assert {getattr(events, name) for name in events.__all__} >= DEFINED


@pytest.mark.parametrize("kind", sorted(DEFINED, key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_a_fact_is_frozen_whole_and_by_name(kind: type[Event]) -> None:
    assert kind.__struct_config__.frozen
    with pytest.raises(TypeError):
        kind("positional")  # type: ignore[call-arg,misc]
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    assert "cause" in required
    with pytest.raises(TypeError):
        kind()  # type: ignore[call-arg]


def test_what_a_fact_led_to_says_so() -> None:
    fact = events.CentreStarted(cause="start", release="1")
    assert because(fact) == "CentreStarted"


def test_times_and_durations_end_in_their_unit() -> None:
    told = [
        f"{kind.__name__}.{name}"
        for kind in [*DEFINED, Step]
        for name, hint in typing.get_type_hints(kind).items()
        if int in (hint, *typing.get_args(hint)) and not name.endswith("_ms") and name not in _COUNTS
    ]
    assert told == []


_COUNTS = {
    "attempt",
    "count",
    "waiting",
    "misses",
    "attempts",
    "code",
    "seq",
    "asked",
    "priority_before",
    "tries",
    "behind",
    "streams",
    "confidence",
    "corrections",
}
"""Whole numbers that are no times."""
