"""What was heard of a caller who speaks, what was understood of it, and what the dialogue made of that.

The speech edge tells the first half: it hears, recognises and understands.  The dialogue decides the rest.  Words that
a person said, and what was taken from them, are `Personal`; topics, levels and names of rules are not.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core.events.base import Event
from core.ids import InteractionId
from core.personal import Personal
from core.text import Text

Urgency = Literal[1, 2, 3, 4]
"""1: somebody's life is in danger or violence is under way; 2: grave, not this minute; 3: vulnerable; 4: usual."""

HearingOver = Literal["silence", "too_long", "closed", "stopped", "refused", "failed"]
"""Why nothing (more) is heard: nobody spoke; they spoke beyond the longest and nothing was understood; the caller or
Asterisk closed; we did; there is no room; something of ours broke."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A topic that may be meant; `confidence` in percent."""

    topic: str
    confidence: int


class Detail(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something of use that was said: `kind` (telephone, birth_date, commune, file_number, name…), its `value` in the
    form that machines read (E.164, 1946-03-12, an INSEE code), the words that said it, `confidence` in percent."""

    kind: str
    value: Personal
    said: Personal
    confidence: int


class Understanding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an utterance means: the likeliest `topic` (empty: none) with its `confidence` in percent, the best of the
    others, whether it is ours at all (`in_scope`), how urgent it is and why: `danger` names the kind, `vulnerable` what
    makes this person fragile."""

    topic: str = ""
    confidence: int = 0
    candidates: tuple[Candidate, ...] = ()
    in_scope: bool = False
    urgency: Urgency = 4
    danger: str = ""
    vulnerable: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()


class SpeechCapacity(Event, frozen=True, kw_only=True):
    """How many callers may speak at once, with which model; none, and `why` in French, where nobody may.

    `trial`: the model is one for trials, which hears synthetic voices only.
    """

    streams: int
    model: str
    why: str = ""
    trial: bool = False


class HearingAsked(Event, frozen=True, kw_only=True):
    """The caller may speak now, and is heard as `listening`, for the question of `step`; given up at `until_at_ms`."""

    interaction: InteractionId
    listening: str
    step: str
    until_at_ms: int


class HearingPlaced(Event, frozen=True, kw_only=True):
    """There is room for `listening`: its sound is expected at `address` (host:port)."""

    interaction: InteractionId
    listening: str
    address: str


class WordsHeard(Event, frozen=True, kw_only=True):
    """The caller said these words so far, which will not change any more: for whoever looks on."""

    interaction: InteractionId
    listening: str
    words: Personal


class DangerHeard(Event, frozen=True, kw_only=True):
    """What was said so far speaks of danger: told at once, before the caller has ended."""

    interaction: InteractionId
    listening: str
    urgency: Urgency
    danger: str
    confidence: int


SecondOpinion = Literal["", "taken", "kept", "failed"]
"""Of an administration's own engine, where it was asked: its reading stands, ours does, or it gave none."""


class SpeechUnderstood(Event, frozen=True, kw_only=True):
    """The caller has ended: their words, and what they mean; `why` are the words and rules that decided it, `second`
    what became of a second opinion."""

    interaction: InteractionId
    listening: str
    words: Personal
    reading: Understanding
    why: Personal | None = None
    second: SecondOpinion = ""


class HearingEnded(Event, frozen=True, kw_only=True):
    """Nothing more is heard as `listening`, and nothing was understood."""

    interaction: InteractionId
    listening: str
    why: HearingOver


class TopicDoubted(Event, frozen=True, kw_only=True):
    """It may be one of `topics`: the caller is asked which (`say`), or, if it is one, whether it is that."""

    interaction: InteractionId
    step: str
    topics: tuple[str, ...]
    say: tuple[Text, ...]


class TopicTaken(Event, frozen=True, kw_only=True):
    """What the caller wants is known: said clearly, confirmed when asked, or chosen out of two (`how`)."""

    interaction: InteractionId
    step: str
    topic: str
    how: Literal["clear", "confirmed", "chosen"]


class HeardCorrected(Event, frozen=True, kw_only=True):
    """An agent says what the caller really wanted: the `topic` of their call, how urgent it is, and the details as they
    are.  Answered by its `request`."""

    interaction: InteractionId
    agent: str
    topic: str
    urgency: Urgency
    details: tuple[Detail, ...]
    request: str


class DangerTaken(Event, frozen=True, kw_only=True):
    """The dialogue turns to the `danger` that was heard: nobody hangs up on this caller, who comes first."""

    interaction: InteractionId
    step: str
    danger: str
    urgency: Urgency
