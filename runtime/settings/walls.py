"""That every service has people who may answer: walls between organisations leave nobody waiting for no one.

A queue may be shared by several organisations, but its agents answer for their own only.  So each service is followed
to every queue that its scripts, faults and overflows lead to, and somebody of its own must stand at each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.centre import HandOver, Script, Service, Skill
from runtime.settings.people import People


class Way(NamedTuple):
    """One way to people: the `queue`, with the `skills` that the step asks beyond the queue's own."""

    queue: str
    skills: tuple[Skill, ...] = ()


def check_walls(people: People, scripts: dict[str, Script]) -> None:
    """Tells every service whose callers could wait where no agent of its organisation may answer."""
    for name, service in people.services.items():
        told: set[str] = set()
        for way in _ways(people, service, scripts):
            if way.queue in told or _somebody(people, service.tenant, way):
                continue
            told.add(way.queue)
            what = (
                f"aucun agent de « {service.tenant} » ne peut répondre dans la file « {way.queue} », "
                f"ajoutez « {service.tenant} » à un agent de cette file"
            )
            people.faults.add(people.marks[f"services.{name}"], f"services.{name}", what)


def _ways(people: People, service: Service, scripts: dict[str, Script]) -> Iterator[Way]:
    steps = scripts[service.script].steps.values()
    asked = (Way(step.queue, step.skills) for step in steps if isinstance(step, HandOver))
    for way in (Way(service.safe_queue), *asked):
        yield way
        beyond = people.queues[way.queue].overflow_to
        while beyond is not None:
            yield Way(beyond)  # another team takes it as it can: the step's skills are not asked there
            beyond = people.queues[beyond].overflow_to


def _somebody(people: People, tenant: str, way: Way) -> bool:
    needed: dict[str, int] = {}
    for skill in (*people.queues[way.queue].skills, *way.skills):
        needed[skill.name] = max(skill.level, needed.get(skill.name, 0))
    return people.can_take(way.queue, needed, tenant)
