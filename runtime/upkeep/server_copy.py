"""What a centre keeps in PostgreSQL, copied into files and brought back: journal, keys, records, outbox and passwords.

Each place is read in one transaction, as it stood at one moment, while the centre runs; the journal after the outbox,
which must not be ahead of it, and keys after what they seal, so that none is missing.  Sessions are left out, as those
of a file are: a backup lets nobody in again who was put out since.  A table is one file in PostgreSQL's own COPY
format, beside TABLES.json, which tells the columns and the version of the tables.  Brought back, tables are made by our
own migrations, as they were then; what stood there is put aside under another name, and comes back if anything goes
wrong.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import psycopg
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from journal import migrations
from journal.postgres import (
    ACCOUNTS_SCHEMA,
    JOURNAL_SCHEMA,
    KEYS_SCHEMA,
    LEAD_LOCK,
    OUTBOX_SCHEMA,
    RECORDS_SCHEMA,
    address,
    engine_for,
    why_postgres,
)
from runtime.settings import Loaded
from runtime.settings.servers import secret_of
from runtime.upkeep.backup import BackupFault

FOLDER: Final = "postgres"
TABLES: Final = "TABLES.json"
_CHUNK: Final = 1 << 20
_VERSIONS: Final = "alembic_version"
# What is not copied, by what it belongs to.
_LEFT_OUT: Final = {"accounts": "sessions"}

What = Literal["journal", "keys", "records", "outbox", "accounts"]
APART: Final = ("accounts", "keys")
"""What goes into the second file of a backup, which opens the first or lets people in."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """One place in PostgreSQL: the tables of `schema` at `url`, made by a tree of migrations."""

    what: What
    url: URL
    schema: str
    tree: migrations.Tree

    @property
    def said(self) -> str:
        return self.url.render_as_string(hide_password=True).replace("+psycopg", "", 1)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What TABLES.json says: the version of the tables, and the columns of each in the order of its file."""

    revision: str | None
    tables: dict[str, list[str]]


def servers(loaded: Loaded) -> list[Server]:
    """Where this configuration keeps something in PostgreSQL; keys come last.

    Raises ConfigurationFault for a secret that is not set.
    """
    journal, records = loaded.settings.journal, loaded.settings.records
    found: list[Server] = []
    if records.url:
        url = address(records.url, secret_of(records.secret_env))
        found.append(Server(what="records", url=url, schema=RECORDS_SCHEMA, tree="records"))
    if journal.url:
        password = secret_of(journal.secret_env)
        url, keys = address(journal.url, password), address(journal.keys_url or journal.url, password)
        found.append(Server(what="outbox", url=url, schema=OUTBOX_SCHEMA, tree="outbox"))
        found.append(Server(what="journal", url=url, schema=JOURNAL_SCHEMA, tree="journal"))
        found.append(Server(what="accounts", url=keys, schema=ACCOUNTS_SCHEMA, tree="accounts"))
        found.append(Server(what="keys", url=keys, schema=KEYS_SCHEMA, tree="keys"))
    return found


def copy_out(server: Server, folder: Path) -> None:
    """Writes the tables of a server into `folder`.  Raises BackupFault."""
    folder.mkdir(parents=True, exist_ok=True)
    with _opened(server) as connection:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        kept = Kept(
            revision=MigrationContext.configure(connection).get_current_revision(),
            tables={table: _columns(connection, server, table) for table in _copied(connection, server)},
        )
        for table, columns in kept.tables.items():
            _copy_table(connection, server, table, columns, folder / f"{table}.copy")
        connection.rollback()
    (folder / TABLES).write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1))


def bring_back(brought: list[tuple[Server, Path | None]], *, force: bool, stamp: str) -> list[str]:
    """Makes each server hold what its folder has (None: empty tables); gives what was put aside.

    Raises BackupFault; then every server is as it was.
    """
    with contextlib.ExitStack() as stack:
        opened = [(server, folder, stack.enter_context(_opened(server))) for server, folder in brought]
        for server, _, connection in opened:
            _must_be_free(server, connection, force=force)
        done: list[tuple[Server, Connection, str]] = []
        try:
            for server, folder, connection in opened:
                done.append((server, connection, _put_aside(server, connection, stamp)))
                _fill(server, connection, folder)
        except (SQLAlchemyError, psycopg.Error, OSError) as error:
            for server, connection, aside in reversed(done):
                _take_back(server, connection, aside)
            why = why_postgres(error) if isinstance(error, SQLAlchemyError | psycopg.Error) else str(error)
            raise BackupFault(f"PostgreSQL n'a pas repris la sauvegarde ({why}) : rien n'y a changé.") from error
    return [f"{aside} ({server.said})" for server, _, aside in done if aside]


