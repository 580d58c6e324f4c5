"""The journal of the first release that can rest in PostgreSQL: as in a SQLite file, and who leads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "steps",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("now_ms", sa.BigInteger, nullable=False),
        sa.Column("interaction", sa.String),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("crc", sa.BigInteger, nullable=False),
    )
    op.create_index("steps_of", "steps", ["interaction"], postgresql_where=sa.text("interaction IS NOT NULL"))
    op.create_table(
        "touched",
        sa.Column("interaction", sa.String, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "snapshots",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("crc", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "configurations",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("kept_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "gaps",
        sa.Column("first_seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
    )
    op.create_table(
        "meta", sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
    )
    op.create_table(
        "leadership",
        sa.Column("one", sa.Boolean, sa.CheckConstraint("one"), primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
    )
    op.execute(
        "CREATE VIEW readable AS "
        "SELECT seq, now_ms, interaction, name, convert_from(record, 'UTF8') AS record FROM steps"
    )


def downgrade() -> None:
    op.execute("DROP VIEW readable")
    for table in ("leadership", "meta", "gaps", "configurations", "snapshots", "touched", "steps"):
        op.drop_table(table)
