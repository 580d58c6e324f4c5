"""Where outbox, records, passwords and sessions rest: in files of the run directory, or in PostgreSQL where the journal
does.

Each has a schema of its own there; passwords, sessions and the records' keys stand beside the other keys
(`journal.keys_url`), since they let people in, or open what they see.  A demonstration has schemas of its own, too:
those of a real centre stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from sqlalchemy import URL, Engine

from crm_bridge.keys import RecordKeys
from journal import migrations
from journal.postgres import ACCOUNTS_SCHEMA, KEYS_SCHEMA, OUTBOX_SCHEMA, RECORDS_SCHEMA, address, engine_for
from runtime.places import Places
from runtime.settings.crm import RecordsSettings
from runtime.settings.servers import JournalSettings, secret_of
from softphone_ui.accounts import Opened, PasswordRows, SessionRows
from softphone_ui.kept_sessions import Kept
from softphone_ui.passwords import PasswordFile, Passwords
from softphone_ui.tokens import Tokens

_DEMONSTRATION: Final = "_demonstration"


def make_passwords(where: JournalSettings, places: Places, hasher: PasswordHasher | None = None) -> Passwords:
    """Raises ConfigurationFault for a secret that is not set."""
    return Passwords(PasswordRows(_accounts(where, places)) if where.url else places.passwords, hasher)


def make_tokens(where: JournalSettings, places: Places) -> Tokens:
    """Raises ConfigurationFault for a secret that is not set."""
    return Tokens(PasswordRows(_accounts(where, places)) if where.url else PasswordFile(places.tokens))


def make_sessions(where: JournalSettings, places: Places) -> Kept | Path:
    """Raises ConfigurationFault for a secret that is not set."""
    return SessionRows(_accounts(where, places)) if where.url else places.sessions


def outbox_place(where: JournalSettings, places: Places) -> Callable[[], Engine | Path]:
    """Gives the outbox's place, its tables made; that raises SQLAlchemyError, OSError or AlloError.

    Raises ConfigurationFault for a secret that is not set.
    """
    if not where.url:
        return lambda: places.outbox
    url = address(where.url, secret_of(where.secret_env))
    return lambda: _made(url, "outbox", _named(OUTBOX_SCHEMA, places))


def records_place(where: RecordsSettings, places: Places) -> Callable[[], Engine | Path]:
    """Gives the records' place, its tables made; that raises SQLAlchemyError, OSError or AlloError.

    Raises ConfigurationFault for a secret that is not set.
    """
    if not where.url:
        return lambda: places.under(where.path)
    url = address(where.url, secret_of(where.secret_env))
    return lambda: _made(url, "records", _named(RECORDS_SCHEMA, places))


def record_keys(where: RecordsSettings, places: Places) -> RecordKeys:
    """The keys of the records; raises ConfigurationFault for a secret that is not set."""
    if not where.keys_url:
        return RecordKeys(places.record_keys)
    url = address(where.keys_url, secret_of(where.keys_secret_env))
    return RecordKeys(places.record_keys, lambda: _made(url, "keys", KEYS_SCHEMA))


def _accounts(where: JournalSettings, places: Places) -> Opened:
    url = address(where.keys_url or where.url, secret_of(where.secret_env))
    return Opened(lambda: _made(url, "accounts", _named(ACCOUNTS_SCHEMA, places)))


def _named(schema: str, places: Places) -> str:
    return schema + _DEMONSTRATION if places.demonstration else schema


def _made(url: URL, tree: migrations.Tree, schema: str) -> Engine:
    engine = engine_for(url, schema, keep_open=True)
    with engine.connect() as connection:
        migrations.up(connection, tree, schema)
    return engine
