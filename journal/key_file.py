"""Where keys rest on one machine: a SQLite file of their own (0600, its folder 0700), written by one process."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, LargeBinary, MetaData, Select, String, Table, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.errors import JournalFault
from core.ids import InteractionId
from core.personal import PURPOSES, Purpose
from journal.files import (
    FULL_CHECK_BYTES,
    PRIVATE_FILE,
    beside,
    checkpoint,
    free_name,
    is_damage,
    page_fault,
    private_folder,
    raw,
    reading_engine,
    size,
    whole,
    why,
    writing_engine,
)
from journal.shelf import KEY_BYTES, Found, Name

KEYS_METADATA: Final = MetaData()
# A row whose key is NULL stands for an erased one: what is sealed for it later goes under a key that nobody keeps.
KEYS: Final = Table(
    "keys",
    KEYS_METADATA,
    Column("interaction", String, primary_key=True),
    Column("purpose", String, primary_key=True),
    Column("key", LargeBinary, nullable=True),
    sqlite_with_rowid=False,
)


def standing(purpose: Purpose, before: InteractionId, after: InteractionId) -> Select[InteractionId]:
    """Interactions between the two, oldest first, whose key for `purpose` was not erased."""
    chosen = select(KEYS.c.interaction).where(KEYS.c.purpose == purpose, KEYS.c.key.is_not(None))
    return chosen.where(KEYS.c.interaction > after, KEYS.c.interaction < before).order_by(KEYS.c.interaction)


# By the driver itself: the loop waits for the one, and every new caller's step for the other.
_CHOSEN: Final = "SELECT key FROM keys WHERE interaction = ? AND purpose = ?"
_NEWEST: Final = "SELECT interaction, purpose, key FROM keys ORDER BY interaction DESC, purpose LIMIT ?"
# Keys of one statement, which is a transaction of its own.
_AT_ONCE: Final = 32
_ADDED: Final = tuple(
    f"INSERT INTO keys (interaction, purpose, key) VALUES {', '.join(['(?, ?, ?)'] * count)} "
    "ON CONFLICT DO NOTHING RETURNING interaction, purpose"
    for count in range(1, _AT_ONCE + 1)
)

# The loop reads a key that is not cached: it may not wait longer than this for another connection.
READ_WAIT_MS: Final = 20
# The writer waits this long for another connection before it calls the store locked.
WRITE_WAIT_MS: Final = 100
# Pages of 4 kB after which the store's write-ahead log is moved into it.
CHECKPOINT_PAGES: Final = 1_000


class KeyFile:
    """A Shelf in the SQLite file `path`; `salvage` says what became of one that was damaged."""

    shared = False

    def __init__(self, path: Path, synchronous: str = "NORMAL", *, writing: bool = True) -> None:
        """Opens the file, or makes it; raises JournalFault with the remedy if it cannot be opened."""
        self.salvage: str | None = None
        self.writing = writing
        self._engine: Engine = writing_engine(path, synchronous, WRITE_WAIT_MS, CHECKPOINT_PAGES)
        self._writer: Connection | None = None
        self._reader: Connection | None = None
        try:
            if writing:
                self.salvage = _prepare(path)
            if writing or path.exists():  # what is read without any keys has no personal texts, and is read
                self._reader = reading_engine(path, READ_WAIT_MS).connect()
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise JournalFault(
                f"Les clés {path} ne peuvent pas être ouvertes ({why(error)}). Vérifiez l'espace du disque et les "
                "droits du dossier."
            ) from error

    def find(self, name: Name) -> Found:
        if self._reader is None:
            return None
        with _told():
            found: Found = raw(self._reader).execute(_CHOSEN, name).fetchone()
        return found

    def newest(self, most: int) -> Sequence[tuple[InteractionId, Purpose, bytes | None]]:
        if self._reader is None:
            return ()
        with _told():
            return raw(self._reader).execute(_NEWEST, (most,)).fetchall()

    def standing(self, purpose: Purpose, before: InteractionId, after: InteractionId, most: int) -> list[InteractionId]:
        if self._reader is None:
            return []
        chosen = standing(purpose, before, after).limit(most)
        with self._engine.connect() as connection:
            return [of for (of,) in connection.execute(chosen)]

    def add(self, keys: Mapping[Name, bytes]) -> Sequence[Name]:
        """Those that are new: they need not be read again."""
        rows = [(*name, key) for name, key in keys.items()]
        stand: list[Name] = []
        with self._writing() as connection, _told():
            for start in range(0, len(rows), _AT_ONCE):
                some = rows[start : start + _AT_ONCE]
                values = tuple(value for row in some for value in row)
                stand += raw(connection).execute(_ADDED[len(some) - 1], values).fetchall()
        return stand

    def erase(self, names: Sequence[Name]) -> None:
        rows = [{"interaction": of, "purpose": one, "key": None} for of, one in names]
        with self._writing() as connection, connection.begin():
            for of, one in names:
                connection.execute(delete(KEYS).where(KEYS.c.interaction == of, KEYS.c.purpose == one))
            connection.execute(insert(KEYS), rows)

    def forget(self, interactions: Collection[InteractionId]) -> None:
        with self._writing() as connection, connection.begin():
            connection.execute(delete(KEYS).where(KEYS.c.interaction.in_(interactions)))

    def scrub(self) -> bool:
        """Empties the write-ahead log, where an erased key still stands; a reader in the way puts it off."""
        if self._writer is not None:
            with contextlib.suppress(sqlite3.Error):
                busy, _pages = checkpoint(self._writer, "TRUNCATE")
                return not busy
        return False

    def close_reading(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def close_writing(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        """The writer's connection; after an error the next write starts on a fresh one."""
        if self._writer is None:
            self._writer = self._engine.connect()
        try:
            yield self._writer
        except BaseException:
            self._writer.invalidate()
            self._writer.close()
            self._writer = None
            raise


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the driver raises, as SQLAlchemy would have told it."""
    try:
        yield
    except sqlite3.Error as error:
        raise DBAPIError("", None, error, hide_parameters=True) from error


def _is_key(found: object) -> bool:
    return isinstance(found, bytes) and len(found) == KEY_BYTES


def _prepare(path: Path) -> str | None:
    """Makes `path` a sound store, whatever is there; what became of a damaged one, in words."""
    private_folder(path.parent)
    if not path.exists():
        _create(path, [])
        return None
    path.chmod(PRIVATE_FILE)
    try:
        if size(path) == 0:
            raise sqlite3.DatabaseError("file is empty: malformed")
        with reading_engine(path, WRITE_WAIT_MS).connect() as connection:
            connection.execute(select(KEYS).limit(1)).all()
            if size(path) > FULL_CHECK_BYTES or page_fault(connection) is None:
                return None
    except (SQLAlchemyError, sqlite3.Error) as error:
        if not is_damage(error):
            raise
    return _salvage(path)


def _salvage(path: Path) -> str:
    """Puts a damaged store aside and goes on with the keys that can be read."""
    keys: list[dict[str, Any]] = []
    with contextlib.suppress(SQLAlchemyError, sqlite3.Error), reading_engine(path, WRITE_WAIT_MS).connect() as damaged:
        for interaction, purpose, key in raw(damaged).execute("SELECT interaction, purpose, key FROM keys"):
            if isinstance(interaction, str) and purpose in PURPOSES and (key is None or _is_key(key)):
                keys.append({"interaction": interaction, "purpose": purpose, "key": key})
    aside = free_name(path)
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            beside(path, suffix).rename(beside(aside, suffix))
    _create(path, keys)
    return (
        f"Le fichier des clés était endommagé : {len(keys)} clés sont sauvées, les données personnelles des autres "
        f"restent illisibles, tout le reste fonctionne. Le fichier endommagé est {aside} : effacez-le dès qu'il ne "
        "sert plus, car il contient des clés que les effacements n'atteignent pas."
    )


def _create(path: Path, keys: list[dict[str, Any]]) -> None:
    with whole(path) as connection, connection.begin():
        KEYS_METADATA.create_all(connection)
        if keys:
            connection.execute(insert(KEYS).on_conflict_do_nothing(), keys)
