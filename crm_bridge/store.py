"""Citizen records in a database of our own: sealed rows, found by keyed pseudonyms, one wall per tenant.

Everything here waits for the disk: call it from a thread that may.  Errors are RecordsFault, with the remedy, and never
say anything of a person.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Table, and_, delete, func, insert, select, update

from core.citizen import CitizenRecord, Reading
from crm_bridge import database
from crm_bridge.keys import RecordKeys, RecordsFault, TenantKeys
from crm_bridge.recognise import Holder
from crm_bridge.tables import KEYS, METADATA, NAMES, NUMBERS, PEOPLE, READINGS

# Namesakes born on one day: more than these are not shown, the agent asks for the first name.
NAMESAKES: Final = 10
# Holders of one number that are looked at: more than any bound for shared numbers.
HOLDERS: Final = 1_000
# Lines of the access log in one export; a record read ten times a day for ten years has fewer.
READINGS_TOLD: Final = 50_000

# Asked for every call that arrives.
_HOLDERS: Final = (
    "SELECT person, shared, confirmed_at_ms FROM numbers WHERE tenant = ? AND number = ? ORDER BY person LIMIT ?"
)
_ANY: Final = "SELECT 1 FROM numbers WHERE tenant = ? LIMIT 1"
_SEALED: Final = "SELECT sealed, updated_at_ms FROM people WHERE tenant = ? AND person = ?"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the access log: who read the record, when (Unix milliseconds), why, for which interaction."""

    at_ms: int
    agent: str
    why: str
    interaction: str | None


class Look(Access, frozen=True, kw_only=True):
    """A line of the access log among those of others; `person` tells them apart and names nobody."""

    person: str


