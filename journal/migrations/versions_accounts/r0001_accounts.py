"""Passwords and sessions of the first release that can keep them in PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "passwords",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("mark", sa.String, nullable=False),
        sa.Column("began_s", sa.Double, nullable=False),
        sa.Column("seen_s", sa.Double, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("sessions")
    op.drop_table("passwords")
