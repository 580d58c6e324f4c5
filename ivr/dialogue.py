"""The life of a dialogue, its row, and how facts change it.

A dialogue is `opening` until the caller is answered; then it is `speaking` (words are played), `listening` (a question
is put and the caller may answer by keys), `hearing` (they may answer in their own words) or `recording` (they leave a
message).  Once a person is needed it is
`waiting`: the queue has the caller, and we only speak when it is time to tell how long it may last (`announcing`).
With a person on the line, or nobody, it is `over`; whom a fault takes that person from waits to be told so.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import events as e
from core.centre import Service
from core.deadlines import Deadlines, earliest
from core.events import Need
from core.ids import InteractionId
from core.life import Life
from core.mind import Configurations
from core.personal import Personal
from core.table import Table, Undo
from core.text import Text, say
from ivr import notices, robots
from ivr.spoken import Spoken

_TALK: Final = {
    "StepReached": "speaking",
    "PromptAwaited": "speaking",
    "PlaybackStarted": "speaking",
    "ListeningStarted": "listening",
    "RecordingStarted": "recording",
    "DigitTaken": "listening",
    "NumberTyped": "speaking",
    "CallbackNoted": "speaking",
    "HearingAsked": "hearing",
    "TopicDoubted": "speaking",
    "DetailDoubted": "speaking",
}

LIFE: Final = Life(
    "dialogue",
    "opening",
    {
        "opening": {"StepReached": "speaking", "NeedStated": "waiting", "DialogueEnded": "over"},
        "speaking": {**_TALK, "NeedStated": "waiting", "DialogueEnded": "over"},
        "listening": {**_TALK, "NeedStated": "waiting", "DialogueEnded": "over"},
        "hearing": {**_TALK, "NeedStated": "waiting", "DialogueEnded": "over"},
        "recording": {**_TALK, "NeedStated": "waiting", "DialogueEnded": "over"},
        "waiting": {
            "PromptAwaited": "announcing",
            "PlaybackStarted": "announcing",
            "AnnouncementEnded": "waiting",
            "CallbackNoted": "speaking",
            "WaitLeft": "waiting",
            "StepReached": "speaking",
            "CallConnected": "over",
        },
        "announcing": {
            "PromptAwaited": "announcing",
            "PlaybackStarted": "announcing",
            "AnnouncementEnded": "waiting",
            "WaitLeft": "waiting",
            "CallConnected": "over",
        },
        "over": {},
    },
    others=("waiting",),
)


CUT_OFF: Final = say("attente.coupure")
CALLED_BACK: Final = say("attente.rappel_bonjour")

TIMERS: Final = (
    "speak_at_ms",
    "awaited_until_at_ms",
    "listen_until_at_ms",
    "playback_until_at_ms",
    "record_until_at_ms",
    "hear_until_at_ms",
)

QUIET: Final[dict[str, Any]] = {
    **dict.fromkeys(TIMERS),
    "awaiting": "",
    "playback": "",
    "message": "",
    "listening": "",
}
"""Nothing is said, waited for or heard any more."""


class Dialogue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One caller's dialogue.

    `say` is what is still to be said, `saying` that and what is being said, as `playback`; `said_again` once words of
    this step that the key which led to them cut short have been begun again; `choices` what was chosen, by step;
    `ahead` a key pressed before its question.  `asked` and `pressed`: whether there was a question, and a key, ever.
    `noted` once a callback is promised, `cut_off` once an agent was lost, or we called them: nothing else is told then.
    `left`: the wait is over, and another script begins once they are out of the music; `rung` agents were asked before.
    `topic` is that of the need; `shared`: the number is that of several people; `referent` follows the person and
    `sector` is where they live, as the records say.  `message` is being recorded, the `messages`-th.  `digits` are
    those of a number that is being typed, `number` the whole that is read back; `waited` is what they waited for,
    `since_at_ms` the place that they have if they wait again.  They are heard as `listening`, for the `hearings`-th
    time; `doubted` are the topics of which they are asked whether they are meant, `meant` is the one that is; `urgency`
    is the gravest that they spoke of, `danger` that which turned the dialogue.  `heard` are details that they told, by
    kind, `taken` those that are known, `skipped` the kinds that were given up; one of `proposed` is what they are asked
    about, after so many `corrections`.  `deaf`: we once could not hear them.  `recognised`: the records know one person
    by the number that shows.  `tongue_chosen`: `language` is the one that they asked for, or that the records have.
    """

    state: str
    service: str
    script: str
    digest: str
    language: str
    leg: str
    channel: str
    caller_known: bool
    caller_key: str = ""
    caller: Personal | None = None
    digits: Personal | None = None
    number: Personal | None = None
    since_at_ms: int | None = None
    waited: Need | None = None
    asked: bool = False
    pressed: bool = False
    started: bool = False
    step: str = ""
    attempt: int = 0
    say: tuple[Text, ...] = ()
    saying: tuple[Text, ...] = ()
    said_again: bool = False
    playback: str = ""
    playbacks: int = 0
    awaiting: str = ""
    choices: dict[str, str] = {}
    ahead: Personal | None = None
    noted: bool = False
    cut_off: bool = False
    left: bool = False
    rung: int = 0
    topic: str = ""
    shared: bool = False
    referent: str = ""
    sector: str = ""
    message: str = ""
    messages: int = 0
    listening: str = ""
    hearings: int = 0
    doubted: tuple[str, ...] = ()
    meant: str = ""
    urgency: e.Urgency = 4
    danger: str = ""
    heard: dict[str, tuple[e.Detail, ...]] = {}
    taken: dict[str, e.Detail] = {}
    skipped: tuple[str, ...] = ()
    proposed: tuple[e.Detail, ...] = ()
    corrections: int = 0
    deaf: bool = False
    recognised: bool = False
    tongue_chosen: bool = False
    speak_at_ms: int | None = None
    awaited_until_at_ms: int | None = None
    listen_until_at_ms: int | None = None
    playback_until_at_ms: int | None = None
    record_until_at_ms: int | None = None
    hear_until_at_ms: int | None = None

    @property
    def deadline_ms(self) -> int | None:
        return earliest(*(getattr(self, timer) for timer in TIMERS))


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """Where the spoken words can be played from; None: they cannot be made."""

    path: str | None


