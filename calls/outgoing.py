"""Calls that agents place: asked, judged, the agent's telephone first, then the citizen's; or the other way round.

An agent who has answered hears ringing (`placing` → `dialling`) while the number is dialled on a line; whoever answers
there is joined to them by Asterisk itself.  From then on it is a call like any other.  What ends before that ends
`unreached`, by whatever was not answered, and is never dialled again by itself: somebody may have heard it ring.

Where the citizen is called first (`calling`), the agent is only kept free.  Whoever answers is told that somebody will
be with them, and waits, as callers do, for the few seconds in which the agent's telephone rings (acd/promises.py).
"""

from __future__ import annotations

from typing import Final

from calls import caps, lines
from calls.call import AgentLeg, Call, Claim, State
from calls.changes import conversation_over
from calls.orders import drop
from core import events as e
from core import ids, limits
from core.centre import Agent, Destination, Service
from core.commands import DialNumber, RingAgent
from core.destinations import classify
from core.events.base import Event, because
from core.events.outgoing import AGENT_UNANSWERED, DialRefusal
from core.mind import Applies, Decides, Decision
from core.personal import Personal

# The agent has just asked for it, telephone at hand.
AGENT_RING_MS: Final = 20_000
CANCELLED: Final = "cancelled"
"""The reason of an end that the agent made before anybody answered."""

BEFORE: Final = ("placing", "dialling", "calling")
"""The states before the citizen is there."""


# -- what facts change ------------------------------------------------------------------------------------------------


def placed(state: State, fact: e.CallPlaced, now_ms: int) -> None:
    if fact.interaction in state.calls:
        return
    agent = state.configurations.now.agents.get(fact.agent)
    leg = AgentLeg(
        leg=fact.leg,
        agent=fact.agent,
        phone=fact.phone,
        state="ringing",
        timeout_ms=AGENT_RING_MS,
        auto=agent is not None and agent.answer == "auto",
    )
    row = Call(
        state="calling" if fact.citizen_first else "placing",
        node=fact.node,
        leg=ids.dialled_leg(fact.interaction, 1),
        channel="",
        service=fact.service,
        caller=fact.number,
        trunk=fact.line,
        task=fact.task,
        dialled=1,
        asked=0 if fact.citizen_first else 1,
        agent_leg=None if fact.citizen_first else leg,
        kept_free=fact.agent if fact.citizen_first else "",
        outcome="unreached",
        step_by_at_ms=now_ms + AGENT_RING_MS + 2 * limits.RING_MARGIN_MS,
    )
    state.calls.put(fact.interaction, row)
    caps.count(state.diallers, fact, now_ms)


def dialled(state: State, fact: e.CitizenDialled, now_ms: int) -> None:
    ring_ms = state.configurations.now.outgoing.ring_ms
    state.go(fact, now_ms, step_by_at_ms=now_ms + ring_ms + 2 * limits.RING_MARGIN_MS)


def answered(state: State, fact: e.CitizenAnswered, now_ms: int) -> None:
    state.go(fact, now_ms, kept_free="")


def refused(state: State, fact: e.DialRefused, now_ms: int) -> None:
    if fact.why in ("destination", "emergency"):
        caps.sign(state.diallers, fact.agent, "refused", now_ms)


def suspected(state: State, fact: e.FraudSuspected, now_ms: int) -> None:
    caps.hold(state.diallers, fact, now_ms)


def talked(state: State, fact: e.ConversationEnded, now_ms: int) -> None:
    """A conversation that an agent began and that was over at once is a sign."""
    row = state.calls.get(fact.interaction)
    began_at_ms = row.connected_at_ms if row is not None and row.outcome == "reached" else None
    if began_at_ms is not None and now_ms - began_at_ms < caps.SHORT_MS:
        caps.sign(state.diallers, fact.agent, "short", now_ms)
    conversation_over(state, fact, now_ms)


def claimed(state: State, fact: e.TaskClaimed, _now_ms: int) -> None:
    state.claims.put(fact.task, Claim(agent=fact.agent))


def unclaimed(state: State, fact: e.TaskReleased | e.TaskClosed, _now_ms: int) -> None:
    state.claims.drop(fact.task)


