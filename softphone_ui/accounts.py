"""Passwords and sessions in PostgreSQL, for a centre whose parts run as several processes.

The pages' loop never waits for the server: hashes are read by `look` every few seconds, sessions are written by `save`
every second, both from a thread; what could not be written is written at the next attempt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

import psycopg
from sqlalchemy import Column, Double, Engine, MetaData, String, Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from core.errors import JournalFault
from softphone_ui.kept_sessions import KeptSession, cannot_keep
from softphone_ui.passwords import PasswordFault

METADATA: Final = MetaData()
PASSWORDS: Final = Table(
    "passwords", METADATA, Column("name", String, primary_key=True), Column("hash", String, nullable=False)
)
SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("agent", String, nullable=False),
    Column("mark", String, nullable=False),
    Column("began_s", Double, nullable=False),
    Column("seen_s", Double, nullable=False),
)
_AWAY: Final = (SQLAlchemyError, psycopg.Error, JournalFault)


class Opened:
    """The database, opened when somebody first needs it; `make` gives it with its tables."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def engine(self) -> Engine:
        """Raises one of _AWAY."""
        with self._lock:
            if self._engine is None:
                self._engine = self._make()
            return self._engine


class PasswordRows:
    """A Shelf of passwords (softphone_ui/passwords.py)."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._read: dict[str, str] = {}

    def hashes(self) -> dict[str, str]:
        try:
            with self._opened.engine().connect() as connection:
                self._read = {row.name: row.hash for row in connection.execute(select(PASSWORDS))}
        except _AWAY as error:
            raise _fault(error) from None
        return self._read

    def glance(self) -> dict[str, str]:
        return self._read

    def look(self) -> None:
        self.hashes()

    def put(self, name: str, hashed: str) -> None:
        """Only this row: somebody else's password may be set at the same moment."""
        made = insert(PASSWORDS).values(name=name, hash=hashed)
        try:
            with self._opened.engine().begin() as connection:
                connection.execute(made.on_conflict_do_update(index_elements=["name"], set_={"hash": hashed}))
        except _AWAY as error:
            raise _fault(error) from None


class SessionRows:
    """A Kept of sessions (softphone_ui/kept_sessions.py)."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._unwritten: dict[str, KeptSession | None] = {}
        self._lock = threading.Lock()
        self._saving = threading.Lock()  # one after the other: what is newer must not be written first

    def all(self) -> list[KeptSession]:
        try:
            with self._opened.engine().connect() as connection:
                rows = connection.execute(select(SESSIONS).order_by(SESSIONS.c.began_s, SESSIONS.c.digest)).all()
        except _AWAY as error:
            cannot_keep(error)
            return []
        return [KeptSession(*row) for row in rows]

    def keep(self, session: KeptSession) -> None:
        with self._lock:
            self._unwritten[session.digest] = session

    def forget(self, digest: str) -> None:
        with self._lock:
            self._unwritten[digest] = None

    def save(self) -> None:
        with self._saving:
            self._save()

    def _save(self) -> None:
        with self._lock:
            todo, self._unwritten = self._unwritten, {}
        if not todo:
            return
        try:
            with self._opened.engine().begin() as connection:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.digest.in_(list(todo))))
                kept: list[dict[str, Any]] = [session._asdict() for session in todo.values() if session is not None]
                if kept:
                    connection.execute(insert(SESSIONS), kept)
        except _AWAY as error:
            cannot_keep(error)
            with self._lock:
                self._unwritten = todo | self._unwritten  # what came meanwhile is newer

    def close(self) -> None:
        self.save()


def _fault(error: Exception) -> PasswordFault:
    return PasswordFault(
        f"Les mots de passe dans PostgreSQL ne répondent pas ({type(error).__name__}) : vérifiez que le serveur tourne "
        "et que ce compte y a ses droits."
    )
