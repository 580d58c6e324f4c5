"""Automatic diallers, known by their habits: one number that is silent through menu after menu, many at once.

A dialler with many lines shows one number, presses nothing at any question, and comes again.  No person can do so: a
silent call lasts as long as its menu, so that one telephone has no more than some thirty in ten minutes, however
desperate who holds it.  A number that many share (a hostel, a hospital) is cleared by the first key that anybody there
presses.  A caller without a number, and a script that asks nothing, are never suspected; nor is a caller put off, who
may be unable to speak, for being silent once, or ten times.

What is suspected stays so until it has been quiet for a whole window, or a key is pressed.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from ivr.dialogue import Dialogue, State

WINDOW_MS: Final = 600_000
# Beyond what one telephone can do in a window, where a call takes no less than ten seconds: redialled, answered, asked.
SILENT_CALLS: Final = 60
# Numbers remembered at once; a national platform has fewer callers in a window, and a forgotten one begins anew.
HABITS_KEPT: Final = 20_000


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """`silent` calls since `since_at_ms` were handed over without a key."""

    since_at_ms: int
    silent: int


def suspected(state: State, row: Dialogue, now_ms: int) -> bool:
    """Whether this silent caller is one of a dialler's."""
    habit = state.habits.get(row.caller_key)
    if habit is None or row.pressed or not row.asked:
        return False
    return habit.silent >= SILENT_CALLS and now_ms - habit.since_at_ms < 2 * WINDOW_MS


def note_silence(state: State, row: Dialogue, now_ms: int) -> None:
    """Counts a caller who was asked and pressed nothing."""
    if not row.caller_key or row.pressed or not row.asked:
        return
    habit = state.habits.get(row.caller_key)
    if habit is None:
        _forget_old(state, now_ms)
        state.habits.put(row.caller_key, Habit(since_at_ms=now_ms, silent=1))
        return
    age_ms = now_ms - habit.since_at_ms
    if age_ms < WINDOW_MS:
        state.habits.put(row.caller_key, Habit(since_at_ms=habit.since_at_ms, silent=habit.silent + 1))
    else:
        still = age_ms < 2 * WINDOW_MS and habit.silent >= SILENT_CALLS
        state.habits.put(row.caller_key, Habit(since_at_ms=now_ms, silent=SILENT_CALLS if still else 1))


def note_key(state: State, row: Dialogue) -> None:
    """Somebody there is a person."""
    state.habits.drop(row.caller_key)


def _forget_old(state: State, now_ms: int) -> None:
    """Drops what says nothing any more, from the oldest number on."""
    for key, habit in list(itertools.islice(state.habits.items(), 10)):
        if now_ms - habit.since_at_ms < 2 * WINDOW_MS and len(state.habits) < HABITS_KEPT:
            break
        state.habits.drop(key)
