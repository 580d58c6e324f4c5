"""Journal and keys in PostgreSQL, for a centre whose parts run as several processes.

The journal stands in the schema `allo_journal`, keys in `allo_keys` (of the same database or of another), so that
each can be backed up apart.  PostgreSQL answers for its own disk: nothing is salvaged here.

One kernel writes.  It leads while its session holds an advisory lock, and the very session that holds the lock does the
writing: PostgreSQL itself lets nobody else in before that session is gone, and then nothing more can come through it.
Each taking of the lead counts one up in `leadership`: that number, the epoch, goes with every order.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import psycopg
from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    MetaData,
    NullPool,
    QueuePool,
    String,
    Table,
    create_engine,
    delete,
    insert,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from core.errors import JournalFault
from core.ids import InteractionId
from core.personal import Purpose
from journal import migrations
from journal import snapshot as snapshots
from journal.key_file import KEYS, standing
from journal.salvage import Salvage
from journal.shelf import Found, Name
from journal.tables import settle

JOURNAL_SCHEMA: Final = "allo_journal"
KEYS_SCHEMA: Final = "allo_keys"
OUTBOX_SCHEMA: Final = "allo_outbox"
ACCOUNTS_SCHEMA: Final = "allo_accounts"
RECORDS_SCHEMA: Final = "allo_records"

# A server that does not take a connection within this is away.
CONNECT_S: Final = 2
# A statement whose bytes nobody acknowledges for so long ends with an error: a cable that was pulled says nothing.
SILENCE_MS: Final = 3_000
# The server's own look at a leader that went silent: five seconds, then three times two; then another may lead.
_KEEPALIVE: Final = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
# The loop looks up keys: after a server that was away it does not wait for it again before this.
AWAY_S: Final = 5.0
# Any number that nobody else in this database uses: "Allo".
LEAD_LOCK: Final = 0x416C6C6F

_HELD: Final = (
    f"EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = {LEAD_LOCK} "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)

LEADERSHIP: Final = Table(
    "leadership",
    MetaData(),
    Column("one", Boolean, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", String, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)

# What the operator can do about it, by the first letters of PostgreSQL's code.
_WORDS: Final = {
    "08": "la liaison est coupée",
    "28": "PostgreSQL refuse ce compte ou son mot de passe",
    "3D": "cette base n'existe pas",
    "42501": "ce compte n'a pas les droits qu'il faut",
    "42P01": "les tables ne sont pas là : le noyau les crée à son premier démarrage",
    "53100": "le disque de PostgreSQL est plein",
    "53": "PostgreSQL manque de place ou de connexions",
    "57": "PostgreSQL s'arrête ou redémarre",
}
# A connection that is refused brings no code, only English words.
_REFUSED: Final = (
    ('" does not exist', "3D"),
    ("authentication failed", "28"),
    ("no pg_hba.conf entry", "28"),
    ("no password supplied", "28"),
    ("too many", "53"),
    ("starting up", "57"),
    ("shutting down", "57"),
    ("", "08"),
)


class Led(JournalFault):
    """Another kernel leads; when it ends, the next may."""


class Deposed(JournalFault):
    """Another kernel leads now: this one must not write any more."""


def address(url: str, password: str | None = None) -> URL:
    """`postgresql://user@host/database` for our driver; the password comes from elsewhere."""
    made = make_url(url).set(drivername="postgresql+psycopg")
    return made.set(password=password) if password is not None else made


def why_postgres(error: BaseException) -> str:
    """What went wrong: words of ours where PostgreSQL's code says enough, else its own line, never its details."""
    cause = error.__cause__ or error
    if not isinstance(cause, psycopg.Error):
        return str(error)
    code = cause.sqlstate or ""
    if not code and isinstance(cause, psycopg.OperationalError):
        code = next(code for words, code in _REFUSED if words in str(cause))
    for length in (5, 2):
        if code[:length] in _WORDS:
            return _WORDS[code[:length]]
    return cause.diag.message_primary or type(cause).__name__


def engine_for(url: URL, schema: str, *, keep_open: bool = False) -> Engine:
    """Connections whose tables are those of `schema`; errors never show parameters: keys and records are among them.

    With `keep_open` they outlive their transactions, and are tried before they are used again.
    """
    return create_engine(
        url,
        poolclass=QueuePool if keep_open else NullPool,
        pool_pre_ping=keep_open,
        hide_parameters=True,
        connect_args={
            "options": f"-c search_path={schema} {_KEEPALIVE}",
            "connect_timeout": CONNECT_S,
            "tcp_user_timeout": SILENCE_MS,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "application_name": "allo",
        },
    )


