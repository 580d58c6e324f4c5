"""The life of a call and of its agent legs, and their rows; calls/changes.py says how facts change them.

A caller reaches us and hears ringing (`arrived`); once answered, the dialogue has them (`guided`).  When a person is
needed the caller is brought into the holding bridge (`holding`) and hears music there (`waiting`), out of it now and
then to be told something (`announcing`).  An agent who answers is joined to them (`connected`); one who is lost there
leaves them to be told so (`announcing`).  What remains is to
hang up (`closing`), at once where a machine has called.  A call that an agent places begins with the agent's telephone
(`placing`), then the citizen's rings (`dialling`), and goes on as any other (calls/outgoing.py); one that begins with
the citizen's telephone (`calling`) goes on as that of somebody who waits.

An agent who wants to speak with somebody first (`consult`) is kept on the line while the citizen is `holding` and
`waiting`, apart from them (calls/consult.py); the conversation is then handed on, or resumed.

Into a conversation an emergency service may be called (`help`): the call stays `connected`, and whichever of the other
two is with the citizen last, it is never for us to end it (calls/help.py).

An agent's leg is `wanted` until the caller is held, then `ringing`, `answered`, `joined`.

A telephone that answers by itself gives its agent no moment to read who is calling: while a page of theirs is open it
is `wanted` until the page has painted the record too, for a blink at most.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, Literal

import msgspec

from calls import lines
from calls.caps import Diallers
from core import events as e
from core import limits
from core.deadlines import Deadlines, earliest
from core.events.calls import Outcome
from core.ids import InteractionId, LegId, OfferId, TaskId
from core.interaction import CALLED
from core.life import Life
from core.mind import Configurations
from core.personal import Personal
from core.table import Table, Undo

LIFE: Final = Life(
    "call",
    "arrived",
    {
        "arrived": {
            "LegAnswered": "guided",
            "InteractionQueued": "holding",
            "DialogueEnded": "closing",
            "MachineHeard": "closing",
        },
        "guided": {
            "InteractionQueued": "holding",
            "WaitLeft": "guided",
            "DialogueEnded": "closing",
            "MachineHeard": "closing",
        },
        "holding": {
            "CallerHeld": "waiting",
            "InteractionQueued": "holding",
            "ConversationEnded": "holding",
            "TransferJoined": "transferred",
            "ConversationResumed": "connected",
            "CallConnected": "connected",
            "MachineHeard": "closing",
            "DialogueEnded": "closing",
        },
        "waiting": {
            "TransferStarted": "waiting",
            "TransferJoined": "transferred",
            "ConversationResumed": "connected",
            "AnnouncementDue": "announcing",
            "CallbackNoted": "announcing",
            "WaitLeft": "guided",
            "InteractionQueued": "holding",
            "DialogueEnded": "closing",
            "CallerReturned": "holding",
            "CallConnected": "connected",
            "MachineHeard": "closing",
        },
        "announcing": {
            "AnnouncementEnded": "holding",
            "CallerHeld": "waiting",
            "CallConnected": "connected",
            "ConversationEnded": "announcing",
            "MachineHeard": "closing",
            "InteractionQueued": "holding",
            "DialogueEnded": "closing",
        },
        "placing": {"CitizenDialled": "dialling"},
        "calling": {"CitizenDialled": "calling", "CitizenAnswered": "announcing"},
        "dialling": {"CallConnected": "connected"},
        "connected": {
            "ConversationEnded": "closing",
            "TransferStarted": "holding",
            "AgentLost": "announcing",
            "HelpStays": "transferred",
        },
        "transferred": {"CallerReturned": "closing", "ConversationEnded": "transferred"},
        "closing": {},
    },
    peers=frozenset(
        {"LegAnswered", "CallerHeld", "CallerReturned", "AnnouncementDue", "AnnouncementEnded", "MachineHeard"}
    ),
    others=("placing", "calling"),
)

AGENT_LEG: Final = Life(
    "agent leg",
    "wanted",
    {
        "wanted": {
            "CallerHeld": "ringing",
            "AgentChosen": "ringing",
            "RecordShown": "ringing",
            "DeadlineReached": "ringing",
        },
        "ringing": {"LegAnswered": "answered", "LegsBridged": "joined"},
        "answered": {"LegsBridged": "joined"},
        "joined": {},
    },
    peers=frozenset({"CallerHeld", "LegAnswered", "LegsBridged"}),
)


CONSULT: Final = Life(
    "consult",
    "parting",
    {
        "parting": {"CallerHeld": "asking", "TransferFailed": "returning"},
        "asking": {"ConsultBegun": "speaking", "TransferFailed": "returning"},
        "speaking": {"TransferFailed": "returning"},
        "returning": {"TransferStarted": "asking", "ConversationResumed": "over"},
        "over": {},
    },
    peers=frozenset({"CallerHeld"}),
)


HELP: Final = Life(
    "help",
    "ringing",
    {
        "ringing": {"HelpJoined": "joined", "HelpEnded": "over"},
        "joined": {"HelpEnded": "over", "HelpStays": "over"},
        "over": {},
    },
)


class AgentLeg(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's telephone rung for a call, after `shown_by_at_ms` at the latest if their page must paint first.

    `auto`: it answers by itself.  `back_by_at_ms`: it cannot be reached any more, and is given up then.
    """

    leg: LegId
    agent: str
    phone: str
    state: str
    timeout_ms: int
    auto: bool = False
    shown_by_at_ms: int | None = None
    back_by_at_ms: int | None = None


