"""The block `assessment`: who signed the impact assessment of each organisation, when, and what it covers.

Nothing that people say is recorded or transcribed for an organisation before that: a configuration whose services would
do so is refused whole, by `./allo check`, at the start and at a reload.  What an assessment says is in docs/aipd.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from core.centre import Service
from core.script import HandOver, Listen, Record, Script
from runtime.settings import values
from runtime.settings.people import People
from runtime.settings.reading import Fields

ZONE: Final = ZoneInfo("Europe/Paris")
_KINDS: Final[dict[str, str]] = {
    "messages": "enregistre des messages",
    "speech": "écoute et transcrit ce que disent les appelants",
    "outside_engine": "envoie des paroles à un modèle extérieur (outside_engine)",
}
KINDS: Final = tuple(_KINDS)
_KIND: Final = re.compile("|".join(KINDS))
_EXAMPLE: Final = re.compile(r"\bexemple\b", re.IGNORECASE)
# The CNIL asks that an assessment be looked at again regularly, at the latest after three years.
REVIEW_YEARS: Final = 3


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """An assessment that was signed `by` somebody on a day, and what it `covers`."""

    by: str
    on: date
    covers: frozenset[str]


class Assessments(msgspec.Struct, frozen=True, kw_only=True):
    """`whole` is signed for every organisation together; `tenants` has those that signed their own instead."""

    whole: Signed | None = None
    tenants: dict[str, Signed] = {}

    def of(self, tenant: str) -> Signed | None:
        return self.tenants.get(tenant, self.whole)


def read_assessments(root: Fields, tenants: Collection[str]) -> Assessments:
    """The block `assessment`; without one nothing is signed."""
    fields = root.block("assessment")
    if fields is None:
        return Assessments()
    found = {}
    for key, (named, node) in fields.mapping("tenants", values.NAME, values.NAME_SAID, required=False).items():
        named.check(root.faults, tenants, "l'organisation")
        own = Fields(root.faults, node, named.field)
        found[key] = _signed(own)
        own.close()
    together = any(map(fields.has, ("signed_by", "signed_on", "covers"))) or not fields.has("tenants")
    whole = _signed(fields) if together else None
    fields.close()
    return Assessments(whole=whole, tenants=found)


def _signed(fields: Fields) -> Signed:
    covers = fields.names("covers", _KIND, f"{', '.join(KINDS[:-1])} ou {KINDS[-1]}")
    return Signed(
        by=fields.label("signed_by"),
        on=fields.value("signed_on", _day, date.min),
        covers=frozenset(kind.text for kind in covers),
    )


def _day(written: str) -> date:
    found = values.day(written)
    if found > datetime.now(ZONE).date():
        raise values.Unfit(f"{written} est à venir, signez d'abord : rien n'est enregistré ni transcrit avant")
    return found


def check_assessed(
    people: People, scripts: Mapping[str, Script], assessments: Assessments, *, outside_engine: bool
) -> None:
    """Tells, once for each organisation and kind, a service that asks for what no signed assessment covers."""
    told: set[tuple[str, str]] = set()
    for name, service in people.services.items():
        signed = assessments.of(service.tenant)
        covered = signed.covers if signed is not None else frozenset()
        for kind in _asked(people, service, scripts, outside_engine=outside_engine):
            if kind in covered or (service.tenant, kind) in told:
                continue
            told.add((service.tenant, kind))
            missing = "n'est pas signée" if signed is None else f"ne le couvre pas (covers: {kind} manque)"
            what = (
                f"ce service {_KINDS[kind]}, mais l'analyse d'impact de « {service.tenant} » {missing} : "
                "signez-la dans assessment (conservation.yaml ; projet : docs/aipd.md), ou retirez-le"
            )
            people.faults.add(people.marks[f"services.{name}"], f"services.{name}", what)


def _asked(people: People, service: Service, scripts: Mapping[str, Script], *, outside_engine: bool) -> Iterator[str]:
    steps = [step for script in _scripts(people, service, scripts) for step in script.steps.values()]
    if any(isinstance(step, Record) for step in steps):
        yield "messages"
    if any(isinstance(step, Listen) for step in steps):
        yield "speech"
        if outside_engine:
            yield "outside_engine"


def _scripts(people: People, service: Service, scripts: Mapping[str, Script]) -> list[Script]:
    """Every script that a caller of the service may come to: its own, and those of the queues it may lead to."""
    own = [scripts[name] for name in (service.script, service.closed_script) if name]
    handed = {step.queue for script in own for step in script.steps.values() if isinstance(step, HandOver)}
    queues, coming = set[str](), {service.safe_queue, *handed}
    while coming:
        queues |= coming
        coming = {rule.to for name in coming for rule in people.queues[name].overflow if rule.to} - queues
    further = {rule.script for name in queues for rule in people.queues[name].overflow if rule.script}
    further |= {asks.script for name in queues if (asks := people.queues[name].callback) is not None and asks.script}
    return own + [scripts[name] for name in sorted(further)]


def worth_a_look(assessments: Assessments, tenants: Collection[str], today: date) -> Iterator[str]:
    """What is accepted and should not stay: an example's signature, an assessment that nobody looked at for years."""
    for tenant in tenants:
        signed = assessments.of(tenant)
        if signed is None:
            continue
        if _EXAMPLE.search(signed.by):
            yield f"analyse d'impact de {tenant} : la signature est un exemple, mettez la vôtre avant d'ouvrir"
        elif (today - signed.on).days > REVIEW_YEARS * 365:
            yield f"analyse d'impact de {tenant} : signée le {signed.on:%d/%m/%Y}, à revoir (au plus tous les 3 ans)"
