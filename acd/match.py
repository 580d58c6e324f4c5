"""Who suits whom: the longest idle agent for an interaction, the first in place for an agent."""

from __future__ import annotations

from collections.abc import Iterator

from acd.free import Team
from acd.queue import Contact, can_take, within_walls
from acd.state import State
from core import events as e
from core import ids
from core.centre import Agent
from core.events.base import Event, because
from core.ids import InteractionId

RULE = "longest_idle"


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
    return _longest_idle(state, state.free.teams(), interaction, contact, event, now_ms)


def _longest_idle(
    state: State, teams: list[Team], interaction: InteractionId, contact: Contact, event: Event, now_ms: int
) -> e.AgentChosen | None:
    """The longest idle of the free agents of `teams` who can take the contact; of two, the first by name."""
    able = [team.free for team in teams if team.free and _can_take(state, team.like, contact)]
    if not able:
        return None
    _, name = min(free[0] for free in able)
    why = e.Why(
        available=sum(len(team.free) for team in teams),
        eligible=sum(map(len, able)),
        rule=RULE,
        waited_ms=max(0, now_ms - contact.arrived_at_ms),
    )
    return _choice(state, interaction, contact, state.configurations.now.agents[name], why, event, now_ms)


def for_agent(state: State, name: str, event: Event, now_ms: int) -> e.AgentChosen | None:
    """The interaction for a free agent, the first in place over all the agent's queues, or None."""
    agent = state.configurations.now.agents.get(name)
    row = state.agents.get(name)
    if agent is None or row is None or row.state != "available":
        return None
    best = min(
        (found for queue in _queues(state, agent) if (found := _first(state, queue, agent)) is not None),
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
        if _can_take(state, agent, state.contacts[place[2]]):
            return place
    return None


def for_everyone(state: State, event: Event, now_ms: int) -> Iterator[e.AgentChosen]:
    """The agents for all who wait, first in place first: another configuration may let people take what they could
    not."""
    teams = [team.copy() for team in state.free.teams()]
    places = sorted(place for queue in state.waiting.names() for place in state.waiting.line(queue))
    for _, _, interaction in places:
        chosen = _longest_idle(state, teams, interaction, state.contacts[interaction], event, now_ms)
        if chosen is not None:
            for team in teams:
                team.free = [idle for idle in team.free if idle[1] != chosen.agent]
            yield chosen
        if not any(team.free for team in teams):
            return


def _queues(state: State, agent: Agent) -> Iterator[str]:
    """The queues that the agent serves: their own, and those that a reload left to one of these."""
    yield from agent.queues
    here = state.configurations.now.queues
    for name in state.waiting.names():
        if name not in here and state.queue(name).name in agent.queues:
            yield name


def _can_take(state: State, agent: Agent, contact: Contact) -> bool:
    """Whether the agent may take the contact; what waits in a queue that is no more, the heirs take as they can."""
    if contact.need.queue in state.configurations.now.queues:
        return can_take(agent, contact)
    return state.queue(contact.need.queue).name in agent.queues and within_walls(agent, contact.need)
