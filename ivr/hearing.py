"""The question that is answered in the caller's own words: put, heard, understood, confirmed.

The prompts of a question are played by whoever hears, so that a caller may speak into them.  What was understood is
taken as said if that is sure; asked back if it is not; and after a few attempts a person, or keys, take over: nobody is
locked in.  Danger goes before everything, while the caller still speaks.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from core import events as e
from core import ids, limits
from core.commands import HearCaller, OpenSpeech, StopHearing
from core.events.base import Event, because
from core.mind import Applies, Decision
from core.personal import Personal
from core.script import ANY, CONFIRM_TEXT, EITHER_TEXT, PERSON_KEY, Details, Listen
from core.text import READ, say
from ivr import answers, languages
from ivr.dialogue import QUIET, Dialogue, State
from ivr.saying import await_prompt
from ivr.steps import enter, step_of

YES: Final = "1"
NO: Final = "2"
GRAVE: Final = 2
"""The last level of urgency that is danger: it turns the dialogue at once."""


# -- putting the question -----------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """What a question is about, where it asks for a detail; see core.commands.HearCaller."""

    about: str = ""
    so_far: Personal | None = None
    read: Personal | None = None


OPEN: Final = Asked()
"""Of a question that may be answered with anything."""


def put(
    state: State,
    row: Dialogue,
    interaction: str,
    step: Listen | Details,
    event: Event,
    now_ms: int,
    asked: Asked = OPEN,
) -> Decision:
    """Has the question's words ready, then has them said and the caller heard."""
    paths = []
    for text in row.say:
        if text.key == READ:
            paths.append("")
            continue
        ready = state.prompts.get(text.prompt(row.language))
        if ready is None:
            yield from await_prompt(state, interaction, text, event, now_ms)
            return
        if ready.path is not None:
            paths.append(ready.path)
    listening = ids.listening(interaction, row.hearings + 1)
    longest_ms = step.wait_ms + step.longest_ms + limits.HEARING_MARGIN_MS
    cause = because(event)
    yield e.HearingAsked(
        cause=cause, interaction=interaction, listening=listening, step=row.step, until_at_ms=now_ms + longest_ms
    )
    yield HearCaller(
        cause=cause,
        interaction=interaction,
        listening=listening,
        language=row.language,
        prompts=tuple(paths),
        only=answers.expected(row.language) if row.doubted else (),
        silence_ms=step.wait_ms,
        longest_ms=step.longest_ms,
        about=asked.about,
        so_far=asked.so_far,
        read=asked.read,
    )


def current(state: State, interaction: str, listening: str) -> tuple[Dialogue, Listen | Details] | None:
    """The dialogue that is being listened to as that, and its question; None: it has gone on since."""
    row = state.dialogues.get(interaction)
    if row is None or row.state != "hearing" or row.listening != listening:
        return None
    step = step_of(state, row, row.step)
    return (row, step) if isinstance(step, Listen | Details) else None


def on_placed(state: State, fact: e.HearingPlaced, _now_ms: int) -> Decision:
    if (found := current(state, fact.interaction, fact.listening)) is not None:
        row, _ = found
        yield OpenSpeech(
            cause=because(fact),
            interaction=fact.interaction,
            leg=row.leg,
            channel=row.channel,
            listening=fact.listening,
            address=fact.address,
        )


def stop(interaction: str, row: Dialogue, event: Event) -> StopHearing:
    return StopHearing(cause=because(event), interaction=interaction, listening=row.listening)


# -- what was heard -----------------------------------------------------------------------------------------------


def on_danger(state: State, fact: e.DangerHeard, _now_ms: int) -> Decision:
    found = current(state, fact.interaction, fact.listening)
    if found is not None and (taken := danger_in(*found, fact.interaction, fact.danger, fact.urgency, fact)):
        yield taken
        yield stop(fact.interaction, found[0], fact)


def danger_in(
    row: Dialogue, step: Listen | Details, interaction: str, danger: str, urgency: e.Urgency, event: Event
) -> e.DangerTaken | None:
    leads_to = step.dangers.get(danger) or step.dangers.get(ANY)
    if not danger or urgency > GRAVE or not leads_to:
        return None
    return e.DangerTaken(cause=because(event), interaction=interaction, step=row.step, danger=danger, urgency=urgency)


