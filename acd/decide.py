"""The mind of distribution: who waits where, who is asked, and what an agent's telephone and wishes mean."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from acd import announce, explained, instructions, match
from acd.agent import BREATH, BREATH_MS, CUT_OFF, LIFE, PHONE_GONE, AgentRow
from acd.outgoing import on_dial_allowed
from acd.queue import Contact, Shut
from acd.state import APPLIES, Sight, State
from acd.wait import Habits
from core import events as e
from core import limits
from core.centre import AgentWish
from core.deadlines import Deadlines
from core.events.base import Event, because
from core.events.distribution import AgentState
from core.events.outgoing import AGENT_UNANSWERED
from core.ids import InteractionId
from core.mind import Configurations, Decision, Mind
from core.table import Undo

_WANTED: Final[dict[AgentWish, Literal["available", "paused", "logged_out"]]] = {
    "ready": "available",
    "log_in": "available",
    "pause": "paused",
    "log_out": "logged_out",
}


def _becomes(
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


def _on_need(state: State, fact: e.NeedStated, now_ms: int) -> Decision:
    """Into the queue, or the first that it overflows to with room."""
    need = fact.need
    if fact.back_to:
        need = _back_to(state, fact, now_ms)
        yield from _is_free_for_them(state, fact, now_ms)
    tried: list[str] = []
    name: str | None = need.queue
    while name is not None and name not in tried:
        queue = state.queue(name)
        moved = msgspec.structs.replace(need, queue=queue.name)
        if state.waiting.length(queue.name) < queue.max_waiting and not instructions.is_shut(state, moved):
            place = moved if queue.name == need.queue else _without_skills(moved)
            yield _queued(fact.interaction, place, fact, now_ms, fact.since_at_ms, fact.asked)
            return
        tried.append(name)
        if queue.overflow_to is not None:
            yield e.QueueOverflowed(
                cause=because(fact),
                interaction=fact.interaction,
                queue=queue.name,
                waiting=state.waiting.length(queue.name),
                to=queue.overflow_to,
            )
        name = queue.overflow_to
    if fact.since_at_ms is not None:  # somebody was with them already: nobody is sent away in the middle
        yield _queued(fact.interaction, need, fact, now_ms, fact.since_at_ms, fact.asked)
    else:
        yield e.QueueFull(cause=because(fact), interaction=fact.interaction, queue=need.queue, need=need)


def _back_to(state: State, fact: e.NeedStated, now_ms: int) -> e.Need:
    """Who handed them on has them first, if they are free or still write notes on them."""
    row = state.agent(fact.back_to, now_ms)
    writes = row.state == "wrap_up" and row.interaction == fact.interaction
    if row.asked is not None or not (writes or row.state == "available"):
        return fact.need
    return msgspec.structs.replace(fact.need, preferred=fact.back_to, preferred_ms=limits.COLLEAGUE_MS)


def _is_free_for_them(state: State, fact: e.NeedStated, now_ms: int) -> Decision:
    """The notes can wait: they are about the very person who is back."""
    row = state.agent(fact.back_to, now_ms)
    if row.asked is None and row.state == "wrap_up" and row.interaction == fact.interaction:
        yield _becomes(fact, fact.back_to, "available", misses=row.misses)


def _without_skills(need: e.Need) -> e.Need:
    """Another team takes it as it can: asking for the first team's skills there would leave the caller waiting."""
    return msgspec.structs.replace(need, skills=(), needs=None)


def _queued(
    interaction: InteractionId,
    need: e.Need,
    event: Event,
    now_ms: int,
    since_at_ms: int | None = None,
    asked: int = 0,
) -> e.InteractionQueued:
    return e.InteractionQueued(
        cause=because(event),
        interaction=interaction,
        need=need,
        arrived_at_ms=now_ms if since_at_ms is None else since_at_ms,
        asked=asked,
    )


def _on_opening(state: State, fact: e.OpeningChanged, _now_ms: int) -> Decision:
    """A service closes: those of its callers who wait still are served, or told, as its hours have it."""
    service = state.configurations.now.services.get(fact.service)
    hours = state.configurations.now.hours.get(service.hours) if service is not None else None
    if fact.state != "closed" or hours is None or hours.at_closing == "serve":
        return
    for interaction, contact in state.contacts.items():
        if contact.need.service == fact.service and contact.offer is None:
            yield e.QueueClosed(
                cause=because(fact), interaction=interaction, queue=contact.need.queue, need=contact.need
            )


def _on_let_in(_state: State, fact: e.LetIn, now_ms: int) -> Decision:
    yield _queued(fact.interaction, fact.need, fact, now_ms)


