"""What happened while nobody looked: the facts that lead from what we believed to what Asterisk has, and then what is
still to be done on what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from calls import consult
from calls.call import Call, Consult, Handed, Help, State
from calls.orders import answer, drop, hang_up, hold, part
from core import events as e
from core.commands import LookAgain, ReturnCaller
from core.events.base import Event, because
from core.ids import is_caller
from core.mind import Decides, Decision

TOLD_BY_NODES: Final = frozenset(
    fact.__name__ for fact in (e.LegAnswered, e.LegEnded, e.CallerHeld, e.CallerReturned, e.LegsBridged)
)
"""Facts that the next NodeSeen tells again when they were not taken."""


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
    if (call.consult is not None or call.handed is not None or call.help is not None) and caller is None:
        # Told first, and alone: whoever is rung for them, or speaks of them, is let go with them.
        yield e.LegEnded(cause=cause, interaction=interaction, leg=call.leg, reason="lost", code=0)
        return
    if caller is not None and caller.held and call.state in ("holding", "announcing", "connected"):
        yield e.CallerHeld(cause=cause, interaction=interaction, leg=call.leg)
    if call.help is not None:
        yield from _help_facts(interaction, call.help, seen.get(call.help.leg), cause)
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


def _help_facts(interaction: str, called: Help, leg: e.SeenLeg | None, cause: str) -> Iterator[Event]:
    if leg is None:
        yield e.LegEnded(cause=cause, interaction=interaction, leg=called.leg, reason="lost", code=0)
    elif leg.bridged_with is not None and called.state == "ringing":
        yield e.LegsBridged(cause=cause, interaction=interaction, leg=called.leg)


def _consult_facts(interaction: str, call: Call, first: Consult, leg: e.SeenLeg | None, cause: str) -> Iterator[Event]:
    """The agent who spoke with somebody while the citizen waited; told before whoever that was."""
    awaited = {"asking": consult.asked_for(call), "returning": call.leg}.get(first.state)
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
            yield drop(leg.leg.rpartition("-")[0], leg.leg, fact)


def _still_to_do(interaction: str, call: Call, leg: e.SeenLeg, event: e.NodeSeen) -> Decision:
    """What the caller's leg still needs, by where we believed it to be and where it is."""
    if leg.bridged_with is not None:
        if call.consult is not None and call.consult.state == "parting" and leg.bridged_with == call.consult.leg.leg:
            yield part(interaction, call, call.consult, event)
        elif all(leg.bridged_with != party.leg for party in call.legs):
            # An agent whose offer was over when they answered, unheard: the caller goes back to their place.
            yield drop(interaction, leg.bridged_with, event)
    elif call.joining and leg.held:
        yield from consult.join(interaction, call, call.joining, event)
    elif call.state in ("closing", "transferred"):
        yield hang_up(interaction, call, event)
    elif call.state in ("arrived", "guided") and leg.held:
        # The journal lost how they came there: out of the music, for nothing else is heard in it.
        yield ReturnCaller(cause=because(event), interaction=interaction, leg=call.leg, channel=call.channel)
    elif call.state == "arrived" and not leg.up and call.answer_at_ms is None:
        yield answer(interaction, call, event)
    elif call.state in ("holding", "waiting") and not leg.held and leg.up == call.up:
        yield hold(interaction, call, event) if leg.up else answer(interaction, call, event)


def _on_broken(state: State, fact: e.Broken, _now_ms: int) -> Decision:
    """What the broken fact told of a call is forgotten: the node says it again.  Not when that itself is broken."""
    call = state.calls.get(fact.interaction or "")
    if call is not None and fact.fact in TOLD_BY_NODES:
        yield LookAgain(cause=because(fact), node=call.node)


def _on_missed(_state: State, fact: e.FactsMissed, _now_ms: int) -> Decision:
    yield LookAgain(cause=because(fact), node="")


DECIDES: Final[Decides] = {e.NodeSeen: _on_seen, e.Broken: _on_broken, e.FactsMissed: _on_missed}
