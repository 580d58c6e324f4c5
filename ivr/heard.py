"""What was heard goes to whatever asked: a question for anything (hearing.py), or for a detail (details.py)."""

from __future__ import annotations

from core import events as e
from core.mind import Decision
from core.script import Details
from ivr import details, hearing
from ivr.dialogue import State


def on_understood(state: State, fact: e.SpeechUnderstood, _now_ms: int) -> Decision:
    found = hearing.current(state, fact.interaction, fact.listening)
    if found is not None:
        row, step = found
        if isinstance(step, Details):
            yield from details.on_understood(state, row, step, fact)
        else:
            yield from hearing.on_understood(state, row, step, fact)


def on_ended(state: State, fact: e.HearingEnded, _now_ms: int) -> Decision:
    found = hearing.current(state, fact.interaction, fact.listening)
    if found is not None:
        row, step = found
        if isinstance(step, Details):
            yield from details.on_ended(state, row, step, fact)
        else:
            yield from hearing.on_ended(state, row, step, fact)
