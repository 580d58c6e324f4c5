"""The kernel's state after a step, so that a start folds only what came since.

The two newest are kept.  One that cannot be read costs time, not truth: the one before it serves, else every step.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Connection, delete, insert, select

from core.errors import JournalFault
from journal.tables import SNAPSHOTS, SnapshotRow, crc_of, good

FORMAT: Final = 1
# The newest, and the one that serves when the newest is damaged.
KEPT: Final = 2


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The state after step `seq`, at `now_ms`; `tables` holds each table's rows as Wire.encode_rows gave them."""

    seq: int
    now_ms: int
    tables: dict[str, bytes]


def row_of(snapshot: Snapshot) -> SnapshotRow:
    """The snapshot as it is written."""
    record = msgspec.msgpack.encode(snapshot)
    return SnapshotRow(snapshot.seq, FORMAT, record, crc_of(snapshot.seq, record))


def write(connection: Connection, row: SnapshotRow) -> None:
    """Inserts a snapshot and deletes those that nobody needs any more, in the transaction at hand."""
    connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.seq == row.seq))
    connection.execute(insert(SNAPSHOTS).values(row._asdict()))
    newest = select(SNAPSHOTS.c.seq).order_by(SNAPSHOTS.c.seq.desc()).limit(KEPT)
    connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.seq.not_in(newest.scalar_subquery())))


def newest(connection: Connection) -> Snapshot | None:
    """The newest snapshot that can be read.

    Raises JournalFault for one of a newer format: it is not damaged, and must not be passed over.
    """
    chosen = select(SNAPSHOTS.c.seq).order_by(SNAPSHOTS.c.seq.desc())
    for seq in connection.execute(chosen).scalars().all():
        row = connection.execute(select(SNAPSHOTS).where(SNAPSHOTS.c.seq == seq)).one()
        found = _read(SnapshotRow(*row))
        if found is not None:
            return found
    return None


def _read(row: SnapshotRow) -> Snapshot | None:
    if not good(row.seq, row.record, row.crc):
        return None
    if row.format > FORMAT:
        raise JournalFault(
            f"L'instantané de l'étape {row.seq} est au format {row.format}, cette version d'Allo lit jusqu'au "
            f"{FORMAT}. Installez la version d'Allo qui l'a écrit, ou une plus récente."
        )
    try:
        return msgspec.msgpack.decode(row.record, type=Snapshot)
    except msgspec.DecodeError:
        return None