def on_danger_taken(state: State, fact: e.DangerTaken, _now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    step = step_of(state, row, fact.step) if row is not None else None
    if isinstance(step, Listen | Details):
        yield from enter(state, fact.interaction, step.dangers.get(fact.danger) or step.dangers[ANY], fact)


def on_understood(state: State, row: Dialogue, step: Listen, fact: e.SpeechUnderstood) -> Decision:
    reading, words = fact.reading, fact.words.text or ""
    if taken := danger_in(row, step, fact.interaction, reading.danger, reading.urgency, fact):
        yield taken
        return
    if language := languages.by_name(state, row, words):
        yield languages.chosen(fact.interaction, language, "said", fact)
        return
    meant = answers.answer(words, row.language) if row.doubted else answers.request(words, row.language)
    if meant == "person":
        yield from _to_person(state, row, step, fact)
    elif meant == "again":
        texts = tuple(say(key) for key in step.texts)
        yield _again(row, fact.interaction, row.attempt, texts, fact)
    elif row.doubted and meant is not None:
        yield _answered(row, fact.interaction, meant, fact)
    else:
        yield _judged(state, row, step, fact)


def _to_person(state: State, row: Dialogue, step: Listen, fact: e.SpeechUnderstood) -> Decision:
    choice = step.keys.get(PERSON_KEY)
    if choice is not None:
        yield e.ChoiceMade(cause=because(fact), interaction=fact.interaction, step=row.step, choice=choice.name)
    else:
        yield from enter(state, fact.interaction, step.otherwise, fact)


def _again(row: Dialogue, interaction: str, attempt: int, texts: tuple[Any, ...], event: Event) -> e.StepReached:
    return e.StepReached(cause=because(event), interaction=interaction, step=row.step, attempt=attempt, say=texts)


def _answered(row: Dialogue, interaction: str, meant: answers.Answer, event: Event) -> Event:
    """What was asked back is answered; yes takes the first of two as well, as people say it to what they hear first."""
    chosen = 1 if meant == "second" else 0
    if meant == "no" or chosen >= len(row.doubted):
        return missed(row, interaction, "not_that", event)
    how: Any = "confirmed" if len(row.doubted) == 1 else "chosen"
    return e.TopicTaken(
        cause=because(event), interaction=interaction, step=row.step, topic=row.doubted[chosen], how=how
    )


def _judged(state: State, row: Dialogue, step: Listen, fact: e.SpeechUnderstood) -> Event:
    """What they want is sure enough, or asked back, or not understood."""
    cause, interaction = because(fact), fact.interaction
    led = [one for one in fact.reading.candidates if _leads(state, row, step, one.topic)]
    if not fact.reading.in_scope or not led or led[0].confidence < step.unsure:
        return missed(row, interaction, "not_understood", fact)
    first, second = led[0], led[1] if len(led) > 1 else None
    if first.confidence >= step.sure:
        return e.TopicTaken(cause=cause, interaction=interaction, step=row.step, topic=first.topic, how="clear")
    if row.doubted:
        return missed(row, interaction, "not_understood", fact)  # asked back once, not again and again
    close = second is not None and 2 * second.confidence >= first.confidence
    topics = (first.topic, second.topic) if second is not None and close else (first.topic,)
    names = [spoken(state, topic) for topic in topics]
    text = say(EITHER_TEXT, premier=names[0], second=names[1]) if len(names) == 2 else say(CONFIRM_TEXT, sujet=names[0])
    return e.TopicDoubted(cause=cause, interaction=interaction, step=row.step, topics=topics, say=(text,))


def _leads(state: State, row: Dialogue, step: Listen, name: str) -> str:
    """The step where that topic leads; by its group, where it has none of its own."""
    topic = state.configurations.by_digest[row.digest].topics.get(name)
    return step.topics.get(name) or (step.topics.get(topic.group, "") if topic is not None else "")


def spoken(state: State, name: str) -> str:
    topic = state.configurations.now.topics.get(name)
    return topic.spoken if topic is not None else name


def on_taken(state: State, fact: e.TopicTaken, _now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    step = step_of(state, row, fact.step) if row is not None else None
    if row is not None and isinstance(step, Listen):
        yield from enter(state, fact.interaction, _leads(state, row, step, fact.topic) or step.otherwise, fact)


# -- what was not -------------------------------------------------------------------------------------------------


def on_ended(state: State, row: Dialogue, step: Listen, fact: e.HearingEnded) -> Decision:
    """Nothing was understood; where nothing could be heard the caller is asked by keys, and loses no attempt."""
    if fact.why in ("refused", "failed"):
        yield from enter(state, fact.interaction, step.unheard, fact)
    elif fact.why in ("silence", "too_long"):
        yield missed(row, fact.interaction, "silence" if fact.why == "silence" else "not_understood", fact)


def on_time_over(row: Dialogue, interaction: str, event: Event) -> Decision:
    """Whoever hears says nothing any more: it is as if it had broken."""
    yield e.HearingEnded(cause=because(event), interaction=interaction, listening=row.listening, why="failed")
    yield stop(interaction, row, event)


def on_key(row: Dialogue, interaction: str, step: Listen, event: Event) -> Decision:
    """A key always works: for what was asked back, and for what the step has keys for."""
    key = (row.ahead.text if row.ahead is not None else None) or ""
    if row.doubted and key in (YES, NO):
        second: answers.Answer = "second" if len(row.doubted) == 2 else "no"
        yield _answered(row, interaction, "yes" if key == YES else second, event)
    elif key in step.keys:
        yield e.ChoiceMade(cause=because(event), interaction=interaction, step=row.step, choice=step.keys[key].name)
    else:
        yield missed(row, interaction, "wrong_key", event)
    if row.state == "hearing":
        yield stop(interaction, row, event)


def missed(row: Dialogue, interaction: str, why: e.Missed, event: Event) -> e.ChoiceMissed:
    return e.ChoiceMissed(cause=because(event), interaction=interaction, step=row.step, attempt=row.attempt, why=why)


def on_missed(state: State, row: Dialogue, step: Listen, fact: e.ChoiceMissed) -> Decision:
    """Once more, until it was enough: then keys, or a person."""
    if fact.attempt >= step.attempts:
        yield from enter(state, fact.interaction, step.otherwise, fact)
        return
    first = {"silence": step.silence_text, "wrong_key": step.wrong_key_text, "not_that": ""}.get(
        fact.why, step.unclear_text
    )
    texts = tuple(say(key) for key in (first, *step.texts) if key)
    yield _again(row, fact.interaction, fact.attempt + 1, texts, fact)


# -- how facts change the row -------------------------------------------------------------------------------------


def _asked(state: State, fact: e.HearingAsked, _now_ms: int) -> None:
    row = state.dialogues[fact.interaction]
    state.go(
        fact,
        **{**QUIET, "hear_until_at_ms": fact.until_at_ms, "listening": fact.listening},
        hearings=row.hearings + 1,
        say=(),
        ahead=None,
        asked=True,
    )


def _understood(state: State, fact: e.SpeechUnderstood, _now_ms: int) -> None:
    """How urgent it sounded is kept, whatever becomes of the words; it only ever rises.  Details are kept for when they
    are asked for, those of one kind as they were said last."""
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.listening == fact.listening:
        told = {kind: tuple(one for one in fact.reading.details if one.kind == kind) for kind in _kinds(fact)}
        urgency = min(row.urgency, fact.reading.urgency)
        state.change(fact.interaction, urgency=urgency, heard={**row.heard, **told})


def _kinds(fact: e.SpeechUnderstood) -> list[str]:
    return sorted({detail.kind for detail in fact.reading.details})


def _doubted(state: State, fact: e.TopicDoubted, _now_ms: int) -> None:
    state.go(fact, **QUIET, doubted=fact.topics, say=fact.say)


def _taken(state: State, fact: e.TopicTaken, _now_ms: int) -> None:
    row = state.dialogues[fact.interaction]
    choices = {**row.choices, fact.step: fact.topic}
    state.change(fact.interaction, **QUIET, meant=fact.topic, choices=choices, doubted=(), say=())


def _danger_taken(state: State, fact: e.DangerTaken, _now_ms: int) -> None:
    row = state.dialogues[fact.interaction]
    urgency = min(row.urgency, fact.urgency)
    state.change(fact.interaction, **QUIET, danger=fact.danger, urgency=urgency, doubted=(), proposed=(), say=())


APPLIES: Final[Applies] = {
    e.HearingAsked: _asked,
    e.SpeechUnderstood: _understood,
    e.TopicDoubted: _doubted,
    e.TopicTaken: _taken,
    e.DangerTaken: _danger_taken,
}
