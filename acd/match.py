"""Who suits whom: the longest idle agent for an interaction, the first in place for an agent."""

from __future__ import annotations

from acd.agent import AgentRow
from acd.queue import Contact, can_take
from acd.state import State
from core import events as e
from core import ids
from core.centre import Agent
from core.events.base import Event, because
from core.ids import InteractionId

RULE = "longest_idle"


def _free(state: State) -> list[tuple[int, str, Agent, AgentRow]]:
    """Available agents, longest idle first, ties by name."""
    agents = state.configurations.now.agents
    rows = [
        (row.idle_since_ms, name, agents[name], row)
        for name, row in state.agents.items()
        if row.state == "available" and name in agents
    ]
    return sorted(rows, key=lambda free: free[:2])


def _choice(
    state: State, interaction: InteractionId, contact: Contact, agent: Agent, why: e.Why, event: Event, now_ms: int
) -> e.AgentChosen:
    number = contact.offers + 1
    return e.AgentChosen(
        cause=because(event),
        interaction=interaction,
        offer=ids.offer(interaction, number),
        agent=agent.name,
        phone=agent.phone,
        leg=ids.agent_leg(interaction, number),
        expires_at_ms=now_ms + state.queue(contact.need.queue).offer_ms,
        why=why,
    )


def for_contact(state: State, interaction: InteractionId, event: Event, now_ms: int) -> e.AgentChosen | None:
    """The agent for a waiting interaction, or None."""
    contact = state.contacts.get(interaction)
    if contact is None or contact.offer is not None:
        return None
    free = _free(state)
    eligible = [agent for _, _, agent, _ in free if can_take(agent, contact)]
    if not eligible:
        return None
    why = e.Why(
        available=len(free), eligible=len(eligible), rule=RULE, waited_ms=max(0, now_ms - contact.arrived_at_ms)
    )
    return _choice(state, interaction, contact, eligible[0], why, event, now_ms)


def for_agent(state: State, name: str, event: Event, now_ms: int) -> e.AgentChosen | None:
    """The interaction for a free agent, the first in place over all the agent's queues, or None."""
    agent = state.configurations.now.agents.get(name)
    row = state.agents.get(name)
    if agent is None or row is None or row.state != "available":
        return None
    best = min(
        (found for queue in agent.queues if (found := _first(state, queue, agent)) is not None),
        default=None,
    )
    if best is None:
        return None
    _, arrived_at_ms, interaction = best
    why = e.Why(available=1, eligible=1, rule=RULE, waited_ms=max(0, now_ms - arrived_at_ms))
    return _choice(state, interaction, state.contacts[interaction], agent, why, event, now_ms)


def _first(state: State, queue: str, agent: Agent) -> tuple[int, int, str] | None:
    """The first place of `queue` that the agent can take."""
    for place in state.waiting.line(queue):
        if can_take(agent, state.contacts[place[2]]):
            return place
    return None