def _offer_contact(state: State, interaction: InteractionId, event: Event, now_ms: int) -> Decision:
    chosen = match.for_contact(state, interaction, event, now_ms)
    if chosen is not None:
        yield chosen


def _on_queued(state: State, fact: e.InteractionQueued, now_ms: int) -> Decision:
    yield from _offer_contact(state, fact.interaction, fact, now_ms)


def _on_agent_changed(state: State, fact: e.AgentStateChanged, now_ms: int) -> Decision:
    if fact.agent not in state.configurations.now.agents:
        yield from _leave(state, fact.agent, fact)
        return
    chosen = match.for_agent(state, fact.agent, fact, now_ms)
    if chosen is not None:
        yield chosen
    elif fact.state == "available":
        yield from match.for_others(state, fact.agent, fact, now_ms)


def _on_configured(state: State, fact: e.ConfigurationApplied, now_ms: int) -> Decision:
    """Who is no longer in the configuration leaves, and who waits may be for other people now."""
    for name in state.agents:
        if name not in state.configurations.now.agents:
            yield from _leave(state, name, fact)
    yield from match.for_everyone(state, fact, now_ms)


def _leave(state: State, agent: str, event: Event) -> Decision:
    """An agent whom a reload took away: what is under way is finished first."""
    if state.agents[agent].state in ("available", "paused"):
        yield _becomes(event, agent, "logged_out", reason="retiré")


def _offered(state: State, interaction: InteractionId, leg: str) -> Contact | None:
    """The contact whose open offer rings on `leg`."""
    contact = state.contacts.get(interaction)
    return contact if contact is not None and contact.offer is not None and contact.leg == leg else None


def _on_answered(state: State, fact: e.LegAnswered, _now_ms: int) -> Decision:
    contact = _offered(state, fact.interaction, fact.leg)
    if contact is None or contact.answered or contact.offer is None:
        return
    yield e.OfferAnswered(cause=because(fact), interaction=fact.interaction, offer=contact.offer, agent=contact.agent)
    yield _becomes(fact, contact.agent, "on_interaction", interaction=fact.interaction)


def _on_leg_ended(state: State, fact: e.LegEnded, now_ms: int) -> Decision:
    contact = _offered(state, fact.interaction, fact.leg)
    if contact is None or contact.offer is None:
        return
    if contact.answered:
        # Answered, then gone before the two were joined: the agent may take the next, the caller keeps the place.
        yield _failed(fact.interaction, contact, fact.reason, fact)
        yield from _free(fact, contact.agent, state.agent(contact.agent, now_ms))
    elif fact.reason == "no_answer":
        yield from _missed(state, fact.interaction, contact, fact, now_ms)
    elif fact.reason in ("busy", "declined"):
        yield e.OfferDeclined(
            cause=because(fact), interaction=fact.interaction, offer=contact.offer, agent=contact.agent
        )
        yield from _breath(state, contact.agent, fact, now_ms)
    else:
        yield _failed(fact.interaction, contact, fact.reason, fact)
        yield from _breath(state, contact.agent, fact, now_ms)


def _failed(interaction: InteractionId, contact: Contact, reason: str, event: Event) -> e.OfferFailed:
    return e.OfferFailed(
        cause=because(event), interaction=interaction, offer=contact.offer or "", agent=contact.agent, reason=reason
    )


def _breath(state: State, agent: str, event: Event, now_ms: int, misses: int = 0) -> Decision:
    row = state.agent(agent, now_ms)
    if row.asked is not None:
        yield from _granted(event, agent, row.asked, row.asked_reason)
    else:
        yield _becomes(event, agent, "paused", reason=BREATH, until_at_ms=now_ms + BREATH_MS, misses=misses)


def _missed(state: State, interaction: InteractionId, contact: Contact, event: Event, now_ms: int) -> Decision:
    """Nobody answered: a breath, and after several in a row a pause that the agent ends.

    A telephone that never rang is no miss of the agent's.
    """
    if not contact.rang:
        yield _failed(interaction, contact, "not_rung", event)
        yield from _breath(state, contact.agent, event, now_ms)
        return
    policy = state.configurations.now.ring_no_answer
    misses = state.agent(contact.agent, now_ms).misses + 1
    yield e.OfferMissed(
        cause=because(event),
        interaction=interaction,
        offer=contact.offer or "",
        agent=contact.agent,
        misses=misses,
    )
    if misses >= policy.misses:
        yield _becomes(event, contact.agent, "paused", reason=policy.reason)
    else:
        yield from _breath(state, contact.agent, event, now_ms, misses)


