"""How the tables came to be: one module a step, applied by Alembic in order."""

HEAD = "0006"
"""The newest step. Written here too, so that a database that is up to date opens without importing Alembic."""
