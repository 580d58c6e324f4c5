"""The mind of distribution: who waits where, who is asked, and what an agent's telephone and wishes mean."""

from __future__ import annotations

from typing import Final

import msgspec

from acd import announce, blend, explained, hands, instructions, known, language, match, overflow, promises, wishes
from acd.after import becomes, breath, failed, free, granted, missed, not_lifted, wraps_up
from acd.agent import CUT_OFF, AgentRow
from acd.outgoing import on_dial_allowed
from acd.queue import Contact, Promise, Shut
from acd.state import APPLIES, Sight, State
from acd.wait import Habits
from acd.work import PageOpen, Work
from core import events as e
from core import limits
from core.deadlines import Deadlines
from core.events.base import Event, because
from core.events.outgoing import AGENT_UNANSWERED
from core.ids import InteractionId
from core.mind import Configurations, Decides, Decision, Mind, applied_by, decided_by
from core.table import Undo


def _on_need(state: State, fact: e.NeedStated, now_ms: int) -> Decision:
    """Into the queue, or where it overflows to."""
    need = fact.need
    if fact.back_to:
        need = _back_to(state, fact, now_ms)
        yield from _is_free_for_them(state, fact, now_ms)
    yield from overflow.place(state, fact, need, now_ms)


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
        yield becomes(fact, fact.back_to, "available", misses=row.misses)


def _on_opening(state: State, fact: e.OpeningChanged, now_ms: int) -> Decision:
    """A service closes: those of its callers who wait still are served, or told, as its hours have it."""
    yield from promises.on_opening(state, fact, now_ms)
    service = state.configurations.now.services.get(fact.service)
    hours = state.configurations.now.hours.get(service.hours) if service is not None else None
    if fact.state != "closed" or hours is None or hours.at_closing == "serve":
        return
    for interaction, contact in state.contacts.items():
        if contact.need.service == fact.service and contact.offer is None and not contact.task:
            yield e.QueueClosed(
                cause=because(fact), interaction=interaction, queue=contact.need.queue, need=contact.need
            )


def _on_let_in(_state: State, fact: e.LetIn, now_ms: int) -> Decision:
    yield e.InteractionQueued(cause=because(fact), interaction=fact.interaction, need=fact.need, arrived_at_ms=now_ms)


def _offer_contact(state: State, interaction: InteractionId, event: Event, now_ms: int) -> Decision:
    chosen = match.for_contact(state, interaction, event, now_ms)
    if chosen is not None:
        yield chosen


def _on_queued(state: State, fact: e.InteractionQueued, now_ms: int) -> Decision:
    yield from _offer_contact(state, fact.interaction, fact, now_ms)


def _on_agent_changed(state: State, fact: e.AgentStateChanged, now_ms: int) -> Decision:
    if fact.agent not in state.configurations.now.agents:
        yield from wishes.leave(state, fact.agent, fact)
        return
    chosen = match.for_agent(state, fact.agent, fact, now_ms)
    if chosen is not None:
        yield chosen
        return
    if fact.state == "available":
        yield from match.for_others(state, fact.agent, fact, now_ms)
    yield from blend.on_agent_changed(state, fact, now_ms)


def _on_configured(state: State, fact: e.ConfigurationApplied, now_ms: int) -> Decision:
    """Who is no longer in the configuration leaves, and who waits may be for other people now."""
    for name in state.agents:
        if name not in state.configurations.now.agents:
            yield from wishes.leave(state, name, fact)
    yield from match.for_everyone(state, fact, now_ms)


def _offered(state: State, interaction: InteractionId, leg: str) -> Contact | None:
    """The contact whose open offer rings on `leg`."""
    contact = state.contacts.get(interaction)
    return contact if contact is not None and contact.offer is not None and contact.leg == leg else None


