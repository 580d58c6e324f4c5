"""Webhooks that wait to be delivered, on the disk: what is here is delivered or told as dead, whatever dies.

How far the journal is told (`position`) stands in the same transaction as what was made of it: after a crash nothing is
missed and nothing is invented.  Webhooks of one interaction go to an endpoint one after the other: while the first of
them fails, the others wait with it.  Everything here waits for the disk: call it from one thread that may.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
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

_METADATA: Final = MetaData()
_POSITION: Final = Table(
    "position", _METADATA, Column("name", String, primary_key=True), Column("seq", BigInteger, nullable=False)
)
_THREADS: Final = Table(
    "threads",
    _METADATA,
    Column("interaction", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
)
Index("threads_by_age", _THREADS.c.seen_at_ms)
_WAITING: Final = Table(
    "webhooks",
    _METADATA,
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
    _METADATA,
    Column("name", String, primary_key=True),
    Column("disabled", String, nullable=False),
    Column("refused", BigInteger, nullable=False),
)


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
    """The outbox in the SQLite file `path`; `keys` seal what names a record."""

    def __init__(self, path: Path, keys: RecordKeys, most: int = OUTBOX_WAITING) -> None:
        """Raises SQLAlchemyError or OSError if the file cannot be used."""
        self._keys = keys
        self._most = most
        self._engine = database.engine(path, keep_open=True)
        with self._engine.begin() as connection:
            _METADATA.create_all(connection)

    def close(self) -> None:
        self._engine.dispose()

    def position(self) -> int | None:
        """The last step that is told; None before the first."""
        with self._engine.connect().execution_options(reads=True) as connection:
            return connection.execute(select(_POSITION.c.seq)).scalar_one_or_none()

    def threads(self, interactions: Iterable[InteractionId]) -> dict[InteractionId, Thread]:
        """What is remembered of these."""
        asked = select(_THREADS).where(_THREADS.c.interaction.in_(list(interactions)))
        with self._engine.connect().execution_options(reads=True) as connection:
            rows = connection.execute(asked).all()
        return {
            row.interaction: msgspec.json.decode(
                self._keys.of(row.tenant).open(row.interaction, row.sealed), type=Thread
            )
            for row in rows
        }

    def keep(
        self, seq: int, threads: Mapping[InteractionId, Thread], new: Iterable[New], now_ms: int
    ) -> dict[str, int]:
        """Takes what steps up to `seq` told, in one transaction; how many each full endpoint did not take."""
        refused: dict[str, int] = {}
        with self._engine.begin() as connection:
            connection.execute(delete(_POSITION))
            connection.execute(insert(_POSITION).values(name="journal", seq=seq))
            if threads:
                self._remember(connection, threads, now_ms)
            room: dict[str, int] = {}
            taken: list[New] = []
            for one in new:
                if self._room(connection, room, one.endpoint):
                    taken.append(one)
                else:
                    refused[one.endpoint] = refused.get(one.endpoint, 0) + 1
            if taken:
                connection.execute(insert(_WAITING), self._rows(connection, taken))
            for endpoint, count in refused.items():
                self._count_refused(connection, endpoint, count)
        return refused

    def due(self, endpoint: str, now_ms: int, beside: Iterable[InteractionId], most: int) -> list[Waiting]:
        """The oldest webhooks that may be delivered now, of interactions other than `beside`."""
        asked = (
            select(_WAITING)
            .where(
                _WAITING.c.endpoint == endpoint,
                _WAITING.c.dead == 0,
                _WAITING.c.next_at_ms <= now_ms,
                _WAITING.c.interaction.not_in(list(beside)),
            )
            .order_by(_WAITING.c.number)
            .limit(most)
        )
        return self._read(asked)

    def next_at_ms(self, endpoint: str) -> int | None:
        """When the next webhook may be delivered; None if none waits."""
        asked = select(func.min(_WAITING.c.next_at_ms)).where(_WAITING.c.endpoint == endpoint, _WAITING.c.dead == 0)
        with self._engine.connect().execution_options(reads=True) as connection:
            found: int | None = connection.execute(asked).scalar_one()
        return found

    def delivered(self, numbers: Iterable[int]) -> None:
        """Forgets what was delivered."""
        with self._engine.begin() as connection:
            connection.execute(delete(_WAITING).where(_WAITING.c.number.in_(list(numbers))))

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

    def forget(self, now_ms: int) -> None:
        """Deletes what nobody needs any more: interactions long over, the long dead."""
        with self._engine.begin() as connection:
            connection.execute(delete(_THREADS).where(_THREADS.c.seen_at_ms < now_ms - REMEMBERED_MS))
            connection.execute(
                delete(_WAITING).where(_WAITING.c.dead == 1, _WAITING.c.made_at_ms < now_ms - DEAD_KEPT_MS)
            )

    def _remember(self, connection: Connection, threads: Mapping[InteractionId, Thread], now_ms: int) -> None:
        connection.execute(delete(_THREADS).where(_THREADS.c.interaction.in_(list(threads))))
        rows = [
            {
                "interaction": interaction,
                "tenant": thread.tenant,
                "sealed": self._keys.of(thread.tenant).seal(interaction, msgspec.json.encode(thread)),
                "seen_at_ms": now_ms,
            }
            for interaction, thread in threads.items()
        ]
        connection.execute(insert(_THREADS), rows)

    def _room(self, connection: Connection, room: dict[str, int], endpoint: str) -> bool:
        if endpoint not in room:
            held = select(func.count()).select_from(_WAITING).where(_WAITING.c.endpoint == endpoint)
            room[endpoint] = self._most - int(connection.execute(held).scalar_one())
        room[endpoint] -= 1
        return room[endpoint] >= 0

    def _rows(self, connection: Connection, new: Sequence[New]) -> list[dict[str, Any]]:
        """Each behind what waits already of its interaction, for as long as that was put off."""
        put_off = (
            select(_WAITING.c.interaction, _WAITING.c.endpoint, func.max(_WAITING.c.next_at_ms))
            .where(_WAITING.c.interaction.in_({one.interaction for one in new}), _WAITING.c.dead == 0)
            .group_by(_WAITING.c.interaction, _WAITING.c.endpoint)
        )
        behind = {(row[0], row[1]): row[2] for row in connection.execute(put_off)}
        return [
            {
                **msgspec.structs.asdict(one),
                "record": None if one.record is None else self._keys.of(one.tenant).seal(one.id, one.record.encode()),
                "attempts": 0,
                "next_at_ms": behind.get((one.interaction, one.endpoint), 0),
                "dead": 0,
                "error": "",
            }
            for one in new
        ]

    def _count_refused(self, connection: Connection, endpoint: str, count: int) -> None:
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
        return [self._waiting(row) for row in rows]

    def _waiting(self, row: Any) -> Waiting:
        body: bytes = row.body
        if row.record is not None:
            told = msgspec.json.decode(body)
            told["data"]["record"] = self._keys.of(row.tenant).open(row.id, row.record).decode()
            body = msgspec.json.encode(told)
        return Waiting(
            number=row.number,
            endpoint=row.endpoint,
            interaction=row.interaction,
            id=row.id,
            type=row.type,
            body=body,
            made_at_ms=row.made_at_ms,
            attempts=row.attempts,
            next_at_ms=row.next_at_ms,
            dead=bool(row.dead),
            error=row.error,
        )
