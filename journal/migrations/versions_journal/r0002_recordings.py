"""Sealed recordings of callers rest beside the journal, where every process can give them to who may listen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("message", sa.String, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("kept_at_ms", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("recordings")
