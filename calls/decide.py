"""The mind of connections: answers, holds, rings, joins and ends, and says how every call ended."""

from __future__ import annotations

from typing import Final

from calls import consult, losses, outgoing, transfers
from calls.call import ON_MUSIC, AgentLeg, Call, Claim, NodeUp, Page, State, leg_of
from calls.caps import Dialler
from calls.changes import APPLIES
from calls.lines import Trunk
from calls.reconcile import missed_facts
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
from core.ids import is_caller
from core.mind import Configurations, Decision, Mind
from core.table import Undo

TOLD_BY_NODES: Final = frozenset(
    fact.__name__ for fact in (e.LegAnswered, e.LegEnded, e.CallerHeld, e.CallerReturned, e.LegsBridged)
)
"""Facts that the next NodeSeen tells again when they were not taken."""


def _hold(interaction: str, call: Call, event: Event) -> HoldCaller | PartLegs:
    """Into the music; from the agent who wants to speak with somebody first, without losing them."""
    first = call.consult
    if first is not None and first.state == "parting":
        return consult.part(interaction, call, first, event)
    party = first.leg if first is not None and first.state == "returning" else call.agent_leg or call.handed
    return HoldCaller(
        cause=because(event),
        interaction=interaction,
        leg=call.leg,
        channel=call.channel,
        unless_with=party.leg if party is not None else "",
    )


def _hang_up(interaction: str, call: Call, event: Event) -> HangUpLeg:
    return HangUpLeg(cause=because(event), interaction=interaction, leg=call.leg, channel=call.channel)


def _answer(interaction: str, call: Call, event: Event) -> AnswerCall:
    return AnswerCall(cause=because(event), interaction=interaction, leg=call.leg, channel=call.channel)


def _ring(state: State, interaction: str, call: Call, leg: AgentLeg, event: Event) -> RingAgent:
    service = state.configurations.now.services.get(call.service)
    return RingAgent(
        cause=because(event),
        interaction=interaction,
        leg=leg.leg,
        phone=leg.phone,
        caller_channel=call.consult.leg.leg if call.consult is not None else call.channel,
        timeout_ms=leg.timeout_ms + limits.RING_MARGIN_MS,
        show_number=call.caller,
        show_name=service.title if service is not None else "",
        auto_answer=leg.auto,
        kept=call.consult is not None,
    )


def _on_arrived(state: State, fact: e.CallArrived, _now_ms: int) -> Decision:
    """The call's own deadline answers it; one that is up already is taken as it is."""
    call = state.calls[fact.interaction]
    if fact.answered:
        yield e.LegAnswered(cause=because(fact), interaction=fact.interaction, leg=call.leg, channel=call.channel)


def _on_answered(state: State, fact: e.LegAnswered, now_ms: int) -> Decision:
    """A caller who was queued before being answered (the safe path) is held as soon as there is a line."""
    call = state.calls.get(fact.interaction)
    if call is not None and fact.leg == call.leg and call.state == "holding" and call.hold_due:
        yield _hold(fact.interaction, call, fact)
    yield from outgoing.on_answered(state, fact, now_ms)


