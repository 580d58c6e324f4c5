"""Sessions at rest, in a file or in PostgreSQL (accounts.py): who was logged in when the pages stopped still is when
they start.

A token's digest, whose it is, and two dates: nothing of it lets anybody in, and roles are read from the configuration
anew.  A place that cannot be read or written costs a log-in, never the pages: it is only told.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

log = logging.getLogger("allo.pages")

OWNER_ONLY: Final = 0o600
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS sessions"
    " (digest TEXT PRIMARY KEY, agent TEXT, mark TEXT, began_s REAL, seen_s REAL) WITHOUT ROWID"
)


class KeptSession(NamedTuple):
    """One row; `mark` stands for the password that opened it, times are of the wall clock."""

    digest: str
    agent: str
    mark: str
    began_s: float
    seen_s: float


class Kept(Protocol):
    """One writer: the process of the pages."""

    def all(self) -> list[KeptSession]:
        """The oldest first; may wait."""

    def keep(self, session: KeptSession) -> None:
        """Never waits."""

    def forget(self, digest: str) -> None:
        """Never waits."""

    def save(self) -> None:
        """Writes what is not written yet; may wait."""

    def close(self) -> None:
        """Saves, and ends; may wait."""


class KeptSessions:
    """A Kept in a file that is local: what is told is written at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rows: sqlite3.Connection | None = None
        try:
            self._open()
        except (OSError, sqlite3.Error) as error:
            log.warning("sessions of before cannot be read, everybody logs in anew: %s", type(error).__name__)
            with contextlib.suppress(OSError, sqlite3.Error):
                file.unlink(missing_ok=True)
                self._open()

    def _open(self) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
        rows = sqlite3.connect(self._file, isolation_level=None, timeout=0.1)
        try:
            # Not on the disk yet when the power fails: a log-in more.  The loop of the pages waits for no disk.
            rows.execute("PRAGMA synchronous = OFF")
            rows.execute("PRAGMA journal_mode = TRUNCATE")
            rows.execute(_TABLE)
            rows.execute("SELECT digest, agent, mark, began_s, seen_s FROM sessions LIMIT 1").fetchall()
        except sqlite3.Error:
            rows.close()
            raise
        self._rows = rows

    def all(self) -> list[KeptSession]:
        """The oldest first."""
        rows = self._do("SELECT digest, agent, mark, began_s, seen_s FROM sessions ORDER BY began_s")
        return [KeptSession(*row) for row in rows]

    def keep(self, session: KeptSession) -> None:
        self._do("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?)", *session)

    def forget(self, digest: str) -> None:
        self._do("DELETE FROM sessions WHERE digest = ?", digest)

    def save(self) -> None:
        """There is nothing left to write."""

    def close(self) -> None:
        rows, self._rows = self._rows, None
        if rows is not None:
            rows.close()

    def _do(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        if self._rows is None:
            return []
        try:
            return self._rows.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            cannot_keep(error)
            return []


def cannot_keep(error: Exception) -> None:
    """Tells it, whose session it was left out."""
    log.warning("sessions are not kept over a restart for now: %s", type(error).__name__)
