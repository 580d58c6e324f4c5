"""The journal's tables, and the one transaction that writes them.

    steps           one row a step: its record (core/wire) with its crc, and what a trace looks it up by
    touched         further interactions that a step concerns, beyond the one in its row
    snapshots       the kernel's state after a step
    configurations  what a digest stands for
    gaps            steps that fell out while the disk refused them, or that nobody can fold any more
    meta            the version of these tables

`readable` is a view of the steps for a person with a shell of the database.

The same tables serve in SQLite and in PostgreSQL, where migrations/journal makes them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import UserDefinedType

from core.ids import InteractionId
from core.step import Step

SCHEMA: Final = 1
METADATA: Final = MetaData()


class Bytes(UserDefinedType[bytes]):
    """A BLOB given as the driver gives it.

    SQLAlchemy's own calls bytes() on whatever a damaged file holds: a large number would fill the memory with zeros.
    """

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "BLOB"


_BYTES: Final = Bytes().with_variant(LargeBinary(), "postgresql")
# SQLite only takes a column of type INTEGER as its own key.
_SEQ: Final = BigInteger().with_variant(Integer(), "sqlite")

STEPS: Final = Table(
    "steps",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("now_ms", BigInteger, nullable=False),
    Column("interaction", String),
    Column("name", String, nullable=False),
    Column("record", _BYTES, nullable=False),
    Column("crc", BigInteger, nullable=False),
)
_NAMED: Final = STEPS.c.interaction.is_not(None)
Index("steps_of", STEPS.c.interaction, sqlite_where=_NAMED, postgresql_where=_NAMED)

TOUCHED: Final = Table(
    "touched",
    METADATA,
    Column("interaction", String, primary_key=True),
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
SNAPSHOTS: Final = Table(
    "snapshots",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("format", Integer, nullable=False),
    Column("record", _BYTES, nullable=False),
    Column("crc", BigInteger, nullable=False),
)
CONFIGURATIONS: Final = Table(
    "configurations",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("content", _BYTES, nullable=False),
    Column("kept_at_ms", BigInteger, nullable=False),
)
# `settled`: a start has folded around this gap, and what follows it was decided on that state.
GAPS: Final = Table(
    "gaps",
    METADATA,
    Column("first_seq", _SEQ, primary_key=True, autoincrement=False),
    Column("last_seq", _SEQ, nullable=False),
    Column("settled", Boolean, nullable=False),
)
META: Final = Table("meta", METADATA, Column("key", String, primary_key=True), Column("value", String, nullable=False))

_READABLE: Final = (
    "CREATE VIEW readable AS SELECT seq, now_ms, interaction, name, CAST(record AS TEXT) AS record FROM steps"
)

# Rows of one INSERT.  Between two statements SQLite's driver gives the interpreter's lock back and must win it again
# from a loop that may be busy: one statement for many rows, instead of one each, keeps the writer from starving.
_ROWS: Final = 64
_COLUMNS: Final = "INSERT INTO steps (seq, now_ms, interaction, name, record, crc) VALUES "
_INSERTS: Final = tuple(_COLUMNS + ", ".join(["(?, ?, ?, ?, ?, ?)"] * count) for count in range(1, _ROWS + 1))
_COPY: Final = "COPY steps (seq, now_ms, interaction, name, record, crc) FROM STDIN (FORMAT BINARY)"


class Row(NamedTuple):
    """A step on its way to the disk; `further` are the interactions that it touches beyond the first."""

    seq: int
    now_ms: int
    interaction: InteractionId | None
    name: str
    record: bytes
    crc: int
    further: tuple[InteractionId, ...]


class SnapshotRow(NamedTuple):
    """A snapshot on its way to the disk."""

    seq: int
    format: int
    record: bytes
    crc: int


def crc_of(seq: int, record: bytes) -> int:
    """The check sum of a record in its place: one that turns up under another number is damaged too."""
    return zlib.crc32(record, seq & 0xFFFF_FFFF)


def good(seq: int, record: object, crc: object) -> bool:
    """Whether a record is the one that was written in this place."""
    return isinstance(record, bytes) and crc_of(seq, record) == crc


def row_of(step: Step, record: bytes) -> Row:
    """The row of `step`, whose encoded record is `record`."""
    touched = [getattr(step.input, "interaction", None)]
    touched += [getattr(fact, "interaction", None) for fact in step.facts]
    touched += [getattr(order.command, "interaction", None) for order in step.orders]
    return _row(step.seq, step.now_ms, type(step.input).__name__, record, touched)


def row_from(seq: int, record: bytes) -> Row:
    """The row of step `seq`, from its encoded record alone, whatever release wrote it."""
    told = msgspec.json.decode(record)["record"]
    words = (told["input"], *told["facts"], *(order["command"] for order in told["orders"]))
    return _row(seq, told["now_ms"], told["input"]["event"], record, [word.get("interaction") for word in words])


def _row(seq: int, now_ms: int, name: str, record: bytes, touched: list[InteractionId | None]) -> Row:
    named = dict.fromkeys(filter(None, touched))
    first, *further = named or (None,)
    return Row(seq, now_ms, first, name, record, crc_of(seq, record), tuple(further))


def create(connection: Connection) -> None:
    """Makes the tables of today's schema."""
    METADATA.create_all(connection)
    connection.execute(text(_READABLE))
    connection.execute(insert(META).values(key="schema", value=str(SCHEMA)))