def _on_offer_over(state: State, fact: e.OfferMissed | e.OfferDeclined | e.OfferFailed, now_ms: int) -> Decision:
    yield from _offer_contact(state, fact.interaction, fact, now_ms)


def _on_ended(state: State, fact: e.InteractionEnded, now_ms: int) -> Decision:
    """The caller left while a telephone rang: the agent is free as before, and stays the longest idle.

    An agent who answered but never got to talk is free as well, unless they called: that nobody answered is noted.
    """
    for name in state.busy.busy_with(fact.interaction):
        row = state.agents[name]
        if row.state == "on_interaction" and fact.outcome == "unreached" and fact.reason != AGENT_UNANSWERED:
            yield _wraps_up(state, fact, name, now_ms)
        elif row.state == "on_interaction":
            yield from _free(fact, name, row)
        elif row.offer is not None and row.state == "offered":
            yield e.OfferWithdrawn(cause=because(fact), interaction=fact.interaction, offer=row.offer, agent=name)


def _on_transfer_failed(state: State, fact: e.TransferFailed, _now_ms: int) -> Decision:
    """An agent has the citizen back: whoever was rung, or spoken with, for them is free as before."""
    for name in state.busy.busy_with(fact.interaction) if fact.agent else ():
        row = state.agents[name]
        if name != fact.agent and row.state == "on_interaction":
            yield from _free(fact, name, row)
        elif name != fact.agent and row.state == "offered" and row.offer is not None:
            yield e.OfferWithdrawn(cause=because(fact), interaction=fact.interaction, offer=row.offer, agent=name)


def _on_withdrawn(state: State, fact: e.OfferWithdrawn, now_ms: int) -> Decision:
    row = state.agents[fact.agent]
    if row.state == "offered" and row.offer == fact.offer:
        yield from _free(fact, fact.agent, row, row.misses)


def _on_connected(state: State, fact: e.CallConnected, _now_ms: int) -> Decision:
    """They talk, and nobody told that the agent answered."""
    row = state.agents.get(fact.agent)
    if row is not None and row.state == "offered" and row.interaction == fact.interaction and row.offer is not None:
        yield e.OfferAnswered(cause=because(fact), interaction=fact.interaction, offer=row.offer, agent=fact.agent)
        yield _becomes(fact, fact.agent, "on_interaction", interaction=fact.interaction)


def _on_conversation_ended(state: State, fact: e.ConversationEnded, now_ms: int) -> Decision:
    row = state.agents.get(fact.agent)
    if row is None or row.state != "on_interaction" or row.interaction != fact.interaction:
        return
    yield _wraps_up(state, fact, fact.agent, now_ms)


def _on_agent_lost(state: State, fact: e.AgentLost, now_ms: int) -> Decision:
    """Nobody is given to a telephone that failed until it is back.  Whose telephone is sound notes what was said."""
    row = state.agents.get(fact.agent)
    if row is None or row.state != "on_interaction" or row.interaction != fact.interaction:
        return
    if fact.why not in ("phone_gone", "leg_failed"):
        yield _wraps_up(state, fact, fact.agent, now_ms)
    elif row.asked is not None:
        yield from _granted(fact, fact.agent, row.asked, row.asked_reason)
    else:
        yield _becomes(fact, fact.agent, "paused", reason=CUT_OFF)


def _wraps_up(
    state: State, event: e.ConversationEnded | e.InteractionEnded | e.AgentLost, agent: str, now_ms: int
) -> e.AgentStateChanged:
    known = state.configurations.now.agents.get(agent)
    until_at_ms = now_ms + (known.wrap_up_ms if known is not None else 0)
    return _becomes(event, agent, "wrap_up", interaction=event.interaction, until_at_ms=until_at_ms)


def _free(event: Event, agent: str, row: AgentRow, misses: int = 0) -> Decision:
    """No longer busy: what was asked meanwhile, or the next interaction."""
    if row.asked is not None:
        yield from _granted(event, agent, row.asked, row.asked_reason)
    else:
        yield _becomes(event, agent, "available", misses=misses)


def _granted(event: Event, agent: str, wish: AgentWish, reason: str) -> Decision:
    """What was asked while busy, now."""
    if wish == "pause":
        yield _becomes(event, agent, "paused", reason=reason)
    elif wish == "log_out":
        yield _becomes(event, agent, "logged_out", reason=reason)
    else:
        yield _becomes(event, agent, "available")


