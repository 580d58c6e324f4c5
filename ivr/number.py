"""The number at which somebody is to be called: typed key by key, read back, noted once the caller has said yes.

French numbers only, and only such as agents may call: nobody has us call a number that earns them money.  The number is
read out by the sounds of ten digits, so that what is said of it stands in no text, no order and no file in the open.
1, which begins no French number, stands for the one that the caller calls from; `*` begins anew.
"""

from __future__ import annotations

from typing import Final

from core import events as e
from core.centre import Centre, Destination
from core.destinations import classify
from core.events.base import Event, because
from core.mind import Decision
from core.personal import Personal
from core.script import TakeNumber
from core.text import say
from ivr.dialogue import Dialogue, State
from ivr.read_back import DIGIT, READ_BACK, sounds

DIGITS: Final = 10
OWN: Final = "1"
YES: Final = "1"
FRENCH: Final[frozenset[Destination]] = frozenset({"fixed", "mobile", "overseas"})


def on_key(row: Dialogue, interaction: str, step: TakeNumber, event: Event, now_ms: int, centre: Centre) -> Decision:
    """A digit more, the end of the number, or the answer to what was read back."""
    key = (row.ahead.text if row.ahead is not None else None) or ""
    typed = (row.digits.text if row.digits is not None else None) or ""
    if row.number is not None:
        if key == YES:
            yield _noted(row, interaction, step, row.number, event)
        else:
            yield _missed(row, interaction, "wrong_key", event)
    elif key == OWN and not typed and row.caller is not None:
        yield _noted(row, interaction, step, row.caller, event)
    elif key == "#":
        yield _judged(row, interaction, step, typed, event, centre)
    else:
        yield e.DigitTaken(
            cause=because(event),
            interaction=interaction,
            step=row.step,
            digits=Personal(interaction, "keys", "" if key == "*" else typed + key),
            until_at_ms=now_ms + step.wait_ms,
        )


def on_digit(row: Dialogue, step: TakeNumber, fact: e.DigitTaken, centre: Centre) -> Decision:
    typed = fact.digits.text or ""
    if len(typed) == DIGITS:
        yield _judged(row, fact.interaction, step, typed, fact, centre)


def _judged(row: Dialogue, interaction: str, step: TakeNumber, typed: str, event: Event, centre: Centre) -> Event:
    number, kind = classify(typed)
    callable_by_agents = kind in FRENCH and kind in centre.outgoing.allowed.get("agent", ())
    if len(typed) != DIGITS or not callable_by_agents or number in centre.own_numbers:
        return _missed(row, interaction, "bad_number", event)
    return e.NumberTyped(
        cause=because(event),
        interaction=interaction,
        step=row.step,
        number=Personal(interaction, "number", number),
        digits=Personal(interaction, "keys", typed),
        say=(READ_BACK, say(step.confirm_text)),
    )


def read(state: State, interaction: str, row: Dialogue) -> Personal | None:
    """The sounds of the digits that were typed; nothing where those of the ten digits are not there."""
    typed = (row.digits.text if row.digits is not None and row.number is not None else None) or ""
    paths = sounds(state, row.language, DIGIT) if typed else None
    return Personal(interaction, "keys", "\n".join(paths[int(key)] for key in typed)) if paths is not None else None


def _noted(row: Dialogue, interaction: str, step: TakeNumber, number: Personal, event: Event) -> e.CallbackNoted:
    """For the people of the queue that is named, or of that in which they waited."""
    queue = step.queue or (row.waited.queue if row.waited is not None else "")
    return e.CallbackNoted(cause=because(event), interaction=interaction, queue=queue, number=number)


def _missed(row: Dialogue, interaction: str, why: e.Missed, event: Event) -> e.ChoiceMissed:
    return e.ChoiceMissed(cause=because(event), interaction=interaction, step=row.step, attempt=row.attempt, why=why)
