"""The mind of connections: answers, holds, rings, joins and ends, and says how every call ended."""

from __future__ import annotations

from calls import consult, help, losses, outgoing, place, reconcile, transfers, unserved
from calls.call import ON_MUSIC, WAITS, Call, Claim, NodeUp, Page, State, leg_of
from calls.caps import Dialler
from calls.changes import APPLIES
from calls.lines import Trunk
from calls.orders import answer, drop, hang_up, hold, ring
from core import events as e
from core import limits
from core.commands import (
    AnswerCall,
    Command,
    DialNumber,
    HangUpLeg,
    HoldCaller,
    JoinLegs,
    LookAgain,
    PartLegs,
    ReturnCaller,
    RingAgent,
)
from core.deadlines import Deadlines
from core.events.base import Event, because
from core.mind import Configurations, Decision, Mind
from core.table import Undo


def _on_arrived(state: State, fact: e.CallArrived, _now_ms: int) -> Decision:
    """The call's own deadline answers it; one that is up already is taken as it is."""
    call = state.calls[fact.interaction]
    if fact.answered:
        yield e.LegAnswered(cause=because(fact), interaction=fact.interaction, leg=call.leg, channel=call.channel)


def _on_answered(state: State, fact: e.LegAnswered, now_ms: int) -> Decision:
    """A caller who was queued before being answered (the safe path) is held as soon as there is a line."""
    call = state.calls.get(fact.interaction)
    if call is not None and fact.leg == call.leg and call.state == "holding" and call.hold_due:
        yield hold(fact.interaction, call, fact)
    yield from outgoing.on_answered(state, fact, now_ms)


