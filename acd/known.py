"""The records tell who somebody is while they wait: who follows them, and in which sector they live, as if it had been
known when they came.

An agent may say so as well, who asked who is speaking and hands them on.  Who rings for them by then rings on; whoever
a supervisor gave to somebody stays theirs; emergencies wait for nobody in particular.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from acd.match import for_contact
from acd.preferred import waited_until
from acd.queue import Contact
from acd.state import State, timed
from core import events as e
from core.communes import folded
from core.events.base import because
from core.mind import Applies, Decides, Decision


def _on_found(state: State, fact: e.CitizenFound, _now_ms: int) -> Decision:
    contact = state.contacts.get(fact.interaction)
    if fact.how != "one" or contact is None or contact.task or contact.given or contact.need.emergency:
        return
    need = msgspec.structs.replace(contact.need, **_learnt(state, contact, fact))
    if need != contact.need:
        yield e.ContactKnown(cause=because(fact), interaction=fact.interaction, need=need)


def _learnt(state: State, contact: Contact, fact: e.CitizenFound) -> dict[str, Any]:
    """What is asked otherwise now."""
    centre, need = state.configurations.now, contact.need
    queue, service = state.queue(need.queue), centre.services.get(need.service)
    found: dict[str, Any] = {}
    if queue.referent is not None and queue.name == need.queue and centre.may_know(fact.referent, need.service, queue):
        found |= {"preferred": fact.referent, "preferred_ms": queue.referent.wait_ms}
    commune = fact.commune.text if fact.commune is not None else None
    if need.by_commune and commune and service is not None and not service.discreet:
        found["sector"] = centre.communes.get(folded(commune), "")
    return found


def _on_known(state: State, fact: e.ContactKnown, now_ms: int) -> Decision:
    """Who follows them may be free."""
    chosen = for_contact(state, fact.interaction, fact, now_ms)
    if chosen is not None:
        yield chosen


def _known(state: State, fact: e.ContactKnown, now_ms: int) -> None:
    contact = state.contacts.get(fact.interaction)
    if contact is None:
        return
    contact = msgspec.structs.replace(contact, need=fact.need, seen=None)  # who waits for somebody teaches nothing
    if contact.offer is None:
        row = state.agents.get(fact.need.preferred)
        centre, queue = state.configurations.now, state.queue(fact.need.queue)
        until_at_ms = waited_until(centre, queue, row, fact.need, contact.arrived_at_ms, now_ms)
        contact = msgspec.structs.replace(contact, preferred_until_at_ms=until_at_ms)
    state.contacts.put(fact.interaction, timed(state, contact, now_ms))


DECIDES: Final[Decides] = {e.CitizenFound: _on_found, e.ContactKnown: _on_known}
APPLIES: Final[Applies] = {e.ContactKnown: _known}