class Store:
    """The records at `place`: an SQLite file, or tables that are there (PostgreSQL: journal/migrations)."""

    def __init__(self, place: Path | Engine, keys: RecordKeys) -> None:
        """Opens the records, or makes their file."""
        self._keys = keys
        self._checked: set[str] = set()
        self._empty: dict[str, int] = {}
        self._shown = place if isinstance(place, Path) else "PostgreSQL"
        with self._faults(), contextlib.ExitStack() as undo:
            self._engine = database.engine(place) if isinstance(place, Path) else place
            undo.callback(self._engine.dispose)
            if isinstance(place, Path):
                with self._engine.begin() as connection:
                    METADATA.create_all(connection)
            self._changes = database.Changes(place)
            undo.pop_all()

    def close(self) -> None:
        self._changes.close()
        self._engine.dispose()

    # Reading.

    def holders(self, tenant: str, number: str) -> list[Holder]:
        """Who has `number` (E.164)."""
        asked = (tenant, self.keys(tenant).pseudonym("number", number), HOLDERS)
        with self._faults():
            count = self._changes.count()
            found = database.rows(self._engine, _HOLDERS, asked)
            if not found and count is not None and not database.rows(self._engine, _ANY, (tenant,)):
                self._empty[tenant] = count
        return [Holder(person=row[0], shared=bool(row[1]), confirmed_at_ms=row[2]) for row in found]

    def surely_empty(self, tenant: str) -> bool:
        """Whether nobody of the tenant has a number, as `holders` has seen before and nobody has written since.

        Never waits, and may be asked from any thread; False when that cannot be told at once.
        """
        count = self._empty.get(tenant)
        return count is not None and count == self._changes.count()

    def known(self, tenant: str, person: str) -> CitizenRecord | None:
        """The record, of which the kernel is told the id and who follows it: no access, for nobody sees it."""
        with self._faults():
            found = database.rows(self._engine, _SEALED, (tenant, person))
        return _opened(self._keys.of(tenant), tenant, person, *found[0]) if found else None

    def peek(self, tenant: str, record: str) -> CitizenRecord | None:
        """The record of this id, for one who notes the access before it is given to anybody."""
        return self.known(tenant, self.keys(tenant).pseudonym("person", record))

    def record(self, tenant: str, record: str, reading: Reading, now_ms: int) -> CitizenRecord | None:
        """The record of this id, its access noted in the same transaction; None if there is none."""
        person = self.keys(tenant).pseudonym("person", record)
        with self._writing() as connection:
            found = self._record(connection, tenant, person)
            if found is not None:
                _note(connection, tenant, person, reading, now_ms)
        return found

    def search(
        self, tenant: str, name: str, birth_date: str, reading: Reading, now_ms: int
    ) -> tuple[CitizenRecord, ...]:
        """Those of that family name born on that day, each access noted."""
        wanted = self.keys(tenant).pseudonym("name", named(name, birth_date))
        asked = (
            select(NAMES.c.person)
            .where(NAMES.c.tenant == tenant, NAMES.c.name == wanted)
            .order_by(NAMES.c.person)
            .limit(NAMESAKES)
        )
        found = []
        with self._writing() as connection:
            for (person,) in connection.execute(asked).all():
                record = self._record(connection, tenant, person)
                if record is not None:
                    _note(connection, tenant, person, reading, now_ms)
                    found.append(record)
        return tuple(found)

    def records(self, tenant: str) -> Iterator[CitizenRecord]:
        """Every record of the tenant, a page at a time, in no order that means anything."""
        keys = self.keys(tenant)
        after = ""
        while True:
            page = (
                select(PEOPLE.c.person, PEOPLE.c.sealed, PEOPLE.c.updated_at_ms)
                .where(PEOPLE.c.tenant == tenant, PEOPLE.c.person > after)
                .order_by(PEOPLE.c.person)
                .limit(500)
            )
            with self._reading() as connection:
                rows = connection.execute(page).all()
            for row in rows:
                yield _opened(keys, tenant, row.person, row.sealed, row.updated_at_ms)
            if len(rows) < 500:
                return
            after = rows[-1].person

    def count(self, tenant: str) -> int:
        """How many persons the tenant has records of."""
        with self._reading() as connection:
            asked = select(func.count()).select_from(PEOPLE).where(PEOPLE.c.tenant == tenant)
            return int(connection.execute(asked).scalar_one())

    def accesses(self, tenant: str, record: str) -> list[Access]:
        """Who read the record, oldest first."""
        person = self.keys(tenant).pseudonym("person", record)
        asked = (
            select(READINGS.c.at_ms, READINGS.c.agent, READINGS.c.why, READINGS.c.interaction)
            .where(READINGS.c.tenant == tenant, READINGS.c.person == person)
            .order_by(READINGS.c.id)
            .limit(READINGS_TOLD)
        )
        with self._reading() as connection:
            return [
                Access(at_ms=row.at_ms, agent=row.agent, why=row.why, interaction=row.interaction)
                for row in connection.execute(asked)
            ]

    def looks(self, tenant: str, since_ms: int, agent: str = "", why: str = "") -> Iterator[Look]:
        """Every access to the tenant's records since then, oldest first; of one agent, for one reason if so asked."""
        chosen = select(READINGS).where(READINGS.c.tenant == tenant, READINGS.c.at_ms >= since_ms)
        if agent:
            chosen = chosen.where(READINGS.c.agent == agent)
        if why:
            chosen = chosen.where(READINGS.c.why == why)
        after = 0
        while True:
            with self._reading() as connection:
                rows = connection.execute(chosen.where(READINGS.c.id > after).order_by(READINGS.c.id).limit(500)).all()
            for row in rows:
                yield Look(
                    at_ms=row.at_ms, agent=row.agent, why=row.why, interaction=row.interaction, person=row.person[:10]
                )
            if len(rows) < 500:
                return
            after = rows[-1].id

    # Writing.

    def note(self, tenant: str, record: str, reading: Reading, now_ms: int) -> None:
        """Notes an access to a record that rests elsewhere."""
        person = self.keys(tenant).pseudonym("person", record)
        with self._writing() as connection:
            _note(connection, tenant, person, reading, now_ms)

    def confirm(self, tenant: str, record: str, number: str, now_ms: int) -> bool:
        """Notes that the person said today that `number` (E.164) is theirs; False if it is not among theirs."""
        keys = self.keys(tenant)
        changed = (
            update(NUMBERS)
            .where(
                NUMBERS.c.tenant == tenant,
                NUMBERS.c.number == keys.pseudonym("number", number),
                NUMBERS.c.person == keys.pseudonym("person", record),
            )
            .values(confirmed_at_ms=now_ms)
        )
        with self._writing() as connection:
            return bool(connection.execute(changed).rowcount)

    def erase(self, tenant: str, record: str) -> bool:
        """Deletes the person with the numbers, names and access log; False if there is none.

        On return nothing of it is in the database's files; backups keep it until they expire.
        """
        return self.forget(tenant, self.keys(tenant).pseudonym("person", record))

    # Growing old.

    def tenants(self) -> list[str]:
        """Whose records or readings are here."""
        with self._reading() as connection:
            rows = [*connection.execute(select(PEOPLE.c.tenant).distinct())]
            rows += connection.execute(select(READINGS.c.tenant).distinct())
        return sorted({row[0] for row in rows})

    def old_readings(self, tenant: str, before_ms: int, spared: Collection[str]) -> tuple[int, int]:
        """How many lines the access log has from before then, but of `spared` persons; and when the last was."""
        asked = select(func.count(), func.max(READINGS.c.at_ms)).where(*_read_before(tenant, before_ms, spared))
        with self._reading() as connection:
            count, newest_ms = connection.execute(asked).one()
        return count, newest_ms or 0

    def forget_readings(self, tenant: str, before_ms: int, spared: Collection[str]) -> None:
        with self._writing() as connection:
            connection.execute(delete(READINGS).where(*_read_before(tenant, before_ms, spared)))
        with self._faults():
            database.scrub(self._engine)

    def silent(self, tenant: str, before_ms: int, spared: Collection[str]) -> list[tuple[str, int]]:
        """Persons (pseudonyms) whose record nobody changed, confirmed or read since then, and when they last were."""
        latest = [
            select(func.max(column)).where(_of_person(table)).scalar_subquery()
            for table, column in ((NUMBERS, NUMBERS.c.confirmed_at_ms), (READINGS, READINGS.c.at_ms))
        ]
        asked = select(PEOPLE.c.person, PEOPLE.c.updated_at_ms, *latest)
        with self._reading() as connection:
            rows = connection.execute(asked.where(PEOPLE.c.tenant == tenant, PEOPLE.c.updated_at_ms < before_ms)).all()
        found = [(row[0], max(at_ms for at_ms in row[1:] if at_ms is not None)) for row in rows]
        return [(person, at_ms) for person, at_ms in found if at_ms < before_ms and person not in spared]

    def forget(self, tenant: str, person: str) -> bool:
        """As `erase`, by the person's pseudonym."""
        with self._writing() as connection:
            found = connection.execute(delete(PEOPLE).where(_whose(PEOPLE, tenant, person))).rowcount
            for table in (NUMBERS, NAMES, READINGS):
                connection.execute(delete(table).where(_whose(table, tenant, person)))
        with self._faults():
            database.scrub(self._engine)
        return bool(found)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction for an import: all of it, or nothing."""
        with self._writing() as connection:
            yield connection

    def keys(self, tenant: str) -> TenantKeys:
        """The tenant's keys; raises RecordsFault if they are not those that its rows were sealed with."""
        keys = self._keys.of(tenant)
        if tenant not in self._checked:
            check = keys.pseudonym("check", tenant)
            with self._writing() as connection:
                kept = connection.execute(select(KEYS.c.check).where(KEYS.c.tenant == tenant)).scalar_one_or_none()
                if kept is None:
                    connection.execute(insert(KEYS).values(tenant=tenant, check=check))
            if kept not in (None, check):
                raise RecordsFault(
                    f"Les fiches de « {tenant} » sont scellées avec une autre clé que celle du fichier des clés. "
                    "Restaurez la base et le fichier des clés d'une même sauvegarde."
                )
            self._checked.add(tenant)
        return keys

    def _record(self, connection: Connection, tenant: str, person: str) -> CitizenRecord | None:
        asked = select(PEOPLE.c.sealed, PEOPLE.c.updated_at_ms).where(_whose(PEOPLE, tenant, person))
        row = connection.execute(asked).one_or_none()
        return None if row is None else _opened(self._keys.of(tenant), tenant, person, row.sealed, row.updated_at_ms)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._faults(), self._engine.connect().execution_options(reads=True) as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._faults(), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except database.ERRORS as error:
            raise RecordsFault(
                f"Les fiches {self._shown} ne répondent pas ({database.why(error)}). Vérifiez l'espace du disque, les "
                "droits du fichier, ou que le serveur de base de données tourne."
            ) from None


