"""The keys of the citizens' records rest with the others, where every process can use them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "tenants", sa.Column("tenant", sa.String, primary_key=True), sa.Column("key", sa.LargeBinary, nullable=False)
    )


def downgrade() -> None:
    op.drop_table("tenants")