class Consult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The agent on `leg` wants to speak with somebody before they hand the citizen on.

    `need` is what the citizen needed before.  `colleague`: with nobody else.  A queue or a colleague has until
    `until_at_ms` to take it; `overdue` once that is over.
    """

    leg: AgentLeg
    state: str
    need: e.Need | None = None
    colleague: str = ""
    until_at_ms: int | None = None
    overdue: bool = False


class Help(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An emergency service, an `entry` of the directory, called into the conversation; given up after `until_at_ms`."""

    leg: LegId
    entry: str
    line: str
    state: str = HELP.first
    until_at_ms: int | None = None


class Call(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call of one citizen: `leg`, `channel` and `caller` are theirs, whoever called whom.

    `outcome` is how it will have ended if it ends now, `unserved` if nothing more becomes of it; `tries` counts a step
    that hangs.  `referent` follows the person and `sector` is theirs, as far as the records tell.

    `ring_due`: what happened just now was what the agent's telephone waited for; `hold_due`: being answered just now
    was what the holding bridge waited for; `step_due`: a step's time is over just now; `lost_due`: so is that of an
    agent's telephone that is gone.  A fact told twice is due once.
    `closed`: this queue, in which they waited, is closed to them, or they asked to be called, and they are to be told
    so, by `farewell` if that script is named; `leaving` once they are, which ends the call; `left` once the script has
    them.

    `need`, `queued_at_ms` and `asked` are what it last waited for, since when, and how many agents were rung; `tried`
    the entries of the directory that were.  `handed_by` is the agent who handed it on last, `joining` the leg that we
    join to the citizen.  `dialled` counts the numbers that we dialled for it, `task` is what it is for; `kept_free` is
    the agent who waits for the citizen to answer.
    """

    state: str
    node: str
    leg: LegId
    channel: str
    service: str
    caller: Personal | None
    trunk: str = ""
    up: bool = False
    agent_leg: AgentLeg | None = None
    ring_due: bool = False
    hold_due: bool = False
    closed: str = ""
    farewell: str = ""
    left: bool = False
    leaving: bool = False
    step_due: bool = False
    lost_due: bool = False
    outcome: Outcome = "abandoned"
    unserved: Literal["", "out_of_hours", "unknown_number"] = ""
    tries: int = 0
    answer_at_ms: int | None = None
    step_by_at_ms: int | None = None
    connected_at_ms: int | None = None
    task: TaskId = ""
    kept_free: str = ""
    dialled: int = 0
    handed: Handed | None = None
    consult: Consult | None = None
    help: Help | None = None
    handed_by: str = ""
    joining: LegId = ""
    tried: tuple[str, ...] = ()
    need: e.Need | None = None
    queued_at_ms: int | None = None
    asked: int = 0
    referent: str = ""
    sector: str = ""

    @property
    def deadline_ms(self) -> int | None:
        leg = self.agent_leg
        of_leg = (leg.shown_by_at_ms, leg.back_by_at_ms) if leg is not None else ()
        first = self.consult
        of_first = (first.until_at_ms, first.leg.back_by_at_ms) if first is not None else ()
        of_help = self.help.until_at_ms if self.help is not None else None
        return earliest(self.answer_at_ms, self.step_by_at_ms, of_help, *of_leg, *of_first)

    @property
    def joins(self) -> bool:
        """An agent has answered, and Asterisk is joining them: who is held now would be torn from them."""
        return self.agent_leg is not None and self.agent_leg.state == "answered" and self.consult is None

    @property
    def legs(self) -> tuple[AgentLeg | Handed | Help, ...]:
        """Whoever is, or will be, on the line beside the citizen."""
        first = self.consult.leg if self.consult is not None else None
        return tuple(one for one in (self.agent_leg, first, self.handed, self.help) if one is not None)

    @property
    def talked(self) -> bool:
        """Whether they have talked with somebody: there is no dialogue with them any more."""
        return self.outcome in ("answered", *CALLED)


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a citizen is handed on to: `wanted` until the citizen hears music, then `ringing`, then `joined`.

    Whom an agent speaks with first is `answered` meanwhile.  `entry` of the directory, or a typed
    `number`.
    """

    leg: LegId
    entry: str
    line: str
    state: str
    number: Personal | None = None


class NodeUp(msgspec.Struct, frozen=True, kw_only=True):
    """The node can be told to do something."""

    up: bool


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Who has taken a task: nobody else calls that person."""

    agent: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The agent has a page open."""

    open: bool


ON_MUSIC: Final = ("waiting", "announcing")
"""Where a caller can be joined with an agent at once."""

WAITS: Final = ("holding", *ON_MUSIC)
"""Where a caller is for whom an agent's telephone may be rung."""

_STEP_LIMITS_MS: Final = {
    "holding": limits.CALL_STEP_MS,
    "announcing": limits.ANNOUNCEMENT_MS,
    "closing": limits.CALL_STEP_MS,
}


def limit_ms(state: str, now_ms: int) -> int | None:
    """Until when a call that came into this state may stay in it; None: Asterisk has nothing to do."""
    lasts_ms = _STEP_LIMITS_MS.get(state)
    return None if lasts_ms is None else now_ms + lasts_ms


def leg_of(offer: OfferId) -> LegId:
    """The agent's leg of an offer: both are named by the same count."""
    head, _, number = offer.rpartition("-o")
    return f"{head}-a{number}"


def _phones(call: Call | None) -> Collection[str]:
    """Each once."""
    if call is None:
        return ()
    if call.consult is None:
        return () if call.agent_leg is None else (call.agent_leg.phone,)
    return {leg.phone for leg in call.legs if isinstance(leg, AgentLeg)}


class OnPhones:
    """Which calls an agent's telephone rings or talks for.  Derived from the calls' table: it watches every change."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        self._calls: dict[str, dict[InteractionId, None]] = {}

    def watch(self, key: InteractionId, old: Call | None, new: Call | None) -> None:
        if old is not None and new is not None and old.agent_leg is new.agent_leg and old.consult is new.consult:
            return
        before, now = _phones(old), _phones(new)
        for phone in before:
            if phone not in now:
                calls = self._calls[phone]
                del calls[key]
                if not calls:
                    del self._calls[phone]
        for phone in now:
            if phone not in before:
                self._calls.setdefault(phone, {})[key] = None

    def of(self, phone: str) -> tuple[InteractionId, ...]:
        return tuple(self._calls.get(phone, ()))


class State:
    """All calls, whose pages are open, which nodes and trunks are there, who called how much and has which task.

    `on_phones` is an index derived from calls.
    """

    __slots__ = ("calls", "claims", "configurations", "diallers", "nodes", "on_phones", "pages", "trunks")

    def __init__(self, undo: Undo, deadlines: Deadlines, configurations: Configurations) -> None:
        self.on_phones = OnPhones()
        call_deadlines = deadlines.watcher("call")

        def watch(key: InteractionId, old: Call | None, new: Call | None) -> None:
            self.on_phones.watch(key, old, new)
            call_deadlines(key, old, new)

        self.calls: Table[InteractionId, Call] = Table(undo, watch)
        self.pages: Table[str, Page] = Table(undo)
        self.trunks: Table[str, lines.Trunk] = Table(undo)
        self.nodes: Table[str, NodeUp] = Table(undo)
        self.diallers: Diallers = Table(undo)
        self.claims: Table[TaskId, Claim] = Table(undo)
        self.configurations = configurations

    def change(self, interaction: InteractionId, **changes: Any) -> None:
        row = self.calls.get(interaction)
        if row is not None:
            self.calls.put(interaction, msgspec.structs.replace(row, **changes))

    def go(self, fact: Any, now_ms: int, **changes: Any) -> None:
        """Moves the call along its life by `fact`; a step that needs Asterisk gets its time limit."""
        row = self.calls.get(fact.interaction)
        if row is None:
            return
        following = LIFE.after(row.state, type(fact).__name__)
        if following != row.state:
            changes = {"step_by_at_ms": limit_ms(following, now_ms), "tries": 0, **changes}
        self.calls.put(fact.interaction, msgspec.structs.replace(row, state=following, **changes))
