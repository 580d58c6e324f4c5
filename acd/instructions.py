"""What supervisors order about people who wait, agents and queues: what is refused, what asks for a second thought.

Walls come first.  Whoever waits for an organisation that the supervisor does not answer for, or an agent of another, is
somebody that nobody here has heard of; the administrator of the machine (`@account`) answers for all.  No order opens a
wall between organisations, and none takes a place away: a person who is moved keeps that of their arrival.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from acd import waits
from acd.agent import BREATH
from acd.match import for_contact
from acd.need import stages
from acd.preferred import not_beyond_longest
from acd.queue import ANNOUNCE_FIRST_MS, Contact, Shut, queue_key
from acd.state import State, timed
from acd.turn import GIVEN_BACK, place_in_queue
from acd.wishes import STANDING, refused
from core import events as e
from core import limits
from core.centre import Agent
from core.events.base import Event, because
from core.ids import InteractionId
from core.mind import Applies, Decision

HIGHEST: Final = 1
LOWEST: Final = 9

ORDERED: Final = "consigne"
"""Why somebody is paused whose supervisor wished it."""

WAITED_FOR: Final = ("offered", "on_interaction", "wrap_up")
"""Whoever is in one of these will be free in a while: a person who is given to them waits for that."""

Outcome = list[Event] | str
"""What follows from an order, or why it is refused: a key of the pages' texts."""


def on_given(state: State, fact: e.InstructionGiven, now_ms: int) -> Decision:
    """The whole order or nothing, answered in the same step."""
    found = _FOLLOWED[type(fact.what)](state, fact, fact.what, now_ms) if _fit(fact.reason) else "reason_missing"
    refusal = found if isinstance(found, str) else ""
    if not isinstance(found, str):
        yield from found
    if refusal or not isinstance(fact.what, e.Force):  # what is wished for an agent is answered as the agent's wish is
        yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not refusal, reason=refusal)


def _fit(reason: str) -> bool:
    return limits.REASON_LEAST <= len(reason.strip()) <= limits.REASON_CHARACTERS and reason.isprintable()


# -- walls ------------------------------------------------------------------------------------------------------------


def tenants_of(state: State, by: str) -> tuple[str, ...]:
    """The organisations for which `by` may order; nobody keeps apart those of a centre that names none."""
    centre = state.configurations.now
    if by.startswith("@"):
        return centre.organisations
    agent = centre.agents.get(by)
    if agent is None or agent.role == "agent":
        return ()
    return agent.tenants if centre.tenants else centre.organisations


def waiting_contact(state: State, by: str, interaction: InteractionId) -> Contact | str:
    """Somebody who waits, or is offered to an agent who has not answered yet; or why there is no such person."""
    contact = state.contacts.get(interaction)
    if contact is None or contact.task or not _answers_for(state, by, contact.need.tenant):
        return "contact_unknown"
    return "contact_answered" if contact.answered else contact


def _answers_for(state: State, by: str, tenant: str) -> bool:
    return by.startswith("@") or tenant in tenants_of(state, by)


def known_agent(state: State, by: str, name: str) -> Agent | None:
    """The agent, if `by` may order anything of them."""
    agent = state.configurations.now.agents.get(name)
    if agent is None or by.startswith("@"):
        return agent
    theirs = tenants_of(state, by)
    return agent if theirs and (not agent.tenants or set(agent.tenants) & set(theirs)) else None


# -- people who wait --------------------------------------------------------------------------------------------------


def _taken_from(fact: e.InstructionGiven, interaction: InteractionId, contact: Contact) -> list[Event]:
    """A telephone that rings for them is told to stop; its agent is as free as before."""
    if contact.offer is None:
        return []
    return [
        e.OfferWithdrawn(cause=because(fact), interaction=interaction, offer=contact.offer, agent=contact.agent),
    ]


def _move(state: State, fact: e.InstructionGiven, what: e.Move, now_ms: int) -> Outcome:
    contact = waiting_contact(state, fact.by, what.interaction)
    if isinstance(contact, str):
        return contact
    if what.queue not in state.configurations.now.queues:
        return "queue_unknown"
    if what.queue == contact.need.queue:
        return "queue_same"
    doubt = _doubt_about(state, moved_to(contact.need, what.queue))
    if doubt == "nobody_ever" or (doubt and not fact.anyway):
        return doubt
    return [
        *_taken_from(fact, what.interaction, contact),
        moved(fact, what.interaction, contact, what.queue, fact.by, fact.reason),
    ]


def moved_to(need: e.Need, queue: str) -> e.Need:
    """Another team takes it as it can, as when a queue overflows."""
    return msgspec.structs.replace(need, queue=queue, skills=(), needs=None, preferred="", preferred_ms=0)


def moved(
    event: Event, interaction: InteractionId, contact: Contact, queue: str, by: str, reason: str
) -> e.ContactMoved:
    return e.ContactMoved(
        cause=because(event),
        interaction=interaction,
        left=contact.need.queue,
        need=moved_to(contact.need, queue),
        by=by,
        reason=reason,
    )


