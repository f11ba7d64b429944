"""Conversations, their messages and outputs are private to their owner on PostgreSQL by its own law too."""

from alembic import op

revision = "0003"
down_revision = "0002"

_PERSON = "current_setting('deskhand.subject', true)"
_EVERYONE = "current_setting('deskhand.everyone', true) = 'on'"


def upgrade() -> None:
    """Make the policies; SQLite knows none."""
    if op.get_bind().dialect.name != "postgresql":
        return
    _keep("conversation", f"owner = {_PERSON} OR {_EVERYONE}")
    for table in ("message", "output"):
        of = f"SELECT 1 FROM conversation AS c WHERE c.id = {table}.conversation AND c.owner = {_PERSON}"
        _keep(table, f"EXISTS ({of}) OR {_EVERYONE}")


def _keep(table: str, mine: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_is_private ON {table} USING ({mine}) WITH CHECK ({mine})")
