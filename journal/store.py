"""Where a journal rests, as its reader and its writer see it: a SQLite file, or PostgreSQL (postgres.py).

Both hold the tables of tables.py.  What differs is who else may write, what damage means, and the words of a fault.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Final, Literal, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from journal.files import (
    Lock,
    beside,
    checkpoint,
    identity,
    is_damage,
    private_file,
    reading_engine,
    suspect,
    why,
    writing_engine,
)
from journal.salvage import Salvage, prepare

Synchronous = Literal["NORMAL", "FULL"]

READ_WAIT_MS: Final = 2_000
# How long a commit waits for another connection that writes, before the journal counts as locked.
LOCKED_MS: Final = 100
# What is written to the write-ahead log before it is moved into the database, once waiters are awake; a commit writes
# some pages of 4 kB beside its steps.
CHECKPOINT_BYTES: Final = 4_000_000
COMMIT_BYTES: Final = 16_000
# What is deleted is moved into the database after so many pages of 4 kB.
PRUNE_PAGES: Final = 1_000


class Store(Protocol):
    """One journal.  `said` names it to the operator, without a password; `remedy` says what to look at when it cannot
    be read, `mending` what to do about one that is damaged.  `epoch` counts those who took it, where several may."""

    said: str
    remedy: str
    mending: str
    epoch: int

    def reading(self) -> Engine:
        """Connections that only read; any thread may have one."""

    def pruning(self) -> Engine:
        """Connections that delete what is old, beside whoever writes."""

    def why(self, error: BaseException) -> str:
        """What went wrong, for the operator; nothing personal."""

    def take(self) -> tuple[int, Salvage | None]:
        """Takes the right to write, and sees that what is there is sound: the last step, and what was salvaged.

        Raises JournalFault with the remedy, naming who has that right.
        """

    def connect(self) -> Connection:
        """The writer's connection; raises when somebody else has the right to write by now."""

    def check(self) -> None:
        """Before each commit: raises if what is written to is no longer there."""

    def failed(self, error: BaseException) -> None:
        """A commit failed so, and its connection was thrown away."""

    def tidy(self, connection: Connection, written_bytes: int) -> None:
        """After each commit, once waiters are awake."""

    def release(self) -> None:
        """Gives the right to write back."""


class FileStore:
    """A SQLite file.  One process writes: it holds a lock beside the file."""

    remedy = (
        "Vérifiez que le fichier est là, que ce compte peut le lire, et que le disque répond ; s'il est endommagé, "
        "relancez Allo, qui le répare."
    )
    mending = "Arrêtez Allo et relancez-le : au démarrage il répare le journal et dit ce qui est perdu."

    def __init__(self, path: Path, synchronous: Synchronous = "NORMAL", *, followed: bool = False) -> None:
        """`followed`: it is read many times a second."""
        self.path = path
        self._followed = followed
        self.epoch = 0
        self.said = str(path)
        self._engine = writing_engine(path, synchronous, LOCKED_MS)
        self._identity: tuple[int, int] | None = None
        self._lock: Lock | None = None
        self._unmoved_bytes = 0

    def reading(self) -> Engine:
        return reading_engine(self.path, READ_WAIT_MS, keep_open=self._followed)

    def pruning(self) -> Engine:
        return writing_engine(self.path, "NORMAL", READ_WAIT_MS, PRUNE_PAGES)

    def why(self, error: BaseException) -> str:
        return why(error)

    def take(self) -> tuple[int, Salvage | None]:
        self._lock = Lock(beside(self.path, "-lock"))
        try:
            found = prepare(self.path)
        except BaseException:
            self.release()
            raise
        self._identity = identity(self.path)
        return found

    def connect(self) -> Connection:
        return self._engine.connect()

    def check(self) -> None:
        if identity(self.path) != self._identity:
            raise OSError("le fichier a été effacé ou remplacé pendant qu'Allo y écrivait ; relancez Allo")

    def failed(self, error: BaseException) -> None:
        if is_damage(error):
            with contextlib.suppress(OSError):
                private_file(suspect(self.path))

    def tidy(self, connection: Connection, written_bytes: int) -> None:
        """Moves a write-ahead log that has grown into the database; a reader in the way only puts it off."""
        self._unmoved_bytes += COMMIT_BYTES + written_bytes
        if self._unmoved_bytes >= CHECKPOINT_BYTES:
            with contextlib.suppress(sqlite3.Error, SQLAlchemyError):
                checkpoint(connection, "PASSIVE")
            self._unmoved_bytes = 0

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None
