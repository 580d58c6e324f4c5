"""Steps of the script: which one a dialogue is at, and reaching the next."""

from __future__ import annotations

from core import events as e
from core.events.base import Event, because
from core.mind import Decision
from core.script import Ask, Details, HangUp, Languages, Listen, Record, Say, Step, TakeNumber
from core.script import Notices as NoticesStep
from core.text import Text, say
from ivr import notices, slots, tongues
from ivr.dialogue import Dialogue, State


def step_of(state: State, row: Dialogue, name: str) -> Step:
    return state.configurations.by_digest[row.digest].scripts[row.script].steps[name]


def enter(state: State, interaction: str, name: str, event: Event, first: tuple[Text, ...] = ()) -> Decision:
    """Reaches step `name`, for the first time in a row; says the texts `first` before its own.

    Where nobody can be heard a question that listens is not put: they are led to where keys are asked for.  Where every
    detail is known, or given up, none is asked for.
    """
    row = state.dialogues[interaction]
    step = step_of(state, row, name)
    while past := _past(state, row, step):
        name = past
        step = step_of(state, row, name)
    yield e.StepReached(
        cause=because(event), interaction=interaction, step=name, attempt=1, say=(*first, *_own(state, row, step))
    )


def _past(state: State, row: Dialogue, step: Step) -> str:
    """The step instead of one that has nothing to ask; empty: it has."""
    if isinstance(step, Listen) and not state.hears:
        return step.unheard
    return step.then if isinstance(step, Details) and slots.wanted(row, step) is None else ""


def _own(state: State, row: Dialogue, step: Step) -> tuple[Text, ...]:
    match step:
        case Say() | Ask() | Listen() | Record() | TakeNumber() | HangUp():
            return tuple(say(key) for key in step.texts)
        case Details():
            return slots.texts(state, row, step)
        case NoticesStep():
            return notices.said(state, state.service_of(row))
        case Languages():
            return tongues.invitations(state, row)
        case _:
            return ()
