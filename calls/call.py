"""The life of a call and of its agent legs, their rows, and how facts change them.

A caller reaches us and hears ringing (`arrived`); once answered, the dialogue has them (`guided`).  When a person is
needed the caller is brought into the holding bridge (`holding`) and hears music there (`waiting`), out of it now and
then to be told something (`announcing`).  An agent who answers is joined to them (`connected`).  What remains is to
hang up (`closing`), at once where a machine has called.  A call that an agent places begins with the agent's telephone
(`placing`), then the citizen's rings (`dialling`), and goes on as any other (calls/outgoing.py).

An agent's leg is `wanted` until the caller is held, then `ringing`, `answered`, `joined`.

A telephone that answers by itself gives its agent no moment to read who is calling: while a page of theirs is open it
is `wanted` until the page has painted the record too, for a blink at most.
"""

from __future__ import annotations

from typing import Any, Final

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
from core.mind import Applies, Configurations
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
        "guided": {"InteractionQueued": "holding", "DialogueEnded": "closing", "MachineHeard": "closing"},
        "holding": {
            "CallerHeld": "waiting",
            "InteractionQueued": "holding",
            "ConversationEnded": "holding",
            "TransferJoined": "transferred",
            "CallConnected": "connected",
            "MachineHeard": "closing",
            "DialogueEnded": "closing",
        },
        "waiting": {
            "TransferStarted": "waiting",
            "TransferJoined": "transferred",
            "AnnouncementDue": "announcing",
            "CallbackNoted": "announcing",
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
            "MachineHeard": "closing",
            "InteractionQueued": "holding",
            "DialogueEnded": "closing",
        },
        "placing": {"CitizenDialled": "dialling"},
        "dialling": {"CallConnected": "connected"},
        "connected": {"ConversationEnded": "closing", "TransferStarted": "holding"},
        "transferred": {"CallerReturned": "closing"},
        "closing": {},
    },
    peers=frozenset(
        {"LegAnswered", "CallerHeld", "CallerReturned", "AnnouncementDue", "AnnouncementEnded", "MachineHeard"}
    ),
    others=("placing",),
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