def _on_answered(state: State, fact: e.LegAnswered, _now_ms: int) -> Decision:
    contact = _offered(state, fact.interaction, fact.leg)
    if contact is None or contact.answered or contact.offer is None:
        return
    yield e.OfferAnswered(cause=because(fact), interaction=fact.interaction, offer=contact.offer, agent=contact.agent)
    yield becomes(fact, contact.agent, "on_interaction", interaction=fact.interaction)


def _on_leg_ended(state: State, fact: e.LegEnded, now_ms: int) -> Decision:
    contact = _offered(state, fact.interaction, fact.leg)
    if contact is None or contact.offer is None:
        return
    if contact.answered:
        # Answered, then gone before the two were joined: the agent may take the next, the caller keeps the place.
        yield failed(fact.interaction, contact, fact.reason, fact)
        yield from free(state, fact, contact.agent, now_ms)
    elif fact.reason == "no_answer":
        yield from missed(state, fact.interaction, contact, fact, now_ms)
    elif fact.reason in ("busy", "declined"):
        yield e.OfferDeclined(
            cause=because(fact), interaction=fact.interaction, offer=contact.offer, agent=contact.agent
        )
        yield from breath(state, contact.agent, fact, now_ms)
    else:
        yield failed(fact.interaction, contact, fact.reason, fact)
        yield from breath(state, contact.agent, fact, now_ms)


def _on_offer_over(state: State, fact: e.OfferMissed | e.OfferDeclined | e.OfferFailed, now_ms: int) -> Decision:
    yield from _offer_contact(state, fact.interaction, fact, now_ms)


def _on_ended(state: State, fact: e.InteractionEnded, now_ms: int) -> Decision:
    """The caller left while a telephone rang: the agent is free as before, and stays the longest idle.

    An agent who answered but never got to talk is free as well, unless they called: that nobody answered is noted.
    """
    for name in state.busy.busy_with(fact.interaction):
        row = state.agents[name]
        if row.state == "on_interaction" and promises.kept_free(state, fact.interaction):
            yield from free(state, fact, name, now_ms, row.misses)
        elif row.state == "on_interaction" and fact.outcome == "unreached" and fact.reason != AGENT_UNANSWERED:
            yield wraps_up(state, fact, name, now_ms)
        elif row.state == "on_interaction" and fact.interaction in state.callbacks:
            yield from not_lifted(state, name, row.misses + 1, fact, now_ms)
        elif row.state == "on_interaction":
            yield from free(state, fact, name, now_ms)
        elif row.offer is not None and row.state == "offered":
            yield e.OfferWithdrawn(cause=because(fact), interaction=fact.interaction, offer=row.offer, agent=name)
    yield from promises.on_ended(state, fact, now_ms)


def _on_transfer_failed(state: State, fact: e.TransferFailed, now_ms: int) -> Decision:
    """An agent has the citizen back: whoever was rung, or spoken with, for them is free as before."""
    for name in state.busy.busy_with(fact.interaction) if fact.agent else ():
        row = state.agents[name]
        if name != fact.agent and row.state == "on_interaction":
            yield from free(state, fact, name, now_ms)
        elif name != fact.agent and row.state == "offered" and row.offer is not None:
            yield e.OfferWithdrawn(cause=because(fact), interaction=fact.interaction, offer=row.offer, agent=name)


def _on_withdrawn(state: State, fact: e.OfferWithdrawn, now_ms: int) -> Decision:
    row = state.agents[fact.agent]
    if row.state == "offered" and row.offer == fact.offer:
        yield from free(state, fact, fact.agent, now_ms, row.misses)


def _on_connected(state: State, fact: e.CallConnected, _now_ms: int) -> Decision:
    """They talk, and nobody told that the agent answered."""
    row = state.agents.get(fact.agent)
    if row is not None and row.state == "offered" and row.interaction == fact.interaction and row.offer is not None:
        yield e.OfferAnswered(cause=because(fact), interaction=fact.interaction, offer=row.offer, agent=fact.agent)
        yield becomes(fact, fact.agent, "on_interaction", interaction=fact.interaction)


