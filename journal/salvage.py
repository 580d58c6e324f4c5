"""What is done about a journal that is damaged: the good part goes into a fresh file, the damaged file is put aside.

What is good: every step from the newest good snapshot (or the first step) on, up to the first that is missing or
damaged; and all that can be read of the steps before that snapshot.  A step is in or out, never half: its row carries
a check sum of its whole record.

Crash-safe: the fresh file is complete before the damaged one moves, and a start that finds one without the other ends
what was begun.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from core.errors import JournalFault
from journal import snapshot as snapshots
from journal import tables
from journal.check import WAIT_MS, damage, good_steps, reach
from journal.files import (
    FULL_CHECK_BYTES,
    PRIVATE_FILE,
    beside,
    checkpoint,
    free_name,
    is_damage,
    private_file,
    raw,
    reading_engine,
    rename_for_good,
    size,
    suspect,
    whole,
    why,
    writing_engine,
)
from journal.tables import CONFIGURATIONS, GAPS, SNAPSHOTS, STEPS, gap_at, good, row_from
from journal.wal import Wal, read_wal

# Rows of one transaction into the fresh file.
COPY_ROWS: Final = 10_000


class Salvage(msgspec.Struct, frozen=True, kw_only=True):
    """What a damaged journal still gave: steps until `last_seq`.

    `unreadable` steps are known to be missing; more may be that left no trace.  `aside` is where the damaged file
    stands; `message` is for the operator.
    """

    last_seq: int
    unreadable: int
    aside: Path
    message: str


def prepare(path: Path, full_check_bytes: int = FULL_CHECK_BYTES) -> tuple[int, Salvage | None]:
    """Makes `path` a sound journal of today's schema, whatever is there; its last step, and what was salvaged.

    Of a larger file than `full_check_bytes` only what is folded is looked at.  Raises JournalFault for what is not
    damage: another schema, a disk or an account that refuses.
    """
    try:
        _finish(path)
        salvage = _repair(path, full_check_bytes)
        try:
            return _settle(path), salvage
        except (SQLAlchemyError, sqlite3.Error) as error:
            # Damage in a file too large to be looked at whole: now it is.
            if salvage is not None or not is_damage(error):
                raise
            private_file(suspect(path))
            salvage = _repair(path, full_check_bytes)
            return _settle(path), salvage
    except (OSError, SQLAlchemyError, sqlite3.Error) as error:
        raise JournalFault(
            f"Le journal {path} ne peut pas être ouvert ({why(error)}). Vérifiez l'espace du disque, les droits du "
            "dossier, et qu'aucun autre programme ne tient ce fichier."
        ) from error


def _repair(path: Path, full_check_bytes: int) -> Salvage | None:
    wal = beside(path, "-wal")
    if not path.exists() and size(wal) == 0:
        with whole(path) as connection, connection.begin():
            tables.create(connection)
        return None
    log = read_wal(wal)
    reason = damage(path, log, full_check_bytes)
    if reason is not None:
        return _salvage(path, log, reason)
    suspect(path).unlink(missing_ok=True)
    path.chmod(PRIVATE_FILE)
    return _put_log_aside(path) if log.damaged else None


def _salvage(path: Path, log: Wal, reason: str) -> Salvage:
    if size(path) == 0 and log.pages:
        # SQLite throws the log of an empty file away; with one blank page before them, the log's own pages count.
        private_file(path)
        path.write_bytes(bytes(log.page_size))
    with whole(beside(path, "-salvaged")) as fresh:
        last, unreadable = _copy(path, fresh)
    aside = free_name(path)
    if path.exists():
        path.rename(aside)
    _finish(path)
    suspect(path).unlink(missing_ok=True)
    lost = f"au moins {unreadable}" if unreadable else "aucune connue"
    return Salvage(
        last_seq=last,
        unreadable=unreadable,
        aside=aside,
        message=f"Le journal était endommagé ({reason}). Il est sauvé jusqu'à l'étape {last}, étapes perdues : {lost}. "
        f"Le fichier endommagé est gardé : {aside}. Vérifiez le disque de cette machine ; les appels en cours sont "
        "repris d'après Asterisk.",
    )


def _put_log_aside(path: Path) -> Salvage:
    """The database is sound, but the end of its write-ahead log is not: what SQLite takes of it is the good part."""
    aside = beside(free_name(path), "-wal")
    shutil.copyfile(beside(path, "-wal"), aside)
    aside.chmod(PRIVATE_FILE)
    with writing_engine(path, "FULL", WAIT_MS).connect() as connection:
        with connection.begin():
            last = connection.execute(select(func.max(STEPS.c.seq))).scalar_one() or 0
        checkpoint(connection, "TRUNCATE")
    return Salvage(
        last_seq=last,
        unreadable=1,
        aside=aside,
        message=f"La fin du journal était endommagée. Il est sauvé jusqu'à l'étape {last} ; étapes perdues : au moins "
        f"une. La partie endommagée est gardée : {aside}. Vérifiez le disque de cette machine ; les appels en cours "
        "sont repris d'après Asterisk.",
    )


def _copy(path: Path, fresh: Connection) -> tuple[int, int]:
    """Copies what is good of the journal at `path`; the last step, and how many are known to be missing."""
    with fresh.begin():
        tables.create(fresh)
    try:
        with reading_engine(path, WAIT_MS).connect() as damaged:
            base = _copy_snapshots(damaged, fresh)
            last, _reason = reach(damaged, base)
            known = [(first, end) for first, end, _settled in _copy_table(damaged, fresh, GAPS)]
            _copy_table(damaged, fresh, CONFIGURATIONS)
            holes = [hole for hole in _copy_steps(damaged, fresh, last) if gap_at(known, hole[0]) is None]
            # A damaged tree may show other rows to another walk through it: what is folded ends at the first hole.
            last = min((first - 1 for first, _end in holes if first > base), default=last)
            holes = [hole for hole in holes if hole[0] <= base]
            with fresh.begin():
                fresh.execute(delete(STEPS).where(STEPS.c.seq > last))
                for first, end in holes:
                    fresh.execute(insert(GAPS).values(first_seq=first, last_seq=end, settled=True))
            missing = sum(end - first + 1 for first, end in holes)
            return last, missing + max(0, _highest(damaged) - last)
    except (SQLAlchemyError, sqlite3.Error) as error:
        if is_damage(error):
            return 0, 0
        raise


def _copy_snapshots(damaged: Connection, fresh: Connection) -> int:
    """Copies the good snapshots; the step of the newest, 0 without any."""
    base = 0
    for row in _copy_table(damaged, None, SNAPSHOTS):
        found = tables.SnapshotRow(*row)
        if good(found.seq, found.record, found.crc):
            with fresh.begin():
                snapshots.write(fresh, found)
            base = max(base, found.seq)
    return base


def _copy_table(damaged: Connection, fresh: Connection | None, table: Table) -> list[tuple[Any, ...]]:
    """The rows of a small table that can be read, written into `fresh` if given."""
    rows: list[tuple[Any, ...]] = []
    with contextlib.suppress(sqlite3.DatabaseError):
        rows.extend(raw(damaged).execute(f"SELECT * FROM {table.name}"))
    if fresh is not None and rows:
        names = [column.name for column in table.columns]
        with fresh.begin():
            fresh.execute(insert(table).prefix_with("OR IGNORE"), [dict(zip(names, row, strict=True)) for row in rows])
    return rows


def _copy_steps(damaged: Connection, fresh: Connection, last: int) -> list[tuple[int, int]]:
    """Copies every good step until `last`; the holes between them, (first, last)."""
    holes = []
    expected = 1
    steps = good_steps(damaged, last)
    while rows := [row_from(seq, record) for seq, record in islice(steps, COPY_ROWS)]:
        with fresh.begin():
            tables.write_steps(fresh, rows)
        for row in rows:
            if row.seq > expected:
                holes.append((expected, row.seq - 1))
            expected = row.seq + 1
    if expected <= last:
        holes.append((expected, last))
    return holes


def _highest(damaged: Connection) -> int:
    """The number of the last step that can be seen; 0 if none can."""
    with contextlib.suppress(sqlite3.DatabaseError):
        return int(raw(damaged).execute("SELECT max(seq) FROM steps").fetchone()[0] or 0)
    return 0


def _finish(path: Path) -> None:
    """Ends a salvage: the damaged file has moved (its log follows), and the fresh one takes its place.

    A salvage that was cut off earlier than that is begun again.
    """
    salvaged = beside(path, "-salvaged")
    if path.exists() or not salvaged.exists():
        salvaged.unlink(missing_ok=True)
        return
    log = beside(path, "-wal")
    if size(log) == 0:
        log.unlink(missing_ok=True)
    else:
        asides = list(path.parent.glob(f"{path.stem}.damaged-*{path.suffix}"))
        newest = max(asides, key=lambda aside: aside.stat().st_ctime_ns, default=free_name(path))
        log.rename(beside(newest, "-wal"))
    beside(path, "-shm").unlink(missing_ok=True)
    rename_for_good(salvaged, path)


def _settle(path: Path) -> int:
    with writing_engine(path, "FULL", WAIT_MS).connect() as connection, connection.begin():
        snapshot = snapshots.newest(connection)
        return tables.settle(connection, snapshot.seq if snapshot else 0)
