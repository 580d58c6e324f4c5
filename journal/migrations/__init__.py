"""The tables of PostgreSQL, made and changed by alembic in steps that go both ways: `up` before a kernel writes, `down`
before an older release is installed again.

Trees that know nothing of one another, each for a schema of its own: `versions_journal` and `versions_keys`, which rest
apart; `versions_outbox` of the webhooks; `versions_accounts` of those who log in; `versions_records` of the citizens.

A centre that keeps everything in files never loads alembic, an eighth of its start.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import Connection, text

from core.errors import JournalFault

if TYPE_CHECKING:
    from alembic.config import Config

Tree = Literal["journal", "keys", "outbox", "accounts", "records"]

# Two processes may start at once on a new database; any number that nobody else there uses.
_MAKING_LOCK: Final = 0x416C6C6D

_HERE: Final = Path(__file__).resolve().parent


def up(connection: Connection, tree: Tree, schema: str, revision: str = "head") -> None:
    """Brings the tables in `schema` up to `revision`, today's if nothing is said; commits.

    Raises JournalFault for tables of a newer release.
    """
    from alembic import command
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING_LOCK})"))
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    config = _config(connection, tree)
    stands = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if stands is not None and stands not in known:
        raise JournalFault(
            f"Les tables PostgreSQL « {schema} » sont en version {stands}, que cette version d'Allo ne connaît pas. "
            "Installez la version d'Allo qui les a écrites, ou une plus récente."
        )
    command.upgrade(config, revision)
    connection.commit()


def down(connection: Connection, tree: Tree, revision: str = "base") -> None:
    """Takes the tables back to `revision`, what they cannot hold is lost; commits."""
    from alembic import command

    command.downgrade(_config(connection, tree), revision)
    connection.commit()


def _config(connection: Connection, tree: Tree) -> Config:
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    for option, value in (
        ("script_location", str(_HERE)),
        ("version_locations", str(_HERE / f"versions_{tree}")),
        ("path_separator", "newline"),
    ):
        config.set_main_option(option, value.replace("%", "%%"))
    return config
