"""Whether a journal is sound, and how far its steps go.

A start looks at what it is about to fold, and at the whole file if that takes no more than a moment or if the last
writer found damage.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from core.errors import JournalFault
from journal import snapshot as snapshots
from journal.files import is_damage, page_fault, raw, reading_engine, size, suspect, why
from journal.tables import METADATA, SCHEMA, gap_at, gaps_after, good, schema
from journal.wal import Wal

WAIT_MS: Final = 2_000

_MAGIC: Final = b"SQLite format 3\x00"
_STEPS: Final = "SELECT seq, record, crc FROM steps WHERE seq BETWEEN ? AND ? ORDER BY seq"
_LAST: Final = (1 << 63) - 1


def damage(path: Path, log: Wal, full_check_bytes: int) -> str | None:
    """Why the journal, whose write-ahead log is `log`, is not sound; None if it is.

    Every page of a file of up to `full_check_bytes` is looked at, and of any that the last writer found damaged.
    Raises JournalFault for sound tables of another version, and what the driver raises when the disk refuses.
    """
    if size(path) == 0:
        return "le fichier est vide"
    with path.open("rb") as file:
        header = file.read(100)
    if not header.startswith(_MAGIC):
        return "ce n'est pas une base SQLite"
    # While the write-ahead log holds pages, the file may rightly be shorter than it says.
    if log.pages == 0 and size(path) < _told_size(header):
        return "le fichier est tronqué"
    try:
        with reading_engine(path, WAIT_MS).connect() as connection:
            return _damage_inside(connection, size(path) <= full_check_bytes or suspect(path).exists())
    except (SQLAlchemyError, sqlite3.Error) as error:
        if is_damage(error):
            return why(error)
        raise


def _told_size(header: bytes) -> int:
    """How long the file says that it is, in bytes."""
    page_size = int.from_bytes(header[16:18], "big")
    return int.from_bytes(header[28:32], "big") * (65_536 if page_size == 1 else page_size)


def _damage_inside(connection: Connection, every_page: bool) -> str | None:
    if every_page and (fault := page_fault(connection)) is not None:
        return f"contrôle de SQLite : {fault}"
    version = schema(connection)
    if version is None or not version.isdecimal():
        return "la version des tables manque"
    if int(version) != SCHEMA:
        raise JournalFault(
            f"Les tables du journal sont en version {version}, cette version d'Allo lit la version {SCHEMA}. "
            "Installez la version d'Allo qui les a écrites."
        )
    missing = METADATA.tables.keys() - {name for (name,) in raw(connection).execute("SELECT name FROM sqlite_schema")}
    if missing:
        return f"la table {min(missing)} manque"
    base = snapshots.newest(connection)
    return reach(connection, base.seq if base else 0)[1]


def reach(connection: Connection, base: int) -> tuple[int, str | None]:
    """The last of the good steps that follow `base` without a hole, and why they end there: None at the end."""
    gaps = gaps_after(connection, base)
    last = base
    try:
        for seq, record, crc in raw(connection).execute(_STEPS, (base + 1, _LAST)):
            while (end := gap_at(gaps, last + 1)) is not None:
                last = end
            if seq <= last:
                continue
            if seq != last + 1:
                return last, f"l'étape {last + 1} manque"
            if not good(seq, record, crc):
                return last, f"somme de contrôle de l'étape {seq}"
            last = seq
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        return last, f"après l'étape {last} : {error}"
    return last, None


def good_steps(connection: Connection, last: int) -> Iterator[tuple[int, bytes]]:
    """(seq, record) of the good steps until `last`, in order; where SQLite stumbles, it is led past in growing
    strides.

    Through the driver, a row at a time: those before a damaged page must not be lost with it.
    """
    at, stride = 1, 1
    while at <= last:
        try:
            for seq, record, crc in raw(connection).execute(_STEPS, (at, last)):
                if seq < at:
                    continue  # a damaged tree leads round in circles
                at, stride = seq + 1, 1
                if good(seq, record, crc):
                    yield seq, record
            return
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            at, stride = at + stride, 2 * stride