class Mode(msgspec.Struct, frozen=True, kw_only=True):
    """Whether new callers are greeted as usual, or go straight to a person (`safe`)."""

    safe: bool


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """How many callers may speak at once, to which model, which may be one for trials; `why` nobody may."""

    streams: int
    model: str
    why: str
    trial: bool


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What was last told of a service's hours."""

    state: e.OpeningState
    until_at_ms: int | None

    @property
    def deadline_ms(self) -> int | None:
        return self.until_at_ms


class State:
    """All dialogues, the prompts that are ready, the services' openings with what holds for a while (notices.py),
    the mode and the room for those who speak (one row each, "now"), and the habits of numbers (robots.py)."""

    __slots__ = (
        "closings",
        "configurations",
        "dialogues",
        "habits",
        "mode",
        "notices",
        "openings",
        "prompts",
        "room",
        "spoken",
    )

    def __init__(self, undo: Undo, deadlines: Deadlines, configurations: Configurations) -> None:
        self.dialogues: Table[InteractionId, Dialogue] = Table(undo, deadlines.watcher("dialogue"))
        self.prompts: Table[str, Prompt] = Table(undo)
        self.mode: Table[str, Mode] = Table(undo)
        self.room: Table[str, Room] = Table(undo)
        self.habits: Table[str, robots.Habit] = Table(undo)
        self.spoken: Table[str, Spoken] = Table(undo)
        self.openings: Table[str, Opening] = Table(undo, deadlines.watcher("opening"))
        self.notices: Table[str, notices.Notice] = Table(undo, deadlines.watcher("notice"))
        self.closings: Table[str, notices.Closing] = Table(undo, deadlines.watcher("closing"))
        self.configurations = configurations

    @property
    def safe(self) -> bool:
        row = self.mode.get("now")
        return row is not None and row.safe

    @property
    def hears(self) -> bool:
        """Whether callers may speak."""
        row = self.room.get("now")
        return row is not None and row.streams > 0

    def service_of(self, row: Dialogue) -> Service:
        """The service that was called, as it was when the call came."""
        return self.configurations.by_digest[row.digest].services[row.service]

    def change(self, interaction: InteractionId, **changes: Any) -> None:
        """Puts the row anew with `changes`; no row, no change."""
        row = self.dialogues.get(interaction)
        if row is not None:
            self.dialogues.put(interaction, msgspec.structs.replace(row, **changes))

    def go(self, fact: Any, **changes: Any) -> None:
        """Moves the row along its life by `fact`, with `changes`."""
        row = self.dialogues.get(fact.interaction)
        if row is not None:
            following = LIFE.after(row.state, type(fact).__name__)
            self.dialogues.put(fact.interaction, msgspec.structs.replace(row, state=following, **changes))
