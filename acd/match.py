"""Who suits whom: the agent for an interaction, the interaction for an agent, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acd.agent import AgentRow, offer_ms
from acd.idle import Able
from acd.queue import Contact
from acd.state import State
from acd.waiting import EMERGENCY, LATE, ORDINARY, Bucket, Found
from core import events as e
from core import ids
from core.events.base import Event, because
from core.ids import InteractionId

KINDS_TOLD: Final = 5
"""Of the kinds of agents who could have taken it, so many are told: more is not read, and every choice is kept."""

Choice = e.AgentChosen | e.CallbackChosen
"""Somebody is offered to an agent; whoever is to be called back is called by them."""

_TURNS: Final = {EMERGENCY: "emergency", LATE: "longest_wait"}
"""What is told of how it is somebody's turn; of everybody else, the order of their queue."""


def for_contact(state: State, interaction: InteractionId, event: Event, now_ms: int) -> Choice | None:
    """The agent for a waiting interaction, or None."""
    contact = state.contacts.get(interaction)
    if contact is None or contact.offer is not None:
        return None
    floor = state.floor
    if not floor.idle.count:
        return None
    if contact.preferred_until_at_ms is not None:
        return _preferred(state, interaction, contact, contact.need.preferred, event, now_ms)
    bucket = floor.waiting.bucket(contact.need)
    waited_ms = now_ms - contact.arrived_at_ms
    able = bucket.able_at(waited_ms)
    profile = None
    if able is not None:
        profile = floor.idle.first(able, all_of_them=bucket.how(waited_ms) != ORDINARY)
    if able is None or profile is None:
        return None
    agent = floor.idle.lines[profile][0][1]
    why = _why_agent(state, bucket, able, contact, profile, agent, now_ms)
    return _choice(state, interaction, contact, agent, why, event, now_ms)


def for_agent(state: State, name: str, event: Event, now_ms: int) -> Choice | None:
    """The interaction for a free agent, or None."""
    floor = state.floor
    profile = floor.profiles.of.get(name)
    row = state.agents.get(name)
    if profile is None or row is None or row.state != "available":
        return None
    held = floor.idle.held(profile)
    found, following = floor.waiting.two(profile, now_ms, held=held)
    mine = floor.waiting.for_agent(name)
    if mine is not None and (found is None or found[0] == ORDINARY or _given_before(state, mine, found)):
        return _preferred(state, mine, state.contacts[mine], name, event, now_ms)
    if found is None:
        floor.idle.line_up()
        return None
    why = _why_turn(state, found, profile, row, following, now_ms)
    return _choice(state, found[2], state.contacts[found[2]], name, why, event, now_ms)


def _given_before(state: State, interaction: InteractionId, found: Found) -> bool:
    """Whoever a supervisor gave goes before the late as well, whoever is preferred does not."""
    return found[0] == LATE and state.contacts[interaction].given


def for_others(state: State, name: str, event: Event, now_ms: int) -> Iterator[Choice]:
    """A generalist stays free: another may be kept free no longer, and take somebody who waits."""
    floor = state.floor
    profile = floor.profiles.of.get(name)
    if not state.configurations.now.distribution.keep_free or profile is None:
        return
    if not floor.profiles.generalists >> profile & 1:
        return
    for number, line in enumerate(floor.idle.lines):
        if line and floor.profiles.generalists >> number & 1 and not floor.idle.held(number):
            chosen = for_agent(state, line[0][1], event, now_ms)
            if chosen is not None:
                yield chosen
                return


def for_everyone(state: State, event: Event, now_ms: int) -> Iterator[Choice]:
    """The agents for all who wait, first in turn first: another configuration may let people take what they could
    not."""
    floor = state.floor
    waiting = floor.waiting
    in_turn = sorted(
        (waiting.rank(bucket, arrived_at_ms, key, now_ms), bucket.number)
        for bucket in waiting.buckets
        for arrived_at_ms, key in bucket.line
    )
    taken: set[str] = set()
    for (_, arrived_at_ms, key), number in in_turn:
        bucket, waited_ms = waiting.buckets[number], now_ms - arrived_at_ms
        able = bucket.able_at(waited_ms)
        if able is None or not floor.idle.present & able.profiles:
            continue
        people = floor.idle.in_turn(able, all_of_them=bucket.how(waited_ms) != ORDINARY)
        profile, agent = next((one for one in people if one[1] not in taken), (-1, ""))
        if agent:
            taken.add(agent)
            contact = state.contacts[key]
            why = _why_agent(state, bucket, able, contact, profile, agent, now_ms)
            yield _choice(state, key, contact, agent, why, event, now_ms)