def _on_queued(state: State, fact: e.InteractionQueued, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is None or call.state != "holding" or call.consult is not None:
        return
    if call.up:
        yield _hold(fact.interaction, call, fact)
    elif call.answer_at_ms is None:
        yield _answer(fact.interaction, call, fact)


def _on_full(state: State, fact: e.QueueFull, _now_ms: int) -> Decision:
    """Nobody takes them: what the queue has for that, a promise to call back, or a place beyond the bound."""
    call = state.calls.get(fact.interaction)
    if call is None:
        return
    if fact.script and call.state == "guided" and call.up and _has_script(state, call, fact.script):
        yield e.WaitLeft(cause=because(fact), interaction=fact.interaction, queue=fact.queue, script=fact.script)
    elif call.caller is not None and call.up and _may_be_called(state, call):
        yield e.CallbackNoted(cause=because(fact), interaction=fact.interaction, queue=fact.queue, number=call.caller)
    else:
        yield e.LetIn(cause=because(fact), interaction=fact.interaction, need=fact.need)


def _may_be_called(state: State, call: Call) -> bool:
    """Discretion forbids to call a family's telephone, one promise is enough, and who has talked already wants more."""
    service = state.configurations.now.services.get(call.service)
    return (service is None or not service.discreet) and call.outcome == "abandoned"


def _on_closed(state: State, fact: e.QueueClosed | e.CallbackAsked | e.CallerHeld, _now_ms: int) -> Decision:
    """The queue is closed to them, or they asked to be called: a script has them, or who has a number is promised a
    callback, out of the music."""
    call = state.calls.get(fact.interaction)
    if call is None or not call.closed or call.state != "waiting" or call.agent_leg is not None:
        return
    if call.farewell and not call.talked and _has_script(state, call, call.farewell):
        yield e.WaitLeft(
            cause=because(fact),
            interaction=fact.interaction,
            queue=call.closed,
            script=call.farewell,
            held=True,
            asked=call.asked,
        )
    elif call.caller is not None and _may_be_called(state, call):
        yield e.CallbackNoted(
            cause=because(fact), interaction=fact.interaction, queue=call.closed, number=call.caller, held=True
        )


def _has_script(state: State, call: Call, script: str) -> bool:
    centre = state.configurations.now
    return script in centre.scripts and call.service in centre.services


def _on_left(state: State, fact: e.WaitLeft, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None and fact.held and call.state == "guided":
        yield ReturnCaller(cause=because(fact), interaction=fact.interaction, leg=call.leg, channel=call.channel)


def _on_key(state: State, fact: e.KeyPressed, _now_ms: int) -> Decision:
    """Who waits and presses the key for it is called back, unless an agent's telephone rings for them already."""
    call = state.calls.get(fact.interaction)
    if call is None or call.need is None or call.closed or call.caller is None or call.agent_leg is not None:
        return
    queue = state.configurations.now.queues.get(call.need.queue)
    callback = queue.callback if queue is not None else None
    waits = call.state in ("holding", "waiting", "announcing") and not call.leaving and not call.need.emergency
    if waits and callback is not None and fact.key.text == callback.key and _may_be_called(state, call):
        yield e.CallbackAsked(cause=because(fact), interaction=fact.interaction, queue=call.need.queue)


def _on_noted(state: State, fact: e.CallbackNoted, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None and fact.held and call.state == "announcing":
        yield ReturnCaller(cause=because(fact), interaction=fact.interaction, leg=call.leg, channel=call.channel)


def _on_chosen(state: State, fact: e.AgentChosen, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    leg = call.agent_leg if call is not None else None
    if call is not None and leg is not None and leg.leg == fact.leg and leg.state == "ringing":
        yield _ring(state, fact.interaction, call, leg, fact)


def _on_held(state: State, fact: e.CallerHeld, now_ms: int) -> Decision:
    """An agent was chosen while the caller was on the way into the bridge: now the telephone rings."""
    call = state.calls.get(fact.interaction)
    if call is None or call.leg != fact.leg:
        return
    if call.state == "waiting" and call.ring_due and call.agent_leg is not None:
        yield _ring(state, fact.interaction, call, call.agent_leg, fact)
    elif call.state == "waiting" and call.joining:
        yield from consult.join(fact.interaction, call, call.joining, fact)
    elif call.state == "waiting" and call.ring_due:
        yield from transfers.dial_if_due(state, fact.interaction, fact)
    elif call.state == "closing" or call.leaving:
        yield _hang_up(fact.interaction, call, fact)
    elif call.state == "connected":
        # Nobody asked for it: an order of ours came too late, and tore them from their agent.
        yield from losses.lost(state, fact.interaction, call, fact, now_ms, "held")
    else:
        yield from _on_closed(state, fact, now_ms)


def _on_shown(state: State, fact: e.RecordShown, _now_ms: int) -> Decision:
    yield from _ring_if_due(state, fact.interaction, fact)


def _ring_if_due(state: State, interaction: str, event: Event) -> Decision:
    call = state.calls.get(interaction)
    if call is not None and call.ring_due and call.state in ON_MUSIC and call.agent_leg is not None:
        yield _ring(state, interaction, call, call.agent_leg, event)


def _on_announcement(state: State, fact: e.AnnouncementDue, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if fact.say and call is not None and call.state == "announcing" and not call.talked:
        yield ReturnCaller(cause=because(fact), interaction=fact.interaction, leg=call.leg, channel=call.channel)


def _on_announced(state: State, fact: e.AnnouncementEnded, _now_ms: int) -> Decision:
    """Back to the music, unless an agent has just answered: a Redirect would tear them from each other."""
    call = state.calls.get(fact.interaction)
    if call is not None and call.state == "holding" and not call.joins:
        yield _hold(fact.interaction, call, fact)


def _on_returned(state: State, fact: e.CallerReturned, _now_ms: int) -> Decision:
    """Out of the bridge without being asked: back into it; left by the agent: the conversation is over."""
    call = state.calls.get(fact.interaction)
    if call is None or call.leg != fact.leg:
        return
    if call.state == "holding" and not call.joins:
        yield _hold(fact.interaction, call, fact)
    elif call.state == "connected" and call.agent_leg is not None:
        yield e.ConversationEnded(
            cause=because(fact), interaction=fact.interaction, agent=call.agent_leg.agent, by="agent"
        )
    elif call.state == "closing":
        yield _hang_up(fact.interaction, call, fact)


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


def _on_leg_ended(state: State, fact: e.LegEnded, now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is None:
        return
    if fact.leg == call.leg:
        yield from _caller_gone(fact, call)
    elif call.handed is not None and call.handed.leg == fact.leg:
        yield from transfers.on_leg_ended(state, call, fact, now_ms)
    elif call.consult is not None and call.consult.leg.leg == fact.leg:
        yield from consult.on_leg_ended(state, call, fact, now_ms)
    elif call.agent_leg is None or call.agent_leg.leg != fact.leg:
        return
    elif call.state in outgoing.BEFORE:
        yield from outgoing.agent_gone(fact.interaction, call, fact)
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
        yield _drop(fact.interaction, call.agent_leg.leg, fact)
    yield from transfers.leave(fact.interaction, call, fact)


def _outcome(call: Call, fault: bool) -> e.Outcome:
    """Whoever left before anything was done for them: by a fault, told that nobody answers, or having given up."""
    if call.outcome != "abandoned":
        return call.outcome
    if fault:
        return "lost"
    return call.unserved or "abandoned" if call.queued_at_ms is None else "abandoned"


def _drop(interaction: str, leg: str, event: Event) -> HangUpLeg:
    return HangUpLeg(cause=because(event), interaction=interaction, leg=leg, channel="")


def _on_conversation_over(state: State, fact: e.ConversationEnded, now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None and call.state == "closing":
        yield _hang_up(fact.interaction, call, fact)
    yield from outgoing.on_talked(state, fact, now_ms)


def _on_dialogue_over(state: State, fact: e.DialogueEnded, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None and call.state == "closing" and fact.how == "resolved":
        yield _hang_up(fact.interaction, call, fact)


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
        yield _hang_up(fact.interaction, call, fact)


def _on_declined(state: State, fact: e.OfferDeclined, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None:
        yield from consult.on_offer_over(call, fact)


def _on_offer_over(state: State, fact: e.OfferMissed | e.OfferFailed | e.OfferWithdrawn, _now_ms: int) -> Decision:
    yield _drop(fact.interaction, leg_of(fact.offer), fact)
    call = state.calls.get(fact.interaction)
    if call is not None and call.state == "holding" and call.hold_due:
        yield _hold(fact.interaction, call, fact)
    if call is not None and not isinstance(fact, e.OfferWithdrawn):
        yield from consult.on_offer_over(call, fact)


def _on_deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> Decision:
    call = state.calls.get(fact.key) if fact.kind == "call" else None
    if call is None:
        return
    yield from _ring_if_due(state, fact.key, fact)
    if call.lost_due and call.state == "connected":
        yield from losses.lost(state, fact.key, call, fact, now_ms, "phone_gone")
    yield from consult.on_deadline(state, fact.key, call, fact, now_ms)
    if not call.step_due:
        return
    if call.state in outgoing.BEFORE:
        yield from outgoing.overdue(fact.key, call, fact)
    elif call.state == "waiting" and call.joining:
        yield from consult.overdue(fact.key, call, fact)
    elif call.state == "waiting" and call.handed is not None:
        yield from transfers.overdue(fact.key, call.handed, fact)
    elif call.tries > limits.CALL_STEP_TRIES:
        yield e.LegEnded(cause=because(fact), interaction=fact.key, leg=call.leg, reason="failed", code=0)
        yield _hang_up(fact.key, call, fact)
    elif call.state == "closing":
        yield _hang_up(fact.key, call, fact)
    elif not call.up:
        yield _answer(fact.key, call, fact)
    elif call.leaving:
        yield _hang_up(fact.key, call, fact)  # what was to be told did not come through: the promise holds
    elif call.state in ("holding", "announcing"):
        yield _hold(fact.key, call, fact)


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
            yield _drop(command.interaction, command.leg, fact)


def _is_out(state: State, interaction: str) -> bool:
    call = state.calls.get(interaction)
    return call is not None and call.state == "announcing"


def _on_seen(state: State, fact: e.NodeSeen, _now_ms: int) -> Decision:
    """What we missed, then what is still to be done on what is there."""
    seen = {leg.leg: leg for leg in fact.legs}
    for interaction, call in state.calls.items():
        if call.node != fact.node:
            continue
        yield from missed_facts(interaction, call, seen, fact)
        if (leg := seen.get(call.leg)) is not None:
            yield from _still_to_do(interaction, call, leg, fact)
    known = {call.leg for call in state.calls.values()}
    known |= {party.leg for call in state.calls.values() for party in call.legs}
    for leg in fact.legs:
        if leg.leg not in known and leg.bridged_with is None and not is_caller(leg.leg):
            yield _drop(leg.leg.rpartition("-")[0], leg.leg, fact)


def _still_to_do(interaction: str, call: Call, leg: e.SeenLeg, event: e.NodeSeen) -> Decision:
    """What the caller's leg still needs, by where we believed it to be and where it is."""
    if leg.bridged_with is not None:
        if call.consult is not None and call.consult.state == "parting" and leg.bridged_with == call.consult.leg.leg:
            yield consult.part(interaction, call, call.consult, event)
        elif all(leg.bridged_with != party.leg for party in call.legs):
            # An agent whose offer was over when they answered, unheard: the caller goes back to their place.
            yield _drop(interaction, leg.bridged_with, event)
    elif call.joining and leg.held:
        yield from consult.join(interaction, call, call.joining, event)
    elif call.state in ("closing", "transferred"):
        yield _hang_up(interaction, call, event)
    elif call.state in ("arrived", "guided") and leg.held:
        # The journal lost how they came there: out of the music, for nothing else is heard in it.
        yield ReturnCaller(cause=because(event), interaction=interaction, leg=call.leg, channel=call.channel)
    elif call.state == "arrived" and not leg.up and call.answer_at_ms is None:
        yield _answer(interaction, call, event)
    elif call.state in ("holding", "waiting") and not leg.held and leg.up == call.up:
        yield _hold(interaction, call, event) if leg.up else _answer(interaction, call, event)


def _on_broken(state: State, fact: e.Broken, _now_ms: int) -> Decision:
    """What the broken fact told of a call is forgotten: the node says it again.  Not when that itself is broken."""
    call = state.calls.get(fact.interaction or "")
    if call is not None and fact.fact in TOLD_BY_NODES:
        yield LookAgain(cause=because(fact), node=call.node)


def _on_missed(_state: State, fact: e.FactsMissed, _now_ms: int) -> Decision:
    yield LookAgain(cause=because(fact), node="")


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
        {**APPLIES, **outgoing.APPLIES, **transfers.APPLIES},
        {
            **outgoing.DECIDES,
            **transfers.DECIDES,
            e.CallArrived: _on_arrived,
            e.LegAnswered: _on_answered,
            e.InteractionQueued: _on_queued,
            e.QueueFull: _on_full,
            e.AgentChosen: _on_chosen,
            e.RecordShown: _on_shown,
            e.CallerHeld: _on_held,
            e.QueueClosed: _on_closed,
            e.WaitLeft: _on_left,
            e.KeyPressed: _on_key,
            e.CallbackAsked: _on_closed,
            e.CallbackNoted: _on_noted,
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
            e.NodeSeen: _on_seen,
            e.Broken: _on_broken,
            e.FactsMissed: _on_missed,
        },
        (AnswerCall, HoldCaller, ReturnCaller, RingAgent, DialNumber, PartLegs, JoinLegs, HangUpLeg, LookAgain),
    )