def _doubt_about(state: State, need: e.Need) -> str:
    """What speaks against sending somebody there: nobody could ever take them, nobody is at work, shut, full."""
    queue = state.queue(need.queue)
    profiles = state.floor.profiles
    able = 0
    for stage in stages(state.configurations.now.tenants, queue, need):
        able |= profiles.able(stage.demand)
    if not able:
        return "nobody_ever"
    at_work = (name for name, row in state.agents.items() if row.state != "logged_out" and name in profiles.of)
    if not any(able >> profiles.of[name] & 1 for name in at_work):
        return "nobody_there"
    if is_shut(state, need):
        return "queue_shut"
    return "queue_full" if state.waiting.length(need.queue) >= queue.max_waiting else ""


def _rank(state: State, fact: e.InstructionGiven, what: e.Rank, _now_ms: int) -> Outcome:
    contact = waiting_contact(state, fact.by, what.interaction)
    if isinstance(contact, str):
        return contact
    before = contact.need.priority
    if contact.need.emergency or before <= GIVEN_BACK:
        return "first_already"
    if not HIGHEST <= what.priority <= LOWEST or what.priority == before:
        return "rank_unfit"
    need = msgspec.structs.replace(contact.need, priority=what.priority)
    ranked = e.ContactRanked(
        cause=because(fact),
        interaction=what.interaction,
        priority_before=before,
        need=need,
        by=fact.by,
        reason=fact.reason,
    )
    return [ranked]


def _give(state: State, fact: e.InstructionGiven, what: e.Give, now_ms: int) -> Outcome:
    contact = waiting_contact(state, fact.by, what.interaction)
    if isinstance(contact, str):
        return contact
    agent = known_agent(state, fact.by, what.agent)
    if agent is None:
        return "agent_unknown"
    refusal = _may_take(state, fact, agent, contact, now_ms)
    if refusal:
        return refusal
    centre, queue = state.configurations.now, state.queue(contact.need.queue)
    given = e.ContactGiven(
        cause=because(fact),
        interaction=what.interaction,
        agent=agent.name,
        tenant=contact.need.tenant,
        until_at_ms=max(now_ms, not_beyond_longest(centre, queue, contact.arrived_at_ms, now_ms + limits.GIVEN_MS)),
        by=fact.by,
        reason=fact.reason,
    )
    return [*_taken_from(fact, what.interaction, contact), given]


def _may_take(state: State, fact: e.InstructionGiven, agent: Agent, contact: Contact, now_ms: int) -> str:
    """Why the agent does not take them; skills are a matter of judgement, walls are not: those of another organisation
    may only once the relaxation has opened to it."""
    row = state.agent(agent.name, now_ms)
    if contact.agent == agent.name:
        return "rings_there"
    profile = state.floor.profiles.of[agent.name]
    age = state.waiting.bucket(contact.need).age_of.get(profile)
    able = age is not None and age <= now_ms - contact.arrived_at_ms
    if contact.need.tenant and contact.need.tenant not in agent.tenants and not able:
        return "agent_walls"
    breathes = row.state == "paused" and row.reason == BREATH
    if row.state in ("logged_out", "missed") or (row.state == "paused" and not breathes):
        return "agent_away"
    if row.state != "available" and contact.need.emergency:
        return "agent_busy"
    if row.state != "available" and _waits_too_long(state, contact, now_ms):
        return "waits_too_long"
    return "" if able or fact.anyway else "unskilled"


def _waits_too_long(state: State, contact: Contact, now_ms: int) -> bool:
    """Whoever has waited the longest wait is for the next who can take them, and waits for nobody in particular."""
    queue = state.queue(contact.need.queue)
    return not_beyond_longest(state.configurations.now, queue, contact.arrived_at_ms, now_ms + 1) <= now_ms


# -- agents -----------------------------------------------------------------------------------------------------------


def _force(state: State, fact: e.InstructionGiven, what: e.Force, now_ms: int) -> Outcome:
    """As if they had wished it themselves: at once, or after the conversation."""
    if known_agent(state, fact.by, what.agent) is None:
        return "agent_unknown"
    row = state.agent(what.agent, now_ms)
    if row.state == STANDING[what.wish]:
        return "state_same"
    if row.state == "logged_out" and STANDING[what.wish] == "available" and not fact.anyway:
        return "not_here"
    reason = ORDERED if what.wish == "pause" else ""
    asked = e.AgentAsked(cause=because(fact), agent=what.agent, wish=what.wish, reason=reason, request=fact.request)
    forced = e.AgentForced(cause=because(fact), agent=what.agent, wish=what.wish, by=fact.by, reason=fact.reason)
    return refused(state, row, asked) or [forced, asked]


# -- queues -----------------------------------------------------------------------------------------------------------


def is_shut(state: State, need: e.Need) -> bool:
    """Whether nobody new of this kind enters the queue; an emergency always does."""
    return not need.emergency and queue_key(need.queue, need.tenant) in state.shut


def _tenants_meant(state: State, fact: e.InstructionGiven, named: tuple[str, ...]) -> tuple[str, ...]:
    """Empty if one of them is not theirs."""
    theirs = tenants_of(state, fact.by)
    return (named or theirs) if all(tenant in theirs for tenant in named) else ()


