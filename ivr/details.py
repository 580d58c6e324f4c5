"""The details that a caller is asked for: said or typed, read back, put right, or left out; the call goes on anyway.

What is heard was understood already, corrections with it (speech/understand/asked.py); here it is read back, confirmed
or chosen, and given up after a few attempts: the agent sees what is missing.  Danger, and whoever wants a person, go
before everything, as in any question that listens.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final, Literal

from core import events as e
from core.centre import Centre, Destination
from core.destinations import classify
from core.events.base import Event, because
from core.mind import Applies, Decision
from core.personal import Personal
from core.script import PERSON_KEY, Details, Slot
from core.text import Text, say
from ivr import answers, hearing, languages, read_back
from ivr.dialogue import QUIET, Dialogue, State
from ivr.slots import question, wanted
from ivr.steps import enter, step_of

YES: Final = "1"
NO: Final = "2"
CORRECTIONS_MOST: Final = 3
"""Of one detail, before its question is put anew: who corrects more often is not understood."""
PROPOSED_MOST: Final = 30
"""Communes of one postcode: there are never more."""
ALONE_MS: Final = 2_500
"""After a 0 with nothing behind it somebody wants a person; telephones and dates begin with one too."""
TYPED_SURE: Final = 95
WHOLE: Final[dict[str, int]] = {"telephone": 10, "birth_date": 8, "commune": 5, "caf_number": 7}
"""So many keys, and it is over without #; a commune is typed by its postcode, a date as day, month and year."""
FILE_NUMBER: Final = range(5, 9)
FRENCH: Final[frozenset[Destination]] = frozenset({"fixed", "mobile", "overseas"})
YEARS_MOST: Final = 115
YEAR_MS: Final = 31_556_952_000


def current(state: State, interaction: str, step: str) -> tuple[Dialogue, Details, Slot] | None:
    """The dialogue that asks for a detail there, and which; None: it has gone on since."""
    row = state.dialogues.get(interaction)
    if row is None or row.step != step:
        return None
    found = step_of(state, row, row.step)
    slot = wanted(row, found) if isinstance(found, Details) else None
    return (row, found, slot) if isinstance(found, Details) and slot is not None else None


# -- asking -------------------------------------------------------------------------------------------------------


def said_before(state: State, row: Dialogue, interaction: str, step: Details, event: Event) -> Decision:
    """A detail that they told unasked is read back instead of being asked for, or believed if that is sure enough."""
    slot = wanted(row, step)
    if slot is not None and row.attempt == 1 and (told := row.heard.get(slot.detail)):
        if len(told) == 1 and told[0].confidence >= slot.sure:
            yield _taken(row, interaction, told[0], "clear", event)
        else:
            yield _proposed(state, row, interaction, told, 0, event, first=row.say)


def put(state: State, row: Dialogue, interaction: str, step: Details, event: Event, now_ms: int) -> Decision:
    """Has the question said, or what was understood read back, by whoever hears the answer."""
    slot = wanted(row, step)
    if slot is not None:
        so_far = row.proposed[0].value if len(row.proposed) == 1 else None
        read = read_back.read(state, interaction, row, row.proposed) if row.proposed else None
        asked = hearing.Asked(about=slot.detail, so_far=so_far, read=read)
        yield from hearing.put(state, row, interaction, step, event, now_ms, asked)


def _proposed(
    state: State,
    row: Dialogue,
    interaction: str,
    details: Sequence[e.Detail],
    corrections: int,
    event: Event,
    first: tuple[Text, ...] = (),
) -> Event:
    """Read back; what cannot be, for want of its sounds, is taken as it was understood."""
    details = tuple(details[:PROPOSED_MOST])
    if read_back.read(state, interaction, row, details) is None:
        return _taken(row, interaction, details[0], "clear", event)
    return e.DetailDoubted(
        cause=because(event),
        interaction=interaction,
        step=row.step,
        details=details,
        say=(*first, *read_back.question(details)),
        corrections=corrections,
    )


def _taken(
    row: Dialogue, interaction: str, detail: e.Detail, how: Literal["confirmed", "chosen", "clear"], event: Event
) -> Event:
    return e.DetailTaken(cause=because(event), interaction=interaction, step=row.step, detail=detail, how=how)


