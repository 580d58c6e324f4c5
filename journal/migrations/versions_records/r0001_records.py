"""The citizens' records of the first release that keeps them in a schema of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.String(32), nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "numbers",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("number", sa.String(32), primary_key=True),
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("confirmed_at_ms", sa.BigInteger),
    )
    op.create_index("numbers_of", "numbers", ["tenant", "person"])
    op.create_table(
        "names",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("person", sa.String(32), primary_key=True),
    )
    op.create_index("names_of", "names", ["tenant", "person"])
    op.create_table(
        "readings",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("agent", sa.String(80), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("interaction", sa.String(40)),
    )
    op.create_index("readings_of", "readings", ["tenant", "person"])
    op.create_table(
        "keys", sa.Column("tenant", sa.String(40), primary_key=True), sa.Column("check", sa.String(32), nullable=False)
    )


def downgrade() -> None:
    for table in ("keys", "readings", "names", "numbers", "people"):
        op.drop_table(table)