class AgentLeg(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's telephone rung for a call, after `shown_by_at_ms` at the latest if their page must paint first.

    `auto`: it answers by itself.
    """

    leg: LegId
    agent: str
    phone: str
    state: str
    timeout_ms: int
    auto: bool = False
    shown_by_at_ms: int | None = None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call of one citizen: `leg`, `channel` and `caller` are theirs, whoever called whom.

    `outcome` is how it will have ended if it ends now; `tries` counts a step that hangs.

    `ring_due`: what happened just now was what the agent's telephone waited for; `hold_due`: being answered just now
    was what the holding bridge waited for; `step_due`: a step's time is over just now.  A fact told twice is due once.
    `closed`: the service closed while they waited in this queue, and they are to be told; `leaving` once they
    are, which ends the call.

    `need`, `queued_at_ms` and `asked` are what it last waited for, since when, and how many agents were rung; `tried`
    the entries of the directory that were.  `dialled` counts the numbers that we dialled for it, `task` is what it is
    for.
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
    leaving: bool = False
    step_due: bool = False
    outcome: Outcome = "abandoned"
    tries: int = 0
    answer_at_ms: int | None = None
    step_by_at_ms: int | None = None
    connected_at_ms: int | None = None
    task: TaskId = ""
    dialled: int = 0
    handed: Handed | None = None
    tried: tuple[str, ...] = ()
    need: e.Need | None = None
    queued_at_ms: int | None = None
    asked: int = 0

    @property
    def deadline_ms(self) -> int | None:
        shown_by_at_ms = self.agent_leg.shown_by_at_ms if self.agent_leg is not None else None
        return earliest(self.answer_at_ms, self.step_by_at_ms, shown_by_at_ms)


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a citizen is handed on to: `wanted` until the citizen hears music, then `ringing`, then `joined`."""

    leg: LegId
    entry: str
    line: str
    state: str


class NodeUp(msgspec.Struct, frozen=True, kw_only=True):
    """The node can be told to do something."""

    up: bool


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The agent has a page open."""

    open: bool


ON_MUSIC: Final = ("waiting", "announcing")
"""Where a caller can be joined with an agent at once."""

_STEP_LIMITS_MS: Final = {
    "holding": limits.CALL_STEP_MS,
    "announcing": limits.ANNOUNCEMENT_MS,
    "closing": limits.CALL_STEP_MS,
}


def leg_of(offer: OfferId) -> LegId:
    """The agent's leg of an offer: both are named by the same count."""
    head, _, number = offer.rpartition("-o")
    return f"{head}-a{number}"


class State:
    """All calls, whose pages are open, which nodes and trunks are there, and who called how much."""

    __slots__ = ("calls", "configurations", "diallers", "nodes", "pages", "trunks")

    def __init__(self, undo: Undo, deadlines: Deadlines, configurations: Configurations) -> None:
        self.calls: Table[InteractionId, Call] = Table(undo, deadlines.watcher("call"))
        self.pages: Table[str, Page] = Table(undo)
        self.trunks: Table[str, lines.Trunk] = Table(undo)
        self.nodes: Table[str, NodeUp] = Table(undo)
        self.diallers: Diallers = Table(undo)
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
            limit_ms = _STEP_LIMITS_MS.get(following)
            by = now_ms + limit_ms if limit_ms is not None else None
            changes = {"step_by_at_ms": by, "tries": 0, **changes}
        self.calls.put(fact.interaction, msgspec.structs.replace(row, state=following, **changes))


def _arrived(state: State, fact: e.CallArrived, now_ms: int) -> None:
    if fact.interaction in state.calls:
        return
    service = state.configurations.now.service_of(fact.dialled)
    row = Call(
        state="guided" if fact.answered else LIFE.first,
        node=fact.node,
        leg=fact.leg,
        channel=fact.channel,
        service=service.name,
        caller=fact.caller,
        trunk=fact.trunk,
        up=fact.answered,
        answer_at_ms=None if fact.answered else now_ms + service.answer_after_ms,
    )
    state.calls.put(fact.interaction, row)


def _answered(state: State, fact: e.LegAnswered, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.leg == fact.leg:
        due = row.state == "holding" and not row.up
        state.go(fact, now_ms, up=True, answer_at_ms=None, channel=fact.channel, hold_due=due)
    else:
        _agent_leg(state, fact)


def _agent_leg(state: State, fact: Any) -> None:
    """Moves the agent's leg along its life."""
    row = state.calls.get(fact.interaction)
    if row is not None and row.agent_leg is not None and row.agent_leg.leg == fact.leg:
        following = AGENT_LEG.after(row.agent_leg.state, type(fact).__name__)
        state.change(fact.interaction, agent_leg=msgspec.structs.replace(row.agent_leg, state=following))


def _bridged(state: State, fact: e.LegsBridged, _now_ms: int) -> None:
    _agent_leg(state, fact)


def _held(state: State, fact: e.CallerHeld, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is None:
        return
    leg = row.agent_leg
    due = row.state == "holding" and leg is not None and leg.state == "wanted" and leg.shown_by_at_ms is None
    if due and leg is not None:
        leg = msgspec.structs.replace(leg, state=AGENT_LEG.after(leg.state, "CallerHeld"))
    handed = row.handed
    more: dict[str, Any] = {}
    if row.state == "holding" and handed is not None and handed.state == "wanted":
        # Asterisk's own time limit comes first; this one is for an Asterisk that says nothing.
        entry = state.configurations.now.directory.get(handed.entry)
        ring_ms = entry.ring_ms if entry is not None else limits.CALL_STEP_MS
        more = {
            "handed": msgspec.structs.replace(handed, state="ringing"),
            "step_by_at_ms": now_ms + ring_ms + 2 * limits.RING_MARGIN_MS,
        }
    state.go(fact, now_ms, agent_leg=leg, ring_due=due or bool(more), **more)


def _chosen(state: State, fact: e.AgentChosen, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is None:
        return
    agent = state.configurations.now.agents.get(fact.agent)
    auto = agent is not None and agent.answer == "auto"
    paints = auto and fact.agent in state.pages
    leg = AgentLeg(
        leg=fact.leg,
        agent=fact.agent,
        phone=fact.phone,
        state="ringing" if row.state in ON_MUSIC and not paints else AGENT_LEG.first,
        timeout_ms=fact.expires_at_ms - now_ms,
        auto=auto,
        shown_by_at_ms=now_ms + limits.RECORD_SHOWN_MS if paints else None,
    )
    state.change(fact.interaction, agent_leg=leg, asked=row.asked + 1)


def _page(state: State, fact: e.PageSeen, _now_ms: int) -> None:
    if fact.open:
        state.pages.put(fact.agent, Page(open=True))
    else:
        state.pages.drop(fact.agent)


def _started(state: State, _fact: e.CentreStarted, _now_ms: int) -> None:
    """Pages and nodes hang on the process that went: those that come back say so."""
    for agent in list(state.pages):
        state.pages.drop(agent)
    for node in list(state.nodes):
        state.nodes.drop(node)


def _shown(state: State, fact: e.RecordShown, _now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    leg = row.agent_leg if row is not None else None
    awaited = leg is not None and leg.agent == fact.agent and leg.leg == leg_of(fact.offer)
    if awaited and leg is not None and leg.shown_by_at_ms is not None:
        _may_ring(state, fact.interaction, "RecordShown")
    else:
        state.change(fact.interaction, ring_due=False)


def _may_ring(state: State, interaction: InteractionId, by: str) -> None:
    """Nothing is to be painted any more: the telephone rings, unless the caller is still on the way to the music."""
    row = state.calls[interaction]
    if row.agent_leg is None:
        return
    held = row.state in ON_MUSIC
    following = AGENT_LEG.after(row.agent_leg.state, by) if held else row.agent_leg.state
    leg = msgspec.structs.replace(row.agent_leg, state=following, shown_by_at_ms=None)
    state.change(interaction, agent_leg=leg, ring_due=held)


def _offer_over(state: State, fact: Any, _now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.agent_leg is not None and row.agent_leg.agent == fact.agent:
        state.change(fact.interaction, agent_leg=None)


def _connected(state: State, fact: e.CallConnected, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None:
        outcome = "reached" if row.outcome in CALLED else "answered"
        state.go(fact, now_ms, outcome=outcome, connected_at_ms=now_ms)


def conversation_over(state: State, fact: e.ConversationEnded, now_ms: int) -> None:
    state.go(fact, now_ms, agent_leg=None)


def _dialogue_over(state: State, fact: e.DialogueEnded, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and fact.how == "resolved":
        outcome = "converted" if row.outcome == "converted" else "resolved"
        state.go(fact, now_ms, outcome=outcome)


def _machine(state: State, fact: e.MachineHeard, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.outcome not in CALLED and LIFE.may(row.state, "MachineHeard"):
        state.go(fact, now_ms, outcome="machine", answer_at_ms=None)


def _noted(state: State, fact: e.CallbackNoted, now_ms: int) -> None:
    if fact.held:
        state.go(fact, now_ms, outcome="converted", closed="", leaving=True)
    else:
        state.change(fact.interaction, outcome="converted")


def _closed(state: State, fact: e.QueueClosed, _now_ms: int) -> None:
    state.change(fact.interaction, closed=fact.queue)


def _recorded(state: State, fact: e.MessageRecorded, _now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.outcome not in CALLED and fact.duration_ms >= limits.MESSAGE_SHORTEST_MS:
        state.change(fact.interaction, outcome="converted")


def _queued(state: State, fact: e.InteractionQueued, now_ms: int) -> None:
    state.go(fact, now_ms, leaving=False, need=fact.need, queued_at_ms=fact.arrived_at_ms)


def _announced(state: State, fact: e.AnnouncementDue, now_ms: int) -> None:
    """Who has talked with an agent is told nothing while they wait: there is no dialogue with them any more."""
    row = state.calls.get(fact.interaction)
    if row is not None and row.outcome not in (*CALLED, "answered"):
        state.go(fact, now_ms)


def _go(state: State, fact: Any, now_ms: int) -> None:
    state.go(fact, now_ms)


def _gone(state: State, fact: e.InteractionEnded, _now_ms: int) -> None:
    state.calls.drop(fact.interaction)


def _undone(state: State, fact: e.OrderFailed, _now_ms: int) -> None:
    """A link that is down is no step that hangs: it does not count as a try."""
    if fact.retryable:
        state.change(getattr(fact.command, "interaction", ""), tries=0)


def _seen(state: State, fact: e.NodeSeen, _now_ms: int) -> None:
    state.nodes.put(fact.node, NodeUp(up=True))


def _lost(state: State, fact: e.NodeLost, _now_ms: int) -> None:
    state.nodes.drop(fact.node)


def _rang(timer: int | None, fact: e.DeadlineReached) -> bool:
    return timer is not None and timer <= fact.at_ms


def _deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> None:
    """Clears the timers that rang; a step that hangs gets another time limit."""
    row = state.calls.get(fact.key) if fact.kind == "call" else None
    if row is None:
        return
    state.change(fact.key, ring_due=False, step_due=False)
    if row.agent_leg is not None and _rang(row.agent_leg.shown_by_at_ms, fact):
        _may_ring(state, fact.key, "DeadlineReached")
    if _rang(row.answer_at_ms, fact):
        state.change(fact.key, step_due=True, answer_at_ms=None, step_by_at_ms=now_ms + limits.CALL_STEP_MS)
    if _rang(row.step_by_at_ms, fact):
        again = now_ms + limits.CALL_STEP_MS if row.tries < limits.CALL_STEP_TRIES else None
        state.change(fact.key, step_due=True, step_by_at_ms=again, tries=row.tries + 1)


APPLIES: Final[Applies] = {
    **lines.APPLIES,
    e.CallArrived: _arrived,
    e.LegAnswered: _answered,
    e.LegsBridged: _bridged,
    e.CallerHeld: _held,
    e.CallerReturned: _go,
    e.AgentChosen: _chosen,
    e.PageSeen: _page,
    e.CentreStarted: _started,
    e.RecordShown: _shown,
    e.OfferMissed: _offer_over,
    e.OfferDeclined: _offer_over,
    e.OfferFailed: _offer_over,
    e.OfferWithdrawn: _offer_over,
    e.InteractionQueued: _queued,
    e.AnnouncementDue: _announced,
    e.AnnouncementEnded: _go,
    e.CallConnected: _connected,
    e.ConversationEnded: conversation_over,
    e.DialogueEnded: _dialogue_over,
    e.CallbackNoted: _noted,
    e.MessageRecorded: _recorded,
    e.QueueClosed: _closed,
    e.MachineHeard: _machine,
    e.InteractionEnded: _gone,
    e.OrderFailed: _undone,
    e.NodeSeen: _seen,
    e.NodeLost: _lost,
    e.DeadlineReached: _deadline,
}
