"""The kernel's memory: opening the journal, folding it into a kernel, and taking snapshots of one."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from sqlalchemy import URL

from core.errors import JournalFault
from core.mind import Configurations
from core.step import Step
from core.wire import Wire
from journal.key_file import KeyFile
from journal.keys import KeyStore
from journal.ledger import Ledger
from journal.log import Log
from journal.postgres import JOURNAL_SCHEMA, PostgresKeys, PostgresStore, address, engine_for
from journal.reading import Reader
from journal.recordings import Folder, Rows, SealedRecordings
from journal.shelf import Shelf
from journal.snapshot import Snapshot
from journal.store import FileStore, Store, Synchronous
from runtime.kernel import Kernel
from runtime.places import Places
from runtime.process import growing
from runtime.settings import JournalSettings, compile_content
from runtime.settings.servers import secret_of

log = logging.getLogger("allo.memory")

LEDGER: Final = "conservation.db"


class Reading(Protocol):
    """What can be asked of a journal that somebody else may be writing."""

    def last_seq(self) -> int: ...

    def steps(
        self,
        interaction: str | None = None,
        since_seq: int | None = None,
        until_seq: int | None = None,
        holding: Collection[str] = (),
    ) -> Iterator[Step]: ...


def keys_beside(journal: Path) -> Path:
    """Keys rest apart from what they open, so that the two can be backed up, and erased, apart."""
    return journal.parent.parent / "keys" / f"{journal.stem}.keys.db"


def reader(journal: Path, *, follows: bool = False) -> Reader:
    """Reads the file `journal` with its keys, many times a second if it `follows` it; raises JournalFault."""
    return Reader(FileStore(journal, followed=follows), Wire(KeyStore(keys_beside(journal), writing=False)))


def reading(settings: JournalSettings, places: Places, *, follows: bool = False) -> Reader:
    """Reads the configured journal, as `reader`; raises JournalFault, also when there is none yet."""
    if settings.url:
        store, shelf = _servers(settings, writing=False)
        return Reader(store, Wire(KeyStore(shelf)))
    path = places.under(settings.path)
    if not path.exists():
        raise JournalFault("Aucun journal encore : démarrez le centre par ./allo up ou ./allo demo.")
    return reader(path, follows=follows)


def shared_keys(settings: JournalSettings) -> KeyStore:
    """The keys in PostgreSQL, for an edge that seals and opens in a process of its own; raises JournalFault."""
    return KeyStore(PostgresKeys(_keys_address(settings)))


@contextlib.contextmanager
def pruning(settings: JournalSettings, places: Places) -> Iterator[tuple[Reader, Wire, Store, Shelf]]:
    """The journal and its keys, to take out what is old beside whoever writes; raises JournalFault."""
    store: Store
    shelf: Shelf
    if settings.url:
        store, shelf = _servers(settings, writing=False)
    else:
        path = places.under(settings.path)
        if not path.exists():
            raise JournalFault("Aucun journal encore : il n'y a rien à retirer.")
        store, shelf = FileStore(path), KeyFile(keys_beside(path), writing=False)
    wire = Wire(KeyStore(shelf))
    try:
        yield Reader(store, wire), wire, store, shelf
    finally:
        shelf.close_reading()
        shelf.close_writing()


def make_ledger(settings: JournalSettings, places: Places) -> Ledger:
    """Holds, and whose interactions are, beside the journal; its tables in PostgreSQL are the kernel's start's to make.

    Raises SQLAlchemyError or OSError.
    """
    if not settings.url:
        return Ledger(places.under(settings.path).with_name(LEDGER))
    return Ledger(engine_for(address(settings.url, secret_of(settings.secret_env)), JOURNAL_SCHEMA))


def make_recordings(settings: JournalSettings, places: Places) -> SealedRecordings:
    """What callers have recorded, where the configuration says; to be opened by `use` with the journal's keys."""
    if not settings.url:
        return SealedRecordings(Folder(places.messages))
    return SealedRecordings(Rows(engine_for(address(settings.url, secret_of(settings.secret_env)), JOURNAL_SCHEMA)))


def led(settings: JournalSettings) -> bool:
    """Whether a kernel leads the journal in PostgreSQL now, or nobody can say."""
    return PostgresStore(address(settings.url, secret_of(settings.secret_env))).led()


def _servers(settings: JournalSettings, *, writing: bool) -> tuple[PostgresStore, PostgresKeys]:
    store = PostgresStore(address(settings.url, secret_of(settings.secret_env)))
    return store, PostgresKeys(_keys_address(settings), writing=writing, make=writing)


