"""The keys of the first release that can keep them in PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("interaction", sa.String, primary_key=True),
        sa.Column("purpose", sa.String, primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("keys")
