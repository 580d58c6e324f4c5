"""What an agent does between two interactions: notes, what they asked for meanwhile, a breath, the next.

`becomes` is the one way in which distribution changes an agent's state.
"""

from __future__ import annotations

from typing import Literal

from acd.agent import BREATH, BREATH_MS, AgentRow, breath_ms, wrap_up_ms
from acd.queue import Contact
from acd.state import State
from core import events as e
from core.centre import AgentWish
from core.events.base import Event, because
from core.events.distribution import AgentState
from core.ids import InteractionId
from core.mind import Decision


def becomes(
    event: Event,
    agent: str,
    state: AgentState,
    *,
    reason: str = "",
    interaction: InteractionId | None = None,
    until_at_ms: int | None = None,
    misses: int = 0,
) -> e.AgentStateChanged:
    return e.AgentStateChanged(
        cause=because(event),
        agent=agent,
        state=state,
        reason=reason,
        interaction=interaction,
        until_at_ms=until_at_ms,
        misses=misses,
    )


def free(state: State, event: Event, agent: str, now_ms: int, misses: int = 0, *, asked: bool = True) -> Decision:
    """No longer busy: what was asked meanwhile, or the next interaction; after notes, with a breath before it."""
    row = state.agent(agent, now_ms)
    if asked and row.asked is not None:
        yield granted(state, event, agent, row.asked, row.asked_reason, now_ms)
        return
    centre = state.configurations.now
    breath = breath_ms(centre.agents.get(agent), centre.queues.get(row.queue)) if row.state == "wrap_up" else 0
    if breath:
        yield becomes(event, agent, "paused", reason=BREATH, until_at_ms=now_ms + breath, misses=misses)
    else:
        yield becomes(event, agent, rested(row), misses=misses)


def rested(row: AgentRow) -> Literal["available", "on_task"]:
    """Where somebody is whom nothing keeps: at the tasks that they have in hand, or free."""
    return "on_task" if row.tasks else "available"


def rests(state: State, event: Event, agent: str, now_ms: int) -> Decision:
    """A task, or the offer of one, is over: what was asked meanwhile, or the next."""
    row = state.agent(agent, now_ms)
    if row.asked is not None and not row.tasks:
        yield granted(state, event, agent, row.asked, row.asked_reason, now_ms)
    else:
        yield becomes(event, agent, rested(row))


def granted(state: State, event: Event, agent: str, wish: AgentWish, reason: str, now_ms: int) -> e.AgentStateChanged:
    """What somebody asked for, now that they are free for it."""
    if wish == "pause":
        pause = state.configurations.now.pauses.get(reason)
        longest_ms = pause.longest_ms if pause is not None else None
        until_at_ms = None if longest_ms is None else now_ms + longest_ms
        return becomes(event, agent, "paused", reason=reason, until_at_ms=until_at_ms)
    if wish == "log_out":
        return becomes(event, agent, "logged_out", reason=reason)
    return becomes(event, agent, rested(state.agent(agent, now_ms)))


def wraps_up(
    state: State, event: e.ConversationEnded | e.InteractionEnded | e.AgentLost, agent: str, now_ms: int
) -> e.AgentStateChanged:
    centre = state.configurations.now
    queue = centre.queues.get(state.agent(agent, now_ms).queue)
    until_at_ms = now_ms + wrap_up_ms(centre.agents.get(agent), queue)
    return becomes(event, agent, "wrap_up", interaction=event.interaction, until_at_ms=until_at_ms)


def breath(state: State, agent: str, event: Event, now_ms: int, misses: int = 0) -> Decision:
    """After an offer that came to nothing: what was asked meanwhile, or a while without another."""
    row = state.agent(agent, now_ms)
    if row.asked is not None:
        yield granted(state, event, agent, row.asked, row.asked_reason, now_ms)
        return
    centre = state.configurations.now
    lasts_ms = max(BREATH_MS, breath_ms(centre.agents.get(agent), centre.queues.get(row.queue)))
    yield becomes(event, agent, "paused", reason=BREATH, until_at_ms=now_ms + lasts_ms, misses=misses)


def failed(interaction: InteractionId, contact: Contact, reason: str, event: Event) -> e.OfferFailed:
    return e.OfferFailed(
        cause=because(event), interaction=interaction, offer=contact.offer or "", agent=contact.agent, reason=reason
    )


def missed(state: State, interaction: InteractionId, contact: Contact, event: Event, now_ms: int) -> Decision:
    """Nobody answered: a breath, and after several in a row no more offers until the agent says that they are back.

    A telephone that never rang is no miss of the agent's.
    """
    if not contact.rang:
        yield failed(interaction, contact, "not_rung", event)
        yield from breath(state, contact.agent, event, now_ms)
        return
    row = state.agent(contact.agent, now_ms)
    misses = row.misses + 1
    yield e.OfferMissed(
        cause=because(event), interaction=interaction, offer=contact.offer or "", agent=contact.agent, misses=misses
    )
    yield from not_lifted(state, contact.agent, misses, event, now_ms)


def not_lifted(state: State, agent: str, misses: int, event: Event, now_ms: int) -> Decision:
    """So many telephones in a row rang for nobody."""
    if misses >= state.configurations.now.ring_no_answer.misses and state.agent(agent, now_ms).asked is None:
        yield becomes(event, agent, "missed", misses=misses)
    else:
        yield from breath(state, agent, event, now_ms, misses)
