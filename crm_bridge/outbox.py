"""Webhooks that wait to be delivered, in a file or in PostgreSQL: what is here is delivered or told as dead, whatever
dies.

How far the journal is told (`position`) stands in the same transaction as what was made of it: after a crash nothing is
missed and nothing is invented.  Webhooks of one interaction go to an endpoint one after the other: while the first of
them fails, the others wait with it.  Everything here waits for the disk: call it from one thread that may.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
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
    update,
)

from core.ids import InteractionId
from core.limits import OUTBOX_WAITING
from crm_bridge import database
from crm_bridge.keys import RecordKeys
from crm_bridge.translate import Thread

# Facts may still come after the end of an interaction: a message is written, a task opened.
REMEMBERED_MS: Final = 24 * 3_600_000
# A dead webhook is kept for as long as somebody may look for it.
DEAD_KEPT_MS: Final = 30 * 24 * 3_600_000

METADATA: Final = MetaData()
_POSITION: Final = Table(
    "position", METADATA, Column("name", String, primary_key=True), Column("seq", BigInteger, nullable=False)
)
_THREADS: Final = Table(
    "threads",
    METADATA,
    Column("interaction", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
)
Index("threads_by_age", _THREADS.c.seen_at_ms)
_WAITING: Final = Table(
    "webhooks",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("endpoint", String, nullable=False),
    Column("interaction", String, nullable=False),
    Column("id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("record", LargeBinary),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at_ms", BigInteger, nullable=False),
    Column("dead", Integer, nullable=False),
    Column("error", String, nullable=False),
)
Index("webhooks_due", _WAITING.c.endpoint, _WAITING.c.dead, _WAITING.c.number)
Index("webhooks_of", _WAITING.c.interaction, _WAITING.c.endpoint)
_ENDPOINTS: Final = Table(
    "endpoints",
    METADATA,
    Column("name", String, primary_key=True),
    Column("disabled", String, nullable=False),
    Column("refused", BigInteger, nullable=False),
)

# Six times a call: by the driver itself.  A row is read in the order of the table's columns.
_POSITION_NOW: Final = (
    "INSERT INTO position (name, seq) VALUES ('journal', ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq"
)
_REMEMBERED: Final = (
    "INSERT INTO threads (interaction, tenant, sealed, seen_at_ms) VALUES (?, ?, ?, ?) ON CONFLICT (interaction) DO "
    "UPDATE SET tenant = excluded.tenant, sealed = excluded.sealed, seen_at_ms = excluded.seen_at_ms"
)
_HELD: Final = "SELECT count(*) FROM webhooks WHERE endpoint = ?"
_PUT_OFF: Final = (
    "SELECT interaction, endpoint, max(next_at_ms) FROM webhooks WHERE interaction IN ({places}) AND dead = 0 "
    "GROUP BY interaction, endpoint"
)
_INSERTED: Final = (
    "INSERT INTO webhooks (endpoint, interaction, id, type, tenant, body, record, made_at_ms, next_at_ms, "
    "attempts, dead, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '')"
)
_DUE: Final = f"SELECT {', '.join(_WAITING.c.keys())} FROM webhooks WHERE endpoint = ? AND dead = 0 AND next_at_ms <= ?"
_NEXT: Final = "SELECT min(next_at_ms) FROM webhooks WHERE endpoint = ? AND dead = 0"
_DELIVERED: Final = "DELETE FROM webhooks WHERE number IN "


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook for an endpoint, to be kept."""

    endpoint: str
    interaction: InteractionId
    id: str
    type: str
    tenant: str
    body: bytes
    record: str | None
    made_at_ms: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that waits, or is `dead`; `body` is whole, the record's id in it if the endpoint may know it."""

    number: int
    endpoint: str
    interaction: InteractionId
    id: str
    type: str
    body: bytes
    made_at_ms: int
    attempts: int
    next_at_ms: int
    dead: bool
    error: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an endpoint stands; `refused` counts webhooks that the full outbox did not take."""

    waiting: int
    dead: int
    refused: int
    disabled: str


class Outbox:
    """The outbox in an SQLite file, or in tables that are there (PostgreSQL); `keys` seal what names a record."""

    def __init__(self, place: Path | Engine, keys: RecordKeys, most: int = OUTBOX_WAITING) -> None:
        """Raises SQLAlchemyError or OSError if the file cannot be used."""
        self._keys = keys
        self._most = most
        if isinstance(place, Engine):
            self._engine = place
            return
        self._engine = database.engine(place)
        with self._engine.begin() as connection:
            METADATA.create_all(connection)

    def close(self) -> None:
        self._engine.dispose()

    def position(self) -> int | None:
        """The last step that is told; None before the first."""
        with self._engine.connect().execution_options(reads=True) as connection:
            return connection.execute(select(_POSITION.c.seq)).scalar_one_or_none()

    def threads(self, interactions: Collection[InteractionId]) -> dict[InteractionId, Thread]:
        """What is remembered of these."""
        asked = f"SELECT interaction, tenant, sealed FROM threads WHERE interaction IN ({_places(interactions)})"
        with database.driving(self._engine, writes=False) as driver:
            rows = driver.execute(asked, tuple(interactions)).fetchall()
        return {
            interaction: msgspec.json.decode(self._keys.of(tenant).open(interaction, sealed), type=Thread)
            for interaction, tenant, sealed in rows
        }

    def keep(
        self, seq: int, threads: Mapping[InteractionId, Thread], new: Sequence[New], now_ms: int
    ) -> dict[str, int]:
        """Takes what steps up to `seq` told, in one transaction; how many each full endpoint did not take."""
        with database.driving(self._engine, writes=True) as driver:
            driver.execute(_POSITION_NOW, (seq,))
            driver.executemany(_REMEMBERED, self._remembered(threads, now_ms))
            taken, refused = self._taken(driver, new)
            if taken:
                driver.executemany(_INSERTED, self._rows(driver, taken))
        for endpoint, count in refused.items():
            self._count_refused(endpoint, count)
        return refused

    def turn(
        self, delivered: Collection[int], endpoint: str, now_ms: int, beside: Collection[InteractionId], most: int
    ) -> tuple[list[Waiting], int | None]:
        """Forgets what was delivered; then the oldest webhooks that may be delivered now, of interactions other than
        `beside`, and when the next may be if there are none: None if none waits."""
        with database.driving(self._engine, writes=bool(delivered)) as driver:
            if delivered:
                driver.execute(_DELIVERED + f"({_places(delivered)})", tuple(delivered))
            asked = f"{_DUE} AND interaction NOT IN ({_places(beside)}) ORDER BY number LIMIT ?"
            rows = driver.execute(asked, (endpoint, now_ms, *beside, most)).fetchall()
            next_at_ms = None if rows else driver.execute(_NEXT, (endpoint,)).fetchone()[0]
        return [self._waiting(*row) for row in rows], next_at_ms

    def delivered(self, numbers: Collection[int]) -> None:
        """Forgets what was delivered."""
        with database.driving(self._engine, writes=True) as driver:
            driver.execute(_DELIVERED + f"({_places(numbers)})", tuple(numbers))

    def failed(self, one: Waiting, error: str, next_at_ms: int) -> None:
        """Puts it off, and with it all of its interaction at this endpoint."""
        with self._engine.begin() as connection:
            connection.execute(
                update(_WAITING)
                .where(_WAITING.c.number == one.number)
                .values(attempts=_WAITING.c.attempts + 1, error=error)
            )
            connection.execute(
                update(_WAITING)
                .where(
                    _WAITING.c.interaction == one.interaction,
                    _WAITING.c.endpoint == one.endpoint,
                    _WAITING.c.dead == 0,
                )
                .values(next_at_ms=next_at_ms)
            )

    def died(self, one: Waiting, error: str, now_ms: int) -> None:
        """Gives it up: it is kept and listed; those behind it may go."""
        with self._engine.begin() as connection:
            connection.execute(
                update(_WAITING)
                .where(_WAITING.c.number == one.number)
                .values(dead=1, attempts=_WAITING.c.attempts + 1, error=error)
            )
            connection.execute(
                update(_WAITING)
                .where(
                    _WAITING.c.interaction == one.interaction,
                    _WAITING.c.endpoint == one.endpoint,
                    _WAITING.c.dead == 0,
                )
                .values(next_at_ms=now_ms)
            )

    def hurry(self, endpoint: str, now_ms: int) -> None:
        """The endpoint is back: what was put off may go now."""
        with self._engine.begin() as connection:
            connection.execute(
                update(_WAITING)
                .where(_WAITING.c.endpoint == endpoint, _WAITING.c.dead == 0, _WAITING.c.next_at_ms > now_ms)
                .values(next_at_ms=now_ms)
            )

    def disable(self, endpoint: str, reason: str) -> None:
        """Nothing more for this endpoint: what waits is dead, and what comes is not kept."""
        with self._engine.begin() as connection:
            self._standing(connection, endpoint)
            connection.execute(update(_ENDPOINTS).where(_ENDPOINTS.c.name == endpoint).values(disabled=reason))
            connection.execute(
                update(_WAITING)
                .where(_WAITING.c.endpoint == endpoint, _WAITING.c.dead == 0)
                .values(dead=1, error=reason)
            )

    def enable(self, endpoint: str) -> None:
        """Lets the endpoint be told again."""
        with self._engine.begin() as connection:
            connection.execute(update(_ENDPOINTS).where(_ENDPOINTS.c.name == endpoint).values(disabled="", refused=0))

    def disabled(self) -> dict[str, str]:
        """The endpoints that said 410, and when."""
        with self._engine.connect().execution_options(reads=True) as connection:
            rows = connection.execute(select(_ENDPOINTS).where(_ENDPOINTS.c.disabled != "")).all()
        return {row.name: row.disabled for row in rows}

    def retry(self, name: str, now_ms: int) -> int:
        """Wakes the webhook of this id, dead or waiting; at how many endpoints."""
        woken = (
            update(_WAITING)
            .where(_WAITING.c.id == name)
            .values(dead=0, attempts=0, next_at_ms=now_ms, made_at_ms=now_ms)
        )
        with self._engine.begin() as connection:
            return connection.execute(woken).rowcount

    def standing(self, endpoint: str) -> Standing:
        counted = select(_WAITING.c.dead, func.count()).where(_WAITING.c.endpoint == endpoint).group_by(_WAITING.c.dead)
        with self._engine.connect().execution_options(reads=True) as connection:
            counts: dict[int, int] = {row[0]: row[1] for row in connection.execute(counted)}
            row = connection.execute(select(_ENDPOINTS).where(_ENDPOINTS.c.name == endpoint)).one_or_none()
        return Standing(
            waiting=counts.get(0, 0),
            dead=counts.get(1, 0),
            refused=row.refused if row else 0,
            disabled=row.disabled if row else "",
        )

    def listed(self, most: int, dead: bool | None = None) -> list[Waiting]:
        """Webhooks that wait or are dead, oldest first."""
        asked = select(_WAITING).order_by(_WAITING.c.number).limit(most)
        return self._read(asked if dead is None else asked.where(_WAITING.c.dead == int(dead)))

    def listed_of(self, interactions: Collection[InteractionId]) -> list[Waiting]:
        """Those of these interactions, oldest first."""
        asked = select(_WAITING).where(_WAITING.c.interaction.in_(interactions)).order_by(_WAITING.c.number)
        return self._read(asked)

    def tenants(self) -> list[str]:
        """Whose webhooks, or interactions, are here."""
        with self._engine.connect().execution_options(reads=True) as connection:
            rows = [*connection.execute(select(_WAITING.c.tenant).distinct())]
            rows += connection.execute(select(_THREADS.c.tenant).distinct())
        return sorted({row[0] for row in rows})

    def old(self, tenant: str, before_ms: int) -> tuple[int, int]:
        """How many of its webhooks were made before then, and when the last of them was."""
        chosen = select(func.count(), func.max(_WAITING.c.made_at_ms)).where(*_made_before(tenant, before_ms))
        with self._engine.connect().execution_options(reads=True) as connection:
            count, newest_ms = connection.execute(chosen).one()
        return count, newest_ms or 0

    def forget_older(self, tenant: str, before_ms: int) -> None:
        """Deletes these, delivered or not, and what is remembered of interactions not heard of since."""
        with self._engine.begin() as connection:
            connection.execute(delete(_WAITING).where(*_made_before(tenant, before_ms)))
            connection.execute(delete(_THREADS).where(_THREADS.c.tenant == tenant, _THREADS.c.seen_at_ms < before_ms))
        database.scrub(self._engine)

    def forget_of(self, interactions: Collection[InteractionId]) -> None:
        """Deletes all that is here of these."""
        with self._engine.begin() as connection:
            for table in (_WAITING, _THREADS):
                connection.execute(delete(table).where(table.c.interaction.in_(interactions)))
        database.scrub(self._engine)

    def forget(self, now_ms: int) -> None:
        """Deletes what nobody needs any more: interactions long over, the long dead."""
        with self._engine.begin() as connection:
            connection.execute(delete(_THREADS).where(_THREADS.c.seen_at_ms < now_ms - REMEMBERED_MS))
            connection.execute(
                delete(_WAITING).where(_WAITING.c.dead == 1, _WAITING.c.made_at_ms < now_ms - DEAD_KEPT_MS)
            )

    def _remembered(self, threads: Mapping[InteractionId, Thread], now_ms: int) -> list[tuple[Any, ...]]:
        """One with an open task is "seen" until that has to be closed."""
        return [
            (
                of,
                thread.tenant,
                self._keys.of(thread.tenant).seal(of, msgspec.json.encode(thread)),
                max(now_ms, thread.task_until_at_ms),
            )
            for of, thread in threads.items()
        ]

    def _taken(self, driver: database.Driver, new: Sequence[New]) -> tuple[list[New], dict[str, int]]:
        """Those for which there is room, and how many there is none for, by endpoint."""
        room: dict[str, int] = {}
        refused: dict[str, int] = {}
        taken = []
        for one in new:
            if one.endpoint not in room:
                room[one.endpoint] = self._most - int(driver.execute(_HELD, (one.endpoint,)).fetchone()[0])
            room[one.endpoint] -= 1
            if room[one.endpoint] >= 0:
                taken.append(one)
            else:
                refused[one.endpoint] = refused.get(one.endpoint, 0) + 1
        return taken, refused

    def _rows(self, driver: database.Driver, new: Sequence[New]) -> list[tuple[Any, ...]]:
        """Each behind what waits already of its interaction, for as long as that was put off."""
        of = {one.interaction for one in new}
        put_off = driver.execute(_PUT_OFF.format(places=_places(of)), tuple(of))
        behind = {(interaction, endpoint): at_ms for interaction, endpoint, at_ms in put_off}
        return [
            (
                one.endpoint,
                one.interaction,
                one.id,
                one.type,
                one.tenant,
                one.body,
                None if one.record is None else self._keys.of(one.tenant).seal(one.id, one.record.encode()),
                one.made_at_ms,
                behind.get((one.interaction, one.endpoint), 0),
            )
            for one in new
        ]

    def _count_refused(self, endpoint: str, count: int) -> None:
        with self._engine.begin() as connection:
            self._standing(connection, endpoint)
            connection.execute(
                update(_ENDPOINTS).where(_ENDPOINTS.c.name == endpoint).values(refused=_ENDPOINTS.c.refused + count)
            )

    def _standing(self, connection: Connection, endpoint: str) -> None:
        there = connection.execute(select(_ENDPOINTS.c.name).where(_ENDPOINTS.c.name == endpoint)).one_or_none()
        if there is None:
            connection.execute(insert(_ENDPOINTS).values(name=endpoint, disabled="", refused=0))

    def _read(self, asked: Any) -> list[Waiting]:
        with self._engine.connect().execution_options(reads=True) as connection:
            rows = connection.execute(asked).all()
        return [self._waiting(*row) for row in rows]

    def _waiting(
        self,
        number: int,
        endpoint: str,
        interaction: InteractionId,
        name: str,
        type: str,
        tenant: str,
        body: bytes,
        record: bytes | None,
        made_at_ms: int,
        attempts: int,
        next_at_ms: int,
        dead: int,
        error: str,
    ) -> Waiting:
        """From a row, in the order of the table's columns."""
        if record is not None:
            told = msgspec.json.decode(body)
            told["data"]["record"] = self._keys.of(tenant).open(name, record).decode()
            body = msgspec.json.encode(told)
        return Waiting(
            number=number,
            endpoint=endpoint,
            interaction=interaction,
            id=name,
            type=type,
            body=body,
            made_at_ms=made_at_ms,
            attempts=attempts,
            next_at_ms=next_at_ms,
            dead=bool(dead),
            error=error,
        )


def _made_before(tenant: str, before_ms: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _WAITING.c.tenant == tenant, _WAITING.c.made_at_ms < before_ms


def _places(values: Collection[object]) -> str:
    """For `IN (…)`: of nothing, a name that nobody has, since PostgreSQL takes no empty list."""
    return ", ".join("?" * len(values)) or "''"