def _on_deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> Decision:
    if fact.kind == "agent":
        row = state.agents.get(fact.key)
        if row is not None and (row.state == "wrap_up" or (row.state == "paused" and row.reason == BREATH)):
            yield from _free(fact, fact.key, row, row.misses)
    elif fact.kind == "contact":
        contact = state.contacts.get(fact.key)
        if contact is not None and contact.offer is not None and not contact.answered:
            if contact.expires_at_ms is None:
                yield from _missed(state, fact.key, contact, fact, now_ms)
        elif contact is not None and contact.offer is None:
            if contact.announce_at_ms is None:
                yield announce.due(state, fact.key, contact, fact, now_ms)
            yield from _offer_contact(state, fact.key, fact, now_ms)
    else:
        yield from instructions.on_time_over(state, fact)


def _on_asked(state: State, fact: e.AgentAsked, now_ms: int) -> Decision:
    if fact.agent not in state.configurations.now.agents:
        yield from _reply(fact, done=False, reason="agent_unknown")
        return
    row = state.agent(fact.agent, now_ms)
    target = _WANTED[fact.wish]
    if row.state in ("offered", "on_interaction"):
        # Being available is what comes next anyway; anything else is kept until the agent is free.
        yield from _reply(fact, done=True, reason="" if row.asked is None else "later")
        return
    if LIFE.may(row.state, target) and not row.state == target == "available":
        yield _becomes(fact, fact.agent, target, reason=fact.reason)
    yield from _reply(fact, done=True)


def _reply(fact: e.AgentAsked, *, done: bool, reason: str = "") -> Decision:
    """A page that asked is answered; a star code was, by the telephone."""
    if fact.request:
        yield e.RequestAnswered(cause=because(fact), request=fact.request, done=done, reason=reason)


def _on_phone(state: State, fact: e.PhoneSeen, now_ms: int) -> Decision:
    agent = state.configurations.now.agent_at(fact.phone)
    if agent is not None and agent.log_in_with_phone:
        yield from _reachable(state.agent(agent.name, now_ms), agent.name, fact.reachable, fact)


def _reachable(row: AgentRow, agent: str, reachable: bool, event: Event) -> Decision:
    """A telephone that registers logs its agent in; one that goes logs the agent out, unless they are in a call."""
    if reachable and (row.state == "logged_out" or (row.state == "paused" and row.reason == CUT_OFF)):
        yield _becomes(event, agent, "available")
    elif not reachable and row.state in ("available", "paused", "wrap_up"):
        yield _becomes(event, agent, "logged_out", reason=PHONE_GONE)


def _on_seen(state: State, fact: e.NodeSeen, now_ms: int) -> Decision:
    """Telephones may have come and gone while nobody looked."""
    phones = frozenset(fact.phones)
    for agent in state.configurations.now.agents.values():
        if agent.log_in_with_phone:
            yield from _reachable(state.agent(agent.name, now_ms), agent.name, agent.phone in phones, fact)


def mind(undo: Undo, deadlines: Deadlines, configurations: Configurations) -> Mind:
    """The mind of distribution, with its state."""
    state = State(undo, deadlines, configurations)
    return Mind(
        "acd",
        state,
        {
            "agents": (state.agents, AgentRow),
            "contacts": (state.contacts, Contact),
            "habits": (state.habits, Habits),
            "shut": (state.shut, Shut),
            "sight": (state.sight, Sight),
        },
        {**APPLIES, **instructions.APPLIES},
        {
            e.NeedStated: _on_need,
            e.LetIn: _on_let_in,
            e.OpeningChanged: _on_opening,
            e.InteractionQueued: _on_queued,
            e.AgentStateChanged: _on_agent_changed,
            e.LegAnswered: _on_answered,
            e.LegEnded: _on_leg_ended,
            e.OfferMissed: _on_offer_over,
            e.OfferDeclined: _on_offer_over,
            e.OfferFailed: _on_offer_over,
            e.OfferWithdrawn: _on_withdrawn,
            e.TransferFailed: _on_transfer_failed,
            e.InteractionEnded: _on_ended,
            e.CallConnected: _on_connected,
            e.ConversationEnded: _on_conversation_ended,
            e.AgentLost: _on_agent_lost,
            e.DeadlineReached: _on_deadline,
            e.AgentAsked: _on_asked,
            e.PhoneSeen: _on_phone,
            e.NodeSeen: _on_seen,
            e.ConfigurationApplied: _on_configured,
            e.DialAllowed: on_dial_allowed,
            e.InstructionGiven: instructions.on_given,
            e.WaitAsked: explained.on_asked,
            e.PlaceKept: instructions.on_changed,
            e.ContactMoved: instructions.on_changed,
            e.ContactRanked: instructions.on_changed,
            e.ContactGiven: instructions.on_changed,
            e.QueueShut: instructions.on_shut,
        },
        (),
    )
