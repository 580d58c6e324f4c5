"""The keys that seal personal data: one per interaction and purpose, in a file of their own.

A sealed text is `01 | nonce (12 bytes) | AES-256-GCM ciphertext and tag`, bound to "interaction|purpose" as associated
data.  Erasing a key empties every copy of what it sealed: journal, snapshots, backups of both, messages on the bus.
Back the keys up apart from the journal, and let those backups expire: an erased key lives on in them.

A key is made in memory at once, and saved by the journal's writer thread before the steps that it seals
(`KeyStore.save`).  Nothing here is needed to fold or to count: a text whose key is gone is None.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, Connection, Engine, LargeBinary, MetaData, String, Table, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from core.errors import InvariantBroken, JournalFault
from core.ids import InteractionId
from core.limits import JOURNAL_RING_STEPS
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

_METADATA: Final = MetaData()
# A row whose key is NULL stands for an erased one: what is sealed for it later goes under a key that nobody keeps.
_KEYS: Final = Table(
    "keys",
    _METADATA,
    Column("interaction", String, primary_key=True),
    Column("purpose", String, primary_key=True),
    Column("key", LargeBinary, nullable=True),
    sqlite_with_rowid=False,
)

# As it is, not through the compiler: the loop waits for it when a person is new.
_CHOSEN: Final = "SELECT key FROM keys WHERE interaction = ? AND purpose = ?"

# Keys in memory: those of the interactions of about an hour on a large platform; some 200 bytes each.
CACHED_KEYS: Final = 50_000
# Keys not saved yet, when the disk is full: those of the steps that wait, each with at most two new ones.
FRESH_KEYS: Final = 2 * JOURNAL_RING_STEPS
# The loop reads a key that is not cached: it may not wait longer than this for another connection.
READ_WAIT_MS: Final = 20
# The writer waits this long for another connection before it calls the store locked.
WRITE_WAIT_MS: Final = 100

# Pages of 4 kB after which the store's write-ahead log is moved into it.
CHECKPOINT_PAGES: Final = 1_000

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_NONCE: Final = 12
_Name = tuple[InteractionId, Purpose]


class KeyStore:
    """A Sealer whose keys rest in the SQLite file `path` (0600, its folder 0700).

    `seal` and `open` may be called from any thread; they wait for no disk write.  `save` and `erase` do: call them from
    a thread that may wait (the journal's writer; `asyncio.to_thread`).  Not `writing`, it opens what another process
    seals, remembers no key (that one may erase it), and neither seals nor erases.

    `unreadable` counts texts that were sealed under another key than ours or that were altered: open gives None for
    them too.  `salvage` says, to the operator, what became of a store that was damaged.
    """

    def __init__(self, path: Path, synchronous: str = "NORMAL", *, writing: bool = True) -> None:
        """Opens the store, or makes it; raises JournalFault with the remedy if it cannot be opened."""
        self.path = path
        self.unreadable = 0
        self.salvage: str | None = None
        self._engine: Engine | None = None
        self._writer: Connection | None = None
        self._reader: Connection | None = None
        self._cached: OrderedDict[_Name, bytes | None] = OrderedDict()  # None: erased
        self._cache_keys = CACHED_KEYS if writing else 0
        self._fresh: OrderedDict[_Name, bytes] = OrderedDict()
        self._unclean = False
        # Whoever needs both takes `_writing` first; `_memory` is never held during a write to the disk.
        self._memory = threading.Lock()
        self._writing = threading.Lock()
        try:
            if writing:
                self.salvage = _prepare(path)
                self._engine = writing_engine(path, synchronous, WRITE_WAIT_MS, CHECKPOINT_PAGES)
            if writing or path.exists():  # what is read without any keys has no personal texts, and is read
                self._reader = reading_engine(path, READ_WAIT_MS).connect()
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise JournalFault(
                f"Les clés {path} ne peuvent pas être ouvertes ({why(error)}). Vérifiez l'espace du disque et les "
                "droits du dossier."
            ) from error

    def seal(self, of: InteractionId, purpose: Purpose, text: str) -> bytes:
        """The sealed text; makes the key when there is none yet.  After an erasure nobody can open it again."""
        self._refuse_reading()
        with self._memory:
            key = self._find((of, purpose))
        nonce = os.urandom(_NONCE)
        plain = text.encode("utf-8", "surrogatepass")
        return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, _bound(of, purpose))

    def open(self, of: InteractionId, purpose: Purpose, sealed: bytes) -> str | None:
        """The text; None once its key is erased, or if it was sealed under another."""
        name = (of, purpose)
        with self._memory:
            key = self._fresh.get(name) or self._recall(name)
        if key is None:
            return None
        try:
            if sealed[:1] != _VERSION:
                raise ValueError(f"a sealed text begins with {_VERSION!r}, was {sealed[:1]!r}")
            plain = AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], _bound(of, purpose))
        except (InvalidTag, ValueError):
            self.unreadable += 1
            return None
        return plain.decode("utf-8", "surrogatepass")

    def save(self) -> None:
        """Commits the keys that are not saved yet; raises SQLAlchemyError or OSError, and they stay to be saved."""
        with self._writing:
            with self._memory:
                fresh = dict(self._fresh)
            if fresh:
                rows = [{"interaction": of, "purpose": purpose, "key": key} for (of, purpose), key in fresh.items()]
                with self._transaction() as connection:
                    connection.execute(insert(_KEYS).on_conflict_do_nothing(), rows)
                with self._memory:
                    # Not into the cache: what stands on the disk is read when it is needed, and is the truth.
                    for name in fresh:
                        self._fresh.pop(name, None)
            if self._unclean:
                self._scrub()

    def erase(self, interaction: InteractionId, purpose: Purpose | None = None) -> None:
        """Deletes the key for `purpose`, or for all; on return it is in no cache and in no byte of the store's files.

        Raises SQLAlchemyError or OSError when the disk refuses: try again, the key is still there.
        """
        self._refuse_reading()
        names: list[_Name] = [(interaction, one) for one in (PURPOSES if purpose is None else (purpose,))]
        rows = [{"interaction": of, "purpose": one, "key": None} for of, one in names]
        with self._writing:
            with self._transaction() as connection:
                for of, one in names:
                    connection.execute(delete(_KEYS).where(_KEYS.c.interaction == of, _KEYS.c.purpose == one))
                connection.execute(insert(_KEYS), rows)
            with self._memory:
                for name in names:
                    self._fresh.pop(name, None)
                    self._remember(name, None)
            self._unclean = True
            self._scrub()

    def close(self) -> None:
        """Saves what it can and lets go of the file."""
        with contextlib.suppress(SQLAlchemyError, OSError):
            self.save()
        with self._memory:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def _refuse_reading(self) -> None:
        if self._engine is None:
            raise InvariantBroken("a key store opened for reading neither seals nor erases")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A transaction of the writer's; after an error the next one starts on a fresh connection."""
        if self._writer is None:
            assert self._engine is not None
            self._writer = self._engine.connect()
        try:
            with self._writer.begin():
                yield self._writer
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        if self._writer is not None:
            self._writer.invalidate()
            self._writer.close()
            self._writer = None

    def _scrub(self) -> None:
        """Empties the write-ahead log, where an erased key still stands; a reader in the way puts it off."""
        if self._writer is not None:
            with contextlib.suppress(sqlite3.Error):
                self._unclean, _pages = checkpoint(self._writer, "TRUNCATE")

    def _find(self, name: _Name) -> bytes:
        """The key to seal with; a new one if there is none, a throw-away one if it was erased."""
        key = self._fresh.get(name)
        if key is not None:
            return key
        key = self._recall(name)
        if key is not None:
            return key
        key = os.urandom(KEY_BYTES)
        if name not in self._cached:
            self._fresh[name] = key
            if len(self._fresh) > FRESH_KEYS:
                self._fresh.popitem(last=False)
        return key

    def _recall(self, name: _Name) -> bytes | None:
        """The saved key, from the cache or the file.  Erased: None, and cached so; never made: None, and not cached."""
        if name in self._cached:
            self._cached.move_to_end(name)
            return self._cached[name]
        if self._reader is None:
            return None
        try:
            row = self._reader.exec_driver_sql(_CHOSEN, name).one_or_none()
        except SQLAlchemyError:
            # A disk that cannot be read stops no call: the text is sealed under a new key, and if an older one does
            # exist, the new one is not saved over it.
            return None
        finally:
            self._reader.rollback()
        if row is None:
            return None
        key: bytes | None = row[0]
        self._remember(name, key)
        return key

    def _remember(self, name: _Name, key: bytes | None) -> None:
        self._cached[name] = key
        self._cached.move_to_end(name)
        if len(self._cached) > self._cache_keys:
            self._cached.popitem(last=False)


def _bound(of: InteractionId, purpose: Purpose) -> bytes:
    return f"{of}|{purpose}".encode()


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
            connection.execute(select(_KEYS).limit(1)).all()
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
        _METADATA.create_all(connection)
        if keys:
            connection.execute(insert(_KEYS).on_conflict_do_nothing(), keys)
