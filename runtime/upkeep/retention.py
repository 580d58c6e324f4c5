"""The purge: what each organisation has kept for as long as it said is taken away, by kind.

In the journal it is a key that goes, so what it sealed is gone from every copy; the steps stay, for figures and laws of
conservation.  An interaction is as old as its id says.  Three things are never touched: what a call under way, an open
order or an open task needs; what a hold keeps; and what is of an organisation that keeps it longer.

Everything that goes is listed first (eliminated.py).  Cut off, it is begun again: what is gone stays gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Protocol

import msgspec

from core import ids
from core.centre import Service
from core.ids import InteractionId
from core.personal import PURPOSES, Purpose
from core.step import Step
from crm_bridge.outbox import Outbox
from crm_bridge.store import Store
from journal.ledger import Ledger
from journal.recordings import SealedRecordings
from journal.shelf import Shelf
from runtime.kernel import Kernel
from runtime.settings.retention import RetentionSettings
from runtime.upkeep.eliminated import Eliminated, Elimination

DAY_MS: Final = 86_400_000
# Keys of one transaction: some ten milliseconds, in which the centre's own commit waits.
AT_ONCE: Final = 200


class Steps(Protocol):
    """A journal that can be read."""

    def steps(self, interaction: InteractionId | None = None) -> Iterator[Step]: ...


class Owners:
    """Whose interactions are, out of their own steps, read once."""

    def __init__(self, journal: Steps, ledger: Ledger, services: Mapping[str, Service]) -> None:
        self._journal = journal
        self._ledger = ledger
        self._services = services

    def of(self, interactions: Collection[InteractionId]) -> dict[InteractionId, str]:
        """The organisation of each, empty where its steps do not say; raises JournalFault, SQLAlchemyError."""
        known = self._ledger.owners(interactions)
        read = {one: owner(self._journal.steps(one), one, self._services) for one in interactions if one not in known}
        self._ledger.note(read)
        return known | read


def owner(steps: Iterable[Step], interaction: InteractionId, services: Mapping[str, Service]) -> str:
    """The organisation that an interaction is of: the first that its facts name, or whose service they do."""
    for step in steps:
        for fact in (step.input, *step.facts):
            if getattr(fact, "interaction", None) != interaction:
                continue
            service = services.get(getattr(fact, "service", ""))
            for told in (fact, getattr(fact, "need", None), service):
                tenant = getattr(told, "tenant", "")
                if tenant:
                    return str(tenant)
    return ""


class Purge(msgspec.Struct, frozen=True, kw_only=True):
    """What a purge goes by: `needed` and `held` interactions and `persons` (pseudonyms by organisation) stay.

    `rehearse`: it is listed, and nothing goes.
    """

    retention: RetentionSettings
    now_ms: int
    needed: frozenset[InteractionId]
    held: frozenset[InteractionId]
    persons: frozenset[tuple[str, str]]
    listed: Elimination
    rehearse: bool = False

    def before_ms(self, kind: str, tenant: str) -> int:
        return self.now_ms - self.retention.days(kind, tenant) * DAY_MS

    def keys(self, shelf: Shelf, owners: Owners) -> None:
        """Erases keys of the journal's personal data, purpose by purpose."""
        for purpose in PURPOSES:
            after: InteractionId = ""
            before = ids.mint(self.now_ms - self.retention.shortest(purpose) * DAY_MS, bytes(10))
            while found := shelf.standing(purpose, before, after, AT_ONCE):
                after = found[-1]
                due = list(self._due(purpose, found, owners))
                self.listed.add(due)
                if due and not self.rehearse:
                    shelf.erase([(one.name, purpose) for one in due])
        if not self.rehearse:
            shelf.scrub()

    def _due(self, kind: Purpose, found: list[InteractionId], owners: Owners) -> Iterator[Eliminated]:
        free = [one for one in found if one not in self.needed and one not in self.held]
        of = owners.of(free)
        for one in free:
            at_ms = ids.minted_at_ms(one)
            if at_ms is not None and at_ms < self.before_ms(kind, of[one]):
                yield self._line(of[one], kind, one, at_ms)

    def recordings(self, recordings: SealedRecordings, owners: Owners) -> None:
        """Erases what callers have recorded."""
        names = {name: ids.interaction_of(name) or "" for name in recordings.names()}
        free = {name: of for name, of in names.items() if of not in self.needed and of not in self.held}
        whose = owners.of(set(free.values()))
        for name, of in free.items():
            at_ms = ids.minted_at_ms(of)
            if at_ms is not None and at_ms < self.before_ms("messages", whose[of]):
                self.listed.add([self._line(whose[of], "messages", name, at_ms)])
                if not self.rehearse:
                    recordings.erase(name)

    def records(self, store: Store) -> None:
        """Deletes lines of the access log, and records of whom nobody has heard."""
        for tenant in store.tenants():
            spared = {person for of, person in self.persons if of == tenant}
            before_ms = self.before_ms("readings", tenant)
            count, newest_ms = store.old_readings(tenant, before_ms, spared)
            if count:
                self.listed.add([self._line(tenant, "readings", "", newest_ms, count)])
                if not self.rehearse:
                    store.forget_readings(tenant, before_ms, spared)
            for person, at_ms in store.silent(tenant, self.before_ms("records", tenant), spared):
                self.listed.add([self._line(tenant, "records", person[:10], at_ms)])
                if not self.rehearse:
                    store.forget(tenant, person)

    def webhooks(self, outbox: Outbox) -> None:
        """Deletes webhooks that were never delivered, and what they were to be made of."""
        for tenant in outbox.tenants():
            before_ms = self.before_ms("webhooks", tenant)
            count, newest_ms = outbox.old(tenant, before_ms)
            if count:
                self.listed.add([self._line(tenant, "webhooks", "", newest_ms, count)])
            if not self.rehearse:
                outbox.forget_older(tenant, before_ms)

    def journal(self, forgotten: Collection[InteractionId], owners: Owners, days: int) -> None:
        """Lists interactions of whom the journal holds nothing any more."""
        of = owners.of(forgotten)
        at = {one: ids.minted_at_ms(one) or 0 for one in forgotten}
        self.listed.add(
            Eliminated(
                tenant=of[one], kind="journal", name=one, at_ms=at[one], days=days, visa=self.retention.of(of[one]).visa
            )
            for one in forgotten
        )

    def _line(self, tenant: str, kind: str, name: str, at_ms: int, count: int = 1) -> Eliminated:
        kept = self.retention.of(tenant)
        return Eliminated(
            tenant=tenant, kind=kind, name=name, at_ms=at_ms, days=kept.days[kind], visa=kept.visa, count=count
        )


def needed_by(kernel: Kernel) -> Iterator[str]:
    """Every interaction that the state still speaks of: calls under way, open tasks and orders, and so on."""
    for table, _kind in kernel.tables().values():
        for key, row in table.items():
            yield key
            for name in ("interaction", "interactions", "lane"):
                named = getattr(row, name, None)
                if isinstance(named, str):
                    yield named
                elif isinstance(named, tuple):
                    yield from named
