"""What supervisors act upon, row by row: who waits, with place and need, and what was ordered today.

Nobody is named but agents: a person who waits is a topic, a wait and a place.
"""

from __future__ import annotations

from typing import Any, Final

from core.centre import Centre
from core.events import Need
from softphone_ui.picture import Picture
from softphone_ui.rows import Contact

# The first in turn of each queue: nobody acts on the sixty-first, and a page stays light in a flood.
OF_EACH_QUEUE: Final = 60
# The latest orders; all of today's are told by ./allo audit.
ORDERED: Final = 20

Shown = dict[str, Any]


def by_queue(picture: Picture) -> dict[str, list[Contact]]:
    """Who waits, of all organisations, by queue."""
    found: dict[str, list[Contact]] = {}
    for contact in picture.contacts.values():
        if contact.waiting and not contact.ended:
            found.setdefault(contact.queue, []).append(contact)
    return found


def waiting_rows(picture: Picture, waiting: dict[str, list[Contact]], tenants: tuple[str, ...]) -> dict[str, Shown]:
    """The first in turn of each queue, for organisations of `tenants`; places count everybody who waits there."""
    rows: dict[str, Shown] = {}
    for contacts in waiting.values():
        shown = 0
        for place, contact in enumerate(_in_turn(picture, contacts), start=1):
            if contact.tenant in tenants and shown < OF_EACH_QUEUE:
                shown += 1
                rows[contact.interaction] = _row(picture, contact, place)
    return rows


def _in_turn(picture: Picture, contacts: list[Contact]) -> list[Contact]:
    def turn(contact: Contact) -> tuple[Any, ...]:
        needs = contact.need
        rank = picture.turns(picture.centre, needs, contact.place_at_ms, picture.now_ms) if needs is not None else ()
        return (*rank, contact.interaction)

    return sorted(contacts, key=turn)


def _row(picture: Picture, contact: Contact, place: int) -> Shown:
    service = picture.service(contact.service)
    need = contact.need
    return {
        "queue": contact.queue,
        "place": place,
        "service": service.title if service is not None else "",
        "topic": contact.topic,
        "asks": asks(picture.centre, need) if need is not None else [],
        "language": need.language if need is not None else "",
        "emergency": need is not None and need.emergency,
        "priority": contact.priority,
        "since_ms": contact.place_at_ms or contact.arrived_at_ms,
        "state": contact.state,
        "agent": display(picture, contact.agent),
        "given_to": display(picture, contact.given_to),
    }


def asks(centre: Centre, need: Need) -> list[str]:
    """The skills that the queue and this person ask for, with levels above the first: "rsa 3"."""
    queue = centre.queues.get(need.queue)
    skills = {skill.name: skill.level for skill in (*(queue.skills if queue is not None else ()), *need.skills)}
    return [name if level <= 1 else f"{name} {level}" for name, level in skills.items()]


def ordered_rows(picture: Picture, tenants: tuple[str, ...]) -> dict[str, Shown]:
    """The latest orders for these organisations, the newest first."""
    theirs = [row for row in picture.ordered if set(row.tenants) & set(tenants)][-ORDERED:]
    return {
        f"{row.at_ms}-{number}": {
            "at_ms": row.at_ms,
            "by": display(picture, row.by),
            "what": row.what,
            "agent": display(picture, row.agent),
            "queue": queue_title(picture, row.queue),
            "wish": row.wish,
            "priority": row.priority,
            "until_at_ms": row.until_at_ms,
            "reason": row.reason,
        }
        for number, row in enumerate(reversed(theirs))
    }


def display(picture: Picture, by: str) -> str:
    """Names of colleagues are told; whoever has the machine is `@account`."""
    agent = picture.centre.agents.get(by)
    return agent.display if agent is not None else by


def queue_title(picture: Picture, name: str) -> str:
    queue = picture.centre.queues.get(name)
    return queue.title if queue is not None else name
