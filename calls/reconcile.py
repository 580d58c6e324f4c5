"""What happened while nobody looked: the facts that lead from what we believed to what Asterisk has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calls.call import Call, Consult, Handed
from calls.consult import asked_for
from core import events as e
from core.events.base import Event, because


def missed_facts(interaction: str, call: Call, seen: Mapping[str, e.SeenLeg], event: e.NodeSeen) -> Iterator[Event]:
    """The facts about one call that we missed, in the order in which they can have happened."""
    cause = because(event)
    caller = seen.get(call.leg)
    agent = seen.get(call.agent_leg.leg) if call.agent_leg is not None else None
    if caller is not None and caller.up and not call.up:
        yield e.LegAnswered(cause=cause, interaction=interaction, leg=call.leg, channel=caller.channel)
    if caller is not None and caller.bridged_with is None and call.state == "announcing":
        # How far the words came nobody knows: back to the music.
        yield e.AnnouncementEnded(cause=cause, interaction=interaction)
    if call.consult is not None and caller is None:
        yield e.LegEnded(cause=cause, interaction=interaction, leg=call.leg, reason="lost", code=0)
        return
    if caller is not None and caller.held and call.state in ("holding", "announcing", "connected"):
        yield e.CallerHeld(cause=cause, interaction=interaction, leg=call.leg)
    gone_both = caller is None and call.state == "connected"  # who of the two went first nobody can say
    if call.agent_leg is not None and call.agent_leg.state != "wanted" and not gone_both:
        if agent is None:
            yield e.LegEnded(cause=cause, interaction=interaction, leg=call.agent_leg.leg, reason="lost", code=0)
        else:
            yield from _agent_facts(interaction, call, agent, cause)
    if call.consult is not None:
        yield from _consult_facts(interaction, call, call.consult, seen.get(call.consult.leg.leg), cause)
    if call.handed is not None and call.handed.state != "wanted":
        yield from _handed_facts(interaction, call, call.handed, seen.get(call.handed.leg), cause)
    if caller is None and call.state != "placing":
        yield e.LegEnded(cause=cause, interaction=interaction, leg=call.leg, reason="lost", code=0)


def _handed_facts(interaction: str, call: Call, handed: Handed, leg: e.SeenLeg | None, cause: str) -> Iterator[Event]:
    if leg is None:
        yield e.LegEnded(cause=cause, interaction=interaction, leg=handed.leg, reason="lost", code=0)
    elif leg.bridged_with == call.leg and handed.state != "joined":
        yield e.LegsBridged(cause=cause, interaction=interaction, leg=handed.leg, other=call.leg)


def _consult_facts(interaction: str, call: Call, first: Consult, leg: e.SeenLeg | None, cause: str) -> Iterator[Event]:
    """The agent who spoke with somebody while the citizen waited; told before whoever that was."""
    awaited = {"asking": asked_for(call), "returning": call.leg}.get(first.state)
    if leg is None:
        yield e.LegEnded(cause=cause, interaction=interaction, leg=first.leg.leg, reason="lost", code=0)
    elif leg.bridged_with is not None and leg.bridged_with == awaited:
        yield e.LegsBridged(cause=cause, interaction=interaction, leg=first.leg.leg, other=leg.bridged_with)


def _agent_facts(interaction: str, call: Call, agent: e.SeenLeg, cause: str) -> Iterator[Event]:
    state = call.agent_leg.state if call.agent_leg is not None else ""
    if agent.up and state == "ringing":
        yield e.LegAnswered(cause=cause, interaction=interaction, leg=agent.leg, channel=agent.channel)
    if agent.bridged_with == call.leg and state != "joined":
        yield e.LegsBridged(cause=cause, interaction=interaction, leg=agent.leg)