def named(name: str, birth_date: str) -> str:
    """A family name and birth date as they are compared: without accents, case, hyphens or apostrophes."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if letter.isalnum())
    return f"{bare}|{birth_date}"


def seal(keys: TenantKeys, record: CitizenRecord, person: str) -> bytes:
    """The record as its row holds it."""
    return keys.seal(f"{record.tenant}|{person}", msgspec.json.encode(record))


def _opened(keys: TenantKeys, tenant: str, person: str, sealed: bytes, updated_at_ms: int) -> CitizenRecord:
    record = msgspec.json.decode(keys.open(f"{tenant}|{person}", sealed), type=CitizenRecord)
    return msgspec.structs.replace(record, updated_at_ms=updated_at_ms)


def _whose(table: Table, tenant: str, person: str) -> Any:
    return and_(table.c.tenant == tenant, table.c.person == person)


def _of_person(table: Table) -> Any:
    return and_(table.c.tenant == PEOPLE.c.tenant, table.c.person == PEOPLE.c.person)


def _read_before(tenant: str, before_ms: int, spared: Collection[str]) -> list[Any]:
    return [READINGS.c.tenant == tenant, READINGS.c.at_ms < before_ms, READINGS.c.person.not_in(spared)]


def _note(connection: Connection, tenant: str, person: str, reading: Reading, now_ms: int) -> None:
    connection.execute(
        insert(READINGS).values(
            at_ms=now_ms,
            tenant=tenant,
            person=person,
            agent=reading.agent,
            why=reading.why,
            interaction=reading.interaction,
        )
    )
