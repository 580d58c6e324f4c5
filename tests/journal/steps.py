"""Steps to keep, and a journal to keep them in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from core import events as e
from core.commands import AnswerCall, Order
from core.personal import Personal
from core.step import Step
from core.wire import Wire
from journal.keys import KeyStore
from journal.log import Log
from journal.reading import Reader
from journal.store import FileStore

# Nobody waits so long for something that comes: it only bounds a test that fails.
PATIENCE_S = 20.0


def number_of(seq: int) -> str:
    """The caller's number in step `seq`: of those that nobody has, and that stands out in a file."""
    return f"+3363998{seq % 10_000:04d}"


def interaction_of(seq: int) -> str:
    """Four steps an interaction."""
    return f"i{seq // 4}"


def step(seq: int) -> Step:
    """A call that arrives and is answered; every tenth step touches interaction `other` as well."""
    interaction = interaction_of(seq)
    arrived = e.CallArrived(
        cause="telephony",
        interaction=interaction,
        leg=f"{interaction}-c",
        node="a1",
        channel=f"PJSIP/trunk-{seq:08x}",
        dialled="+33199000000",
        caller=Personal(interaction, "number", number_of(seq)),
        caller_name=None,
        answered=False,
    )
    ended = e.AnnouncementEnded(cause="CallArrived", interaction="other" if seq % 10 == 0 else interaction)
    command = AnswerCall(cause="CallArrived", interaction=interaction, leg=arrived.leg, channel=arrived.channel)
    order = Order(id=f"{seq}.1", lane=interaction, command=command)
    return Step(seq=seq, now_ms=1_700_000_000_000 + seq, input=arrived, facts=(ended,), orders=(order,))


def steps(first: int, last: int) -> list[Step]:
    return [step(seq) for seq in range(first, last + 1)]


class Place:
    """A folder with a journal and its keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "journal.sqlite"
        self.wal = folder / "journal.sqlite-wal"
        self.keys = folder / "keys" / "keys.sqlite"
        self.alarms: list[tuple[bool, str]] = []

    def log(self, **options: Any) -> Log:
        """The journal, opened for writing; its keys close with `close_keys`."""
        self.store = KeyStore(self.keys)
        options.setdefault("lag_ms", 20_000)
        store = FileStore(self.journal, options.pop("synchronous", "NORMAL"))
        return Log(store, Wire(self.store), options.pop("save_keys", self.store.save), **options)

    @contextlib.asynccontextmanager
    async def running(self, **options: Any) -> AsyncIterator[Log]:
        """The journal at work, until the block ends."""
        log = self.log(**options)
        log.start(lambda kept, reason: self.alarms.append((kept, reason)))
        try:
            yield log
        finally:
            await log.stop()
            self.store.close()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Log]:
        """The journal opened and closed again, without a loop."""
        log = self.log()
        try:
            yield log
        finally:
            log.close()
            self.store.close()

    def reader(self, *, follows: bool = False) -> Reader:
        """The journal as another process reads it, its file kept open if it `follows`."""
        return Reader(FileStore(self.journal, followed=follows), Wire(KeyStore(self.keys, writing=False)))

    def loaded(self) -> list[Step]:
        """Every step that a start would fold; none but steps, without a snapshot."""
        snapshot, following = self.reader().load()
        assert snapshot is None
        return list(following)

    async def write(self, first: int, last: int) -> None:
        """Keeps these steps, each with its kept number, and closes."""
        async with self.running() as log:
            log.keep(steps(first, last))
            assert await log.kept(last)


async def until(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Waits for `condition`."""
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110  what is waited for happens in another thread or process
            await asyncio.sleep(0.005)
