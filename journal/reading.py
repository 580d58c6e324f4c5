"""Reading a journal, from any process, also while another one writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import Row, Select, Table, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from core.errors import JournalFault
from core.ids import InteractionId
from core.step import Step
from core.wire import Wire
from journal.snapshot import Snapshot, newest
from journal.store import Store
from journal.tables import CONFIGURATIONS, SNAPSHOTS, STEPS, TOUCHED, gap_at, gaps_after, good

# Steps read at once: a read that lasts long keeps the write-ahead log from being emptied.
PAGE_STEPS: Final = 1_000

_RECORDS: Final = select(STEPS.c.seq, STEPS.c.record, STEPS.c.crc)


class Reader:
    """A journal, read only.  Each read has its own connection, so that any thread may read.

    Methods raise JournalFault, with the step and the remedy, for what cannot be read.
    """

    __slots__ = ("_engine", "_store", "_wire")

    def __init__(self, store: Store, wire: Wire) -> None:
        self._store = store
        self._wire = wire
        self._engine = store.reading()

    def load(self) -> tuple[Snapshot | None, Iterator[Step]]:
        """The newest good snapshot, and the steps to fold upon it, without a hole but for the gaps that are noted."""
        try:
            with self._engine.connect() as connection:
                snapshot = newest(connection)
                since = snapshot.seq if snapshot else 0
                gaps = gaps_after(connection, since)
        except SQLAlchemyError as error:
            raise self._fault(error) from error
        return snapshot, self._folding(since, gaps)

    def steps(
        self,
        interaction: InteractionId | None = None,
        since_seq: int | None = None,
        until_seq: int | None = None,
        holding: Collection[str] = (),
    ) -> Iterator[Step]:
        """The steps from `since_seq` to `until_seq`, both included, in order; of one interaction if one is named.

        With `holding`, names of facts: steps that surely hold none of these may be left out.
        """
        chosen = _RECORDS
        if interaction is not None:
            further = select(TOUCHED.c.seq).where(TOUCHED.c.interaction == interaction)
            chosen = chosen.where(or_(STEPS.c.interaction == interaction, STEPS.c.seq.in_(further)))
        if until_seq is not None:
            chosen = chosen.where(STEPS.c.seq <= until_seq)
        rows = self._rows(chosen, since_seq or 0)
        if holding:
            rows = (row for row in rows if not _good(row) or self._wire.may_hold(row.record, holding))
        return map(self._step, rows)

    def configuration(self, digest: str) -> bytes | None:
        """What `digest` stands for; None if it was never kept."""
        try:
            with self._engine.connect() as connection:
                chosen = select(CONFIGURATIONS.c.content).where(CONFIGURATIONS.c.digest == digest)
                return connection.execute(chosen).scalar_one_or_none()
        except SQLAlchemyError as error:
            raise self._fault(error) from error

    def last_seq(self) -> int:
        """The last step that is kept; 0 when there is none."""
        return self._highest(STEPS)

    def snapshot_seq(self) -> int:
        """The step of the newest snapshot, good or not; 0 when there is none."""
        return self._highest(SNAPSHOTS)

    def _highest(self, table: Table) -> int:
        try:
            with self._engine.connect() as connection:
                return connection.execute(select(func.max(table.c.seq))).scalar_one() or 0
        except SQLAlchemyError as error:
            raise self._fault(error) from error

    def _folding(self, since: int, gaps: list[tuple[int, int]]) -> Iterator[Step]:
        expected = since + 1
        for row in self._rows(_RECORDS, since + 1):
            if gap_at(gaps, row.seq) is not None:
                continue
            while (last := gap_at(gaps, expected)) is not None:
                expected = last + 1
            if row.seq != expected:
                raise JournalFault(
                    f"Journal {self._store.said} : l'étape {expected} manque, l'étape {row.seq} est là. "
                    + self._store.mending
                )
            expected += 1
            yield self._step(row)

    def _rows(self, chosen: Select[Any], since: int) -> Iterator[Row[Any]]:
        """Rows with seq ≥ `since` in order, a page at a time."""
        while True:
            page = chosen.where(STEPS.c.seq >= since).order_by(STEPS.c.seq).limit(PAGE_STEPS)
            try:
                with self._engine.connect() as connection:
                    rows = connection.execute(page).all()
            except SQLAlchemyError as error:
                raise self._fault(error) from error
            yield from rows
            if len(rows) < PAGE_STEPS:
                return
            since = rows[-1].seq + 1

    def _step(self, row: Row[Any]) -> Step:
        if not _good(row):
            raise JournalFault(
                f"Journal {self._store.said} : l'étape {row.seq} est endommagée (somme de contrôle). "
                + self._store.mending
            )
        return self._wire.decode(row.record, row.seq)

    def _fault(self, error: SQLAlchemyError) -> JournalFault:
        return JournalFault(f"Journal {self._store.said} illisible ({self._store.why(error)}). {self._store.remedy}")


def _good(row: Row[Any]) -> bool:
    return good(row.seq, row.record, row.crc)