class PostgresStore:
    """A Store in PostgreSQL.  `epoch` counts the kernels that led, this one included; 0 before `take`.

    `deposed` is set for good once another kernel leads.
    """

    remedy = "Vérifiez que PostgreSQL répond à cette adresse et que ce compte y a ses droits."
    mending = "Restaurez une sauvegarde de la base : PostgreSQL ne répare pas ce qu'un disque a perdu."

    def __init__(self, url: URL) -> None:
        self.said = url.render_as_string(hide_password=True).replace("+psycopg", "", 1)
        self.epoch = 0
        self.deposed = threading.Event()
        self._engine = engine_for(url, JOURNAL_SCHEMA)
        self._leading: Connection | None = None

    def reading(self) -> Engine:
        return self._engine

    def pruning(self) -> Engine:
        return self._engine

    def why(self, error: BaseException) -> str:
        return why_postgres(error)

    def take(self) -> tuple[int, Salvage | None]:
        try:
            connection = self._engine.connect()
            try:
                self._lock(connection)
                migrations.up(connection, "journal", JOURNAL_SCHEMA)
                with connection.begin():
                    self.epoch = _next_epoch(connection)
                    newest = snapshots.newest(connection)
                    last = settle(connection, newest.seq if newest else 0)
            except BaseException:
                _throw_away(connection)
                raise
        except SQLAlchemyError as error:
            raise JournalFault(
                f"Le journal {self.said} ne peut pas être ouvert ({self.why(error)}). {self.remedy}"
            ) from error
        self._leading = connection
        return last, None

    def connect(self) -> Connection:
        """The session that leads; after a lost one a new one, if nobody led meanwhile."""
        if self._leading is None:
            connection = self._engine.connect()
            try:
                self._lead_again(connection)
            except BaseException:
                _throw_away(connection)
                raise
            self._leading = connection
        return self._leading

    def check(self) -> None:
        if self.deposed.is_set():
            raise Deposed("un autre noyau a pris la main")

    def failed(self, error: BaseException) -> None:
        self._leading = None

    def tidy(self, connection: Connection, written_bytes: int) -> None:
        """PostgreSQL does this by itself."""

    def release(self) -> None:
        if self._leading is not None:
            _throw_away(self._leading)
            self._leading = None

    def led(self) -> bool:
        """Whether a kernel leads now, or nobody can say."""
        try:
            with self._engine.connect() as connection:
                return bool(connection.execute(select(text(_HELD))).scalar_one())
        except SQLAlchemyError:
            return True

    def look(self) -> None:
        """Raises Deposed if another kernel has led since we took the lead; a server that is away says nothing."""
        with contextlib.suppress(SQLAlchemyError), self._engine.connect() as connection:
            self._look_for_successor(connection)

    def leader(self) -> str:
        """Who led last, in words; empty when nobody ever did, or when nobody can say."""
        try:
            with self._engine.connect() as connection:
                row = connection.execute(select(LEADERSHIP.c.holder, LEADERSHIP.c.epoch)).one_or_none()
        except SQLAlchemyError:
            return ""
        return "" if row is None else f"{row.holder}, époque {row.epoch}"

    def _lock(self, connection: Connection) -> None:
        if not _locked(connection):
            who = self.leader() or "inconnu"
            raise Led(
                f"Le journal {self.said} a déjà un noyau qui le tient ({who}). Arrêtez-le, ou donnez une autre base à "
                "cette instance."
            )

    def _lead_again(self, connection: Connection) -> None:
        """Raises Deposed if another kernel led meanwhile, JournalFault while the server still holds our old session."""
        if not _locked(connection):
            self._look_for_successor(connection)
            raise JournalFault("PostgreSQL tient encore notre ancienne session")
        self._look_for_successor(connection)

    def _look_for_successor(self, connection: Connection) -> None:
        with connection.begin():
            epoch = connection.execute(select(LEADERSHIP.c.epoch)).scalar_one()
        if epoch != self.epoch:
            self.deposed.set()
            raise Deposed(f"un autre noyau a pris la main (époque {epoch}, la nôtre était {self.epoch})")


