"""The steps of a dialogue, as config/scripts/*.yaml has them; what they mean is in ivr/."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from core.needs import Requirement, Skill
from core.text import Text, say


class Say(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Says `texts` (catalogue keys) one after the other, then goes to step `then`."""

    texts: tuple[str, ...]
    then: str


class Notices(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Says the messages of the moment (emergency text, what a supervisor set), if there are any; goes to `then`."""

    then: str


class Languages(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Says in each language that the script offers, but the caller's own, by which key it goes on in that language
    (INVITE_TEXT); goes to `then`."""

    then: str


INVITE_TEXT: Final = "langue.inviter"
IN: Final = "langue"
"""Of a text: the language in which it is said, whichever the dialogue is in."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a key stands for: `name` is remembered for Branch and for the trace, `then` is the next step."""

    name: str
    then: str


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Says `texts` and waits for one of `keys`; a key stops the words (barge-in).

    After `attempts` silences or wrong keys it goes to `otherwise`: nobody is locked in.
    """

    texts: tuple[str, ...]
    keys: dict[str, Choice]
    otherwise: str
    wait_ms: int = 5_000
    attempts: int = 3
    silence_text: str = "dialogue.silence"
    wrong_key_text: str = "dialogue.touche_inconnue"


class Listen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Says `texts` and hears the caller, in their own words; who speaks stops the words (barge-in).

    What they want leads where `topics` says, for a topic or the group that it belongs to.  From `sure` on (percent) it
    is taken as said; from `unsure` on they are asked whether it is that (CONFIRM_TEXT), or which of two
    (EITHER_TEXT).  Danger leads where `dangers` says for its kind, or for ANY, before anything else.  A key of `keys`
    answers as it does an Ask; whoever asks for a person gets what PERSON_KEY stands for.

    `otherwise`: nothing was understood in `attempts`, or it leads nowhere.  `unheard`: nobody can be heard now, with no
    model or no room; they are asked by keys.
    """

    texts: tuple[str, ...]
    topics: dict[str, str]
    otherwise: str
    unheard: str
    keys: dict[str, Choice]
    dangers: dict[str, str] = {}
    attempts: int = 2
    wait_ms: int = 5_000
    longest_ms: int = 30_000
    sure: int = 75
    unsure: int = 40
    silence_text: str = "dialogue.silence_parole"
    unclear_text: str = "dialogue.pas_compris"
    wrong_key_text: str = "dialogue.touche_inconnue"


CONFIRM_TEXT: Final = "dialogue.confirmer"
EITHER_TEXT: Final = "dialogue.lequel"

ANY: Final = "any"
"""Of `dangers`: every kind that has no step of its own."""

PERSON_KEY: Final = "0"
"""The key of whoever wants a person."""


Askable = Literal["telephone", "birth_date", "commune", "caf_number", "file_number"]
"""The details that a caller can be asked for: said, typed, and read back."""


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A `detail` to ask for, by `text`, or by `keys_text` where nobody can be heard.

    `shown`: the telephone by which they call is known where it shows, and is theirs alone.  `sure` (percent): from
    there on what they said earlier, unasked, is believed; below, it is read back.
    """

    detail: Askable
    text: str
    keys_text: str
    shown: bool = False
    sure: int = 100


class Details(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Asks for the details of `slots`, one after the other, then goes to step `then`, with them or without.

    Each is said or typed, read back, and put right ("non, quarante-six") or confirmed.  What is known is not asked; who
    does not know it, or was not understood in `attempts`, is asked for the next.  Danger and `keys` (PERSON_KEY, and
    `*`) are as in Listen; a number that begins with a 0 is told from PERSON_KEY by what follows.
    """

    slots: tuple[Slot, ...]
    then: str
    keys: dict[str, Choice]
    dangers: dict[str, str] = {}
    attempts: int = 2
    wait_ms: int = 8_000
    longest_ms: int = 30_000
    silence_text: str = "dialogue.silence_parole"
    unclear_text: str = "dialogue.pas_compris"
    bad_text: str = "renseignement.faux"
    skipped_text: str = "renseignement.tant_pis"


class Branch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Goes where `cases` says for the value of `on`: `withheld` (oui, non), `known` (oui, non: the records know one
    person by this number, and that may be said), `service`, `hours` (ouvert, bientot_ferme, ferme), or the name of an
    Ask step."""

    on: str
    cases: dict[str, str]
    otherwise: str


class Record(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Says `texts`, a tone, and records a message for the people of `queue`; then goes to step `then`.

    Somebody who said nothing is led to `otherwise`.  `silence_ms` of silence ends the message.
    """

    texts: tuple[str, ...]
    queue: str
    then: str
    otherwise: str
    topic: str = ""
    longest_ms: int = 120_000
    silence_ms: int = 5_000


BY_COMMUNE: Final = "commune"
"""Instead of a sector: that of the caller's commune."""


class TakeNumber(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Says `texts` and takes the number at which somebody is to be called, key by key; reads it back, then asks by
    `confirm_text`: 1 notes it for the people of `queue` (empty: in which they waited), any other key begins anew.

    A number that is none, or that we do not call, is refused by `bad_text`.  After `attempts` it goes to `otherwise`.
    `wait_ms` is how long the next key may take.
    """

    texts: tuple[str, ...]
    queue: str
    otherwise: str
    wait_ms: int = 8_000
    attempts: int = 3
    silence_text: str = "dialogue.silence"
    bad_text: str = "rappel.numero_faux"
    confirm_text: str = "rappel.confirmer"


class HandOver(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ends the dialogue: a person is needed, in `queue`, with `skills` and `needs`; the lower `priority`, the sooner.

    `topic` is what the way here says; what the caller spoke of is closer to it, and how urgent that sounded may make it
    sooner.  Without a `queue` they wait again for what they waited for before the script had them.
    An `emergency` goes before everybody.  `sector` is where the caller lives, if the way here says so; BY_COMMUNE: as
    their record says, if it does.
    """

    queue: str
    skills: tuple[Skill, ...] = ()
    priority: int = 5
    topic: str = ""
    needs: Requirement | None = None
    emergency: bool = False
    sector: str = ""


class HangUp(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Says `texts` and ends the call: the caller got what was asked for (outcome `resolved`)."""

    texts: tuple[str, ...] = ()


Step = Say | Notices | Languages | Ask | Listen | Details | Branch | Record | TakeNumber | HandOver | HangUp


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A dialogue: named steps and the first of them; by the keys of `languages` it goes on in another language, where
    `language_texts` are said first."""

    name: str
    start: str
    steps: dict[str, Step]
    languages: dict[str, str] = {}
    language_texts: tuple[str, ...] = ()


def led_to(script: Script, own: str, language: str) -> dict[str, str]:
    """The language to which each key leads who speaks `language`: its own key leads back to that of the service."""
    return {key: own if one == language else one for one, key in script.languages.items()}


def invite(language: str, key: str) -> Text:
    """The offer of a language, said in itself."""
    return say(INVITE_TEXT, **{IN: language, "touche": key})
