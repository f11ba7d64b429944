"""Conversations on disk: rows and JSON text; `host/conversation.py` gives them meaning. Every query names the owner."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from deskhand.errors import InvalidInput, NotFound
from deskhand.store.call_pairs import check_pairs
from deskhand.store.database import Database
from deskhand.store.entries import EntryTable
from deskhand.store.message_rows import batches, in_conversation, insert_rows, mark_messages, replace_bodies, uncover
from deskhand.store.personal import PersonalRows
from deskhand.store.tables import conversation, message, output

LATEST = "latest"
"""Stands for the conversation that was written to last, wherever an id is expected."""
PREFIX_CHARACTERS = 6
"""The fewest characters that name a message: fewer are a word, or a slip."""

_COUNT = sa.select(sa.func.count()).select_from(message).where(message.c.conversation == conversation.c.id)
_SUMMARY = sa.select(
    conversation,
    _COUNT.scalar_subquery().label("messages"),
    _COUNT.where(message.c.moved_out == 1).scalar_subquery().label("moved_out"),
)
_IN_ORDER = message.c.position
_NEWEST_FIRST = (conversation.c.updated.desc(), conversation.c.created.desc(), conversation.c.id)


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """What is known about a conversation besides its messages."""

    id: str
    owner: str
    title: str
    created: datetime
    updated: datetime
    messages: int = 0
    moved_out: int = 0
    """How many of them are no longer shown to the model."""
    branched_from: str | None = None
    """The conversation whose beginning this one copied."""
    superseded_by: str | None = None
    """The branch that took the place of this one."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message as JSON text. `moved_out`: kept and readable, but no longer shown to the model."""

    id: str
    body: str
    moved_out: bool = False
    position: int = 0
    """Its place in the conversation, from 1; the store gives it."""


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

    async def append(self, row: ConversationRow, said: StoredMessage, outputs: Sequence[StoredOutput] = ()) -> int:
        """Add a message and its outputs, as `append_all` does; its position."""
        return await self.append_all(row, lambda _: [said], outputs)

    async def append_all(
        self,
        row: ConversationRow,
        mint: Callable[[int], Sequence[StoredMessage]],
        outputs: Sequence[StoredOutput] = (),
    ) -> int:
        """Add messages and their outputs, all or none; the position of the first.

        `mint` makes them, once that position is known: the others follow it, and their ids may say so. A `row` without
        messages begins the conversation if it is not there.

        Raises:
            NotFound: the conversation was deleted.
            AlreadyAnswered, CallsOpen: another process went on with it (`call_pairs`).
            sqlalchemy.exc.IntegrityError: the conversation is another owner's, or has a message of one of these ids.
        """

        def work(connection: sa.Connection) -> int:
            _touch(connection, row)
            last = sa.select(sa.func.coalesce(sa.func.max(message.c.position), 0))
            first: int = connection.execute(last.where(message.c.conversation == row.id)).scalar_one() + 1
            said = mint(first)
            check_pairs(connection, row.id, (new.body for new in said))
            rows = [{"position": position, "id": new.id, "body": new.body} for position, new in enumerate(said, first)]
            insert_rows(connection, message, row.id, rows)
            insert_rows(connection, output, row.id, [asdict(kept) for kept in outputs])
            return first

        return await self._database.awrite(work, subject=row.owner)

    async def change(self, owner: str, conversation_id: str, bodies: Mapping[str, str], shown: Sequence[str]) -> None:
        """Keep messages, by their ids, with other metadata, and let the model see those of `shown` again; all or none.

        What the messages say must stay: search would go on finding them by what they said.

        Raises:
            NotFound: one of `bodies` is not there.
        """

        def work(connection: sa.Connection) -> None:
            replace_bodies(connection, owner, conversation_id, bodies)
            mark_messages(connection, owner, conversation_id, shown, moved_out=False)

        await self._database.awrite(work, subject=owner)

    async def find(self, owner: str, reference: str) -> ConversationRow:
        """The conversation with this id, or whose id alone starts so, or the `latest`.

        Raises:
            NotFound: the owner has none like it.
            InvalidInput: several ids start so.
        """
        found = await self._rows(owner, _matching(owner, reference))
        if not found:
            raise NotFound(f"No conversation matches {reference!r}. `deskhand conversations list` shows their ids.")
        if len(found) > 1:
            ids = ", ".join(row.id for row in found)
            raise InvalidInput(f"Several conversations start with {reference!r}: {ids}. Give more of the id.")
        return found[0]

    async def summary(self, owner: str, conversation_id: str) -> ConversationRow:
        """The conversation of exactly this id.

        Raises:
            NotFound: the owner has none.
        """
        if found := await self.rows(owner, [conversation_id]):
            return found[0]
        raise NotFound(f"There is no conversation {conversation_id!r}. `append_messages` without one begins one.")

    async def recent(self, owner: str, limit: int | None = 50, *, superseded: bool = False) -> list[ConversationRow]:
        """The conversations written to last, newest first; with None all. `superseded` ones are left out else."""
        mine = _SUMMARY.where(conversation.c.owner == owner)
        listed = mine if superseded else mine.where(conversation.c.superseded_by.is_(None))
        return await self._rows(owner, listed.order_by(*_NEWEST_FIRST).limit(limit))

    async def rows(self, owner: str, ids: Sequence[str]) -> list[ConversationRow]:
        """Those of these ids, newest first; at most some hundreds."""
        mine = _SUMMARY.where(conversation.c.owner == owner, conversation.c.id.in_(ids))
        return await self._rows(owner, mine.order_by(*_NEWEST_FIRST))

    async def earlier(self, owner: str, conversation_id: str) -> list[ConversationRow]:
        """Those whose place this conversation took, and those whose place they had taken; newest first."""
        mine = sa.select(conversation.c.id).where(conversation.c.owner == owner)
        before = mine.where(conversation.c.superseded_by == conversation_id).cte(recursive=True)
        before = before.union(mine.where(conversation.c.superseded_by == before.c.id))
        these = _SUMMARY.where(conversation.c.id.in_(sa.select(before.c.id)))
        return await self._rows(owner, these.order_by(*_NEWEST_FIRST))

    async def messages(self, owner: str, conversation_id: str) -> list[StoredMessage]:
        """All messages in order, those moved out included."""
        return await self._messages(owner, conversation_id)

    async def messages_in_view(self, owner: str, conversation_id: str) -> list[StoredMessage]:
        """The messages that were not moved out, in order."""
        return await self._messages(owner, conversation_id, message.c.moved_out == 0)

    async def page(self, owner: str, conversation_id: str, after: int, most: int) -> list[StoredMessage]:
        """The messages that follow a position, in order, at most so many."""
        return await self._messages(owner, conversation_id, message.c.position > after, most=most)

    async def newest_first(
        self, owner: str, conversation_id: str, before: int | None, most: int
    ) -> list[StoredMessage]:
        """The messages that come before a position, or with None the last ones; the last first, at most so many."""
        which = () if before is None else (message.c.position < before,)
        return await self._messages(owner, conversation_id, *which, most=most, order=message.c.position.desc())

    async def places(self, owner: str, conversation_id: str) -> list[tuple[str, int]]:
        """Id and position of each message, in order."""
        of = in_conversation(owner, message, conversation_id)
        query = sa.select(message.c.id, message.c.position).where(*of).order_by(message.c.position)
        rows = await self._database.aread(lambda connection: connection.execute(query).all(), subject=owner)
        return [(row.id, row.position) for row in rows]

    async def by_ids(self, owner: str, conversation_id: str, ids: Sequence[str]) -> list[StoredMessage]:
        """The messages of these ids, in order; what is not there is left out."""
        found: list[StoredMessage] = []
        for some in batches(list(dict.fromkeys(ids))):
            found += await self._messages(owner, conversation_id, message.c.id.in_(some))
        return sorted(found, key=lambda said: said.position)

    async def by_positions(self, owner: str, conversation_id: str, positions: Sequence[int]) -> list[StoredMessage]:
        """The messages at these places, in order; what is not there is left out."""
        found: list[StoredMessage] = []
        for some in batches(sorted(positions)):
            found += await self._messages(owner, conversation_id, message.c.position.in_(some))
        return found

    async def output(self, owner: str, conversation_id: str, handle: str) -> StoredOutput | None:
        """A whole output by its handle."""
        query = sa.select(output).where(*in_conversation(owner, output, conversation_id), output.c.handle == handle)
        row = await self._database.aread(lambda connection: connection.execute(query).first(), subject=owner)
        return StoredOutput(row.handle, row.source, row.text) if row else None

    async def outputs(self, owner: str, conversation_id: str) -> list[StoredOutput]:
        """All whole outputs, by their handles."""
        query = sa.select(output).where(*in_conversation(owner, output, conversation_id)).order_by(output.c.handle)
        rows = await self._database.aread(lambda connection: connection.execute(query).all(), subject=owner)
        return [StoredOutput(row.handle, row.source, row.text) for row in rows]

    async def message(self, owner: str, conversation_id: str, prefix: str) -> StoredMessage | None:
        """The message of this id, or whose id alone starts so; None, too, for fewer than `PREFIX_CHARACTERS`.

        Raises:
            InvalidInput: several ids start so.
        """
        if len(prefix) < PREFIX_CHARACTERS:
            return None
        starts_so = message.c.id.startswith(prefix, autoescape=True)
        found = await self._messages(owner, conversation_id, starts_so, most=2, order=message.c.id)
        if len(found) > 1 and found[0].id != prefix:  # in this order a whole id comes before those it begins
            raise InvalidInput(f"Several messages start with {prefix!r}: it is ambiguous. Give more of the id.")
        return found[0] if found else None

    async def delete(self, owner: str, conversation_id: str) -> None:
        """Delete a conversation with all it holds, and what search knows of it; no error when it is gone already."""
        mine = (conversation.c.id == conversation_id, conversation.c.owner == owner)

        def work(connection: sa.Connection) -> None:
            rows = PersonalRows(connection, owner)
            is_new = rows.lock()  # whoever indexes turns of it now has to wait, and then finds it gone
            uncover(connection, owner, conversation_id)
            connection.execute(sa.delete(conversation).where(*mine))
            EntryTable(rows).remove_streams([conversation_id])
            if is_new:
                rows.vanish()

        await self._database.awrite(work, subject=owner)

    async def _messages(
        self,
        owner: str,
        conversation_id: str,
        *which: sa.ColumnElement[bool],
        most: int | None = None,
        order: sa.ColumnElement[Any] = _IN_ORDER,
    ) -> list[StoredMessage]:
        of = in_conversation(owner, message, conversation_id)
        query = sa.select(message).where(*of, *which).order_by(order).limit(most)
        rows = await self._database.aread(lambda connection: connection.execute(query).all(), subject=owner)
        return [_stored(row) for row in rows]

    async def _rows(self, owner: str, query: sa.Select[Any]) -> list[ConversationRow]:
        def work(connection: sa.Connection) -> list[ConversationRow]:
            return [_row(row) for row in connection.execute(query).mappings()]

        return await self._database.aread(work, subject=owner)


