"""Planned and real: who was where the roster had them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from acd.adherence import Kept, Missing, Shift, kept, missing, overlapping

HOUR = 3_600_000


def shift(begins_h: float, ends_h: float, *, on_line: bool = True, agent: str = "alice") -> Shift:
    return Shift(agent=agent, begins_at_ms=round(begins_h * HOUR), ends_at_ms=round(ends_h * HOUR), on_line=on_line)


def states(*changes: tuple[float, str], agent: str = "alice") -> dict[str, list[tuple[int, str]]]:
    return {agent: [(round(at_h * HOUR), state) for at_h, state in changes]}


def one(rows: list[Kept]) -> Kept:
    assert len(rows) == 1
    return rows[0]


def test_every_staffed_state_is_on_line_and_a_planned_pause_is_kept_by_being_away() -> None:
    told = states((9, "available"), (10, "offered"), (10.1, "on_interaction"), (11, "wrap_up"), (11.5, "paused"))
    row = one(kept([shift(9, 11.5), shift(11.5, 12, on_line=False)], told, 0, 24 * HOUR))
    assert (row.adherence, row.paid_ms, row.planned_on_line_ms) == (1.0, 3 * HOUR, 2.5 * HOUR)
    assert row.shrinkage == 1 - 2.5 / 3
    assert row.beyond_ms == 0


def test_late_away_and_beyond_the_plan_are_told_apart() -> None:
    told = states((8.5, "available"), (8.75, "logged_out"), (10, "available"), (13, "logged_out"))
    row = one(kept([shift(9, 12)], told, 0, 24 * HOUR))
    assert row.adherence == 2 / 3
    assert row.beyond_ms == 1.25 * HOUR


def test_the_state_of_the_evening_before_and_of_now_count() -> None:
    row = one(kept([shift(9, 12)], states((1, "available")), 9 * HOUR, 10 * HOUR))
    assert (row.paid_ms, row.adherence) == (HOUR, 1.0)


def test_who_came_unplanned_is_listed_and_who_never_did_too() -> None:
    rows = kept([shift(9, 12, agent="zoe")], states((9, "available"), (10, "logged_out")), 0, 24 * HOUR)
    assert [(row.agent, row.adherence, row.beyond_ms) for row in rows] == [("alice", None, HOUR), ("zoe", 0.0, 0)]


def test_who_is_missing_now_is_told_with_since_when_and_nobody_else() -> None:
    now_ms = 10 * HOUR

    def away(*changes: tuple[float, str]) -> list[tuple[float, str]]:
        rows = missing([shift(9, 12)], states(*changes), now_ms)
        return [(row.since_at_ms / HOUR, row.state) for row in rows]

    assert away() == [(9, "logged_out")]
    assert away((8, "paused"), (8.5, "logged_out")) == [(9, "logged_out")]
    assert away((9.5, "available")) == []
    assert away((9.25, "on_task"), (9.5, "paused"), (9.75, "logged_out")) == [(9.5, "logged_out")]
    assert away((9, "available"), (11, "logged_out")) == []
    assert missing([shift(9, 12, on_line=False), shift(6, 10), shift(11, 12)], {}, now_ms) == []
    rows = missing([shift(9.5, 12), shift(9, 12, agent="zoe")], {}, now_ms)
    assert rows[0] == Missing(agent="zoe", since_at_ms=9 * HOUR, state="logged_out")


def test_shifts_that_overlap_are_found_and_those_that_touch_are_none() -> None:
    assert overlapping([shift(9, 12), shift(12, 13), shift(11, 12, agent="zoe")]) == []
    assert overlapping([shift(11, 13), shift(9, 12)]) == [(shift(9, 12), shift(11, 13))]


hours = st.floats(0, 24, allow_nan=False)
names = st.sampled_from(["available", "paused", "logged_out", "on_interaction"])


@given(changes=st.lists(st.tuples(hours, names)), begins=hours, length=st.floats(0.1, 8), on_line=st.booleans())
def test_times_add_up(changes: list[tuple[float, str]], begins: float, length: float, on_line: bool) -> None:
    told = states(*sorted(changes, key=lambda change: change[0]))
    for row in kept([shift(begins, begins + length, on_line=on_line)], told, 0, 24 * HOUR):
        assert 0 <= row.as_planned_ms <= row.paid_ms
        assert row.as_planned_ms == (row.on_line_ms if on_line else row.paid_ms - row.on_line_ms)
        assert 0 <= row.on_line_ms + row.beyond_ms <= 24 * HOUR
