"""What a purge must know beside the journal: what it may not touch, and whose each interaction is.

A hold keeps what was said to us from the purge and from an erasure for a stated time: evidence of a threat, a
complaint, a request of the court.  It names an interaction, or a person by the records' pseudonym; and why, in words
that name nobody.

An interaction's organisation is read once out of its steps and noted here: those that one organisation keeps longer
than another are met every night.

Both stand in a file of their own beside the journal, or in its schema in PostgreSQL.  Everything here waits for the
disk; it raises SQLAlchemyError or OSError.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Engine, MetaData, String, Table, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from core.ids import InteractionId
from journal.files import private_file, private_folder, writing_engine

METADATA: Final = MetaData()
HOLDS: Final = Table(
    "holds",
    METADATA,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("interaction", String, nullable=False),
    Column("person", String, nullable=False),
    Column("why", String, nullable=False),
    Column("by", String, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)
OWNERS: Final = Table(
    "owners",
    METADATA,
    Column("interaction", String, primary_key=True),
    Column("tenant", String, nullable=False),
    sqlite_with_rowid=False,
)

WAIT_MS: Final = 2_000
CHECKPOINT_PAGES: Final = 1_000
# Names of one statement: SQLite takes some 32,000, PostgreSQL twice as many.
AT_ONCE: Final = 500


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One hold, until `until_ms`: of an interaction, or of a person (their pseudonym in the records of `tenant`)."""

    id: str
    tenant: str
    interaction: str = ""
    person: str = ""
    why: str
    by: str
    since_ms: int
    until_ms: int


class Ledger:
    """The file `place`, made if it is not there; or tables that are there (PostgreSQL: journal/migrations)."""

    def __init__(self, place: Path | Engine) -> None:
        if isinstance(place, Engine):
            self._engine = place
            return
        private_folder(place.parent)
        private_file(place)
        self._engine = writing_engine(place, "FULL", WAIT_MS, CHECKPOINT_PAGES)
        with self._engine.begin() as connection:
            METADATA.create_all(connection)

    def hold(self, held: Hold) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(HOLDS).values(**msgspec.structs.asdict(held)))

    def release(self, name: str, tenant: str) -> bool:
        """Ends the hold; False if this organisation has none of that name."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(HOLDS).where(HOLDS.c.id == name, HOLDS.c.tenant == tenant))
            return bool(gone.rowcount)

    def holds(self, now_ms: int, tenant: str = "") -> list[Hold]:
        """Those in force, of one organisation if it is named, in the order in which they end."""
        chosen = select(HOLDS).where(HOLDS.c.until_ms > now_ms).order_by(HOLDS.c.until_ms, HOLDS.c.id)
        if tenant:
            chosen = chosen.where(HOLDS.c.tenant == tenant)
        with self._engine.connect() as connection:
            return [Hold(**row._mapping) for row in connection.execute(chosen)]

    def owners(self, interactions: Collection[InteractionId]) -> dict[InteractionId, str]:
        """Whose these are, as far as that was noted; empty for one that is nobody's."""
        found: dict[InteractionId, str] = {}
        names = list(interactions)
        with self._engine.connect() as connection:
            for start in range(0, len(names), AT_ONCE):
                some = OWNERS.c.interaction.in_(names[start : start + AT_ONCE])
                found |= {row.interaction: row.tenant for row in connection.execute(select(OWNERS).where(some))}
        return found

    def note(self, owners: Mapping[InteractionId, str]) -> None:
        if not owners:
            return
        sql = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        rows = [{"interaction": of, "tenant": tenant} for of, tenant in owners.items()]
        with self._engine.begin() as connection:
            connection.execute(sql.insert(OWNERS).on_conflict_do_nothing(), rows)

    def forget(self, interactions: Collection[InteractionId]) -> None:
        """Of these nothing is left to purge."""
        names = list(interactions)
        with self._engine.begin() as connection:
            for start in range(0, len(names), AT_ONCE):
                connection.execute(delete(OWNERS).where(OWNERS.c.interaction.in_(names[start : start + AT_ONCE])))
