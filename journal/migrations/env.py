"""What alembic runs: the migrations of one tree, on the connection that journal.migrations gives it."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