class PostgresKeys:
    """A Shelf in PostgreSQL, for every process that seals or opens."""

    shared = True
    salvage: str | None = None

    def __init__(self, url: URL, *, writing: bool = True, make: bool = False) -> None:
        """Makes the tables if told to (the kernel does); raises JournalFault with the remedy if it cannot.

        Else nothing is looked up yet: calls need an edge even while PostgreSQL is away.
        """
        self.writing = writing
        self._engine = engine_for(url, KEYS_SCHEMA)
        self._reader: Connection | None = None
        self._away_until_s = 0.0
        self._folds = make
        if make:
            self._make(url)

    def _make(self, url: URL) -> None:
        try:
            with self._engine.connect() as connection:
                migrations.up(connection, "keys", KEYS_SCHEMA)
        except SQLAlchemyError as error:
            said = url.render_as_string(hide_password=True).replace("+psycopg", "", 1)
            raise JournalFault(
                f"Les clés {said} ne peuvent pas être ouvertes ({why_postgres(error)}). {PostgresStore.remedy}"
            ) from error

    def find(self, name: Name) -> Found:
        if time.monotonic() < self._away_until_s:
            raise OperationalError("", None, Exception("away a moment ago"))
        try:
            return self._find(name)
        except SQLAlchemyError:
            # A server that was restarted has closed our session: the second attempt is on a new one.
            self.close_reading()
            try:
                return self._find(name)
            except SQLAlchemyError:
                self.close_reading()
                self._away_until_s = time.monotonic() + AWAY_S
                raise

    def _find(self, name: Name) -> Found:
        if self._reader is None:
            self._reader = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        chosen = select(KEYS.c.key).where(KEYS.c.interaction == name[0], KEYS.c.purpose == name[1])
        row = self._reader.execute(chosen).one_or_none()
        return None if row is None else (row[0],)

    def newest(self, most: int) -> Sequence[tuple[InteractionId, Purpose, bytes | None]]:
        """Only for the kernel, which folds what they seal; and that PostgreSQL answers is known."""
        if not self._folds:
            return ()
        chosen = select(KEYS).order_by(KEYS.c.interaction.desc()).limit(most)
        with self._engine.connect() as connection:
            return [(of, purpose, key) for of, purpose, key in connection.execute(chosen)]

    def standing(self, purpose: Purpose, before: InteractionId, after: InteractionId, most: int) -> list[InteractionId]:
        chosen = standing(purpose, before, after).limit(most)
        with self._engine.connect() as connection:
            return [of for (of,) in connection.execute(chosen)]

    def add(self, keys: Mapping[Name, bytes]) -> Sequence[Name]:
        """Those that are new: they can be used while the server is away."""
        made = postgresql.insert(KEYS).on_conflict_do_nothing().returning(KEYS.c.interaction, KEYS.c.purpose)
        with self._engine.begin() as connection:
            return [(of, purpose) for of, purpose in connection.execute(made, _rows(keys.items()))]

    def erase(self, names: Sequence[Name]) -> None:
        """The row's old version goes with PostgreSQL's next vacuum of the table, which is asked for by `scrub`."""
        with self._engine.begin() as connection:
            for of, purpose in names:
                connection.execute(delete(KEYS).where(KEYS.c.interaction == of, KEYS.c.purpose == purpose))
            connection.execute(insert(KEYS), _rows((name, None) for name in names))

    def forget(self, interactions: Collection[InteractionId]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(KEYS).where(KEYS.c.interaction.in_(interactions)))

    def scrub(self) -> bool:
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM keys"))
        except SQLAlchemyError:
            return False
        return True

    def close_reading(self) -> None:
        if self._reader is not None:
            _throw_away(self._reader)
            self._reader = None

    def close_writing(self) -> None:
        """Each write has its own connection."""


def _rows(keys: Any) -> list[dict[str, Any]]:
    return [{"interaction": of, "purpose": purpose, "key": key} for (of, purpose), key in keys]


def _locked(connection: Connection) -> bool:
    with connection.begin():
        return bool(connection.execute(select(text(f"pg_try_advisory_lock({LEAD_LOCK})"))).scalar_one())


def _next_epoch(connection: Connection) -> int:
    who = {"holder": f"{socket.gethostname()}, processus {os.getpid()}", "since_ms": time.time_ns() // 1_000_000}
    led = connection.execute(select(LEADERSHIP.c.epoch)).scalar_one_or_none()
    if led is None:
        connection.execute(insert(LEADERSHIP).values(one=True, epoch=1, **who))
        return 1
    connection.execute(update(LEADERSHIP).values(epoch=led + 1, **who))
    return int(led) + 1


def _throw_away(connection: Connection) -> None:
    """Ends the session, and with it the lock that it may hold."""
    if not connection.closed:
        connection.invalidate()
        connection.close()
