"""That every service has people who may answer: walls between organisations leave nobody waiting for no one.

A queue may be shared by several organisations, but its agents answer for their own only.  So each service is followed
to every queue that its scripts, faults and overflows lead to, and somebody of its own must stand at each.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from core.centre import Service
from core.events import Need
from core.script import BY_COMMUNE, HandOver, Script
from runtime.settings.people import People


def check_walls(people: People, scripts: dict[str, Script]) -> None:
    """Tells every service whose callers could wait where no agent of its organisation may answer."""
    for name, service in people.services.items():
        told: set[str] = set()
        for way in _ways(people, service, scripts):
            if way.queue in told or people.can_take(way):
                continue
            told.add(way.queue)
            what = (
                f"aucun agent de « {service.tenant} » ne peut répondre dans la file « {way.queue} », "
                f"ajoutez « {service.tenant} » à un agent de cette file"
            )
            people.faults.add(people.marks[f"services.{name}"], f"services.{name}", what)


def check_spoken(people: People, scripts: dict[str, Script]) -> None:
    """Tells every queue where who chose another language would wait for nobody: it must give way on that."""
    told: set[tuple[str, str]] = set()
    for service in people.services.values():
        for language in scripts[service.script].languages:
            for way in _ways(people, service, scripts):
                asked = msgspec.structs.replace(way, language=language)
                if (way.queue, language) in told or people.can_take(asked):
                    continue
                told.add((way.queue, language))
                what = (
                    f"personne n'y parle « {language} », que propose le script « {service.script} » : donnez cette "
                    "langue à un agent (languages), ou cédez avec relax: [{after: 30s, languages: true}]"
                )
                people.faults.add(people.marks[f"queues.{way.queue}"], f"queues.{way.queue}", what)


def _ways(people: People, service: Service, scripts: dict[str, Script]) -> Iterator[Need]:
    steps = scripts[service.script].steps.values()
    safe = HandOver(queue=service.safe_queue)
    for step in (safe, *(step for step in steps if isinstance(step, HandOver))):
        yield asked_by(step, service)
        for beyond in _beyond(people, step.queue):
            # Another team takes it as it can: what the step asks is not asked there.
            yield asked_by(HandOver(queue=beyond), service)


def _beyond(people: People, queue: str) -> Iterator[str]:
    """Every queue to which this one may lead; there is no way in a circle."""
    for rule in people.queues[queue].overflow:
        if rule.to:
            yield rule.to
            yield from _beyond(people, rule.to)


def asked_by(step: HandOver, service: Service | None = None) -> Need:
    """What a hand-over asks of people, for the service or for any."""
    return Need(
        queue=step.queue,
        skills=step.skills,
        priority=step.priority,
        topic=step.topic,
        language=service.language if service is not None else "",
        tenant=service.tenant if service is not None else "",
        needs=step.needs,
        sector="" if step.sector == BY_COMMUNE else step.sector,  # that of each caller, given way on in time
    )