def _on_queued(state: State, fact: e.InteractionQueued, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is None or call.state != "holding" or call.consult is not None:
        return
    if call.up:
        yield hold(fact.interaction, call, fact)
    elif call.answer_at_ms is None:
        yield answer(fact.interaction, call, fact)


def _on_chosen(state: State, fact: e.AgentChosen, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    leg = call.agent_leg if call is not None else None
    if call is not None and leg is not None and leg.leg == fact.leg and leg.state == "ringing":
        yield ring(state, fact.interaction, call, leg, fact)


def _on_held(state: State, fact: e.CallerHeld, now_ms: int) -> Decision:
    """An agent was chosen while the caller was on the way into the bridge: now the telephone rings."""
    call = state.calls.get(fact.interaction)
    if call is None or call.leg != fact.leg:
        return
    if call.state == "waiting" and call.ring_due and call.agent_leg is not None:
        yield ring(state, fact.interaction, call, call.agent_leg, fact)
    elif call.state == "waiting" and call.joining:
        yield from consult.join(fact.interaction, call, call.joining, fact)
    elif call.state == "waiting" and call.ring_due:
        yield from transfers.dial_if_due(state, fact.interaction, fact)
    elif call.state == "closing" or call.leaving:
        yield hang_up(fact.interaction, call, fact)
    elif call.state == "connected":
        # Nobody asked for it: an order of ours came too late, and tore them from their agent.
        yield from losses.lost(state, fact.interaction, call, fact, now_ms, "held")
    else:
        yield from unserved.on_closed(state, fact, now_ms)


def _on_shown(state: State, fact: e.RecordShown, _now_ms: int) -> Decision:
    yield from _ring_if_due(state, fact.interaction, fact)


def _ring_if_due(state: State, interaction: str, event: Event) -> Decision:
    call = state.calls.get(interaction)
    if call is not None and call.ring_due and call.state in ON_MUSIC and call.agent_leg is not None:
        yield ring(state, interaction, call, call.agent_leg, event)


def _on_announcement(state: State, fact: e.AnnouncementDue, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if fact.say and call is not None and call.state == "announcing" and not call.talked:
        yield ReturnCaller(cause=because(fact), interaction=fact.interaction, leg=call.leg, channel=call.channel)


def _on_announced(state: State, fact: e.AnnouncementEnded, _now_ms: int) -> Decision:
    """Back to the music, unless an agent has just answered: a Redirect would tear them from each other."""
    call = state.calls.get(fact.interaction)
    if call is not None and call.state == "holding" and not call.joins:
        yield hold(fact.interaction, call, fact)


def _on_returned(state: State, fact: e.CallerReturned, _now_ms: int) -> Decision:
    """Out of the bridge without being asked: back into it; left by the agent: the conversation is over."""
    call = state.calls.get(fact.interaction)
    if call is None or call.leg != fact.leg:
        return
    if call.state == "holding" and not call.joins:
        yield hold(fact.interaction, call, fact)
    elif call.state == "connected" and call.agent_leg is not None:
        yield e.ConversationEnded(
            cause=because(fact), interaction=fact.interaction, agent=call.agent_leg.agent, by="agent"
        )
    elif call.state == "closing":
        yield hang_up(fact.interaction, call, fact)


def _on_bridged(state: State, fact: e.LegsBridged, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is None:
        return
    joined = call.agent_leg is not None and call.agent_leg.leg == fact.leg and fact.other in ("", call.leg)
    if call.consult is not None:
        yield from consult.on_bridged(call, call.consult, fact)
    elif joined and call.agent_leg is not None and call.state in ("holding", "waiting", "announcing", "dialling"):
        yield e.CallConnected(
            cause=because(fact), interaction=fact.interaction, agent=call.agent_leg.agent, leg=fact.leg
        )
    else:
        yield from transfers.on_bridged(call, fact)
        yield from help.on_bridged(call, fact)


def _on_leg_ended(state: State, fact: e.LegEnded, now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is None:
        return
    if fact.leg == call.leg:
        yield from _caller_gone(fact, call)
    elif call.handed is not None and call.handed.leg == fact.leg:
        yield from transfers.on_leg_ended(state, call, fact, now_ms)
    elif call.help is not None and call.help.leg == fact.leg:
        yield from help.on_leg_ended(call, fact)
    elif call.consult is not None and call.consult.leg.leg == fact.leg:
        yield from consult.on_leg_ended(state, call, fact, now_ms)
    elif call.agent_leg is None or call.agent_leg.leg != fact.leg:
        return
    elif call.state in outgoing.BEFORE:
        yield from outgoing.agent_gone(fact.interaction, call, fact)
    elif call.state == "connected" and help.has_joined(call):
        by_fault = fact.reason in losses.BY_FAULT or fact.reason == "left"
        yield from help.stays(fact.interaction, call, fact, "fault" if by_fault else "transfer")
    elif call.state == "connected":
        yield from losses.on_leg_ended(state, call, fact, now_ms)


def _caller_gone(fact: e.LegEnded, call: Call) -> Decision:
    fault = fact.reason in ("lost", "failed")
    agent = call.consult.leg if call.consult is not None else call.agent_leg if call.state == "connected" else None
    if agent is not None:
        yield e.ConversationEnded(
            cause=because(fact),
            interaction=fact.interaction,
            agent=agent.agent,
            by="fault" if fault else "caller",
        )
    yield e.InteractionEnded(
        cause=because(fact), interaction=fact.interaction, outcome=_outcome(call, fault), reason=fact.reason
    )
    if call.agent_leg is not None and call.agent_leg.state in ("answered", "joined"):
        yield drop(fact.interaction, call.agent_leg.leg, fact)
    yield from transfers.leave(fact.interaction, call, fact)
    yield from help.leave(fact.interaction, call, fact)


def _outcome(call: Call, fault: bool) -> e.Outcome:
    """Whoever left before anything was done for them: by a fault, told that nobody answers, or having given up."""
    if call.outcome != "abandoned":
        return call.outcome
    if fault:
        return "lost"
    return call.unserved or "abandoned" if call.queued_at_ms is None else "abandoned"


def _on_conversation_over(state: State, fact: e.ConversationEnded, now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None and call.state == "closing":
        yield hang_up(fact.interaction, call, fact)
    if call is not None:
        yield from help.leave(fact.interaction, call, fact)
    yield from outgoing.on_talked(state, fact, now_ms)


def _on_dialogue_over(state: State, fact: e.DialogueEnded, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None and call.state == "closing" and fact.how == "resolved":
        yield hang_up(fact.interaction, call, fact)


def _on_machine(state: State, fact: e.MachineHeard, _now_ms: int) -> Decision:
    """Nobody is there to be told anything; an agent who talks with it already is free again."""
    call = state.calls.get(fact.interaction)
    if call is None:
        return
    if call.state == "connected" and call.agent_leg is not None:
        yield e.ConversationEnded(
            cause=because(fact), interaction=fact.interaction, agent=call.agent_leg.agent, by="caller"
        )
    elif call.state == "closing":
        yield hang_up(fact.interaction, call, fact)


def _on_declined(state: State, fact: e.OfferDeclined, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None:
        yield from consult.on_offer_over(call, fact)


def _on_offer_over(state: State, fact: e.OfferMissed | e.OfferFailed | e.OfferWithdrawn, _now_ms: int) -> Decision:
    yield drop(fact.interaction, leg_of(fact.offer), fact)
    call = state.calls.get(fact.interaction)
    if call is not None and call.state == "holding" and call.hold_due:
        yield hold(fact.interaction, call, fact)
    if call is not None and not isinstance(fact, e.OfferWithdrawn):
        yield from consult.on_offer_over(call, fact)


def _on_deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> Decision:
    call = state.calls.get(fact.key) if fact.kind == "call" else None
    if call is None:
        return
    yield from _ring_if_due(state, fact.key, fact)
    yield from help.overdue(fact.key, call, fact)
    if call.lost_due and call.state == "connected" and help.has_joined(call) and call.agent_leg is not None:
        yield from help.stays(fact.key, call, fact, "fault")
        yield drop(fact.key, call.agent_leg.leg, fact)
    elif call.lost_due and call.state == "connected":
        yield from losses.lost(state, fact.key, call, fact, now_ms, "phone_gone")
    yield from consult.on_deadline(state, fact.key, call, fact, now_ms)
    if call.step_due:
        yield from _step_over(call, fact)


def _step_over(call: Call, fact: e.DeadlineReached) -> Decision:
    """Asterisk has said nothing for too long."""
    if call.state in outgoing.BEFORE:
        yield from outgoing.overdue(fact.key, call, fact)
    elif call.joins and call.state in WAITS:
        yield from _not_joined_yet(fact.key, call, fact)
    elif call.state == "waiting" and call.joining:
        yield from consult.overdue(fact.key, call, fact)
    elif call.state == "waiting" and call.handed is not None:
        yield from transfers.overdue(fact.key, call.handed, fact)
    elif call.tries > limits.CALL_STEP_TRIES:
        yield e.LegEnded(cause=because(fact), interaction=fact.key, leg=call.leg, reason="failed", code=0)
        yield hang_up(fact.key, call, fact)
    elif call.state == "closing":
        yield hang_up(fact.key, call, fact)
    elif not call.up:
        yield answer(fact.key, call, fact)
    elif call.leaving:
        yield hang_up(fact.key, call, fact)  # what was to be told did not come through: the promise holds
    elif call.state in ("holding", "announcing"):
        yield hold(fact.key, call, fact)


def _not_joined_yet(interaction: str, call: Call, event: Event) -> Decision:
    """The agent has answered and hears nobody: the order to hold the caller came between the two."""
    if call.agent_leg is None:
        return
    leg = call.agent_leg.leg
    if call.tries <= limits.CALL_STEP_TRIES:
        cause = because(event)
        yield JoinLegs(cause=cause, interaction=interaction, leg=leg, other=call.leg, with_channel=call.channel)
        return
    yield e.LegEnded(cause=because(event), interaction=interaction, leg=leg, reason="failed", code=0)
    yield drop(interaction, leg, event)


def _on_undone(state: State, fact: e.OrderFailed | e.OrderRefused, _now_ms: int) -> Decision:
    """A telephone that cannot be rung is an offer that failed, and a caller who cannot be taken out of the holding
    bridge is still there; what the link could not carry waits for NodeSeen."""
    command: Command = fact.command
    again = isinstance(fact, e.OrderFailed) and fact.retryable
    if isinstance(command, ReturnCaller) and not again and _is_out(state, command.interaction):
        yield e.CallerHeld(cause=because(fact), interaction=command.interaction, leg=command.leg)
    elif isinstance(command, JoinLegs) and not again:
        yield from consult.not_joined(command, fact)
    elif isinstance(command, RingAgent | DialNumber) and not again:
        yield e.LegEnded(
            cause=because(fact), interaction=command.interaction, leg=command.leg, reason="unreachable", code=0
        )
        if isinstance(command, DialNumber) or not command.caller_channel:  # an offer's telephone is let go with it
            yield drop(command.interaction, command.leg, fact)


def _is_out(state: State, interaction: str) -> bool:
    call = state.calls.get(interaction)
    return call is not None and call.state == "announcing"


def mind(undo: Undo, deadlines: Deadlines, configurations: Configurations) -> Mind:
    """The mind of connections, with its state."""
    state = State(undo, deadlines, configurations)
    return Mind(
        "calls",
        state,
        {
            "calls": (state.calls, Call),
            "pages": (state.pages, Page),
            "nodes": (state.nodes, NodeUp),
            "trunks": (state.trunks, Trunk),
            "diallers": (state.diallers, Dialler),
            "claims": (state.claims, Claim),
        },
        {**APPLIES, **outgoing.APPLIES, **place.APPLIES, **transfers.APPLIES, **help.APPLIES},
        {
            **outgoing.DECIDES,
            **transfers.DECIDES,
            **help.DECIDES,
            **unserved.DECIDES,
            **reconcile.DECIDES,
            e.CallArrived: _on_arrived,
            e.LegAnswered: _on_answered,
            e.InteractionQueued: _on_queued,
            e.AgentChosen: _on_chosen,
            e.RecordShown: _on_shown,
            e.CallerHeld: _on_held,
            e.AnnouncementDue: _on_announcement,
            e.AnnouncementEnded: _on_announced,
            e.CallerReturned: _on_returned,
            e.LegsBridged: _on_bridged,
            e.LegEnded: _on_leg_ended,
            e.ConversationEnded: _on_conversation_over,
            e.DialogueEnded: _on_dialogue_over,
            e.MachineHeard: _on_machine,
            e.OfferMissed: _on_offer_over,
            e.OfferDeclined: _on_declined,
            e.OfferFailed: _on_offer_over,
            e.OfferWithdrawn: _on_offer_over,
            e.DeadlineReached: _on_deadline,
            e.OrderFailed: _on_undone,
            e.OrderRefused: _on_undone,
        },
        (AnswerCall, HoldCaller, ReturnCaller, RingAgent, DialNumber, PartLegs, JoinLegs, HangUpLeg, LookAgain),
    )
