"""An import of records: all of a file, or nothing of it.

What is read is sealed at once and waits in a file of its own, so that the records are locked only for as long as it
takes to lay it over them.  Whoever is in the records and not in the file stays: leaving is `records erase`.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from core.citizen import CitizenRecord
from crm_bridge.csv_lines import CsvFile, LineFault
from crm_bridge.keys import TenantKeys
from crm_bridge.store import Store, named, seal
from crm_bridge.tables import NAMES, NUMBERS, PEOPLE

_PAGE: Final = 500
# Agents whom one file may name and who are remembered: no organisation has as many.
FOLLOWERS_AT_MOST: Final = 10_000


class Follower(NamedTuple):
    """An agent whom the file names (`referent_agent`): first in this line, for so many people."""

    name: str
    line: int
    people: int


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import; `done` if the records are now as told (or would be, in a rehearsal)."""

    encoding: str
    delimiter: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    done: bool = True
    faults: tuple[LineFault, ...] = ()
    faults_beyond: int = 0
    followers: tuple[Follower, ...] = ()


class _Rehearsed(Exception):
    """Takes the transaction of a rehearsal back."""


def import_file(
    store: Store, path: Path, tenant: str, now_ms: int, *, rehearse: bool = False, skip_bad: bool = False
) -> Imported:
    """Lays the file over the tenant's records.

    With a bad line nothing is written, unless `skip_bad`.  With `rehearse` nothing is written at all, and what would
    have come of it is told.  Raises RecordsFault for a file or records that cannot be read.
    """
    file = CsvFile(path, tenant)
    keys = store.keys(tenant)
    with tempfile.TemporaryDirectory(prefix="allo-import-") as folder:
        waiting = sqlite3.connect(Path(folder) / "waiting.db", isolation_level=None)
        try:
            followers = _read(file, keys, waiting)
            told = Imported(
                encoding="UTF-8" if file.encoding == "utf-8-sig" else "Windows-1252",
                delimiter=file.delimiter,
                refused=file.refused,
                faults=tuple(file.faults),
                faults_beyond=file.faults_beyond,
                followers=followers,
            )
            if file.faults and not skip_bad:
                return msgspec.structs.replace(told, done=False)
            return _lay_over(store, waiting, told, now_ms, tenant, rehearse)
        finally:
            waiting.close()


def _read(file: CsvFile, keys: TenantKeys, waiting: sqlite3.Connection) -> tuple[Follower, ...]:
    waiting.execute("PRAGMA journal_mode = OFF")
    waiting.execute("CREATE TABLE waiting (person TEXT, content TEXT, sealed BLOB, numbers TEXT, names TEXT)")
    waiting.execute("BEGIN")
    followers: dict[str, Follower] = {}
    for told in file.people():
        waiting.execute("INSERT INTO waiting VALUES (?, ?, ?, ?, ?)", _row(keys, told.record))
        name = told.record.referent_agent
        if name and (name in followers or len(followers) < FOLLOWERS_AT_MOST):
            before = followers.get(name, Follower(name, told.line, 0))
            followers[name] = before._replace(people=before.people + 1)
    waiting.execute("COMMIT")
    return tuple(followers.values())


def _row(keys: TenantKeys, record: CitizenRecord) -> tuple[Any, ...]:
    person = keys.pseudonym("person", record.id)
    content = keys.pseudonym("content", msgspec.json.encode(record).decode())
    numbers = [[keys.pseudonym("number", one.e164), one.shared, one.confirmed_at_ms] for one in record.numbers]
    names = [
        keys.pseudonym("name", named(name, record.birth_date))
        for name in dict.fromkeys((record.last_name, record.birth_name))
        if name and record.birth_date
    ]
    # Sealed without a date: laid over the records, it gets that of the import in its column.
    return person, content, seal(keys, record, person), json.dumps(numbers), json.dumps(list(dict.fromkeys(names)))


def _lay_over(
    store: Store, waiting: sqlite3.Connection, told: Imported, now_ms: int, tenant: str, rehearse: bool
) -> Imported:
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    try:
        with store.transaction() as connection:
            rows = waiting.execute("SELECT person, content, sealed, numbers, names FROM waiting ORDER BY rowid")
            while page := rows.fetchmany(_PAGE):
                _lay_page(connection, tenant, page, counts, now_ms)
            if rehearse:
                raise _Rehearsed
    except _Rehearsed:
        pass
    return msgspec.structs.replace(told, **counts)


def _lay_page(
    connection: Connection, tenant: str, page: list[tuple[Any, ...]], counts: dict[str, int], now_ms: int
) -> None:
    people = [row[0] for row in page]
    asked = select(PEOPLE.c.person, PEOPLE.c.content).where(PEOPLE.c.tenant == tenant, PEOPLE.c.person.in_(people))
    known = {row.person: row.content for row in connection.execute(asked)}
    for person, content, sealed, numbers, names in page:
        if known.get(person) == content:
            counts["unchanged"] += 1
            continue
        values = {"sealed": sealed, "content": content, "updated_at_ms": now_ms}
        if person in known:
            counts["updated"] += 1
            whose = (PEOPLE.c.tenant == tenant, PEOPLE.c.person == person)
            connection.execute(update(PEOPLE).where(*whose).values(**values))
        else:
            counts["created"] += 1
            connection.execute(insert(PEOPLE).values(tenant=tenant, person=person, **values))
        _lay_keys(connection, tenant, person, json.loads(numbers), json.loads(names), now_ms)


def _lay_keys(
    connection: Connection, tenant: str, person: str, numbers: list[Any], names: list[str], now_ms: int
) -> None:
    """What the person is found by.  A number without a date counts from the day when it was first told."""
    asked = select(NUMBERS.c.number, NUMBERS.c.confirmed_at_ms).where(
        NUMBERS.c.tenant == tenant, NUMBERS.c.person == person
    )
    since = {row.number: row.confirmed_at_ms for row in connection.execute(asked)}
    for table in (NUMBERS, NAMES):
        connection.execute(delete(table).where(table.c.tenant == tenant, table.c.person == person))
    whose = {"tenant": tenant, "person": person}
    held = [
        {**whose, "number": number, "shared": shared, "confirmed_at_ms": max(at or 0, since.get(number) or 0) or now_ms}
        for number, shared, at in numbers
    ]
    if held:
        connection.execute(insert(NUMBERS), held)
    if names:
        connection.execute(insert(NAMES), [{**whose, "name": name} for name in names])
