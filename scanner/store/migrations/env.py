"""Alembic's entry: the connection and its transaction belong to `scanner.store.database`."""

from alembic import context

from scanner.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
