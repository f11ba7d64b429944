"""Every table of the one database, as SQLAlchemy Core sees it; `migrations/` makes them.

Times are text, ISO 8601 in UTC with microseconds, which sorts as time does; those of a token, a
visit and a question are whole seconds since 1970.
"""

import sqlalchemy as sa

METADATA = sa.MetaData()

token = sa.Table(
    "token",
    METADATA,
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

audit = sa.Table(
    "audit",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("milliseconds", sa.Double, nullable=False),
    sa.Column("arguments_hash", sa.Text, nullable=False),
    sa.Index("audit_by_subject", "subject", "id"),
    sa.Index("audit_by_time", "at"),
)

conversation = sa.Table(
    "conversation",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("created", sa.Text, nullable=False),
    sa.Column("updated", sa.Text, nullable=False),
    sa.Column("branched_from", sa.Text),
    sa.Column("superseded_by", sa.Text),
    sa.Index("conversation_owner", "owner", "updated"),
    comment="`branched_from` is the conversation whose beginning this one copied, `superseded_by` the branch that took "
    "its place; either may be deleted.",
)


def _of_conversation() -> sa.ForeignKey:
    return sa.ForeignKey("conversation.id", ondelete="CASCADE")


message = sa.Table(
    "message",
    METADATA,
    sa.Column("conversation", sa.Text, _of_conversation(), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("moved_out", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("conversation", "id"),
)

output = sa.Table(
    "output",
    METADATA,
    sa.Column("conversation", sa.Text, _of_conversation(), primary_key=True),
    sa.Column("handle", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

receipt = sa.Table(
    "receipt",
    METADATA,
    sa.Column("conversation", sa.Text, _of_conversation(), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("taken_back", sa.Integer, nullable=False, server_default="0"),
    sa.Column("body", sa.Text, nullable=False),
    comment="What each compaction of a conversation did: the JSON of a `context.receipt.Receipt`.",
)

turn_record = sa.Table(
    "turn_record",
    METADATA,
    sa.Column("conversation", sa.Text, _of_conversation(), primary_key=True),
    sa.Column("turn", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    comment="What happened in a turn, named by the id of the user's message: JSON of `host.turn_recorder`.",
)

question = sa.Table(
    "question",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("conversation", sa.Text, _of_conversation(), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Index("question_by_owner", "owner"),
    comment="What waits for the person's answer on the page.",
)

visit = sa.Table(
    "visit",
    METADATA,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("token", sa.Text),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Index("visit_by_subject", "subject"),
    comment="A browser that is signed in to the page: the digest of its cookie, and the id of the access token it "
    "came with, if any.",
)

pinned_tool = sa.Table(
    "pinned_tool",
    METADATA,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("endpoint", sa.Text, primary_key=True),
    sa.Column("tool", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
)

granted_tool = sa.Table(
    "granted_tool",
    METADATA,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("endpoint", sa.Text, primary_key=True),
    sa.Column("tool", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
)

memory_owner = sa.Table(
    "memory_owner",
    METADATA,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("cleared", sa.BigInteger, nullable=False),
    sa.Column("turns_until", sa.Text),
    comment="Who has memories. `revision` counts this person's writes, `cleared` is the revision of the last delete, "
    "`turns_until` when a conversation was last looked at for turns to index.",
)

memory = sa.Table(
    "memory",
    METADATA,
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
    comment="Each version of each memory. The newest has no `replaced_at`; `change` says what made this version.",
)

memory_link = sa.Table(
    "memory_link",
    METADATA,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("other", sa.Text, primary_key=True),
    sa.Column("relation", sa.Text, nullable=False),
    comment="Memory `id` `supersedes` or `conflicts_with` the `other` one of the same person.",
)

entry = sa.Table(
    "entry",
    METADATA,
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
    sa.Index("entry_by_revision", "subject", "revision"),
    sa.Index("entry_by_stream", "subject", "stream", "position"),
    sa.Index("entry_by_change", "subject", "stream", "revision"),
    comment="What search knows of a memory's version, a turn or a passage of one: hashed terms, float16 vector, when "
    "it held.",
)

outbox = sa.Table(
    "outbox",
    METADATA,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("preview", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("claim", sa.Text, nullable=False),
    sa.Column("asks", sa.Boolean, nullable=False),
    sa.Column("created", sa.Text, nullable=False),
    sa.Column("changed", sa.Text, nullable=False),
    sa.Index("outbox_by_time", "subject", "created"),
    sa.Index("outbox_by_digest", "subject", "digest"),
    comment="What is to leave the machine, is leaving it or has left it: a row before each act. See `deskhand.outbox`.",
)

mail_rule = sa.Table(
    "mail_rule",
    METADATA,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created", sa.Text, nullable=False),
    sa.Column("changed", sa.Text, nullable=False),
    comment="A rule that answers mail by itself; `body` is JSON.",
)

mail_answer = sa.Table(
    "mail_answer",
    METADATA,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("mail", sa.Text, primary_key=True),
    sa.Column("thread", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("mail_answer_by_time", "subject", "rule", "at"),
    comment="What a rule did with a mail (its Message-ID), and why: at most one answer to each.",
)

PRIVATE = (memory_owner, memory, memory_link, entry, outbox, mail_rule, mail_answer)
"""The tables whose rows belong to the person in `subject`; PostgreSQL itself keeps others out (row-level security)."""
TALKS = (conversation, message, output, receipt, turn_record, question)
"""The tables whose rows belong to the `owner` of the conversation; PostgreSQL keeps others out in the same way."""
