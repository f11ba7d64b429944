"""Tokens, audit, conversations and consent.

The first databases had these very tables before Alembic watched over them; there only their list of versions goes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, or adopt them."""
    if sa.inspect(op.get_bind()).has_table("schema_version"):
        op.drop_table("schema_version")
        _adopt()
        return
    _token()
    _audit()
    _conversations()
    _consent()


def _adopt() -> None:
    """Make what an older database has not: it made each table at its first use."""
    existing = set(sa.inspect(op.get_bind()).get_table_names())
    makers = {"token": _token, "audit": _audit, "conversation": _conversations, "pinned_tool": _consent}
    for table, make in makers.items():
        if table not in existing:
            make()
    if "audit" in existing:
        op.execute("CREATE INDEX IF NOT EXISTS audit_by_time ON audit (at)")


def _token() -> None:
    op.create_table(
        "token",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("last_used", sa.BigInteger),
        sa.Column("revoked", sa.BigInteger),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("milliseconds", sa.Double, nullable=False),
        sa.Column("arguments_hash", sa.Text, nullable=False),
    )
    op.create_index("audit_by_subject", "audit", ["subject", "id"])
    op.create_index("audit_by_time", "audit", ["at"])


def _conversations() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("updated", sa.Text, nullable=False),
    )
    op.create_index("conversation_owner", "conversation", ["owner", "updated"])
    op.create_table(
        "message",
        sa.Column("conversation", sa.Text, _of_conversation(), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("moved_out", sa.Integer, nullable=False, server_default="0"),
        sa.UniqueConstraint("conversation", "id"),
    )
    op.create_table(
        "output",
        sa.Column("conversation", sa.Text, _of_conversation(), primary_key=True),
        sa.Column("handle", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )


def _of_conversation() -> sa.ForeignKey:
    return sa.ForeignKey("conversation.id", ondelete="CASCADE")


def _consent() -> None:
    for table, more in (("pinned_tool", ("definition",)), ("granted_tool", ())):
        op.create_table(
            table,
            *(sa.Column(name, sa.Text, primary_key=True) for name in ("owner", "endpoint", "tool")),
            *(sa.Column(name, sa.Text, nullable=False) for name in ("fingerprint", *more)),
        )
