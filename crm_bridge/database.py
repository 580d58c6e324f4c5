"""The bridge's databases: an SQLite file for our eyes only, or a server by its address (PostgreSQL)."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, NullPool, Pool, QueuePool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

# Another process (an import, a command of the DPO) holds the file for as long as it writes, which is short.
WAIT_MS: Final = 5_000
CHECKPOINT_PAGES: Final = 1_000


def engine(place: Path | str, *, keep_open: bool = False) -> Engine:
    """An engine for the file `place`, made if it is not there, or for the address `place` (postgresql://…).

    With `keep_open` a file's connection outlives its transaction: for one who writes many times a second, since the
    last to close a file empties its write-ahead log.

    Its errors never show parameters.  Raises OSError if the file's folder cannot be made.
    """
    if isinstance(place, Path):
        return _sqlite(place, QueuePool if keep_open else NullPool)
    address = place.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(address, hide_parameters=True, pool_pre_ping=True)


def _sqlite(path: Path, pool: type[Pool]) -> Engine:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=WAIT_MS / 1000, isolation_level=None, check_same_thread=False)

    made = create_engine("sqlite+pysqlite://", creator=connect, poolclass=pool, hide_parameters=True)

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