def _preferred(
    state: State, interaction: InteractionId, contact: Contact, agent: str, event: Event, now_ms: int
) -> Choice | None:
    """Only who knows the person, or was given them, is asked, as long as they are waited for."""
    row = state.agents.get(agent)
    profile = state.floor.profiles.of.get(agent)
    if row is None or row.state != "available" or profile is None:
        return None
    rule = "given" if contact.given else "preferred"
    why = e.Why(
        available=state.floor.idle.count,
        eligible=1,
        rule=rule,
        waited_ms=max(0, now_ms - contact.arrived_at_ms),
        turn=rule,
        idle_ms=max(0, now_ms - row.idle_since_ms),
        versatility=state.floor.profiles.versatility[profile],
    )
    return _choice(state, interaction, contact, agent, why, event, now_ms)


def _choice(
    state: State, interaction: InteractionId, contact: Contact, agent: str, why: e.Why, event: Event, now_ms: int
) -> Choice:
    if contact.task:
        return e.CallbackChosen(cause=because(event), interaction=interaction, task=contact.task, agent=agent, why=why)
    number = contact.offers + 1
    return e.AgentChosen(
        cause=because(event),
        interaction=interaction,
        offer=ids.offer(interaction, number),
        agent=agent,
        phone=state.configurations.now.agents[agent].phone,
        leg=ids.agent_leg(interaction, number),
        expires_at_ms=now_ms + offer_ms(state.configurations.now.agents[agent], state.queue(contact.need.queue)),
        why=why,
    )


# -- why ----------------------------------------------------------------------------------------------------------


def _eased(bucket: Bucket, profile: int, arrived_at_ms: int) -> tuple[e.Eased, ...]:
    """The steps of relaxation without which agents of this profile could not have taken it."""
    age = bucket.age_of[profile]
    if not age:
        return ()
    return tuple(
        e.Eased(step=stage.relax, since_at_ms=arrived_at_ms + stage.after_ms)
        for stage in bucket.stages
        if stage.relax is not None and stage.after_ms <= age
    )


def _why_agent(
    state: State, bucket: Bucket, able: Able, contact: Contact, profile: int, agent: str, now_ms: int
) -> e.Why:
    """An interaction chose among those who were free."""
    floor = state.floor
    waited_ms = now_ms - contact.arrived_at_ms
    how = bucket.how(waited_ms)
    eligible, kinds = floor.idle.kinds(able, KINDS_TOLD, all_of_them=how != ORDINARY)
    other = floor.idle.second(kinds)
    return e.Why(
        available=floor.idle.count,
        eligible=eligible,
        rule=state.configurations.now.distribution.agents,
        waited_ms=max(0, waited_ms),
        turn=_TURNS.get(how, bucket.weighed.order),
        idle_ms=max(0, now_ms - state.agents[agent].idle_since_ms),
        versatility=floor.profiles.versatility[profile],
        kinds=tuple(e.Kind(like=floor.profiles.like[number], idle=idle) for number, idle in kinds),
        eased=_eased(bucket, profile, contact.arrived_at_ms),
        instead=None if other is None else _rival(state, *other, now_ms),
    )


def _rival(state: State, profile: int, agent: str, now_ms: int) -> e.Rival:
    return e.Rival(
        agent=agent,
        idle_ms=max(0, now_ms - state.agents[agent].idle_since_ms),
        versatility=state.floor.profiles.versatility[profile],
    )


def _why_turn(
    state: State, found: Found, profile: int, row: AgentRow, following: InteractionId | None, now_ms: int
) -> e.Why:
    """An agent became free and took whose turn it was: nobody else who is free could take them."""
    floor = state.floor
    how, arrived_at_ms, _, number = found
    bucket = floor.waiting.buckets[number]
    return e.Why(
        available=floor.idle.count,
        eligible=1,
        rule=state.configurations.now.distribution.agents,
        waited_ms=max(0, now_ms - arrived_at_ms),
        turn=_TURNS.get(how, bucket.weighed.order),
        idle_ms=max(0, now_ms - row.idle_since_ms),
        versatility=floor.profiles.versatility[profile],
        eased=_eased(bucket, profile, arrived_at_ms),
        following=_following(state, following, now_ms) if following is not None else None,
    )


def _following(state: State, interaction: InteractionId, now_ms: int) -> e.Following:
    contact = state.contacts[interaction]
    return e.Following(
        interaction=interaction, queue=contact.need.queue, waited_ms=max(0, now_ms - contact.arrived_at_ms)
    )
