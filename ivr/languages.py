"""The language of a dialogue: chosen by a key at any time, by its name, or as the records have it.

Its key works wherever a key can be pressed, but not inside a number, where it is a digit.  The step is reached anew, so
that its question is put again in the new language.  The recogniser hears them only with a model of that language; else
they answer by keys.

Whoever waits for a person keeps the place: their need asks for another language, and they are told how it stands in it.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from core import events as e
from core.events.base import Event, because
from core.mind import Applies, Decision
from core.script import Details, TakeNumber
from core.text import say
from ivr import answers
from ivr.dialogue import Dialogue, State
from ivr.script import texts_of
from ivr.steps import enter, step_of
from ivr.tongues import WAITING, by_keys, script_of

# What people call a language, in its own words and in French, without accents: as recognisers of French write it.
_NAMES: Final[dict[str, str]] = {
    "fr": r"francais|french|frances",
    "en": r"anglais|english|ingles",
    "es": r"espagnol|spanish|espanol",
    "ar": r"arabe|arabic|arabi",
    "pt": r"portugais|portuguese|portugues",
    "tr": r"turc|turkish|turkce",
    "ru": r"russe|russian",
    "uk": r"ukrainien|ukrainian",
}
# "Je ne parle pas français" asks for no French.
_NOT: Final = re.compile(r"\b(?:pas|not|no|non)\b")


def by_key(state: State, row: Dialogue) -> str:
    """The language that the key which was just pressed stands for; empty: none."""
    key = row.ahead.text if row.ahead is not None else None
    if row.noted or (row.step and isinstance(step_of(state, row, row.step), TakeNumber | Details)):
        return ""
    return by_keys(state, row).get(key or "", "")


def while_waiting(state: State, row: Dialogue, fact: e.KeyPressed) -> Decision:
    """Whoever waits for a person keeps waiting, in that language: the distribution says what becomes of them."""
    language = by_keys(state, row).get(fact.key.text or "", "")
    if language and row.state in WAITING and not row.noted and not row.cut_off:
        yield chosen(fact.interaction, language, "key", fact)


def by_name(state: State, row: Dialogue, words: str) -> str:
    """The language that a short utterance names; empty: none that is offered, or the one that is spoken."""
    said = answers.folded(words)
    if not 0 < len(said.split()) <= answers.SHORT or _NOT.search(said):
        return ""
    return next(
        (one for one in by_keys(state, row).values() if re.search(rf"\b(?:{_NAMES.get(one, '(?!)')})\b", said)), ""
    )


def chosen(interaction: str, language: str, how: Literal["key", "said"], event: Event) -> e.LanguageChosen:
    return e.LanguageChosen(cause=because(event), interaction=interaction, language=language, how=how)


def on_chosen(state: State, fact: e.LanguageChosen, _now_ms: int) -> Decision:
    """The step anew; first what they were told before, of danger, in words that they did not understand.

    What the records say is no answer to the question: it goes on, and the next words are in that language.
    """
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.state in ("speaking", "listening", "hearing") and fact.how != "record":
        own = {key for _, key in texts_of(step_of(state, row, row.step))}
        first = tuple(say(key) for key in script_of(state, row).language_texts if key not in own)
        yield from enter(state, fact.interaction, row.step, fact, first)


def on_found(state: State, fact: e.CitizenFound, _now_ms: int) -> Decision:
    """One person has this number, and the records say what they speak: they need not ask for it."""
    row = state.dialogues.get(fact.interaction)
    if row is None or row.state not in ("opening", "speaking") or row.tongue_chosen or state.service_of(row).discreet:
        return
    offered = fact.language != row.language and fact.language in script_of(state, row).languages
    if fact.how == "one" and offered:
        yield e.LanguageChosen(cause=because(fact), interaction=fact.interaction, language=fact.language, how="record")


def _chosen(state: State, fact: e.LanguageChosen, _now_ms: int) -> None:
    """Whether they can be heard in that language is not known yet."""
    state.change(fact.interaction, language=fact.language, tongue_chosen=True, deaf=False, ahead=None)


APPLIES: Final[Applies] = {e.LanguageChosen: _chosen}
