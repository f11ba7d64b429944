"""Receipts of compactions, private to the conversation's owner; and turns are indexed anew, with their passages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_PERSON = "current_setting('deskhand.subject', true)"
_EVERYONE = "current_setting('deskhand.everyone', true) = 'on'"


def upgrade() -> None:
    """Make the table and its policy, and forget the turns."""
    op.create_table(
        "receipt",
        sa.Column("conversation", sa.Text, sa.ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("taken_back", sa.Integer, nullable=False, server_default="0"),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("entry_by_change", "entry", ["subject", "stream", "revision"])
    if op.get_bind().dialect.name == "postgresql":
        _keep_to_the_owner()
        op.execute("SELECT set_config('deskhand.everyone', 'on', true)")
    _forget_turns()
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT set_config('deskhand.everyone', '', true)")


def _keep_to_the_owner() -> None:
    of = f"SELECT 1 FROM conversation AS c WHERE c.id = receipt.conversation AND c.owner = {_PERSON}"
    mine = f"EXISTS ({of}) OR {_EVERYONE}"
    op.execute("ALTER TABLE receipt ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE receipt FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY receipt_is_private ON receipt USING ({mine}) WITH CHECK ({mine})")


def _forget_turns() -> None:
    """Long messages, tool calls and results have passages in the index from now on.

    What is indexed of a conversation is taken for complete up to its last entry, so old turns would never get theirs:
    they go, and the next search or the background indexes them again, as it does the first time. Who keeps entries in
    memory reads them anew, because `cleared` says that some went away.
    """
    op.execute("DELETE FROM entry WHERE kind = 'turn'")
    op.execute("UPDATE memory_owner SET turns_until = NULL, revision = revision + 1, cleared = revision + 1")
