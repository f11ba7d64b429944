"""Memories, their links, and what search knows of them; private to the person, on PostgreSQL by its own law too."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_PRIVATE = ("memory_owner", "memory", "memory_link", "entry")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "memory_owner",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("cleared", sa.BigInteger, nullable=False),
        sa.Column("turns_until", sa.Text),
    )
    _memory()
    op.create_table(
        "memory_link",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("subject", "id", "other")),
        sa.Column("relation", sa.Text, nullable=False),
    )
    _entry()
    if op.get_bind().dialect.name == "postgresql":
        for table in _PRIVATE:
            _keep_to_the_person(table)


def _memory() -> None:
    op.create_table(
        "memory",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text),
        sa.Column("valid_from", sa.Text),
        sa.Column("valid_to", sa.Text),
        sa.Column("expires_at", sa.Text),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("replaced_at", sa.Text),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
    )


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("position", sa.Double, nullable=False),
        sa.Column("starts", sa.Double, nullable=False),
        sa.Column("ends", sa.Double),
        sa.Column("terms", sa.LargeBinary, nullable=False),
        sa.Column("vector", sa.LargeBinary),
        sa.Column("model", sa.Text),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.create_index("entry_by_revision", "entry", ["subject", "revision"])
    op.create_index("entry_by_stream", "entry", ["subject", "stream", "position"])


def _keep_to_the_person(table: str) -> None:
    """Row-level security, for the tables' owner too: a statement that forgot its WHERE sees one person's rows.

    `deskhand.everyone` is for work on whole tables: backup, restore, the list of who has memories.
    """
    mine = "subject = current_setting('deskhand.subject', true) OR current_setting('deskhand.everyone', true) = 'on'"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_is_private ON {table} USING ({mine}) WITH CHECK ({mine})")
