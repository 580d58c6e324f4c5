"""An agent lost in the middle of a conversation by a fault: the citizen is told, and stands at the head of their queue.

A telephone that cannot be reached any more is given a while: one that only registers anew loses nothing.  What an
agent ends, and what the citizen ends, is no loss.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from calls.call import AgentLeg, Call, State
from calls.orders import drop
from calls.place import given_back
from core import events as e
from core import limits
from core.commands import ReturnCaller
from core.events.base import Event, because
from core.mind import Applies, Decision

BY_FAULT: Final[frozenset[e.EndReason]] = frozenset({"lost", "failed", "unreachable", "congestion", "no_answer"})
"""How a leg that was up does not end by anybody's hand."""

Why = Literal["phone_gone", "leg_failed", "unseen", "held"]


# -- what facts change ------------------------------------------------------------------------------------------------


def _phone(state: State, fact: e.PhoneSeen, now_ms: int) -> None:
    for interaction in state.on_phones.of(fact.phone):
        _reachable(state, interaction, state.calls[interaction], fact.phone, now_ms, reachable=fact.reachable)


def looked(state: State, fact: e.NodeSeen, now_ms: int) -> None:
    """Telephones may have gone and come back while nobody looked."""
    phones = frozenset(fact.phones)
    for interaction, row in list(state.calls.items()):
        if row.node == fact.node:
            for phone in sorted({leg.phone for leg in (row.agent_leg, _first(row)) if leg is not None}):
                _reachable(state, interaction, state.calls[interaction], phone, now_ms, reachable=phone in phones)


def _first(row: Call) -> AgentLeg | None:
    """The agent who speaks with somebody before they hand the citizen on."""
    return row.consult.leg if row.consult is not None else None


def _reachable(state: State, interaction: str, row: Call, phone: str, now_ms: int, *, reachable: bool) -> None:
    first, leg = _first(row), row.agent_leg
    if row.consult is not None and first is not None and first.phone == phone:
        consult = msgspec.structs.replace(row.consult, leg=_timed(first, now_ms, reachable=reachable))
        state.change(interaction, consult=consult)
    elif leg is not None and leg.phone == phone and (reachable or row.state == "connected"):
        state.change(interaction, agent_leg=_timed(leg, now_ms, reachable=reachable))


def _timed(leg: AgentLeg, now_ms: int, *, reachable: bool) -> AgentLeg:
    if reachable:
        return msgspec.structs.replace(leg, back_by_at_ms=None)
    return msgspec.structs.replace(leg, back_by_at_ms=leg.back_by_at_ms or now_ms + limits.PHONE_BACK_MS)


def _lost(state: State, fact: e.AgentLost, now_ms: int) -> None:
    state.go(fact, now_ms)


APPLIES: Final[Applies] = {e.PhoneSeen: _phone, e.AgentLost: _lost}


# -- what follows from them -------------------------------------------------------------------------------------------


def lost(state: State, interaction: str, call: Call, event: Event, now_ms: int, why: Why) -> Decision:
    """The conversation is over for the agent; the citizen comes out of whatever they hear, to be told.

    Left by a leg that ends they come by themselves.
    """
    leg = call.agent_leg
    if leg is None:
        return
    cause = because(event)
    yield e.AgentLost(
        cause=cause,
        interaction=interaction,
        agent=leg.agent,
        service=call.service,
        leg=call.leg,
        channel=call.channel,
        why=why,
    )
    yield e.ConversationEnded(cause=cause, interaction=interaction, agent=leg.agent, by="fault")
    yield given_back(state, interaction, call, event, now_ms)
    if why in ("phone_gone", "held"):
        yield drop(interaction, leg.leg, event)
    if why in ("held", "unseen"):
        yield ReturnCaller(cause=cause, interaction=interaction, leg=call.leg, channel=call.channel)


def on_leg_ended(state: State, call: Call, fact: e.LegEnded, now_ms: int) -> Decision:
    """The leg of the agent who talks is gone; left by a citizen who did not hang up, it was an order of ours."""
    if call.agent_leg is None:
        return
    if fact.reason == "left":
        yield from lost(state, fact.interaction, call, fact, now_ms, "held")
    elif fact.reason in BY_FAULT:
        why: Why = "unseen" if fact.reason == "lost" else "leg_failed"
        yield from lost(state, fact.interaction, call, fact, now_ms, why)
    else:
        yield e.ConversationEnded(
            cause=because(fact), interaction=fact.interaction, agent=call.agent_leg.agent, by="agent"
        )
