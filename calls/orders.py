"""The orders that connections are made of, each said in one place: answer, hold, ring, part, hang up."""

from __future__ import annotations

from calls.call import AgentLeg, Call, Consult, State
from core import limits
from core.commands import AnswerCall, HangUpLeg, HoldCaller, PartLegs, RingAgent
from core.events.base import Event, because


def answer(interaction: str, call: Call, event: Event) -> AnswerCall:
    return AnswerCall(cause=because(event), interaction=interaction, leg=call.leg, channel=call.channel)


def hold(interaction: str, call: Call, event: Event) -> HoldCaller | PartLegs:
    """Into the music; from the agent who wants to speak with somebody first, without losing them."""
    first = call.consult
    if first is not None and first.state == "parting":
        return part(interaction, call, first, event)
    party = first.leg if first is not None and first.state == "returning" else call.agent_leg or call.handed
    return HoldCaller(
        cause=because(event),
        interaction=interaction,
        leg=call.leg,
        channel=call.channel,
        unless_with=party.leg if party is not None else "",
    )


def part(interaction: str, call: Call, first: Consult, event: Event) -> PartLegs:
    return PartLegs(
        cause=because(event), interaction=interaction, leg=call.leg, channel=call.channel, agent_leg=first.leg.leg
    )


def ring(state: State, interaction: str, call: Call, leg: AgentLeg, event: Event) -> RingAgent:
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


def hang_up(interaction: str, call: Call, event: Event) -> HangUpLeg:
    """The caller."""
    return HangUpLeg(cause=because(event), interaction=interaction, leg=call.leg, channel=call.channel)


def drop(interaction: str, leg: str, event: Event) -> HangUpLeg:
    """Whoever else is on `leg`: it is its own channel's name."""
    return HangUpLeg(cause=because(event), interaction=interaction, leg=leg, channel="")
