"""PostgreSQL's tables: made, taken back and made again; and the same as those that the code speaks of."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect, text

from core.errors import JournalFault
from crm_bridge import keys, outbox, tables
from journal import ledger, migrations
from journal.key_file import KEYS_METADATA
from journal.migrations import Tree
from journal.postgres import (
    ACCOUNTS_SCHEMA,
    JOURNAL_SCHEMA,
    KEYS_SCHEMA,
    LEADERSHIP,
    OUTBOX_SCHEMA,
    RECORDS_SCHEMA,
    address,
    engine_for,
)
from journal.recordings import RECORDINGS
from journal.tables import METADATA
from softphone_ui import accounts
from tests import servers

TREES: tuple[tuple[Tree, str, tuple[MetaData, ...]], ...] = (
    ("journal", JOURNAL_SCHEMA, (METADATA, LEADERSHIP.metadata, RECORDINGS.metadata, ledger.METADATA)),
    ("keys", KEYS_SCHEMA, (KEYS_METADATA, keys.METADATA)),
    ("records", RECORDS_SCHEMA, (tables.METADATA,)),
    ("outbox", OUTBOX_SCHEMA, (outbox.METADATA,)),
    ("accounts", ACCOUNTS_SCHEMA, (accounts.METADATA,)),
)


def _differences(connection: Connection, said: tuple[MetaData, ...]) -> list[object]:
    """What alembic would still have to change."""
    every = MetaData()
    for metadata in said:
        for table in metadata.tables.values():
            table.to_metadata(every)
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), every))


@pytest.mark.parametrize(("tree", "schema", "said"), TREES, ids=[tree for tree, _, _ in TREES])
def test_up_gives_the_tables_that_the_code_speaks_of_and_down_takes_them_away(
    tree: Tree, schema: str, said: tuple[MetaData, ...]
) -> None:
    with engine_for(address(servers.database()), schema).connect() as connection:
        for _ in range(2):
            migrations.up(connection, tree, schema)
            assert _differences(connection, said) == []
            migrations.down(connection, tree)
            assert inspect(connection).get_table_names() == ["alembic_version"]
            connection.rollback()


def test_up_twice_changes_nothing() -> None:
    with engine_for(address(servers.database()), KEYS_SCHEMA).connect() as connection:
        migrations.up(connection, "keys", KEYS_SCHEMA)
        connection.execute(text("INSERT INTO keys VALUES ('i', 'number', NULL)"))
        connection.commit()
        migrations.up(connection, "keys", KEYS_SCHEMA)
        assert connection.execute(text("SELECT count(*) FROM keys")).scalar_one() == 1


def test_tables_of_a_newer_release_are_left_alone() -> None:
    with engine_for(address(servers.database()), KEYS_SCHEMA).connect() as connection:
        migrations.up(connection, "keys", KEYS_SCHEMA)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
        with pytest.raises(JournalFault, match="9999"):
            migrations.up(connection, "keys", KEYS_SCHEMA)
