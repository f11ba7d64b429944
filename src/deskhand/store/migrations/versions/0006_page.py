"""What the web page keeps: who visits it, what each turn looked like, what waits for an answer; branches of a talk."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_PERSON = "current_setting('deskhand.subject', true)"
_EVERYONE = "current_setting('deskhand.everyone', true) = 'on'"


def upgrade() -> None:
    """Make the tables, and give conversations their columns."""
    _visit()
    for name in ("branched_from", "superseded_by"):
        op.add_column("conversation", sa.Column(name, sa.Text))
    op.create_table(
        "turn_record",
        sa.Column("conversation", sa.Text, sa.ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("turn", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_index("question_by_owner", "question", ["owner"])
    if op.get_bind().dialect.name == "postgresql":
        of = "SELECT 1 FROM conversation AS c WHERE c.id = {table}.conversation AND c.owner = " + _PERSON
        _keep("turn_record", f"EXISTS ({of.format(table='turn_record')}) OR {_EVERYONE}")
        _keep("question", f"owner = {_PERSON} AND EXISTS ({of.format(table='question')}) OR {_EVERYONE}")


def _visit() -> None:
    op.create_table(
        "visit",
        sa.Column("digest", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("subject", "client", "scopes")),
        sa.Column("token", sa.Text),
        sa.Column("csrf", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("created", "expires")),
    )
    op.create_index("visit_by_subject", "visit", ["subject"])


def _keep(table: str, mine: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_is_private ON {table} USING ({mine}) WITH CHECK ({mine})")
