"""What the caller was told and asked, and what came of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from core.events.base import Event
from core.ids import InteractionId, PlaybackId
from core.needs import Channel, Requirement, Skill
from core.personal import Personal
from core.text import Text


class Need(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the interaction requires: people of `queue` with at least these skills; lower `priority`, sooner.

    Only agents of `tenant` may take it; a centre without tenants leaves it empty.  An `emergency` goes first.  For the
    first `preferred_ms` it waits for the agent `preferred`, who knows the person, if they are at work.
    `shared`: those of the organisations with which the called one shares may take it as well.  `by_commune`: the sector
    is that of their commune, as soon as the records tell it.
    """

    queue: str
    skills: tuple[Skill, ...]
    priority: int
    topic: str
    language: str
    service: str = ""
    tenant: str = ""
    needs: Requirement | None = None
    emergency: bool = False
    sector: str = ""
    channel: Channel = "call"
    preferred: str = ""
    preferred_ms: int = 0
    shared: bool = False
    by_commune: bool = False


class DialogueStarted(Event, frozen=True, kw_only=True):
    """The caller is in the hands of `script`, as configuration `digest` has it, until the dialogue ends.

    `unserved` is the outcome unless more becomes of it: the service takes nobody now, or there is none.
    """

    interaction: InteractionId
    service: str
    script: str
    digest: str
    unserved: Literal["", "out_of_hours", "unknown_number"] = ""


class StepReached(Event, frozen=True, kw_only=True):
    """The dialogue is at `step`; `attempt` counts from 1 how often the question was put; `say` is said now."""

    interaction: InteractionId
    step: str
    attempt: int
    say: tuple[Text, ...]


class PlaybackStarted(Event, frozen=True, kw_only=True):
    """The words `prompt` were ordered as `playback`, to be over within `longest_ms`; still to say are `rest`."""

    interaction: InteractionId
    playback: PlaybackId
    prompt: str
    longest_ms: int
    rest: tuple[Text, ...]


class PromptAwaited(Event, frozen=True, kw_only=True):
    """The words `prompt` are being made; after `until_at_ms` the dialogue goes on without them."""

    interaction: InteractionId
    prompt: str
    until_at_ms: int


class ListeningStarted(Event, frozen=True, kw_only=True):
    """The question is put; the caller has until `until_at_ms` to press a key."""

    interaction: InteractionId
    until_at_ms: int


class ChoiceMade(Event, frozen=True, kw_only=True):
    """The caller answered the question of `step` with `choice`."""

    interaction: InteractionId
    step: str
    choice: str


class LanguageChosen(Event, frozen=True, kw_only=True):
    """The dialogue goes on in `language`: by its key, because the caller named it, or because the records have it."""

    interaction: InteractionId
    language: str
    how: Literal["key", "said", "record"]


Missed = Literal["silence", "wrong_key", "bad_number", "not_understood", "not_that"]


class ChoiceMissed(Event, frozen=True, kw_only=True):
    """The question of `step` got no answer, a key that it does not know, a number that nobody calls, words that were
    not understood, or no to what was asked back."""

    interaction: InteractionId
    step: str
    attempt: int
    why: Missed


class DigitTaken(Event, frozen=True, kw_only=True):
    """The caller types at `step`: `digits` so far; the next has until `until_at_ms`."""

    interaction: InteractionId
    step: str
    digits: Personal
    until_at_ms: int


class NumberTyped(Event, frozen=True, kw_only=True):
    """The caller typed `number` (E.164), which may be called: its `digits` are read back to them, and it is asked
    (`say`) whether they are right."""

    interaction: InteractionId
    step: str
    number: Personal
    digits: Personal
    say: tuple[Text, ...]


class NeedStated(Event, frozen=True, kw_only=True):
    """What the citizen needs is known: a person.

    Whoever was with somebody before keeps the place of `since_at_ms`, and `asked` agents were rung for them; they go
    `back_to` the agent who had handed them on, if that one is free, or still writes notes on them.  Who `may_be_called`
    has a number that we may call.
    """

    interaction: InteractionId
    need: Need
    since_at_ms: int | None = None
    asked: int = 0
    back_to: str = ""
    may_be_called: bool = False


class DialogueEnded(Event, frozen=True, kw_only=True):
    """The dialogue is over: handed over to a person, resolved by it alone, or the caller is gone."""

    interaction: InteractionId
    how: Literal["handed_over", "resolved", "gone"]


class AnnouncementEnded(Event, frozen=True, kw_only=True):
    """What a waiting caller was told is said."""

    interaction: InteractionId


class PromptReady(Event, frozen=True, kw_only=True):
    """The words `prompt` can be played from `path` (no extension, as Asterisk wants it); None: cannot be made."""

    prompt: str
    path: str | None