def kept_in(folder: Path) -> Kept:
    """What a copy says of itself.  Raises BackupFault."""
    try:
        return msgspec.json.decode((folder / TABLES).read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError) as error:
        raise BackupFault("La copie de PostgreSQL est incomplète : prenez une autre sauvegarde.") from error


@contextlib.contextmanager
def _opened(server: Server) -> Iterator[Connection]:
    engine: Engine = engine_for(server.url, server.schema)
    try:
        with engine.connect() as connection:
            yield connection
    except (SQLAlchemyError, psycopg.Error) as error:
        raise BackupFault(
            f"{server.said} ne répond pas comme il faut ({why_postgres(error)}) : vérifiez l'adresse, le compte et ses "
            "droits dans centre.yaml et crm.yaml."
        ) from error


def _tables(connection: Connection, server: Server) -> list[str]:
    """Tables of ours that are there, in the order of their names; the version table is alembic's own."""
    query = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY tablename")
    there = [str(row[0]) for row in connection.execute(query, {"schema": server.schema})]
    return [name for name in there if name != _VERSIONS]


def _copied(connection: Connection, server: Server) -> list[str]:
    return [name for name in _tables(connection, server) if name != _LEFT_OUT.get(server.what)]


def _columns(connection: Connection, server: Server, table: str) -> list[str]:
    query = text(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = :schema AND table_name = :table "
        "ORDER BY ordinal_position"
    )
    return [str(row[0]) for row in connection.execute(query, {"schema": server.schema, "table": table})]


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _copy(words: str, server: Server, table: str, columns: list[str]) -> sql.Composed:
    return sql.SQL(words).format(
        table=sql.Identifier(server.schema, table), columns=sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    )


def _copy_table(connection: Connection, server: Server, table: str, columns: list[str], target: Path) -> None:
    ask = _copy("COPY {table} ({columns}) TO STDOUT (FORMAT BINARY)", server, table, columns)
    with target.open("wb") as file, _driver(connection).cursor() as cursor, cursor.copy(ask) as copy:
        for part in copy:
            file.write(part)


def _must_be_free(server: Server, connection: Connection, *, force: bool) -> None:
    """Nobody writes there, and nothing is there unless it may be put aside."""
    if server.what == "journal":
        free = connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LEAD_LOCK}).scalar_one()
        if not free:
            raise BackupFault(f"Un noyau tient le journal {server.said} : arrêtez-le d'abord.")
    if not force and _tables(connection, server):
        raise BackupFault(f"{server.said} a déjà des données : ajoutez --force pour les mettre de côté.")
    connection.commit()


def _put_aside(server: Server, connection: Connection, stamp: str) -> str:
    """What stands there gets another name; empty if nothing does."""
    tables = _tables(connection, server)
    if not tables:
        connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{server.schema}" CASCADE')
        connection.commit()
        return ""
    aside = f"{server.schema}_avant_{stamp.replace('-', '_')}"
    connection.exec_driver_sql(f'ALTER SCHEMA "{server.schema}" RENAME TO "{aside}"')
    connection.commit()
    return aside


def _fill(server: Server, connection: Connection, folder: Path | None) -> None:
    kept = kept_in(folder) if folder is not None else Kept(revision=None, tables={})
    migrations.up(connection, server.tree, server.schema, kept.revision or "head")
    for table in _tables(connection, server):
        connection.exec_driver_sql(f'TRUNCATE "{server.schema}"."{table}"')
    for table, columns in kept.tables.items():
        assert folder is not None
        _fill_table(connection, server, table, columns, folder / f"{table}.copy")
    connection.commit()
    migrations.up(connection, server.tree, server.schema)


def _fill_table(connection: Connection, server: Server, table: str, columns: list[str], source: Path) -> None:
    ask = _copy("COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)", server, table, columns)
    with source.open("rb") as file, _driver(connection).cursor() as cursor, cursor.copy(ask) as copy:
        while part := file.read(_CHUNK):
            copy.write(part)
    for column in columns:  # a counter goes on where it stood
        named = {"table": f'"{server.schema}"."{table}"', "column": column}
        counter = connection.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), named).scalar_one()
        if counter is not None:
            last = f'SELECT max("{column}") FROM "{server.schema}"."{table}"'
            connection.execute(text(f"SELECT setval(:counter, ({last}))"), {"counter": counter})


def _take_back(server: Server, connection: Connection, aside: str) -> None:
    """As it was before `_put_aside`."""
    connection.rollback()
    connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{server.schema}" CASCADE')
    if aside:
        connection.exec_driver_sql(f'ALTER SCHEMA "{aside}" RENAME TO "{server.schema}"')
    connection.commit()
