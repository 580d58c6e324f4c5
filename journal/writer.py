"""The thread that writes the journal: takes all that waits, commits it at once, and does not give up.

Keys go first, for a step must never rest on the disk before the key that opens it; then configurations, steps, and a
snapshot in one transaction.  While the disk refuses, steps wait in a bounded ring, oldest first; what falls out of it
is noted as a gap once the disk is back.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from journal import snapshot as snapshots
from journal.store import Store
from journal.tables import GAPS, STEPS, Row, SnapshotRow, commit_steps, write_configurations, write_steps

# Steps of one transaction at most: some 20 ms of writing, well within what a waiter grants.
COMMIT_STEPS: Final = 2_000
# Between two attempts at a disk that refuses, first and last.
RETRY_FIRST_MS: Final = 50
RETRY_LAST_MS: Final = 2_000


class _Batch(NamedTuple):
    rows: list[Row]
    configurations: dict[str, tuple[bytes, int]]
    snapshot: SnapshotRow | None


class Writer:
    """`heard` is called from the writer's thread after each commit and each failure; it must not raise or wait.

    `kept_seq` is the last step on the disk, `failing` why nothing goes there now, `gaps` what fell out since the start.
    """

    def __init__(self, store: Store, *, save_keys: Callable[[], None], last_seq: int, ring_steps: int) -> None:
        self.kept_seq = last_seq
        self.last_seq = last_seq
        self.failing: str | None = None
        self.gaps: list[tuple[int, int]] = []
        self._store = store
        self._save_keys = save_keys
        self._heard: Callable[[], None] = lambda: None
        self._connection: Connection | None = None
        self._ring_steps = ring_steps
        self._ring: deque[Row] = deque()
        self._configurations: dict[str, tuple[bytes, int]] = {}
        self._snapshot: SnapshotRow | None = None
        self._stopping = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self, heard: Callable[[], None]) -> None:
        """Begins to write what waits."""
        self._heard = heard
        self._thread.start()

    def stop(self) -> bool:
        """Writes what waits and ends the thread; False if something could not be written."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.ident is None:
            self._thread.start()
        self._thread.join()
        return not self._ring and not self._configurations

    def put(self, rows: Iterable[Row]) -> None:
        """Takes steps, in order; the oldest fall out when too many wait."""
        with self._wake:
            self._ring.extend(rows)
            if self._ring:
                self.last_seq = self._ring[-1].seq
            while len(self._ring) > self._ring_steps:
                self._ring.popleft()
            self._wake.notify()

    def put_configuration(self, digest: str, content: bytes, now_ms: int) -> None:
        """Takes what `digest` stands for; it is written with, or before, the steps put after it."""
        with self._wake:
            self._configurations[digest] = (content, now_ms)
            self._wake.notify()

    def put_snapshot(self, row: SnapshotRow) -> None:
        """Takes a snapshot; it is written once every step until its own is.  Only the newest waits."""
        with self._wake:
            self._snapshot = row
            self._wake.notify()

    def waiting_configuration(self, digest: str) -> bytes | None:
        with self._wake:
            return self._configurations.get(digest, (None, 0))[0]

    def fell_out(self) -> int:
        """How many steps were not kept since the start, those included whose room in the ring is gone by now."""
        with self._wake:
            missing = self._ring[0].seq - self.kept_seq - 1 if self._ring else 0
            return sum(last - first + 1 for first, last in self.gaps) + max(0, missing)

    def lost(self, seq: int) -> bool:
        """Whether the step `seq` fell out."""
        return any(first <= seq <= last for first, last in self.gaps)

    def _run(self) -> None:
        retry_ms = RETRY_FIRST_MS
        while (batch := self._take()) is not None:
            last_try = self._stopping
            try:
                self._commit(batch)
            except Exception as error:  # whatever it is, the loop must hear of it and the thread must go on
                self._fail(error)
                if last_try:
                    break
                with self._wake:
                    self._wake.wait_for(lambda: self._stopping, retry_ms / 1000)
                retry_ms = min(2 * retry_ms, RETRY_LAST_MS)
                continue
            retry_ms = RETRY_FIRST_MS
            self._heard()
            if self._connection is not None:
                self._store.tidy(self._connection, sum(len(row.record) for row in batch.rows))
        self._close()

    def _take(self) -> _Batch | None:
        """Waits for something to write; None when it is time to end."""
        with self._wake:
            self._wake.wait_for(lambda: self._stopping or any(self._waiting()))
            batch = self._waiting()
            return batch if any(batch) else None

    def _waiting(self) -> _Batch:
        """What can be written now; a snapshot whose own step is not there yet waits for it."""
        rows = list(islice(self._ring, COMMIT_STEPS))
        reached = rows[-1].seq if rows else self.kept_seq
        snapshot = self._snapshot if self._snapshot and self._snapshot.seq <= reached else None
        return _Batch(rows, dict(self._configurations), snapshot)

    def _commit(self, batch: _Batch) -> None:
        self._save_keys()
        connection = self._connected()
        kept = self.kept_seq
        if self.failing is not None:
            # A commit that failed may all the same have reached the disk: what stands there counts.
            with connection.begin():
                kept = max(kept, connection.execute(select(func.max(STEPS.c.seq))).scalar_one() or 0)
        rows = [row for row in batch.rows if row.seq > kept]
        gap = (kept + 1, rows[0].seq - 1) if rows and rows[0].seq > kept + 1 else None
        if not (batch.configurations or gap or batch.snapshot):
            commit_steps(connection, rows)
        else:
            with connection.begin():
                if batch.configurations:
                    write_configurations(connection, batch.configurations)
                if gap:
                    connection.execute(insert(GAPS).values(first_seq=gap[0], last_seq=gap[1], settled=False))
                write_steps(connection, rows)
                if batch.snapshot:
                    snapshots.write(connection, batch.snapshot)
        self._done(batch, rows[-1].seq if rows else kept, gap)

    def _done(self, batch: _Batch, kept: int, gap: tuple[int, int] | None) -> None:
        with self._wake:
            if gap:
                self.gaps.append(gap)
            self.kept_seq = kept
            self.failing = None
            while self._ring and self._ring[0].seq <= kept:
                self._ring.popleft()
            for digest in batch.configurations:
                self._configurations.pop(digest, None)
            if self._snapshot is batch.snapshot:
                self._snapshot = None

    def _connected(self) -> Connection:
        self._store.check()
        if self._connection is None:
            self._connection = self._store.connect()
        return self._connection

    def _fail(self, error: Exception) -> None:
        """The next attempt starts on a fresh connection."""
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError, sqlite3.Error):
                self._connection.invalidate()
                self._connection.close()
            self._connection = None
        self._store.failed(error)
        self.failing = self._store.why(error)
        self._heard()

    def _close(self) -> None:
        """Closing the last connection moves the whole write-ahead log into the database."""
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError, sqlite3.Error):
                self._connection.close()
            self._connection = None
