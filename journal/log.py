"""The journal that the loop keeps its steps in.

Promises:
1. `keep` never waits for the disk.  `kept(seq)` is True once that step, every step before it and the keys that open
   them are committed.  By default that outlives the process, not the machine (SQLite WAL, synchronous NORMAL); with
   FULL it outlives a power cut too.
2. When the disk refuses or lags, `kept` is False and `on_alarm(False, reason)` is called; steps wait in a bounded ring
   and are written in order once it is back, then `on_alarm(True, …)`.  What fell out of the ring is noted as a gap.
3. A start finds every step that was kept, or says what it could not find (`Salvage`).  No step is ever there in half.
4. One process writes.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator

from core.errors import InvariantBroken
from core.ids import InteractionId
from core.limits import JOURNAL_LAG_MS, JOURNAL_RING_STEPS, SNAPSHOT_EVERY_STEPS
from core.step import Step
from core.wire import Wire
from journal import snapshot as snapshots
from journal.reading import Reader
from journal.salvage import Salvage
from journal.snapshot import Snapshot
from journal.store import Store
from journal.tables import row_of
from journal.writer import Writer

OnAlarm = Callable[[bool, str], None]


class Log:
    """A core.ports.Journal in `store`, for one process and one loop.

    Open it, read `salvage` and `load()`, then `start` it in the loop that calls `kept`; `stop` writes what waits.
    `save_keys` commits the keys that sealed what is about to be written (KeyStore.save).
    """

    def __init__(
        self,
        store: Store,
        wire: Wire,
        save_keys: Callable[[], None],
        *,
        lag_ms: int = JOURNAL_LAG_MS,
        ring_steps: int = JOURNAL_RING_STEPS,
    ) -> None:
        """Raises JournalFault, with the remedy, if another process writes this journal, or if it cannot be opened."""
        self.salvage: Salvage | None
        last_seq, self.salvage = store.take()
        try:
            self._reader = Reader(store, wire)
            self._writer = Writer(store, save_keys=save_keys, last_seq=last_seq, ring_steps=ring_steps)
            self._snapshot_seq = self._reader.snapshot_seq()
        except BaseException:
            store.release()
            raise
        self.store = store
        self._wire = wire
        self._lag_ms = lag_ms
        self._waiting: dict[asyncio.Future[bool], int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_alarm: OnAlarm = lambda _kept, _reason: None
        self._alarmed_at_seq: int | None = None

    @property
    def reader(self) -> Reader:
        """What is on the disk, for threads that look for something in it."""
        return self._reader

    @property
    def last_seq(self) -> int:
        """The last step that was taken to be kept, now or by an earlier process; the next is one more."""
        return self._writer.last_seq

    @property
    def kept_seq(self) -> int:
        """The last step on the disk."""
        return self._writer.kept_seq

    @property
    def failing(self) -> str | None:
        """Why nothing is written now; None when all is well."""
        return self._writer.failing

    @property
    def fell_out(self) -> int:
        """How many steps since the start were not kept, because the disk refused for longer than the ring lasts."""
        return self._writer.fell_out()

    @property
    def snapshot_due(self) -> bool:
        """Whether it is time to call `keep_snapshot`: enough was kept since the last, or a gap must be bridged."""
        since, gaps = self._snapshot_seq, self._writer.gaps
        return self.kept_seq - since >= SNAPSHOT_EVERY_STEPS or (bool(gaps) and any(first > since for first, _ in gaps))

    def start(self, on_alarm: OnAlarm) -> None:
        """Begins to write; `on_alarm(kept, reason)` is called in the running loop when the journal fails, lags, or
        keeps again."""
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._on_alarm = on_alarm

        def heard() -> None:
            # A loop that is closed waits for nothing any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._heard)

        self._writer.start(heard)

    async def stop(self) -> bool:
        """Writes what waits, ends, and lets another process write; False if something could not be written."""
        written = await asyncio.to_thread(self.close)
        self._heard()
        for future in self._waiting:
            if not future.done():
                future.set_result(False)
        return written

    def close(self) -> bool:
        """As `stop`, where there is no loop."""
        written = self._writer.stop()
        self.store.release()
        return written

    def keep(self, steps: Iterable[Step]) -> None:
        """Takes steps to be kept; each continues the last.  Never blocks.

        Raises InvariantBroken for a step out of order, JournalFault for one that cannot be written: bugs of ours; then
        none of `steps` is taken.
        """
        rows = []
        expected = self._writer.last_seq + 1
        for step in steps:
            if step.seq != expected:
                raise InvariantBroken(f"the journal expects step {expected}, was {step.seq}")
            rows.append(row_of(step, self._wire.encode(step)))
            expected += 1
        self._writer.put(rows)

    async def kept(self, seq: int) -> bool:
        """Waits until the step `seq` is on the disk; False if it is not within `lag_ms`, or if the journal fails."""
        if seq <= self._writer.kept_seq:
            return not self._writer.lost(seq)
        if self._writer.failing is not None:
            return False
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[future] = seq
        try:
            async with asyncio.timeout(self._lag_ms / 1000):
                return await future
        except TimeoutError:
            if seq <= self._writer.kept_seq:
                return not self._writer.lost(seq)  # it was our loop that was late, not the journal
            self._alarm(f"l'étape {seq} n'est pas écrite après {self._lag_ms} ms : le disque est trop lent")
            return False
        finally:
            del self._waiting[future]

    def keep_configuration(self, digest: str, content: bytes) -> None:
        """Takes what `digest` stands for; it is on the disk no later than the steps given afterwards."""
        self._writer.put_configuration(digest, content, time.time_ns() // 1_000_000)

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Takes a snapshot, to be written after the step that it stands for; the two newest are kept."""
        self._snapshot_seq = snapshot.seq
        self._writer.put_snapshot(snapshots.row_of(snapshot))

    def load(self) -> tuple[Snapshot | None, Iterator[Step]]:
        """The newest good snapshot, None if there is none, and the steps to fold after it."""
        return self._reader.load()

    def steps(
        self, interaction: InteractionId | None = None, since_seq: int | None = None, until_seq: int | None = None
    ) -> Iterator[Step]:
        """The steps on the disk from `since_seq` to `until_seq`, both included; of one interaction if one is named."""
        return self._reader.steps(interaction, since_seq, until_seq)

    def configuration(self, digest: str) -> bytes | None:
        """What `digest` stands for; None if it was never kept."""
        waiting = self._writer.waiting_configuration(digest)
        return waiting if waiting is not None else self._reader.configuration(digest)

    def _heard(self) -> None:
        """The writer committed or failed: wakes whoever waits, and tells of a change for the worse or the better."""
        kept, failing = self._writer.kept_seq, self._writer.failing
        for future, seq in self._waiting.items():
            if not future.done() and (seq <= kept or failing is not None):
                future.set_result(seq <= kept and not self._writer.lost(seq))
        if failing is not None:
            self._alarm(failing)
        elif self._alarmed_at_seq is not None and kept >= self._alarmed_at_seq:
            self._alarmed_at_seq = None
            lost = self.fell_out
            self._on_alarm(
                True,
                f"le journal écrit de nouveau ; {lost} étapes n'ont pas pu être gardées"
                if lost
                else "le journal écrit de nouveau ; rien n'est perdu",
            )

    def _alarm(self, reason: str) -> None:
        if self._alarmed_at_seq is None:
            self._alarmed_at_seq = self._writer.last_seq
            self._on_alarm(False, reason)