def _on_conversation_ended(state: State, fact: e.ConversationEnded, now_ms: int) -> Decision:
    row = state.agents.get(fact.agent)
    if row is None or row.state != "on_interaction" or row.interaction != fact.interaction:
        return
    yield wraps_up(state, fact, fact.agent, now_ms)


def _on_agent_lost(state: State, fact: e.AgentLost, now_ms: int) -> Decision:
    """Nobody is given to a telephone that failed until it is back.  Whose telephone is sound notes what was said."""
    row = state.agents.get(fact.agent)
    if row is None or row.state != "on_interaction" or row.interaction != fact.interaction:
        return
    if fact.why not in ("phone_gone", "leg_failed"):
        yield wraps_up(state, fact, fact.agent, now_ms)
    elif row.asked is not None:
        yield granted(state, fact, fact.agent, row.asked, row.asked_reason, now_ms)
    else:
        yield becomes(fact, fact.agent, "paused", reason=CUT_OFF)


def _on_deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> Decision:
    if fact.kind == "agent":
        yield from wishes.on_time_over(state, fact, now_ms)
    elif fact.kind == "contact":
        contact = state.contacts.get(fact.key)
        if contact is not None and contact.offer is not None and not contact.answered:
            if contact.expires_at_ms is None:
                yield from missed(state, fact.key, contact, fact, now_ms)
        elif contact is not None and contact.offer is None:
            yield from _on_waiting(state, contact, fact, now_ms)
    elif fact.kind == "promise":
        yield from promises.on_time(state, fact, now_ms)
    else:
        yield from instructions.on_time_over(state, fact)


def _on_waiting(state: State, contact: Contact, fact: e.DeadlineReached, now_ms: int) -> Decision:
    """Somebody waits on: elsewhere, or here, where somebody may take them by now, or they are told how it stands."""
    if contact.task:  # nobody is on the line
        yield from _offer_contact(state, fact.key, fact, now_ms)
        return
    elsewhere = list(overflow.on_wait(state, fact.key, contact, fact, now_ms))
    yield from elsewhere
    if contact.announce_at_ms is None and not elsewhere:
        yield announce.due(state, fact.key, contact, fact, now_ms)
    if not any(isinstance(one, e.ContactMoved) for one in elsewhere):
        chosen = match.for_contact(state, fact.key, fact, now_ms)
        if chosen is not None:
            yield chosen
        elif contact.pulls_at_ms is None and not elsewhere:
            yield from blend.pull_back(state, fact.key, fact, now_ms)


def _on_phone(state: State, fact: e.PhoneSeen, now_ms: int) -> Decision:
    agent = state.configurations.now.agent_at(fact.phone)
    if agent is not None and agent.log_in_with_phone:
        yield from wishes.phone(state, agent, fact.reachable, fact, now_ms)


def _on_seen(state: State, fact: e.NodeSeen, now_ms: int) -> Decision:
    """Telephones may have come and gone while nobody looked."""
    phones = frozenset(fact.phones)
    for agent in state.configurations.now.agents.values():
        if agent.log_in_with_phone:
            yield from wishes.phone(state, agent, agent.phone in phones, fact, now_ms)


DECIDES: Final[Decides] = {
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
    e.AgentAsked: wishes.on_asked,
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
}


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
            "promises": (state.promises, Promise),
            "shut": (state.shut, Shut),
            "sight": (state.sight, Sight),
            "work": (state.work, Work),
            "pages": (state.pages, PageOpen),
        },
        applied_by(APPLIES, instructions.APPLIES, promises.APPLIES, hands.APPLIES, known.APPLIES, language.APPLIES),
        decided_by(DECIDES, promises.DECIDES, blend.DECIDES, known.DECIDES, language.DECIDES),
        (),
    )