def schema(connection: Connection) -> str | None:
    """The version of the tables; None if they do not say."""
    return connection.execute(select(META.c.value).where(META.c.key == "schema")).scalar_one_or_none()


def commit_steps(connection: Connection, rows: Sequence[Row]) -> None:
    """Inserts steps, in a transaction of their own.

    A few, in SQLite, are one statement of the driver's, and that is the transaction: what every call waits for some
    times.
    """
    if connection.dialect.name == "sqlite" and 0 < len(rows) <= _ROWS and not any(row.further for row in rows):
        _insert_steps(connection, rows)
        return
    with connection.begin():
        write_steps(connection, rows)


def write_steps(connection: Connection, rows: Sequence[Row]) -> None:
    """Inserts steps, in the transaction at hand."""
    (_insert_steps if connection.dialect.name == "sqlite" else _copy_steps)(connection, rows)
    touched = [{"interaction": interaction, "seq": row.seq} for row in rows for interaction in row.further]
    if touched:
        connection.execute(insert(TOUCHED), touched)


def _insert_steps(connection: Connection, rows: Sequence[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        driver.execute(_INSERTS[len(some) - 1], tuple(value for row in some for value in row[:6]))


def _copy_steps(connection: Connection, rows: Sequence[Row]) -> None:
    """PostgreSQL's own way in for many rows: one statement however many they are."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(("int8", "int8", "text", "text", "bytea", "int8"))
        for row in rows:
            copy.write_row(row[:6])


def write_configurations(connection: Connection, contents: Mapping[str, tuple[bytes, int]]) -> None:
    """Inserts what digests stand for: content, and when it was kept (Unix milliseconds)."""
    rows = [{"digest": digest, "content": content, "kept_at_ms": at} for digest, (content, at) in contents.items()]
    sql = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(sql.insert(CONFIGURATIONS).on_conflict_do_nothing(), rows)


def settle(connection: Connection, base: int) -> int:
    """The last step of the journal, whose newest snapshot is `base`.  Gaps since then grow up to it.

    A start folds around them, and what is decided from now on rests on that state, not on what followed the gap.
    """
    last = max(base, connection.execute(select(func.max(STEPS.c.seq))).scalar_one() or 0)
    connection.execute(delete(GAPS).where(GAPS.c.first_seq > last))
    connection.execute(update(GAPS).where(GAPS.c.last_seq > last).values(last_seq=last))
    unsettled = (GAPS.c.first_seq > base, GAPS.c.settled.is_(False))
    first = connection.execute(select(func.min(GAPS.c.first_seq)).where(*unsettled)).scalar_one()
    if first is not None:
        connection.execute(delete(GAPS).where(GAPS.c.first_seq > first, *unsettled))
        connection.execute(update(GAPS).where(GAPS.c.first_seq == first).values(last_seq=last, settled=True))
    return last


def gaps_after(connection: Connection, seq: int) -> list[tuple[int, int]]:
    """(first, last) of the gaps that begin after `seq`, in order."""
    chosen = select(GAPS.c.first_seq, GAPS.c.last_seq).where(GAPS.c.first_seq > seq).order_by(GAPS.c.first_seq)
    return [(first, last) for first, last in connection.execute(chosen)]


def gap_at(gaps: Iterable[tuple[int, int]], seq: int) -> int | None:
    """The last step of the gap that `seq` stands in."""
    return next((last for first, last in gaps if first <= seq <= last), None)
