"""The outbox, and the rules that answer mail; private to the person, on PostgreSQL by its own law too."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    _outbox()
    op.create_table(
        "mail_rule",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("subject", "id")),
        sa.Column("enabled", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("body", "created", "changed")),
    )
    op.create_table(
        "mail_answer",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("subject", "rule", "mail")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("thread", "recipient", "at", "outcome", "detail")),
    )
    op.create_index("mail_answer_by_time", "mail_answer", ["subject", "rule", "at"])
    if op.get_bind().dialect.name == "postgresql":
        for table in ("outbox", "mail_rule", "mail_answer"):
            _keep_to_the_person(table)


def _outbox() -> None:
    op.create_table(
        "outbox",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("subject", "key")),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("kind", "state", "title", "preview", "account", "digest", "payload")
        ),
        sa.Column("content", sa.LargeBinary),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("result", "error", "claim")),
        sa.Column("asks", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("created", "changed")),
    )
    op.create_index("outbox_by_time", "outbox", ["subject", "created"])
    op.create_index("outbox_by_digest", "outbox", ["subject", "digest"])


def _keep_to_the_person(table: str) -> None:
    mine = "subject = current_setting('deskhand.subject', true) OR current_setting('deskhand.everyone', true) = 'on'"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_is_private ON {table} USING ({mine}) WITH CHECK ({mine})")
