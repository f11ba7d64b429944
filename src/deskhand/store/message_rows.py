"""The messages of one conversation, on a connection: what several changes that hold together are made of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa

from deskhand.errors import NotFound
from deskhand.store.tables import conversation, message

_BATCH = 500
T = TypeVar("T")


def in_conversation(owner: str, table: sa.Table, conversation_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    """That a row belongs to a conversation, and that to its owner."""
    owned = sa.select(conversation.c.id).where(conversation.c.owner == owner, conversation.c.id == conversation_id)
    return (table.c.conversation == conversation_id, table.c.conversation.in_(owned))


def owns(connection: sa.Connection, owner: str, conversation_id: str) -> bool:
    """Whether a conversation is there, and this person's."""
    of = sa.select(conversation.c.id).where(conversation.c.owner == owner, conversation.c.id == conversation_id)
    return connection.execute(of).first() is not None


def uncover(connection: sa.Connection, owner: str, conversation_id: str) -> None:
    """List again what this conversation, which is about to go, took the place of; unless another took its own."""
    going = conversation.alias()
    heir = sa.select(going.c.superseded_by).where(going.c.id == conversation_id).scalar_subquery()
    covered = (conversation.c.owner == owner, conversation.c.superseded_by == conversation_id)
    connection.execute(sa.update(conversation).where(*covered).values(superseded_by=heir))


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """What fits into one IN list at a time."""
    yield from (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))


def mark_messages(
    connection: sa.Connection, owner: str, conversation_id: str, ids: Sequence[str], *, moved_out: bool
) -> None:
    """Let the model see these messages of a conversation no more, or again."""
    of = in_conversation(owner, message, conversation_id)
    for some in batches(ids):
        connection.execute(sa.update(message).where(*of, message.c.id.in_(some)).values(moved_out=int(moved_out)))


def replace_bodies(connection: sa.Connection, owner: str, conversation_id: str, bodies: Mapping[str, str]) -> None:
    """Give messages, by their ids, other bodies.

    Raises:
        NotFound: one is not there. The transaction must not go on.
    """
    of = in_conversation(owner, message, conversation_id)
    for id, body in bodies.items():
        if not connection.execute(sa.update(message).where(*of, message.c.id == id).values(body=body)).rowcount:
            raise NotFound(f"The conversation has no message {id!r}.")


def insert_rows(
    connection: sa.Connection, table: sa.Table, conversation_id: str, rows: Sequence[Mapping[str, object]]
) -> None:
    """Add rows to a table of what belongs to a conversation."""
    if rows:
        connection.execute(sa.insert(table), [{"conversation": conversation_id, **row} for row in rows])
