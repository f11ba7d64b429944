"""Conversations on disk: rows and JSON text; `host/conversation.py` gives them meaning. Every query names the owner."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from deskhand.errors import InvalidInput, NotFound
from deskhand.store.database import Database

LATEST = "latest"
"""Stands for the conversation that was written to last, wherever an id is expected."""

_STEPS = (
    """
    CREATE TABLE conversation (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL
    ) STRICT;
    CREATE INDEX conversation_owner ON conversation (owner, updated);
    CREATE TABLE message (
        conversation TEXT NOT NULL REFERENCES conversation ON DELETE CASCADE,
        position INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, moved_out INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (conversation, position), UNIQUE (conversation, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE output (
        conversation TEXT NOT NULL REFERENCES conversation ON DELETE CASCADE,
        handle TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (conversation, handle)
    ) STRICT;
    """,
)
_SUMMARY = """
    SELECT id, owner, title, created, updated, (SELECT count(*) FROM message WHERE conversation = conversation.id)
    FROM conversation
"""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """What is known about a conversation besides its messages. `messages` is how many there are, moved out or not."""

    id: str
    owner: str
    title: str
    created: datetime
    updated: datetime
    messages: int = 0


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message as JSON text. `moved_out`: kept and readable, but no longer shown to the model."""

    id: str
    body: str
    moved_out: bool = False


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """The whole text of something that a message shows only in part. `source` says where it came from."""

    handle: str
    source: str
    text: str


class Conversations:
    """The conversations of all owners. Each method sees only those of the `owner` it is given."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate("conversations", _STEPS)

    async def append(self, row: ConversationRow, message: StoredMessage, outputs: Sequence[StoredOutput] = ()) -> None:
        """Add a message and its outputs, on disk when this returns; the first one creates the conversation."""

        def work(connection: sqlite3.Connection) -> None:
            now = _text(datetime.now(UTC))
            connection.execute(
                "INSERT INTO conversation VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET updated = excluded.updated",
                (row.id, row.owner, row.title, _text(row.created), now),
            )
            connection.execute(
                "INSERT INTO message (conversation, position, id, body) SELECT ?, ifnull(max(position), 0) + 1, ?, ? "
                "FROM message WHERE conversation = ?",
                (row.id, message.id, message.body, row.id),
            )
            kept = [(row.id, output.handle, output.source, output.text) for output in outputs]
            connection.executemany("INSERT INTO output VALUES (?, ?, ?, ?)", kept)

        await self._database.awrite(work)

    async def move_out(self, conversation: str, messages: Sequence[str]) -> None:
        """Mark messages as no longer shown to the model."""
        marks = [(conversation, message) for message in messages]
        await self._database.awrite(
            lambda connection: connection.executemany(
                "UPDATE message SET moved_out = 1 WHERE conversation = ? AND id = ?", marks
            )
        )

    async def find(self, owner: str, reference: str) -> ConversationRow:
        """The conversation with this id, or whose id alone starts so, or the `latest`.

        Raises:
            NotFound: the owner has none like it.
            InvalidInput: several ids start so.
        """
        found = await self._database.aread(_matching(owner, reference))
        if not found:
            raise NotFound(f"No conversation matches {reference!r}. `deskhand conversations list` shows their ids.")
        if len(found) > 1:
            ids = ", ".join(row.id for row in found)
            raise InvalidInput(f"Several conversations start with {reference!r}: {ids}. Give more of the id.")
        return found[0]

    async def recent(self, owner: str, limit: int = 50) -> list[ConversationRow]:
        """The conversations written to last, newest first."""
        query = f"{_SUMMARY} WHERE owner = ? ORDER BY updated DESC, rowid DESC LIMIT ?"
        return await self._database.aread(_rows(query, (owner, limit)))

    async def messages(self, owner: str, conversation: str) -> list[StoredMessage]:
        """All messages in order, those moved out included."""
        query = """
            SELECT message.id, body, moved_out FROM message JOIN conversation ON conversation.id = message.conversation
            WHERE message.conversation = ? AND owner = ? ORDER BY position
        """

        def work(connection: sqlite3.Connection) -> list[StoredMessage]:
            rows = connection.execute(query, (conversation, owner))
            return [StoredMessage(id, body, bool(moved_out)) for id, body, moved_out in rows]

        return await self._database.aread(work)

    async def output(self, conversation: str, handle: str) -> StoredOutput | None:
        """A whole output by its handle."""
        query = "SELECT handle, source, text FROM output WHERE conversation = ? AND handle = ?"
        row = await self._database.aread(
            lambda connection: connection.execute(query, (conversation, handle)).fetchone(),
        )
        return row and StoredOutput(*row)

    async def message(self, conversation: str, prefix: str) -> StoredMessage | None:
        """The message whose id starts so."""
        query = "SELECT id, body, moved_out FROM message WHERE conversation = ? AND substr(id, 1, ?) = ? LIMIT 1"
        values = (conversation, len(prefix), prefix)
        row = await self._database.aread(lambda connection: connection.execute(query, values).fetchone())
        return row and StoredMessage(row[0], row[1], bool(row[2]))

    async def delete(self, owner: str, conversation: str) -> None:
        """Delete a conversation, its messages and outputs; deleting what is gone already is no error."""
        await self._database.awrite(
            lambda connection: connection.execute(
                "DELETE FROM conversation WHERE id = ? AND owner = ?", (conversation, owner)
            )
        )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _rows(query: str, values: tuple[object, ...]) -> Callable[[sqlite3.Connection], list[ConversationRow]]:
    def work(connection: sqlite3.Connection) -> list[ConversationRow]:
        return [
            ConversationRow(
                id, owner, title, datetime.fromisoformat(created), datetime.fromisoformat(updated), messages
            )
            for id, owner, title, created, updated, messages in connection.execute(query, values)
        ]

    return work


def _matching(owner: str, reference: str) -> Callable[[sqlite3.Connection], list[ConversationRow]]:
    if reference == LATEST:
        return _rows(f"{_SUMMARY} WHERE owner = ? ORDER BY updated DESC, rowid DESC LIMIT 1", (owner,))
    prefix = reference.lower()
    query = f"{_SUMMARY} WHERE owner = ? AND substr(id, 1, ?) = ? ORDER BY id LIMIT 5"
    return _rows(query, (owner, len(prefix), prefix))