APPLIES: Final[Applies] = {
    e.TaskClaimed: claimed,
    e.TaskReleased: unclaimed,
    e.TaskClosed: unclaimed,
    e.CallPlaced: placed,
    e.CitizenDialled: dialled,
    e.CitizenAnswered: answered,
    e.DialRefused: refused,
    e.FraudSuspected: suspected,
    e.ConversationEnded: talked,
}


# -- asked and judged -------------------------------------------------------------------------------------------------


def on_dial_asked(state: State, fact: e.DialAsked, now_ms: int) -> Decision:
    """Whether this number may be called by this agent for this service, now; acd says whether the agent is free."""
    centre = state.configurations.now
    number, kind = classify(fact.number.text or "")
    agent, service = centre.agents.get(fact.agent), centre.services.get(fact.service)
    line = line_for(state, "", reserved_use=bool(fact.task))
    why = _refusal(state, fact, agent, service, line, kind, now_ms)
    if why is not None or line is None:
        yield e.DialRefused(
            cause=because(fact),
            request=fact.request,
            interaction=fact.interaction,
            agent=fact.agent,
            kind=kind,
            why=why or "no_line",
        )
        return
    yield e.DialAllowed(
        cause=because(fact),
        request=fact.request,
        interaction=fact.interaction,
        agent=fact.agent,
        service=fact.service,
        number=Personal(fact.interaction, "number", number),
        task=fact.task,
        kind=kind,
        line=line,
        node=next(iter(state.nodes)),
        citizen_first=fact.citizen_first,
    )


def _refusal(
    state: State,
    fact: e.DialAsked,
    agent: Agent | None,
    service: Service | None,
    line: str | None,
    kind: Destination,
    now_ms: int,
) -> DialRefusal | None:
    policy = state.configurations.now.outgoing
    if agent is None:
        return "agent_away"
    if service is None or (agent.tenants and service.tenant not in agent.tenants):
        return "unknown_service"
    claim = state.claims.get(fact.task)
    if claim is not None and claim.agent != fact.agent:
        return "task_taken"
    if kind == "emergency":
        return "emergency"
    if kind not in policy.allowed.get(agent.role, ()):
        return "destination"
    if (why := caps.used_up(state.diallers, policy, fact.agent, now_ms)) is not None:
        return why
    if not len(state.nodes):
        return "telephony_away"
    if line is None:
        return "line_full" if state.configurations.now.lines else "no_line"
    return None


def line_for(state: State, name: str, *, reserved_use: bool) -> str | None:
    """The line to call by: `name`, or that of outgoing calls, or the freest.  None if there is no room on it.

    The reserved channels are for calls that were promised, and for transfers.
    """
    name = name or state.configurations.now.outgoing.line
    if not name:
        return lines.freest(state, reserved_use=reserved_use)
    return name if lines.free(state, name, reserved_use=reserved_use) else None


def on_refused(state: State, fact: e.DialRefused, now_ms: int) -> Decision:
    yield from _told(fact, done=False, reason=fact.why)
    yield from caps.alert(state.diallers, state.configurations.now.outgoing, fact, now_ms)


def _told(fact: e.DialRefused | e.CallPlaced, *, done: bool, reason: str) -> Decision:
    if fact.request:
        yield e.RequestAnswered(cause=because(fact), request=fact.request, done=done, reason=reason)


# -- rung and dialled -------------------------------------------------------------------------------------------------


def on_placed(state: State, fact: e.CallPlaced, now_ms: int) -> Decision:
    yield from _told(fact, done=True, reason="")
    call = state.calls[fact.interaction]
    if call.state == "calling":
        yield e.CitizenDialled(cause=because(fact), interaction=fact.interaction, agent=fact.agent, leg=call.leg)
    else:
        yield _ring(state, call, fact)
    yield from caps.alert(state.diallers, state.configurations.now.outgoing, fact, now_ms)


