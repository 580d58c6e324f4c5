"""centre.yaml, what a centre of several processes shares: the journal's place and the bus."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

import msgspec

from core.errors import ConfigurationFault
from runtime.settings import values
from runtime.settings.reading import Fields

JOURNAL: Final = ("postgresql",)
# A year, so that a report compares months; not less than a person's message may wait, and not for ever.
KEPT_DAYS: Final = 365
KEPT_DAYS_LEAST: Final = 7
KEPT_DAYS_MOST: Final = 3_650
BUS: Final = ("redis", "rediss", "unix")
# What an environment says of the servers goes before what the files say: the same files serve on every machine.
JOURNAL_URL: Final = "ALLO_JOURNAL_URL"
BUS_URL: Final = "ALLO_BUS_URL"


class JournalSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the journal stands: a SQLite file, a relative `path` begins at the run directory; or PostgreSQL at `url`.

    `durable` waits for the disk at each commit of a file; PostgreSQL always does.  `secret_env` names the variable with
    PostgreSQL's password.  Keys rest beside the journal's file, or at `keys_url` (empty: in the same database).
    `./allo prune` takes out what is older than `kept_days`.
    """

    path: Path = Path("journal/allo.db")
    durable: bool = False
    url: str = ""
    secret_env: str | None = None
    keys_url: str = ""
    kept_days: int = KEPT_DAYS


class BusSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How processes reach one another: Redis or Valkey at `url`; empty: everything is one process."""

    url: str = ""
    secret_env: str | None = None


def secret_of(variable: str | None) -> str | None:
    """What the environment's `variable` holds, None when none is named; raises ConfigurationFault if it is not set."""
    if variable is None:
        return None
    try:
        return os.environ[variable]
    except KeyError:
        raise ConfigurationFault(
            [f"secret_env: la variable d'environnement '{variable}' n'est pas définie : définissez-la"]
        ) from None


def read_journal(root: Fields) -> JournalSettings:
    """The block `journal`."""
    told = os.environ.get(JOURNAL_URL, "")
    fields = root.block("journal")
    if fields is None:
        return JournalSettings(url=told)
    journal = JournalSettings(
        path=Path(fields.value("path", written_path, "journal/allo.db", "journal/allo.db")),
        durable=fields.flag("durable", False),
        url=fields.value("url", lambda written: written_url(written, JOURNAL), "", ""),
        secret_env=_variable(fields),
        keys_url=fields.value("keys_url", lambda written: written_url(written, JOURNAL), "", ""),
        kept_days=fields.integer("kept_days", KEPT_DAYS, KEPT_DAYS_LEAST, KEPT_DAYS_MOST),
    )
    if journal.url and fields.node("path", required=False) is not None:
        what = "path et url à la fois : gardez path pour un fichier, ou url pour PostgreSQL"
        root.faults.add(fields.mark_of("url"), "journal.url", what)
    if journal.keys_url and not journal.url:
        root.faults.add(fields.mark_of("keys_url"), "journal.keys_url", "sans url : les clés d'un fichier sont à côté")
    fields.close()
    return msgspec.structs.replace(journal, url=told) if told else journal


def read_bus(root: Fields, journal: JournalSettings) -> BusSettings:
    """The block `bus`; processes that meet on it share a journal in PostgreSQL."""
    told = os.environ.get(BUS_URL, "")
    fields = root.block("bus")
    if fields is None:
        return BusSettings(url=told)
    bus = BusSettings(
        url=fields.value("url", lambda written: written_url(written, BUS), ""), secret_env=_variable(fields)
    )
    if bus.url and not journal.url:
        what = "demande un journal que tous les processus atteignent : donnez journal.url (postgresql://…)"
        root.faults.add(fields.mark_of("url"), "bus.url", what)
    fields.close()
    return msgspec.structs.replace(bus, url=told) if told else bus


def _variable(fields: Fields) -> str | None:
    return fields.name("secret_env", values.VARIABLE, values.VARIABLE_SAID, "").text or None


def written_url(written: str, schemes: tuple[str, ...]) -> str:
    """A server's address without a password in it."""
    example = "postgresql://allo@localhost/allo" if schemes == JOURNAL else "redis://localhost:6379"
    try:
        parts = urlsplit(written)
        password = parts.password
        _ = parts.port
    except ValueError:
        raise values.Unfit(f"n'est pas une adresse, écrivez par exemple {example}") from None
    if parts.scheme not in schemes or "\n" in written or len(written) > 500:
        raise values.Unfit(f"n'est pas une adresse de ce genre, écrivez par exemple {example}")
    if password is not None:
        raise values.Unfit("porte un mot de passe : ôtez-le et nommez par secret_env la variable qui le porte")
    return written


def written_path(written: str) -> str:
    """A path as a person writes one."""
    if not written.strip() or "\n" in written or len(written) > 500:
        raise values.Unfit("n'est pas un chemin, écrivez par exemple journal/allo.db")
    if ".." in PurePosixPath(written).parts:
        raise values.Unfit("ne remonte pas avec « .. », donnez un chemin absolu")
    return written
