"""The journal's files: for our eyes only, written by one process, never deleted when damaged."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, NullPool, Pool, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import JournalFault

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
# Checking every page of so many bytes at the start takes about a second.
FULL_CHECK_BYTES: Final = 256_000_000
# What SQLite says of a damaged file.  Nothing of ours is too big for it: then a length was damaged.
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG)
_WORDS: Final = {
    sqlite3.SQLITE_BUSY: "un autre programme tient la base",
    sqlite3.SQLITE_FULL: "le disque est plein",
    sqlite3.SQLITE_IOERR: "le disque répond par une erreur",
    sqlite3.SQLITE_READONLY: "la base ne peut pas être écrite",
    sqlite3.SQLITE_CANTOPEN: "le fichier ne peut pas être ouvert",
    sqlite3.SQLITE_CORRUPT: "la base est endommagée",
    sqlite3.SQLITE_NOTADB: "ce n'est pas une base SQLite",
}


def private_folder(folder: Path) -> None:
    """Makes `folder`, and closes it to other accounts."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    folder.chmod(PRIVATE_FOLDER)


def private_file(path: Path) -> None:
    """Makes `path` if it is not there, and closes it to other accounts; SQLite gives -wal and -shm the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, PRIVATE_FILE))
    path.chmod(PRIVATE_FILE)


def beside(path: Path, suffix: str) -> Path:
    """SQLite's companion of a database: `-wal` or `-shm`."""
    return path.with_name(path.name + suffix)


def free_name(path: Path) -> Path:
    """Where a damaged file is put aside: `<name>.damaged-<n>.<suffix>`, the first that nothing has."""
    for number in count(1):
        name = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        if not name.exists() and not beside(name, "-wal").exists():
            return name
    raise AssertionError("numbers do not end")


def rename_for_good(old: Path, new: Path) -> None:
    """Renames within one folder, and returns when no power cut can undo it."""
    old.rename(new)
    folder = os.open(new.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Connection]:
    """A new database that appears under `path` when the block ends well, whole and on the disk, or not at all."""
    new = beside(path, "-new")
    for suffix in ("", "-wal", "-shm"):
        beside(new, suffix).unlink(missing_ok=True)
    private_file(new)
    with writing_engine(new, "FULL", 0).connect() as connection:
        yield connection
        checkpoint(connection, "TRUNCATE")
    rename_for_good(new, path)


def why(error: BaseException) -> str:
    """What went wrong, for an operator: in French where SQLite's number says enough, then the driver's own words."""
    cause = error.__cause__ or error
    words = _WORDS.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    return f"{words} ({cause})" if words else str(cause)


def suspect(path: Path) -> Path:
    """A file that stands beside a database whose writer found it damaged: the next start looks at all of it."""
    return beside(path, "-suspect")


def is_damage(error: BaseException) -> bool:
    """Whether `error` says that the file is no sound database, rather than that the disk or the account refuses."""
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    if not isinstance(cause, sqlite3.Error):
        return False
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code & 0xFF == sqlite3.SQLITE_ERROR:
        # Of the errors without a number of their own, those that say that the schema, or a text, is not what it was.
        return any(words in str(cause) for words in ("no such", "malformed", "file format", "Could not decode"))
    return code == sqlite3.SQLITE_IOERR_SHORT_READ or code & 0xFF in _DAMAGE


def size(path: Path) -> int:
    """Bytes of the file; 0 when it is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def identity(path: Path) -> tuple[int, int] | None:
    """Which file stands there; None if there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def writing_engine(path: Path, synchronous: str, wait_ms: int, checkpoint_pages: int = 0) -> Engine:
    """SQLite in WAL mode; a transaction begins as a writer's, and waits `wait_ms` for another connection's.

    The file must be there.  With no `checkpoint_pages` checkpoints are the caller's: they must not hold up the commit
    that somebody waits for.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=wait_ms / 1000, isolation_level=None, check_same_thread=False)

    engine = _engine(connect)

    @event.listens_for(engine, "connect")
    def _prepare(raw: sqlite3.Connection, _record: object) -> None:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute(f"PRAGMA synchronous = {synchronous}")
        raw.execute(f"PRAGMA wal_autocheckpoint = {checkpoint_pages}")
        raw.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reading_engine(path: Path, wait_ms: int, *, keep_open: bool = False) -> Engine:
    """A read-only view of a database that another connection or process may be writing.

    With `keep_open` its connections outlive their reads, for one who reads many times a second: opening takes a
    millisecond.  They are opened anew once another file stands in its place.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=wait_ms / 1000, isolation_level=None, check_same_thread=False)

    if not keep_open:
        return _engine(connect)
    engine = _engine(connect, QueuePool)

    @event.listens_for(engine, "connect")
    def _opened(_raw: object, record: ConnectionPoolEntry) -> None:
        record.info["identity"] = identity(path)

    @event.listens_for(engine, "checkout")
    def _taken(_raw: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info["identity"] != identity(path):
            raise DisconnectionError

    return engine


def checkpoint(connection: Connection, mode: str) -> tuple[bool, int]:
    """Moves the write-ahead log into the database; whether somebody was in the way, and the log's length in pages.

    Outside any transaction: through the driver, for SQLAlchemy would begin one.
    """
    busy, pages, _moved = raw(connection).execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    return bool(busy), int(pages)


def page_fault(connection: Connection) -> str | None:
    """The first fault that SQLite finds in any page or index; None if there is none."""
    told: str = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    return None if told == "ok" else told


def raw(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _engine(connect: Callable[[], sqlite3.Connection], pool: type[Pool] = NullPool) -> Engine:
    """An engine whose errors never show parameters: keys and records are among them."""
    return create_engine("sqlite+pysqlite://", creator=connect, poolclass=pool, hide_parameters=True)


class Lock:
    """The right to write a journal: one process has it, and loses it when it ends, however it ends."""

    __slots__ = ("_file",)

    def __init__(self, path: Path) -> None:
        """Takes the lock file `path`; raises JournalFault naming the process that has it."""
        try:
            private_folder(path.parent)
            private_file(path)
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise JournalFault(
                f"Le dossier {path.parent} ne peut pas recevoir le journal ({error}). Donnez-le au compte d'Allo, ou "
                "choisissez-en un autre."
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(file, 32).decode("ascii", "replace").strip() or "inconnu"
            os.close(file)
            raise JournalFault(
                f"Le journal {path.parent} est déjà ouvert en écriture par le processus {holder}. "
                "Arrêtez-le, ou donnez un autre dossier à cette instance."
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file

    def release(self) -> None:
        """Gives the right back; the file stays, empty."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1