def _ring(state: State, call: Call, fact: e.CallPlaced) -> RingAgent:
    service = state.configurations.now.services.get(fact.service)
    return RingAgent(
        cause=because(fact),
        interaction=fact.interaction,
        leg=fact.leg,
        phone=fact.phone,
        caller_channel="",
        timeout_ms=AGENT_RING_MS + limits.RING_MARGIN_MS,
        show_number=fact.number,
        show_name=service.title if service is not None else "",
        auto_answer=call.agent_leg is not None and call.agent_leg.auto,
        kept=False,
    )


def on_answered(state: State, fact: e.LegAnswered, _now_ms: int) -> Decision:
    """The agent is there: now the citizen; or the citizen, who was called first: now the agent."""
    call = state.calls.get(fact.interaction)
    if call is None:
        return
    if call.state == "placing" and _is_agents(call, fact.leg) and call.agent_leg is not None:
        yield e.CitizenDialled(
            cause=because(fact), interaction=fact.interaction, agent=call.agent_leg.agent, leg=call.leg
        )
    elif call.state == "calling" and fact.leg == call.leg:
        yield e.CitizenAnswered(
            cause=because(fact),
            interaction=fact.interaction,
            agent=call.kept_free,
            service=call.service,
            leg=call.leg,
            channel=call.channel,
        )


def on_dialled(state: State, fact: e.CitizenDialled, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is None or call.state not in ("dialling", "calling") or call.caller is None:
        return
    ring_ms = state.configurations.now.outgoing.ring_ms
    yield DialNumber(
        cause=because(fact),
        interaction=fact.interaction,
        leg=call.leg,
        number=call.caller,
        line=call.trunk,
        with_channel=call.agent_leg.leg if call.agent_leg is not None else "",
        stays=True,
        show=shown(state, call.service, call.trunk),
        timeout_ms=ring_ms + limits.RING_MARGIN_MS,
        kept=False,
        beside=False,
    )


def shown(state: State, service: str, line: str) -> str:
    """The number that is presented: the service's, or the line's; never an agent's."""
    known, centre = state.configurations.now.services.get(service), state.configurations.now
    own = known.show if known is not None else ""
    return own or (centre.lines[line].show if line in centre.lines else "")


def _is_agents(call: Call, leg: str) -> bool:
    return call.agent_leg is not None and call.agent_leg.leg == leg


def agent_gone(interaction: str, call: Call, fact: e.LegEnded) -> Decision:
    """The agent's telephone, before the citizen was there: nobody is called any more."""
    reason = AGENT_UNANSWERED if call.state == "placing" else CANCELLED
    yield e.InteractionEnded(cause=because(fact), interaction=interaction, outcome="unreached", reason=reason)
    if call.state == "dialling":
        yield drop(interaction, call.leg, fact)


def overdue(interaction: str, call: Call, event: Event) -> Decision:
    """Asterisk has said nothing for longer than it lets anything ring."""
    leg = call.leg if call.state == "dialling" or call.agent_leg is None else call.agent_leg.leg
    yield e.LegEnded(cause=because(event), interaction=interaction, leg=leg, reason="no_answer", code=0)
    yield drop(interaction, leg, event)


def on_connected(state: State, fact: e.CallConnected, _now_ms: int) -> Decision:
    """What the call was for is done, by whoever talks with them: it may have been claimed for another."""
    call = state.calls.get(fact.interaction)
    if call is None or not call.task:
        return
    claim = state.claims.get(call.task)
    cause = because(fact)
    if claim is not None and claim.agent != fact.agent:
        yield e.TaskAsked(cause=cause, request="", agent=claim.agent, task=call.task, wish="release")
        yield e.TaskAsked(cause=cause, request="", agent=fact.agent, task=call.task, wish="claim")
    yield e.TaskAsked(cause=cause, request="", agent=fact.agent, task=call.task, wish="close")


def on_talked(state: State, fact: e.ConversationEnded, now_ms: int) -> Decision:
    yield from caps.alert(state.diallers, state.configurations.now.outgoing, fact, now_ms)


DECIDES: Final[Decides] = {
    e.DialAsked: on_dial_asked,
    e.DialRefused: on_refused,
    e.CallPlaced: on_placed,
    e.CitizenDialled: on_dialled,
    e.CallConnected: on_connected,
}
