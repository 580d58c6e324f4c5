"""An agent calls somebody: whether they are free to, and that they are busy from the request on."""

from __future__ import annotations

from typing import Final

from acd.state import State
from core import events as e
from core import ids
from core.events.base import because
from core.events.outgoing import DialRefusal
from core.mind import Decision

FREE_TO_CALL: Final = frozenset({"available", "wrap_up", "paused", "missed", "on_task"})
"""Whoever is in none of these is in a conversation, about to be in one, or not at work."""


def on_dial_allowed(state: State, fact: e.DialAllowed, now_ms: int) -> Decision:
    """The agent is taken out of distribution before their telephone rings: nobody is offered to them meanwhile."""
    agent = state.configurations.now.agents.get(fact.agent)
    standing = state.agent(fact.agent, now_ms).state
    if agent is None or standing not in FREE_TO_CALL:
        why: DialRefusal = "agent_away" if agent is None or standing == "logged_out" else "agent_busy"
        yield e.DialRefused(
            cause=because(fact),
            request=fact.request,
            interaction=fact.interaction,
            agent=fact.agent,
            kind=fact.kind,
            why=why,
        )
        return
    yield e.CallPlaced(
        cause=because(fact),
        request=fact.request,
        interaction=fact.interaction,
        agent=fact.agent,
        phone=agent.phone,
        leg=ids.agent_leg(fact.interaction, 1),
        service=fact.service,
        number=fact.number,
        task=fact.task,
        kind=fact.kind,
        line=fact.line,
        node=fact.node,
        citizen_first=fact.citizen_first,
    )
    yield e.AgentStateChanged(
        cause=because(fact),
        agent=fact.agent,
        state="on_interaction",
        reason="",
        interaction=fact.interaction,
        until_at_ms=None,
        misses=state.agent(fact.agent, now_ms).misses if fact.interaction in state.callbacks else 0,
    )