def _touch(connection: sa.Connection, row: ConversationRow) -> None:
    """Note that the conversation is written to now; make it, if it is new: what was deleted stays so."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    mine = (conversation.c.id == row.id, conversation.c.owner == row.owner)
    written = connection.execute(sa.update(conversation).where(*mine).values(updated=now))
    if written.rowcount == 0:
        if row.messages:
            raise NotFound("This conversation was deleted meanwhile. Nothing was kept; begin another one.")
        created = row.created.astimezone(UTC).isoformat(timespec="microseconds")
        connection.execute(
            sa.insert(conversation).values(id=row.id, owner=row.owner, title=row.title, created=created, updated=now)
        )


def _row(row: sa.RowMapping) -> ConversationRow:
    times = {name: datetime.fromisoformat(row[name]) for name in ("created", "updated")}
    values: dict[str, Any] = {**row, **times}
    return ConversationRow(**values)


def _stored(row: sa.Row[Any]) -> StoredMessage:
    return StoredMessage(row.id, row.body, bool(row.moved_out), row.position)


def _matching(owner: str, reference: str) -> sa.Select[Any]:
    mine = _SUMMARY.where(conversation.c.owner == owner)
    if reference == LATEST:
        return mine.order_by(*_NEWEST_FIRST).limit(1)
    starts_so = conversation.c.id.startswith(reference.lower(), autoescape=True)
    return mine.where(starts_so).order_by(conversation.c.id).limit(5)
