"""The bridge's databases: an SQLite file for our eyes only, or tables in PostgreSQL that whoever opens us has made."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

ERRORS: Final = (SQLAlchemyError, sqlite3.Error, psycopg.Error, OSError)
"""What goes wrong with a database, whether asked through SQLAlchemy or through its driver."""

# Another process (an import, a command of the DPO) holds the file for as long as it writes, which is short.
WAIT_MS: Final = 5_000
CHECKPOINT_PAGES: Final = 1_000


def engine(path: Path) -> Engine:
    """An engine for the file `path`, made if it is not there.

    Its connections outlive their transactions, for they are used many times a second: opening takes longer than a
    look-up, and the last to close a file empties its write-ahead log.  Its errors never show parameters.  Raises
    OSError if the file's folder cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=WAIT_MS / 1000, isolation_level=None, check_same_thread=False)

    made = create_engine("sqlite+pysqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)

    @event.listens_for(made, "connect")
    def _prepare(raw: sqlite3.Connection, _record: object) -> None:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = NORMAL")
        raw.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        raw.execute("PRAGMA secure_delete = ON")

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reads") else "BEGIN IMMEDIATE")

    return made


def rows(made: Engine, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a small SELECT whose places for `values` are written `?`; raises ERRORS.

    By the driver itself, on a connection that is kept: for what is asked once a call or more.  Preparing a statement
    takes SQLAlchemy ten times as long as answering takes the database.
    """
    written = statement if made.dialect.name == "sqlite" else statement.replace("?", "%s")
    pooled = made.raw_connection()
    try:
        found: list[tuple[Any, ...]] = pooled.cursor().execute(written, values).fetchall()
        return found
    finally:
        pooled.close()


class Driver:
    """A transaction in the driver's own words: statements whose places for values are written `?`."""

    __slots__ = ("_cursor", "_place")

    def __init__(self, cursor: Any, place: str) -> None:
        self._cursor = cursor
        self._place = place

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """The cursor, whose rows may be fetched before the next statement."""
        self._cursor.execute(statement if self._place == "?" else statement.replace("?", self._place), values)
        return self._cursor

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            self._cursor.executemany(statement if self._place == "?" else statement.replace("?", self._place), rows)


@contextlib.contextmanager
def driving(made: Engine, *, writes: bool) -> Iterator[Driver]:
    """A transaction by the driver's own statements, for what is done many times a second.

    Raises what SQLAlchemy would raise.
    """
    in_file = made.dialect.name == "sqlite"
    try:
        pooled = made.raw_connection()
        try:
            driver = Driver(pooled.cursor(), "?" if in_file else "%s")
            if in_file:  # PostgreSQL's driver begins by itself
                driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
            yield driver
            pooled.commit()
        finally:
            pooled.close()  # which rolls back what was not committed
    except (sqlite3.Error, psycopg.Error) as error:
        raise DBAPIError("", None, error, hide_parameters=True) from error


class Changes:
    """Tells whether anybody has written to a database, without looking at the disk: by SQLite's own count."""

    def __init__(self, place: Path | Engine) -> None:
        """Of a server nothing can be told."""
        self._connection = None
        if isinstance(place, Path):
            self._connection = sqlite3.connect(place, timeout=0, isolation_level=None, check_same_thread=False)

    def count(self) -> int | None:
        """Another number once somebody has written; None when that cannot be told.  Never waits."""
        with contextlib.suppress(sqlite3.Error):
            if self._connection is not None:
                return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        return None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def scrub(made: Engine) -> None:
    """Empties the write-ahead log of an SQLite file, where what was deleted still stands; a reader puts it off."""
    if made.dialect.name != "sqlite":
        return
    with made.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def why(error: BaseException) -> str:
    """What went wrong, in the driver's words without the statement, which could name what it is about."""
    cause = error.__cause__ or error
    return type(cause).__name__ if isinstance(error, SQLAlchemyError) and cause is error else str(cause).split("\n")[0]
