"""Which detail is asked for next, and what is said for it: a step's slots, less what is known or was given up."""

from __future__ import annotations

from core.script import Details, Slot
from core.text import Text, say
from ivr.dialogue import Dialogue, State


def wanted(row: Dialogue, step: Details) -> Slot | None:
    """The first detail that is neither known nor given up; None: the dialogue goes on."""
    return next((slot for slot in step.slots if not _known(row, slot)), None)


def _known(row: Dialogue, slot: Slot) -> bool:
    """Taken, given up, or shown by a number that is theirs alone."""
    if slot.detail in row.taken or slot.detail in row.skipped:
        return True
    return slot.shown and slot.detail == "telephone" and row.caller_known and not row.shared


def spoken_to(state: State, row: Dialogue) -> bool:
    """Whether details may be said, and not only typed."""
    return state.hears and not row.deaf


def texts(state: State, row: Dialogue, step: Details) -> tuple[Text, ...]:
    """The question for the next detail; none for one that they said before, which is read back instead."""
    slot = wanted(row, step)
    if slot is None or row.heard.get(slot.detail):
        return ()
    return (question(state, row, slot),)


def question(state: State, row: Dialogue, slot: Slot) -> Text:
    return say(slot.text if spoken_to(state, row) else slot.keys_text)