def _keys_address(settings: JournalSettings) -> URL:
    return address(settings.keys_url or settings.url, secret_of(settings.secret_env))


class Kept(Protocol):
    """A journal, as far as a kernel is folded from it."""

    def load(self) -> tuple[Snapshot | None, Iterator[Step]]: ...

    def configuration(self, digest: str) -> bytes | None: ...


def fold(kept: Kept, wire: Wire, configurations: Configurations) -> Kernel:
    """A kernel in the state that the journal tells, with every configuration that its steps name."""
    kernel = Kernel(configurations)
    snapshot, steps = kept.load()
    if snapshot is not None:
        _restore(kernel, snapshot, kept, wire)
    for step in steps:
        for fact in (step.input, *step.facts):
            digest = getattr(fact, "digest", None)
            if isinstance(digest, str):
                _know(kernel, digest, kept)
        kernel.fold(step)
    return kernel


def _know(kernel: Kernel, digest: str, kept: Kept) -> None:
    if digest in kernel.configurations.by_digest:
        return
    content = kept.configuration(digest)
    if content is None:
        # Lost with a damaged journal.  Today's serves instead; a dialogue that it does not fit takes the safe path.
        log.error("configuration %s… absente du journal : celle d'aujourd'hui la remplace", digest[:12])
        kernel.configurations.by_digest[digest] = kernel.configurations.now
    else:
        kernel.configurations.add(compile_content(content))


def _restore(kernel: Kernel, snapshot: Snapshot, kept: Kept, wire: Wire) -> None:
    tables = kernel.tables()
    for name, rows in snapshot.tables.items():
        if name not in tables:
            continue
        table, kind = tables[name]
        restored: dict[str, Any] = wire.decode_rows(kind, rows, snapshot.seq)
        for key, row in restored.items():
            digest = getattr(row, "digest", None)
            if isinstance(digest, str):
                _know(kernel, digest, kept)
            table.put(key, row)
    kernel.resume(snapshot.seq, snapshot.now_ms)


class Memory:
    """The journal, its keys and the wire between, opened for writing."""

    def __init__(self, store: Store, keys: KeyStore) -> None:
        """Raises JournalFault with the remedy."""
        self.keys = keys
        self.wire = Wire(self.keys)
        try:
            self.log = Log(store, self.wire, self.keys.save)
        except BaseException:
            self.keys.close()
            raise

    @classmethod
    def file(cls, journal: Path, *, durable: bool) -> Memory:
        """In the SQLite file `journal`."""
        synchronous: Synchronous = "FULL" if durable else "NORMAL"
        return cls(FileStore(journal, synchronous), KeyStore(keys_beside(journal), synchronous))

    @classmethod
    def configured(cls, settings: JournalSettings, places: Places) -> Memory:
        """Where the configuration says."""
        if not settings.url:
            return cls.file(places.under(settings.path), durable=settings.durable)
        store, shelf = _servers(settings, writing=True)
        return cls(store, KeyStore(shelf))

    @property
    def epoch(self) -> int:
        """Counts the kernels that led this journal; 0 for a file, which only one process ever opens."""
        return self.log.store.epoch

    def recover(self, configurations: Configurations) -> Kernel:
        """A kernel in the state that the journal tells, with every configuration that its steps name."""
        with growing():
            kernel = fold(self.log, self.wire, configurations)
        # Steps that fell out while the disk refused them are counted all the same.
        kernel.resume(max(kernel.seq, self.log.last_seq), kernel.now_ms)
        return kernel

    def snapshot_of(self, kernel: Kernel) -> Unwritten:
        """The kernel's rows as they are now; cheap, for rows are frozen.  Encode it off the loop."""
        return Unwritten(
            seq=kernel.seq,
            now_ms=kernel.now_ms,
            rows={name: dict(table.items()) for name, (table, _) in kernel.tables().items()},
        )

    def encoded(self, unwritten: Unwritten) -> Snapshot:
        tables = {name: self.wire.encode_rows(rows) for name, rows in unwritten.rows.items()}
        return Snapshot(seq=unwritten.seq, now_ms=unwritten.now_ms, tables=tables)


class Unwritten(msgspec.Struct, frozen=True, kw_only=True):
    """A kernel's state at one step, not yet bytes."""

    seq: int
    now_ms: int
    rows: dict[str, dict[str, Any]]
