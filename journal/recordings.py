"""What callers have recorded, at rest: sealed like every word of theirs, so that erasing the key erases the voice.

Asterisk writes a recording as a file of its node, for it must be there though Allo is dead when the caller hangs up.
Once it is told, the telephony gives it here and the file goes.  It rests beside the journal: in a private folder, or in
PostgreSQL with it, where any process may give it to who may listen.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import BigInteger, Column, Engine, LargeBinary, MetaData, String, Table, delete, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError

from core.errors import JournalFault
from core.ids import InteractionId, interaction_of
from core.personal import Purpose
from journal.files import PRIVATE_FILE, private_folder, why
from journal.keys import KeyStore

PURPOSE: Final[Purpose] = "words"
SUFFIX: Final = ".sealed"
# No recording is kept longer, whatever went wrong: the longest that configuration allows, after the longest promise.
OLDEST_S: Final = 150 * 24 * 3_600
_NAME: Final = re.compile(r"[0-9a-f-]{36}-m\d{1,4}")

RECORDINGS: Final = Table(
    "recordings",
    MetaData(),
    Column("message", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("kept_at_ms", BigInteger, nullable=False),
)


class Shelf(Protocol):
    """Where sealed recordings rest, by name; raises SQLAlchemyError or OSError."""

    def put(self, message: str, sealed: bytes) -> None: ...

    def get(self, message: str) -> bytes | None: ...

    def drop(self, message: str) -> None: ...

    def drop_older(self, than_s: float) -> None:
        """Those that were put before that time (Unix seconds)."""

    def names(self) -> list[str]: ...


class SealedRecordings:
    """A core.ports.Recordings on a shelf.  `use` the keys before anything else; several processes may share a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._keys: KeyStore | None = None

    def use(self, keys: KeyStore) -> None:
        self._keys = keys

    def keep(self, message: str, sound: bytes) -> None:
        of = _interaction(message)
        with _faults():
            sealed = self._opened.seal_bytes(of, PURPOSE, sound)
            self._opened.save()  # the key first: nobody may be left with a recording that nothing opens
            if self._opened.open_bytes(of, PURPOSE, sealed) != sound:
                raise JournalFault("La clé d'un message ne peut pas être gardée : le message reste dans son fichier.")
            self._shelf.put(message, sealed)

    def sound(self, message: str) -> bytes | None:
        with _faults():
            sealed = self._shelf.get(_named(message))
            return None if sealed is None else self._opened.open_bytes(_interaction(message), PURPOSE, sealed)

    def erase(self, message: str) -> None:
        with _faults():
            self._shelf.drop(_named(message))

    def names(self) -> list[str]:
        """Of all that are kept."""
        with _faults():
            return [name for name in self._shelf.names() if _NAME.fullmatch(name)]

    def sweep(self) -> None:
        """Erases what is older than anything may be."""
        with _faults():
            self._shelf.drop_older(time.time() - OLDEST_S)

    @property
    def _opened(self) -> KeyStore:
        if self._keys is None:
            raise JournalFault("Les clés des messages ne sont pas ouvertes.")
        return self._keys


class Folder:
    """Private files (0600 in 0700), one a recording."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, message: str, sealed: bytes) -> None:
        private_folder(self._directory)
        file = self._file(message)
        unfinished = file.with_suffix(".new")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as out:
            out.write(sealed)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
        self._keep_names()

    def get(self, message: str) -> bytes | None:
        try:
            return self._file(message).read_bytes()
        except FileNotFoundError:
            return None

    def drop(self, message: str) -> None:
        file = self._file(message)
        if file.exists():
            file.unlink(missing_ok=True)
            self._keep_names()

    def drop_older(self, than_s: float) -> None:
        for file in self._directory.glob("*") if self._directory.is_dir() else ():
            if file.stat().st_mtime < than_s:
                file.unlink(missing_ok=True)

    def names(self) -> list[str]:
        return sorted(file.stem for file in self._directory.glob(f"*{SUFFIX}"))

    def _file(self, message: str) -> Path:
        return self._directory / f"{message}{SUFFIX}"

    def _keep_names(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Rows:
    """A table beside the journal's, in PostgreSQL; the kernel's start makes it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, message: str, sealed: bytes) -> None:
        row = {"message": message, "sealed": sealed, "kept_at_ms": int(time.time() * 1000)}
        made = postgresql.insert(RECORDINGS).values(row)
        with self._engine.begin() as connection:
            connection.execute(made.on_conflict_do_update(index_elements=["message"], set_=row))

    def get(self, message: str) -> bytes | None:
        with self._engine.connect() as connection:
            asked = select(RECORDINGS.c.sealed).where(RECORDINGS.c.message == message)
            return connection.execute(asked).scalar_one_or_none()

    def drop(self, message: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(RECORDINGS).where(RECORDINGS.c.message == message))

    def drop_older(self, than_s: float) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(RECORDINGS).where(RECORDINGS.c.kept_at_ms < int(than_s * 1000)))

    def names(self) -> list[str]:
        with self._engine.connect() as connection:
            return [name for (name,) in connection.execute(select(RECORDINGS.c.message))]


def _named(message: str) -> str:
    """A name of ours: what could lead elsewhere on the disk is none."""
    if not _NAME.fullmatch(message):
        raise JournalFault("Ce nom n'est pas celui d'un message.")
    return message


def _interaction(message: str) -> InteractionId:
    return interaction_of(_named(message)) or ""


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise JournalFault(
            f"Les messages des appelants ne peuvent pas être lus ou gardés ({why(error)}). Vérifiez l'espace et les "
            "droits du disque, ou que PostgreSQL tourne."
        ) from error
