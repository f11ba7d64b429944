"""What a person does to a conversation as a whole: name it, branch off from it, let a branch take its place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa

from deskhand.errors import InvalidInput, NotFound
from deskhand.store.conversations import ConversationRow, Conversations
from deskhand.store.database import Database
from deskhand.store.message_rows import owns
from deskhand.store.tables import conversation, message, output, turn_record

TITLE_CHARACTERS = 200
"""The longest title a person may give."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a branch leaves: after the message of this id, or before it where the branch does not hold it."""

    message: str
    inclusive: bool = True


class ConversationEdits:
    """The conversations of all owners. Each method changes only those of the `owner` it is given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rename(self, owner: str, conversation_id: str, title: str) -> str:
        """Give a conversation a title, in one line; the title as it is kept.

        Raises:
            InvalidInput: it is empty, or longer than `TITLE_CHARACTERS`.
            NotFound: the owner has no such conversation.
        """
        line = " ".join(title.split())
        if not 0 < len(line) <= TITLE_CHARACTERS:
            raise InvalidInput(f"A title has 1 to {TITLE_CHARACTERS} characters; this one has {len(line)}.")
        await self._update(owner, conversation_id, {"title": line})
        return line

    async def branch(self, owner: str, conversation_id: str, cut: Cut, title: str = "") -> ConversationRow:
        """A new conversation that begins with what this one said up to a message.

        It holds copies: the messages, all of them in the model's view, the outputs of tools, and what the turns looked
        like. Without a title it has that of the first.

        Raises:
            NotFound: the owner has no such conversation, or it has no such message.
        """
        store = Conversations(self._database)
        source = await store.summary(owner, conversation_id)
        now = datetime.now(UTC)
        made = replace(source, id=uuid4().hex, title=title or source.title, created=now, updated=now)

        def work(connection: sa.Connection) -> None:
            last = _last_position(connection, owner, conversation_id, cut)
            at = now.isoformat(timespec="microseconds")
            values = {"id": made.id, "owner": owner, "title": made.title, "created": at, "updated": at}
            connection.execute(sa.insert(conversation).values(**values, branched_from=conversation_id))
            _copy(connection, conversation_id, made.id, last)

        await self._database.awrite(work, subject=owner)
        return await store.summary(owner, made.id)

    async def supersede(self, owner: str, old: str, new: str) -> None:
        """Let one conversation take the place of another, which is kept but no longer listed.

        Raises:
            InvalidInput: both are the same.
            NotFound: the owner does not have both.
        """
        if old == new:
            raise InvalidInput("A conversation cannot take its own place.")
        await Conversations(self._database).summary(owner, new)
        await self._update(owner, old, {"superseded_by": new})

    async def _update(self, owner: str, conversation_id: str, values: Mapping[str, str]) -> None:
        mine = (conversation.c.owner == owner, conversation.c.id == conversation_id)
        change = sa.update(conversation).where(*mine).values(**values)
        if not await self._database.awrite(lambda connection: connection.execute(change).rowcount, subject=owner):
            raise NotFound(f"There is no conversation {conversation_id!r}.")


def _last_position(connection: sa.Connection, owner: str, conversation_id: str, cut: Cut) -> int:
    of = sa.select(message.c.position).where(message.c.conversation == conversation_id, message.c.id == cut.message)
    position = connection.execute(of).scalar() if owns(connection, owner, conversation_id) else None
    if position is None:
        raise NotFound(f"The conversation has no message {cut.message!r} to branch at.")
    return position if cut.inclusive else position - 1


def _copy(connection: sa.Connection, source: str, target: str, last: int) -> None:
    """Copy what belongs to the first messages of a conversation, from row to row: it never leaves the database."""
    to = sa.literal(target)
    copied = (message.c.conversation == source, message.c.position <= last)
    messages = sa.select(to, message.c.position, message.c.id, message.c.body).where(*copied)
    connection.execute(sa.insert(message).from_select(["conversation", "position", "id", "body"], messages))
    outputs = sa.select(to, output.c.handle, output.c.source, output.c.text).where(output.c.conversation == source)
    connection.execute(sa.insert(output).from_select(["conversation", "handle", "source", "text"], outputs))
    turns = sa.select(to, turn_record.c.turn, turn_record.c.body).where(
        turn_record.c.conversation == source, turn_record.c.turn.in_(sa.select(message.c.id).where(*copied))
    )
    connection.execute(sa.insert(turn_record).from_select(["conversation", "turn", "body"], turns))
