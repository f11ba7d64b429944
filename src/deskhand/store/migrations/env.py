"""Alembic's entry point: runs the steps on the connection that `migrate.py` hands over, in its transaction."""

from alembic import context

from deskhand.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
