"""An agent speaks with somebody before they hand a citizen on to them.

The two are parted in one stroke: the citizen hears music, the agent ringing (`parting`).  Whoever is asked for is rung
as in any transfer (`asking`), but talks with the agent when they answer (`speaking`).  Then the agent joins the two and
is free, or takes the citizen back (`returning`), as happens by itself when nobody answers or whoever answered hangs up.
An agent who hangs up, or whose telephone is lost, hands on: whoever was spoken with has the citizen, and whoever rings
still is rung for them.  Whatever goes wrong, the citizen is with somebody, or first in their queue.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from calls.call import CONSULT, AgentLeg, Call, Consult, State
from calls.orders import drop
from calls.place import given_back
from core import events as e
from core import limits
from core.commands import JoinLegs
from core.events.base import Event, because
from core.events.outgoing import TAKEN_BACK, TransferRefusal
from core.ids import LegId
from core.mind import Applies, Decision

ASKED_MS: Final = 60_000
"""A queue, or a colleague, has so long to take it: the citizen has heard a minute of music, and the agent is told."""

JOINS_MS: Final = 1_000
"""Whoever answers is joined by Asterisk in milliseconds; after this it is asked for once more."""


# -- what facts change ------------------------------------------------------------------------------------------------


def begins(fact: e.TransferStarted, leg: AgentLeg, need: e.Need | None, now_ms: int) -> Consult:
    """The agent on `leg` is taken apart from the citizen; somebody of the directory has a limit of their own."""
    until_at_ms = now_ms + ASKED_MS if not fact.leg else None
    return Consult(leg=leg, state=CONSULT.first, need=need, colleague=fact.colleague, until_at_ms=until_at_ms)


def after(call: Call, word: str) -> Consult | None:
    """The consultation after the fact `word`, if there is one."""
    if call.consult is None:
        return None
    return msgspec.structs.replace(call.consult, state=CONSULT.after(call.consult.state, word))


def parted(call: Call) -> Consult | None:
    """The citizen hears music."""
    return after(call, "CallerHeld")


def answered(state: State, fact: e.LegAnswered, now_ms: int) -> None:
    """Whoever is to be joined to the citizen is there: Asterisk does it at once, or is told again."""
    row = state.calls.get(fact.interaction)
    if row is not None and row.joining == fact.leg:
        state.change(fact.interaction, step_by_at_ms=now_ms + JOINS_MS, tries=0)


def _begun(state: State, fact: e.ConsultBegun, _now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is None or row.consult is None:
        return
    handed = msgspec.structs.replace(row.handed, state="answered") if row.handed is not None else None
    speaking = after(row, "ConsultBegun")
    if speaking is not None:
        speaking = msgspec.structs.replace(speaking, until_at_ms=None)
    limit = {"step_by_at_ms": None} if row.state == "waiting" else {}
    state.change(fact.interaction, consult=speaking, handed=handed, **limit)


def _resumed(state: State, fact: e.ConversationResumed, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.consult is not None:
        state.go(fact, now_ms, agent_leg=row.consult.leg, consult=None, joining="")


def over(state: State, interaction: str, call: Call, now_ms: int) -> None:
    """The agent who asked is out of it: the citizen is with, or for, whoever they asked for."""
    third = asked_for(call)
    speaks = call.consult is not None and call.consult.state == "speaking"
    changes: dict[str, Any] = {}
    if speaks:
        changes = {"step_by_at_ms": now_ms + limits.CALL_STEP_MS, "tries": 0}
    elif third and call.agent_leg is not None:
        rings_ms = call.agent_leg.timeout_ms + 2 * limits.RING_MARGIN_MS
        changes = {"step_by_at_ms": now_ms + rings_ms, "tries": 0}
    state.change(interaction, consult=None, joining=third, **changes)


def came_back(call: Call, fact: e.TransferFailed, now_ms: int) -> dict[str, Any]:
    """Who was asked for does not take the citizen: their agent does, as soon as we have joined the two."""
    first = after(call, "TransferFailed")
    if first is None:
        return {"joining": ""}
    changes: dict[str, Any] = {"consult": msgspec.structs.replace(first, until_at_ms=None)}
    if fact.agent:
        by_at_ms = now_ms + limits.CALL_STEP_MS
        changes |= {
            "agent_leg": None,
            "need": first.need,
            "joining": first.leg.leg,
            "step_by_at_ms": by_at_ms,
            "tries": 0,
        }
    return changes


def deadline(state: State, fact: e.DeadlineReached, call: Call) -> None:
    """Clears the timers that rang."""
    first = call.consult
    if first is None:
        return
    if rang(first.until_at_ms, fact):
        first = msgspec.structs.replace(first, until_at_ms=None, overdue=True)
    if rang(first.leg.back_by_at_ms, fact):
        first = msgspec.structs.replace(first, leg=msgspec.structs.replace(first.leg, back_by_at_ms=None))
        state.change(fact.key, lost_due=True)
    state.change(fact.key, consult=first)


def rang(timer: int | None, fact: e.DeadlineReached) -> bool:
    return timer is not None and timer <= fact.at_ms


APPLIES: Final[Applies] = {e.ConsultBegun: _begun, e.ConversationResumed: _resumed}


# -- parted and joined ------------------------------------------------------------------------------------------------


def asked_for(call: Call) -> LegId:
    """The leg of whoever the agent asked for, once somebody is rung."""
    if call.agent_leg is not None:
        return call.agent_leg.leg if call.agent_leg.state != "wanted" else ""
    return call.handed.leg if call.handed is not None and call.handed.state != "wanted" else ""


def join(interaction: str, call: Call, leg: LegId, event: Event) -> Decision:
    """Whoever is on `leg` is joined to the citizen: now, or once the citizen has come into the music."""
    if leg and call.state == "waiting":
        yield JoinLegs(
            cause=because(event), interaction=interaction, leg=leg, other=call.leg, with_channel=call.channel
        )


def overdue(interaction: str, call: Call, event: Event) -> Decision:
    """Asterisk does not say that they are joined: it is asked once more, then whoever it is has gone."""
    if call.tries <= 1:
        yield from join(interaction, call, call.joining, event)
        return
    yield e.LegEnded(cause=because(event), interaction=interaction, leg=call.joining, reason="failed", code=0)
    yield drop(interaction, call.joining, event)


def not_joined(command: JoinLegs, event: Event) -> Decision:
    """It cannot be done: whoever it is counts as gone, and is let go."""
    cause = because(event)
    yield e.LegEnded(cause=cause, interaction=command.interaction, leg=command.leg, reason="failed", code=0)
    yield drop(command.interaction, command.leg, event)


def on_bridged(call: Call, first: Consult, fact: e.LegsBridged) -> Decision:
    """The agent and whoever they asked for hear each other, or the agent and the citizen do again."""
    pair = {fact.leg, fact.other or call.leg}
    agent, third = first.leg, asked_for(call)
    if first.state == "returning" and pair == {agent.leg, call.leg}:
        yield e.ConversationResumed(cause=because(fact), interaction=fact.interaction, agent=agent.agent, leg=agent.leg)
    elif first.state == "asking" and pair == {agent.leg, third}:
        yield e.ConsultBegun(cause=because(fact), interaction=fact.interaction, agent=agent.agent, leg=third)


# -- how it ends ------------------------------------------------------------------------------------------------------


def on_asked(state: State, fact: e.ConsultAsked, now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    first = call.consult if call is not None else None
    why: TransferRefusal | None = None
    if first is None or first.leg.agent != fact.agent:
        why = "not_talking"
    elif fact.wish == "join" and first.state != "speaking":
        why = "not_answered"
    if fact.request:
        yield e.RequestAnswered(cause=because(fact), request=fact.request, done=why is None, reason=why or "")
    if why is not None or call is None or first is None:
        return
    if fact.wish == "join":
        yield from hand_over(state, fact.interaction, call, fact, now_ms, by="transfer")
        yield drop(fact.interaction, first.leg.leg, fact)
    elif first.state != "returning":
        yield from come_back(fact.interaction, call, first, fact, TAKEN_BACK)


def hand_over(
    state: State, interaction: str, call: Call, event: Event, now_ms: int, by: Literal["fault", "transfer"]
) -> Decision:
    """The citizen is for whoever was asked for; if that is nobody any more, first in the queue."""
    first = call.consult
    if first is None:
        return
    yield e.ConversationEnded(cause=because(event), interaction=interaction, agent=first.leg.agent, by=by)
    if first.state == "returning":
        yield given_back(state, interaction, call, event, now_ms)
    else:
        yield from join(interaction, call, asked_for(call), event)


def come_back(interaction: str, call: Call, first: Consult, event: Event, reason: str) -> Decision:
    """The agent has the citizen back, without whoever was asked for."""
    yield failed(interaction, call, event, reason, first.leg.agent)
    yield from join(interaction, call, first.leg.leg, event)
    third = asked_for(call)
    speaks = first.state == "speaking"
    if third and (call.handed is not None or speaks):  # an agent whose telephone rings is acd's to stop
        yield drop(interaction, third, event)


def failed(interaction: str, call: Call, event: Event, reason: str, agent: str = "") -> e.TransferFailed:
    """Who was asked for, or rung, did not take the citizen."""
    colleague = call.consult.colleague if call.consult is not None else ""
    entry = call.handed.entry if call.handed is not None else colleague
    return e.TransferFailed(cause=because(event), interaction=interaction, entry=entry, reason=reason, agent=agent)


def on_offer_over(call: Call, fact: e.OfferMissed | e.OfferDeclined | e.OfferFailed) -> Decision:
    """A colleague who does not take it, or has gone after a word; of a queue, somebody else is asked."""
    first = call.consult
    if first is None or first.state not in ("asking", "speaking") or (first.state == "asking" and not first.colleague):
        return
    if isinstance(fact, e.OfferFailed):
        reason = fact.reason
    else:
        reason = "declined" if isinstance(fact, e.OfferDeclined) else "no_answer"
    yield from come_back(fact.interaction, call, first, fact, reason)


def on_leg_ended(state: State, call: Call, fact: e.LegEnded, now_ms: int) -> Decision:
    """The agent's own leg is gone: who hangs up hands over, and so does whoever is lost."""
    by_fault = fact.reason in ("lost", "failed", "unreachable", "congestion", "no_answer")
    yield from hand_over(state, fact.interaction, call, fact, now_ms, by="fault" if by_fault else "transfer")


def on_deadline(state: State, interaction: str, call: Call, event: Event, now_ms: int) -> Decision:
    first = call.consult
    if first is None:
        return
    if call.lost_due:
        yield from hand_over(state, interaction, call, event, now_ms, by="fault")
        yield drop(interaction, first.leg.leg, event)
    elif first.overdue and first.state in ("parting", "asking"):
        yield from come_back(interaction, call, first, event, "no_answer")


def leave(interaction: str, call: Call, event: Event) -> Decision:
    """The citizen is gone: whoever speaks of them is let go."""
    first = call.consult
    if first is not None:
        yield drop(interaction, first.leg.leg, event)