def _skipped(
    row: Dialogue, interaction: str, slot: Slot, why: Literal["unknown", "not_understood"], event: Event
) -> Event:
    return e.DetailSkipped(cause=because(event), interaction=interaction, step=row.step, kind=slot.detail, why=why)


def on_taken(state: State, fact: e.DetailTaken, _now_ms: int) -> Decision:
    """The next detail, or the next step."""
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.step == fact.step:
        yield from enter(state, fact.interaction, fact.step, fact)


def on_skipped(state: State, fact: e.DetailSkipped, _now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    step = step_of(state, row, fact.step) if row is not None and row.step == fact.step else None
    if isinstance(step, Details):
        yield from enter(state, fact.interaction, fact.step, fact, (say(step.skipped_text),))


# -- what is said -------------------------------------------------------------------------------------------------


def on_understood(state: State, row: Dialogue, step: Details, fact: e.SpeechUnderstood) -> Decision:
    """Danger, a person; then the detail, put right perhaps; then yes, no, and that they do not know it."""
    slot = wanted(row, step)
    if slot is None:
        return
    words, interaction = fact.words.text or "", fact.interaction
    meant = answers.answer(words, row.language)
    if taken := hearing.danger_in(row, step, interaction, fact.reading.danger, fact.reading.urgency, fact):
        yield taken
    elif language := languages.by_name(state, row, words):
        yield languages.chosen(interaction, language, "said", fact)
    elif answers.request(words, row.language) == "person":
        yield from _to_person(state, row, step, interaction, fact)
    elif found := _found(state.configurations.now, interaction, slot, fact.reading.details):
        yield _heard(state, row, interaction, found, meant == "no", fact)
    elif answers.unknown(words, row.language):
        yield _skipped(row, interaction, slot, "unknown", fact)
    elif meant == "again":
        yield again(state, row, interaction, slot, fact)
    elif row.proposed and meant is not None:
        yield _answered(row, interaction, meant, fact)
    else:
        yield hearing.missed(row, interaction, "not_understood", fact)


def _found(centre: Centre, interaction: str, slot: Slot, details: Sequence[e.Detail]) -> list[e.Detail]:
    """What was said of what is asked; a postcode stands for its communes."""
    found = [detail for detail in details if detail.kind == slot.detail]
    if slot.detail == "commune":
        found = [detail for detail in found if (detail.value.text or "") in centre.gazetteer]
        for detail in details if not found else ():
            if detail.kind == "postcode":
                found += _communes(centre, interaction, detail.value.text or "", detail.said, detail.confidence)
        return found
    return found[-1:]


def _communes(centre: Centre, interaction: str, postcode: str, said: Personal, sure: int) -> list[e.Detail]:
    return [
        e.Detail(kind="commune", value=Personal(interaction, "words", code), said=said, confidence=sure)
        for code, commune in centre.gazetteer.items()
        if postcode in commune.postcodes
    ]


def _heard(
    state: State, row: Dialogue, interaction: str, found: Sequence[e.Detail], refused: bool, event: Event
) -> Event:
    """Read back, unless it is what was read back just now."""
    named = [one for one in row.proposed if any(one.value.text == other.value.text for other in found)]
    if len(named) == 1 and not refused:
        return _taken(row, interaction, named[0], "confirmed" if len(row.proposed) == 1 else "chosen", event)
    corrections = row.corrections + (1 if row.proposed else 0)
    if named or corrections > CORRECTIONS_MOST:
        return hearing.missed(row, interaction, "not_that" if named else "not_understood", event)
    return _proposed(state, row, interaction, found, corrections, event)


def _answered(row: Dialogue, interaction: str, meant: answers.Answer, event: Event) -> Event:
    """Yes, no, the first, the second; yes to several says nothing."""
    count = len(row.proposed)
    if meant == "yes" and count == 1:
        return _taken(row, interaction, row.proposed[0], "confirmed", event)
    if meant in ("first", "second") and count > 1:
        return _taken(row, interaction, row.proposed[0 if meant == "first" else 1], "chosen", event)
    return hearing.missed(row, interaction, "not_that" if meant == "no" else "not_understood", event)


def again(state: State, row: Dialogue, interaction: str, slot: Slot, event: Event) -> Event:
    """The same once more; no attempt is lost."""
    if row.proposed:
        return _proposed(state, row, interaction, row.proposed, row.corrections, event)
    return e.StepReached(
        cause=because(event),
        interaction=interaction,
        step=row.step,
        attempt=row.attempt,
        say=(question(state, row, slot),),
    )


def _to_person(state: State, row: Dialogue, step: Details, interaction: str, event: Event) -> Decision:
    choice = step.keys.get(PERSON_KEY)
    if choice is not None:
        yield e.ChoiceMade(cause=because(event), interaction=interaction, step=row.step, choice=choice.name)
    else:
        yield from enter(state, interaction, step.then, event)


def on_ended(state: State, row: Dialogue, step: Details, fact: e.HearingEnded) -> Decision:
    """Nothing was understood; where nobody can be heard the same is asked by keys, and no attempt is lost."""
    slot = wanted(row, step)
    if slot is None:
        return
    if fact.why in ("refused", "failed"):
        yield again(state, row, fact.interaction, slot, fact)
    elif fact.why in ("silence", "too_long"):
        why: e.Missed = "silence" if fact.why == "silence" else "not_understood"
        yield hearing.missed(row, fact.interaction, why, fact)


def on_missed(state: State, row: Dialogue, step: Details, fact: e.ChoiceMissed) -> Decision:
    """Once more, until it was enough: then without."""
    slot = wanted(row, step)
    if slot is None:
        return
    if fact.attempt >= step.attempts:
        yield _skipped(row, fact.interaction, slot, "not_understood", fact)
        return
    first = {"silence": step.silence_text, "bad_number": step.bad_text, "wrong_key": step.bad_text, "not_that": ""}.get(
        fact.why, step.unclear_text
    )
    yield e.StepReached(
        cause=because(fact),
        interaction=fact.interaction,
        step=row.step,
        attempt=fact.attempt + 1,
        say=(*((say(first),) if first else ()), question(state, row, slot)),
    )


# -- what is typed ------------------------------------------------------------------------------------------------


def on_key(state: State, row: Dialogue, interaction: str, step: Details, event: Event, now_ms: int) -> Decision:
    """A key answers what was read back, or is one more of what is typed; while they are heard it ends that."""
    slot = wanted(row, step)
    if slot is None:
        return
    key = (row.ahead.text if row.ahead is not None else None) or ""
    typed = (row.digits.text if row.digits is not None else None) or ""
    if row.proposed:
        yield _pressed(state, row, interaction, step, key, event)
    elif key == "#":
        yield from _typed(state, row, interaction, step, slot, typed, event, now_ms)
    elif key == "*" and not typed and key in step.keys:
        yield _choice(row, interaction, step, key, event)
    else:
        digits = "" if key == "*" else typed + key
        yield e.DigitTaken(
            cause=because(event),
            interaction=interaction,
            step=row.step,
            digits=Personal(interaction, "keys", digits),
            until_at_ms=now_ms + (ALONE_MS if digits == PERSON_KEY else step.wait_ms),
        )
    if row.state == "hearing":
        yield hearing.stop(interaction, row, event)


def _pressed(state: State, row: Dialogue, interaction: str, step: Details, key: str, event: Event) -> Event:
    """1 is yes and 2 no, or the one of several that bears that key; the last key of too many leads to the next."""
    count, shown = len(row.proposed), read_back.CHOICES_MOST - 1
    if key in step.keys:
        return _choice(row, interaction, step, key, event)
    if count == 1 and key == YES:
        return _taken(row, interaction, row.proposed[0], "confirmed", event)
    if count > shown + 1 and key == str(shown + 1):
        return _proposed(
            state, row, interaction, (*row.proposed[shown:], *row.proposed[:shown]), row.corrections, event
        )
    if count > 1 and key.isdecimal() and 1 <= int(key) <= count:
        return _taken(row, interaction, row.proposed[int(key) - 1], "chosen", event)
    return hearing.missed(row, interaction, "not_that" if count == 1 and key == NO else "wrong_key", event)


def _choice(row: Dialogue, interaction: str, step: Details, key: str, event: Event) -> Event:
    return e.ChoiceMade(cause=because(event), interaction=interaction, step=row.step, choice=step.keys[key].name)


def on_digit(state: State, row: Dialogue, step: Details, fact: e.DigitTaken, now_ms: int) -> Decision:
    slot, typed = wanted(row, step), fact.digits.text or ""
    if slot is not None and len(typed) == WHOLE.get(slot.detail, max(FILE_NUMBER)):
        yield from _typed(state, row, fact.interaction, step, slot, typed, fact, now_ms)


def on_time_over(state: State, row: Dialogue, interaction: str, step: Details, event: Event, now_ms: int) -> Decision:
    """No more keys come: what was typed is the whole, or nothing was."""
    slot, typed = wanted(row, step), (row.digits.text if row.digits is not None else None) or ""
    if slot is not None and typed:
        yield from _typed(state, row, interaction, step, slot, typed, event, now_ms)
    else:
        yield hearing.missed(row, interaction, "silence", event)


def _typed(
    state: State, row: Dialogue, interaction: str, step: Details, slot: Slot, typed: str, event: Event, now_ms: int
) -> Decision:
    """All of it is typed: # by itself says that they do not know it, 0 by itself that they want a person."""
    if not typed:
        yield _skipped(row, interaction, slot, "unknown", event)
    elif typed == PERSON_KEY:
        yield from _to_person(state, row, step, interaction, event)
    elif found := _judged(state.configurations.now, interaction, slot, typed, now_ms):
        yield _proposed(state, row, interaction, found, 0, event)
    else:
        yield hearing.missed(row, interaction, "bad_number", event)


def _judged(centre: Centre, interaction: str, slot: Slot, typed: str, now_ms: int) -> list[e.Detail]:
    """What these keys stand for; nothing where they stand for none."""
    said = Personal(interaction, "keys", typed)
    if slot.detail == "commune":
        return _communes(centre, interaction, typed, said, TYPED_SURE)
    value = ""
    if slot.detail == "telephone":
        number, kind = classify(typed)
        value = number if len(typed) == WHOLE["telephone"] and kind in FRENCH else ""
    elif slot.detail == "birth_date":
        value = _born(typed, 1970 + now_ms // YEAR_MS)
    elif len(typed) == WHOLE.get(slot.detail, len(typed)) and len(typed) in FILE_NUMBER:
        value = typed
    detail = e.Detail(kind=slot.detail, value=Personal(interaction, "keys", value), said=said, confidence=TYPED_SURE)
    return [detail] if value else []


def _born(typed: str, this_year: int) -> str:
    """Day, month and year of somebody who lives; empty if they are none."""
    try:
        born = datetime.date(int(typed[4:]), int(typed[2:4]), int(typed[:2]))
    except ValueError:
        return ""
    return born.isoformat() if len(typed) == 8 and this_year - YEARS_MOST <= born.year <= this_year else ""


# -- how facts change the row -------------------------------------------------------------------------------------


def _without(row: Dialogue, kind: str) -> dict[str, tuple[e.Detail, ...]]:
    return {name: told for name, told in row.heard.items() if name != kind}


def _doubted(state: State, fact: e.DetailDoubted, _now_ms: int) -> None:
    row = state.dialogues[fact.interaction]
    state.go(
        fact,
        **QUIET,
        proposed=fact.details,
        corrections=fact.corrections,
        heard=_without(row, fact.details[0].kind),
        digits=None,
        ahead=None,
        say=fact.say,
    )


def _took(state: State, fact: e.DetailTaken, _now_ms: int) -> None:
    """Where they say that they live is where they are served, whatever a record says."""
    row, detail = state.dialogues[fact.interaction], fact.detail
    sector = state.configurations.now.communes.get(detail.value.text or "", "")
    state.change(
        fact.interaction,
        **QUIET,
        taken={**row.taken, detail.kind: detail},
        heard=_without(row, detail.kind),
        sector=sector if detail.kind == "commune" else row.sector,
        proposed=(),
        digits=None,
        ahead=None,
        say=(),
    )


def _gave_up(state: State, fact: e.DetailSkipped, _now_ms: int) -> None:
    row = state.dialogues[fact.interaction]
    state.change(
        fact.interaction,
        **QUIET,
        skipped=(*row.skipped, fact.kind),
        heard=_without(row, fact.kind),
        proposed=(),
        digits=None,
        ahead=None,
        say=(),
    )


def _ended(state: State, fact: e.HearingEnded, _now_ms: int) -> None:
    """Whom we once could not hear is not asked to speak again."""
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.listening == fact.listening and fact.why in ("refused", "failed"):
        state.change(fact.interaction, deaf=True)


APPLIES: Final[Applies] = {
    e.DetailDoubted: _doubted,
    e.DetailTaken: _took,
    e.DetailSkipped: _gave_up,
    e.HearingEnded: _ended,
}
