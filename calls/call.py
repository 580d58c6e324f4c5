"""The life of a call and of its agent legs, their rows, and how facts change them.

A caller reaches us and hears ringing (`arrived`); once answered, the dialogue has them (`guided`).  When a person is
needed the caller is brought into the holding bridge (`holding`) and hears music there (`waiting`), out of it now and
then to be told something (`announcing`).  An agent who answers is joined to them (`connected`).  What remains is to
hang up (`closing`).  An agent's leg is `wanted` until the caller is held, then `ringing`, `answered`, `joined`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import events as e
from core import limits
from core.deadlines import Deadlines, earliest
from core.events.calls import Outcome
from core.ids import InteractionId, LegId, is_caller
from core.life import Life
from core.mind import Applies, Configurations
from core.personal import Personal
from core.table import Table, Undo

LIFE: Final = Life(
    "call",
    "arrived",
    {
        "arrived": {"LegAnswered": "guided", "InteractionQueued": "holding", "DialogueEnded": "closing"},
        "guided": {"InteractionQueued": "holding", "DialogueEnded": "closing"},
        "holding": {"CallerHeld": "waiting", "CallConnected": "connected"},
        "waiting": {
            "AnnouncementDue": "announcing",
            "CallerReturned": "holding",
            "CallConnected": "connected",
        },
        "announcing": {"AnnouncementEnded": "holding", "CallerHeld": "waiting", "CallConnected": "connected"},
        "connected": {"ConversationEnded": "closing"},
        "closing": {},
    },
    peers=frozenset({"LegAnswered", "CallerHeld", "CallerReturned", "AnnouncementDue", "AnnouncementEnded"}),
)

AGENT_LEG: Final = Life(
    "agent leg",
    "wanted",
    {
        "wanted": {"CallerHeld": "ringing", "AgentChosen": "ringing"},
        "ringing": {"LegAnswered": "answered", "LegsBridged": "joined"},
        "answered": {"LegsBridged": "joined"},
        "joined": {},
    },
    peers=frozenset({"CallerHeld", "LegAnswered", "LegsBridged"}),
)


class AgentLeg(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's telephone rung for a call."""

    leg: LegId
    agent: str
    phone: str
    state: str
    timeout_ms: int


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call of one caller.  `outcome` is how it will have ended if it ends now; `tries` counts a step that hangs.

    `ring_due`: being held just now was what the agent's telephone waited for; `hold_due`: being answered just now was
    what the holding bridge waited for.  A fact told twice is due once.
    """

    state: str
    node: str
    leg: LegId
    channel: str
    service: str
    caller: Personal | None
    up: bool = False
    agent_leg: AgentLeg | None = None
    ring_due: bool = False
    hold_due: bool = False
    outcome: Outcome = "abandoned"
    tries: int = 0
    answer_at_ms: int | None = None
    step_by_at_ms: int | None = None

    @property
    def deadline_ms(self) -> int | None:
        return earliest(self.answer_at_ms, self.step_by_at_ms)


_STEP_LIMITS_MS: Final = {
    "holding": limits.CALL_STEP_MS,
    "announcing": limits.ANNOUNCEMENT_MS,
    "closing": limits.CALL_STEP_MS,
}


class State:
    """All calls."""

    __slots__ = ("calls", "configurations")

    def __init__(self, undo: Undo, deadlines: Deadlines, configurations: Configurations) -> None:
        self.calls: Table[InteractionId, Call] = Table(undo, deadlines.watcher("call"))
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
        up=fact.answered,
        answer_at_ms=None if fact.answered else now_ms + service.answer_after_ms,
    )
    state.calls.put(fact.interaction, row)


def _answered(state: State, fact: e.LegAnswered, now_ms: int) -> None:
    if is_caller(fact.leg):
        row = state.calls.get(fact.interaction)
        due = row is not None and row.state == "holding" and not row.up
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
    due = row.state == "holding" and leg is not None and leg.state == "wanted"
    if due and leg is not None:
        leg = msgspec.structs.replace(leg, state=AGENT_LEG.after(leg.state, "CallerHeld"))
    state.go(fact, now_ms, agent_leg=leg, ring_due=due)


def _chosen(state: State, fact: e.AgentChosen, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is None:
        return
    leg = AgentLeg(
        leg=fact.leg,
        agent=fact.agent,
        phone=fact.phone,
        state="ringing" if row.state in ("waiting", "announcing") else AGENT_LEG.first,
        timeout_ms=fact.expires_at_ms - now_ms,
    )
    state.change(fact.interaction, agent_leg=leg)


def _offer_over(state: State, fact: Any, _now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.agent_leg is not None and row.agent_leg.agent == fact.agent:
        state.change(fact.interaction, agent_leg=None)


def _connected(state: State, fact: e.CallConnected, now_ms: int) -> None:
    state.go(fact, now_ms, outcome="answered")


def _conversation_over(state: State, fact: e.ConversationEnded, now_ms: int) -> None:
    state.go(fact, now_ms, agent_leg=None)


def _dialogue_over(state: State, fact: e.DialogueEnded, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and fact.how == "resolved":
        outcome = "converted" if row.outcome == "converted" else "resolved"
        state.go(fact, now_ms, outcome=outcome)


def _noted(state: State, fact: e.CallbackNoted, _now_ms: int) -> None:
    state.change(fact.interaction, outcome="converted")


def _go(state: State, fact: Any, now_ms: int) -> None:
    state.go(fact, now_ms)


def _gone(state: State, fact: e.InteractionEnded, _now_ms: int) -> None:
    state.calls.drop(fact.interaction)


def _undone(state: State, fact: e.OrderFailed, _now_ms: int) -> None:
    """A link that is down is no step that hangs: it does not count as a try."""
    if fact.retryable:
        state.change(getattr(fact.command, "interaction", ""), tries=0)


def _deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> None:
    """Clears the timers that rang; a step that hangs gets another time limit."""
    row = state.calls.get(fact.key) if fact.kind == "call" else None
    if row is None:
        return
    if row.answer_at_ms is not None and row.answer_at_ms <= fact.at_ms:
        state.change(fact.key, answer_at_ms=None, step_by_at_ms=now_ms + limits.CALL_STEP_MS)
    if row.step_by_at_ms is not None and row.step_by_at_ms <= fact.at_ms:
        again = now_ms + limits.CALL_STEP_MS if row.tries < limits.CALL_STEP_TRIES else None
        state.change(fact.key, step_by_at_ms=again, tries=row.tries + 1)


APPLIES: Final[Applies] = {
    e.CallArrived: _arrived,
    e.LegAnswered: _answered,
    e.LegsBridged: _bridged,
    e.CallerHeld: _held,
    e.CallerReturned: _go,
    e.AgentChosen: _chosen,
    e.OfferMissed: _offer_over,
    e.OfferDeclined: _offer_over,
    e.OfferFailed: _offer_over,
    e.OfferWithdrawn: _offer_over,
    e.InteractionQueued: _go,
    e.AnnouncementDue: _go,
    e.AnnouncementEnded: _go,
    e.CallConnected: _connected,
    e.ConversationEnded: _conversation_over,
    e.DialogueEnded: _dialogue_over,
    e.CallbackNoted: _noted,
    e.InteractionEnded: _gone,
    e.OrderFailed: _undone,
    e.DeadlineReached: _deadline,
}
