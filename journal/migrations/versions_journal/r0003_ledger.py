"""What a purge may not touch, and whose each interaction is, stand beside the journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("interaction", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "owners",
        sa.Column("interaction", sa.String, primary_key=True),
        sa.Column("tenant", sa.String, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("owners")
    op.drop_table("holds")
