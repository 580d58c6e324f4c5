"""What queues teach about waiting, from facts alone, and what that makes of one person's wait.

Each queue, as one organisation has it, has its habits: how long its calls keep an agent, how many agents it really has,
how soon people give up.  They are brought up to date when somebody comes, is answered, gives up, and when an agent is
free again; nothing is reckoned in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from acd import wait
from acd.agent import AgentRow
from acd.queue import Contact, queue_key
from acd.turn import GIVEN_BACK
from acd.wait import Estimate, Habits, Seen
from core.events import Expected, Need
from core.ids import InteractionId

if TYPE_CHECKING:
    from acd.state import State

SERVED_AT_ONCE: Final = Estimate(mean_s=0.0, low_s=0.0, high_s=0.0)


def expected(state: State, queue: str, tenant: str, now_ms: int) -> Estimate | None:
    """How long somebody would wait who came now; None: nobody knows."""
    crew = state.floor.crews.of(state.queue(queue), tenant)
    key = queue_key(queue, tenant)
    ahead = state.waiting.length(key)
    if not ahead and state.floor.idle.present & crew.able:
        return SERVED_AT_ONCE
    habits = state.habits.get(key)
    return None if habits is None else wait.estimate(habits, _seen(state, key, crew.staffed, ahead, now_ms, habits))


def as_fact(found: Estimate | None) -> Expected | None:
    """What facts tell of an estimate."""
    if found is None:
        return None
    return Expected(low_ms=round(found.low_s * 1000), high_ms=round(found.high_s * 1000))


def estimate_for(state: State, interaction: InteractionId, contact: Contact, now_ms: int) -> Estimate | None:
    """How much longer somebody waits who is there; None: nobody knows, or they wait for one agent."""
    if not _ordinary(contact.need) or contact.preferred_until_at_ms is not None:
        return None
    need = contact.need
    key = queue_key(need.queue, need.tenant)
    habits = state.habits.get(key)
    if habits is None:
        return None
    staffed = state.floor.crews.of(state.queue(need.queue), need.tenant).staffed
    ahead = state.waiting.ahead(interaction, contact, now_ms)
    return wait.estimate(habits, _seen(state, key, staffed, ahead, now_ms, habits))


def _seen(state: State, key: str, staffed: int, ahead: int, now_ms: int, habits: Habits) -> Seen:
    head = state.waiting.head(key) if ahead else None
    head_s = 0.0 if head is None else max(0, now_ms - head) / 1000
    return Seen(ahead=ahead, staffed=staffed, head_s=head_s, last_s=habits.last_s)


def _ordinary(need: Need) -> bool:
    """Whether they wait in line: neither an emergency nor somebody who was given back."""
    return not need.emergency and need.priority > GIVEN_BACK


# -- what teaches (called while facts are applied) ------------------------------------------------------------------


def looked(state: State, key: str, queue: str, tenant: str, now_ms: int) -> Habits:
    """The habits of a queue, having waited until now."""
    habits = state.habits.get(key) or Habits(looked_at_ms=now_ms)
    if now_ms <= habits.looked_at_ms:
        return habits
    crew = state.floor.crews.of(state.queue(queue), tenant)
    duration_s = (now_ms - habits.looked_at_ms) / 1000
    habits = wait.elapsed(habits, duration_s, state.waiting.length(key), crew.busy, crew.staffed)
    return msgspec.structs.replace(habits, looked_at_ms=now_ms)


def came(state: State, need: Need, now_ms: int) -> Seen | None:
    """Somebody comes into a queue: what is before them, if that teaches anything."""
    key = queue_key(need.queue, need.tenant)
    habits = looked(state, key, need.queue, need.tenant, now_ms)
    state.habits.put(key, habits)
    if not _ordinary(need) or need.preferred:
        return None
    staffed = state.floor.crews.of(state.queue(need.queue), need.tenant).staffed
    return _seen(state, key, staffed, state.waiting.length(key), now_ms, habits)


def answered(state: State, contact: Contact, now_ms: int) -> None:
    """Somebody who waited in line talks with an agent."""
    if contact.seen is None:
        return
    key = queue_key(contact.need.queue, contact.need.tenant)
    habits = state.habits.get(key)
    if habits is not None:
        state.habits.put(key, wait.served(habits, contact.seen, (now_ms - contact.queued_at_ms) / 1000))


def gave_up(state: State, contact: Contact) -> None:
    """Somebody who waited is gone."""
    key = queue_key(contact.need.queue, contact.need.tenant)
    habits = state.habits.get(key)
    if habits is not None:
        state.habits.put(key, wait.given_up(habits))


def freed(state: State, row: AgentRow, now_ms: int) -> None:
    """An agent is no longer busy with a call of the queue that they served."""
    queue, _, tenant = row.serves.rpartition("/")
    habits = looked(state, row.serves, queue, tenant, now_ms)
    state.habits.put(row.serves, wait.handled(habits, (now_ms - row.serves_since_ms) / 1000))