def _shut(state: State, fact: e.InstructionGiven, what: e.Shut, now_ms: int) -> Outcome:
    tenants = _tenants_meant(state, fact, what.tenants)
    if what.queue not in state.configurations.now.queues or not tenants:
        return "queue_unknown"
    if not now_ms < what.until_at_ms <= now_ms + limits.NOTICE_LONGEST_MS:
        return "until_unfit"
    return [
        e.QueueShut(
            cause=because(fact),
            queue=what.queue,
            tenant=tenant,
            until_at_ms=what.until_at_ms,
            waiting=what.waiting,
            by=fact.by,
            reason=fact.reason,
        )
        for tenant in tenants
    ]


def _reopen(state: State, fact: e.InstructionGiven, what: e.Reopen, _now_ms: int) -> Outcome:
    tenants = _tenants_meant(state, fact, what.tenants)
    if what.queue not in state.configurations.now.queues or not tenants:
        return "queue_unknown"
    closed = [tenant for tenant in tenants if queue_key(what.queue, tenant) in state.shut]
    return [_reopened(fact, what.queue, tenant, fact.by, fact.reason) for tenant in closed] or "not_shut"


def _reopened(event: Event, queue: str, tenant: str, by: str, reason: str) -> e.QueueReopened:
    return e.QueueReopened(cause=because(event), queue=queue, tenant=tenant, by=by, reason=reason)


def on_shut(state: State, fact: e.QueueShut, now_ms: int) -> Decision:
    """Whoever waits there goes where the queue overflows to, as far as there is room; the others are served here.

    They go in turn, as they will stand there: room, and whoever is free there, is for the first of them.
    """
    centre = state.configurations.now
    to = centre.queues[fact.queue].beyond if fact.waiting == "overflow" else None
    if to is None:
        return
    room = state.queue(to).max_waiting - state.waiting.length(to)
    here = [
        (place_in_queue(centre, moved_to(contact.need, to), contact.arrived_at_ms, now_ms), interaction, contact)
        for interaction, contact in state.contacts.items()
        if contact.need.queue == fact.queue and contact.need.tenant == fact.tenant and contact.offer is None
    ]
    for _, interaction, contact in sorted(here, key=lambda one: one[:2]):
        if room > 0 and not contact.given and not _doubt_about(state, moved_to(contact.need, to)):
            room -= 1
            yield moved(fact, interaction, contact, to, fact.by, fact.reason)


def on_time_over(state: State, fact: e.DeadlineReached) -> Decision:
    """The end that was given has come."""
    if fact.kind == "shut" and fact.key in state.shut:
        queue, _, tenant = fact.key.rpartition("/")
        yield _reopened(fact, queue, tenant, "", "")


def on_changed(
    state: State, fact: e.ContactMoved | e.ContactRanked | e.ContactGiven | e.PlaceKept, now_ms: int
) -> Decision:
    """Somebody who is free may take them now."""
    chosen = for_contact(state, fact.interaction, fact, now_ms)
    if chosen is not None:
        yield chosen


_FOLLOWED: Final[dict[type, Callable[[State, e.InstructionGiven, Any, int], Outcome]]] = {
    e.Move: _move,
    e.Rank: _rank,
    e.Give: _give,
    e.Force: _force,
    e.Shut: _shut,
    e.Reopen: _reopen,
}


# -- how it changes the state -----------------------------------------------------------------------------------------


def _needs(state: State, fact: e.ContactMoved | e.ContactRanked, now_ms: int) -> None:
    contact = state.contacts.get(fact.interaction)
    if contact is not None:
        contact = msgspec.structs.replace(contact, need=fact.need)
        if isinstance(fact, e.ContactMoved):
            contact = msgspec.structs.replace(
                contact,
                preferred_until_at_ms=None,
                given=False,
                queued_at_ms=now_ms,
                seen=waits.came(state, fact.need, now_ms),
                promised_at_ms=None,
                announce_at_ms=now_ms + ANNOUNCE_FIRST_MS,
                redirected=True,
            )
        state.contacts.put(fact.interaction, timed(state, contact, now_ms))


def _is_given(state: State, fact: e.ContactGiven, _now_ms: int) -> None:
    contact = state.contacts.get(fact.interaction)
    if contact is not None:
        need = msgspec.structs.replace(contact.need, preferred=fact.agent)
        state.change(fact.interaction, need=need, preferred_until_at_ms=fact.until_at_ms, given=True)


def _is_shut(state: State, fact: e.QueueShut, _now_ms: int) -> None:
    row = Shut(until_at_ms=fact.until_at_ms, by=fact.by, waiting=fact.waiting)
    state.shut.put(queue_key(fact.queue, fact.tenant), row)


def _is_open(state: State, fact: e.QueueReopened, _now_ms: int) -> None:
    state.shut.drop(queue_key(fact.queue, fact.tenant))


APPLIES: Final[Applies] = {
    e.ContactMoved: _needs,
    e.ContactRanked: _needs,
    e.ContactGiven: _is_given,
    e.QueueShut: _is_shut,
    e.QueueReopened: _is_open,
}
