"""The earliest time that any row waits for."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from core.deadlines import Deadlines, earliest


@dataclass(frozen=True)
class Row:
    deadline_ms: int | None


CHANGES = st.lists(
    st.tuples(st.sampled_from(("call", "agent")), st.sampled_from("abcd"), st.none() | st.integers(0, 50)),
    max_size=300,
)


@given(CHANGES)
def test_the_first_is_the_smallest_of_time_then_key_then_kind(changes: list[tuple[str, str, int | None]]) -> None:
    deadlines, standing = Deadlines(), dict[tuple[str, str], int]()
    for kind, key, at_ms in changes:
        deadlines.watcher(kind)(key, None, Row(at_ms))
        standing.pop((kind, key), None)
        if at_ms is not None:
            standing[kind, key] = at_ms
        found = min(((at, key, kind) for (kind, key), at in standing.items()), default=None)
        assert deadlines.first() == found


def test_a_row_that_goes_takes_its_deadline_with_it() -> None:
    deadlines = Deadlines()
    watch = deadlines.watcher("call")
    watch("a", None, Row(5))
    watch("a", Row(5), None)
    assert deadlines.first() is None


def test_a_silenced_deadline_comes_back_with_the_rows_next_change() -> None:
    deadlines = Deadlines()
    watch = deadlines.watcher("call")
    watch("a", None, Row(5))
    watch("b", None, Row(7))
    deadlines.silence("call", "a")
    assert deadlines.first() == (7, "b", "call")
    watch("a", Row(5), Row(6))
    assert deadlines.first() == (6, "a", "call")


def test_a_row_that_changes_often_does_not_fill_the_memory() -> None:
    deadlines = Deadlines()
    watch = deadlines.watcher("call")
    for at_ms in range(10_000):
        watch("a", None, Row(at_ms))
    assert deadlines.first() == (9_999, "a", "call")
    assert len(deadlines._heap) < 100


def test_earliest_leaves_out_what_is_not_waited_for() -> None:
    assert earliest(None, 3, None, 2) == 2
    assert earliest(None) is None
    assert earliest() is None
