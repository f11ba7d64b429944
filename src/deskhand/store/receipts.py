"""Receipts of compactions on disk, each written together with what it moved out of view."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from deskhand.errors import Conflict, NotFound
from deskhand.store.database import Database
from deskhand.store.message_rows import in_conversation, mark_messages
from deskhand.store.tables import conversation, receipt


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """One compaction as JSON text, numbered from 1 in its conversation. `taken_back`: it no longer counts."""

    number: int
    body: str
    taken_back: bool = False
    supersedes: bool = field(default=False, compare=False)
    """It was made of the whole conversation: when it is added, those in force no longer count."""


class Receipts:
    """The receipts of all owners. Each method sees only those of a conversation of the `owner` it is given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        owner: str,
        conversation_id: str,
        made: StoredReceipt,
        moved_out: Sequence[str],
        back: Sequence[str] = (),
        *,
        after: int,
    ) -> None:
        """Keep a receipt, and let the model see the messages `moved_out` no more and those of `back` again, or nothing.

        `after` is the number of the newest receipt in force that whoever compacted knew, 0 for none.

        Raises:
            Conflict: another receipt is in force now, or this number was used: somebody else compacted, or took a
                compaction back, meanwhile.
            NotFound: the owner has no such conversation.
        """

        def work(connection: sa.Connection) -> None:
            _lock(connection, owner, conversation_id)
            last, in_force = _newest(connection, conversation_id)
            if made.number <= last or in_force != after:
                raise Conflict(
                    "The conversation was compacted by somebody else, or a compaction taken back, meanwhile. "
                    "Read it again, then compact it again."
                )
            if made.supersedes:
                _supersede(connection, conversation_id)
            mark_messages(connection, owner, conversation_id, moved_out, moved_out=True)
            mark_messages(connection, owner, conversation_id, back, moved_out=False)
            row = {"conversation": conversation_id, "number": made.number, "body": made.body}
            connection.execute(sa.insert(receipt).values(**row, taken_back=int(made.taken_back)))

        await self._database.awrite(work, subject=owner)

    async def next_number(self, owner: str, conversation_id: str) -> int:
        """The number of the receipt to come. Those taken back keep theirs, so that none names two compactions."""
        newest = sa.select(sa.func.max(receipt.c.number)).where(*in_conversation(owner, receipt, conversation_id))
        last = await self._database.aread(lambda connection: connection.execute(newest).scalar(), subject=owner)
        return (last or 0) + 1

    async def all(self, owner: str, conversation_id: str, *, taken_back: bool = False) -> list[StoredReceipt]:
        """The receipts in order: those that count, or with `taken_back` every one."""
        which = () if taken_back else (receipt.c.taken_back == 0,)
        return await self._found(owner, conversation_id, *which)

    async def newest(self, owner: str, conversation_id: str) -> StoredReceipt | None:
        """The newest receipt in force."""
        found = await self._last(owner, conversation_id, 1, receipt.c.taken_back == 0)
        return found[0] if found else None

    async def last(self, owner: str, conversation_id: str, most: int) -> list[StoredReceipt]:
        """The newest receipts, taken back or not, in order; at most so many."""
        return await self._last(owner, conversation_id, most)

    async def newest_number(self, owner: str, conversation_id: str) -> int:
        """The number of the newest receipt in force, 0 for none."""
        these = (*in_conversation(owner, receipt, conversation_id), receipt.c.taken_back == 0)
        newest = sa.select(sa.func.max(receipt.c.number)).where(*these)
        return await self._database.aread(lambda connection: connection.execute(newest).scalar(), subject=owner) or 0

    async def one(self, owner: str, conversation_id: str, number: int) -> StoredReceipt | None:
        """The receipt of this number, taken back or not; None when there is none."""
        found = await self._found(owner, conversation_id, receipt.c.number == number)
        return found[0] if found else None

    async def take_back(self, owner: str, conversation_id: str, number: int, in_view: Sequence[str]) -> list[int]:
        """Undo a compaction and those after it; the numbers of the receipts that no longer count.

        The messages `in_view` come back into view, beside all that are in it now.

        Raises:
            Conflict: it was taken back already.
            NotFound: there is no such receipt.
        """

        def work(connection: sa.Connection) -> list[int]:
            _lock(connection, owner, conversation_id)
            these = (receipt.c.conversation == conversation_id, receipt.c.number >= number, receipt.c.taken_back == 0)
            change = sa.update(receipt).where(*these).values(taken_back=1).returning(receipt.c.number)
            undone = sorted(connection.execute(change).scalars())
            if number not in undone:
                raise _not_there(number, exists=number in _numbers(connection, conversation_id))
            mark_messages(connection, owner, conversation_id, in_view, moved_out=False)
            return undone

        return await self._database.awrite(work, subject=owner)

    async def _found(self, owner: str, conversation_id: str, *which: sa.ColumnElement[bool]) -> list[StoredReceipt]:
        query = sa.select(receipt).where(*in_conversation(owner, receipt, conversation_id), *which)
        return await self._read(owner, query.order_by(receipt.c.number))

    async def _last(
        self, owner: str, conversation_id: str, most: int, *which: sa.ColumnElement[bool]
    ) -> list[StoredReceipt]:
        query = sa.select(receipt).where(*in_conversation(owner, receipt, conversation_id), *which)
        return (await self._read(owner, query.order_by(receipt.c.number.desc()).limit(most)))[::-1]

    async def _read(self, owner: str, query: sa.Select[Any]) -> list[StoredReceipt]:
        rows = await self._database.aread(lambda connection: connection.execute(query).all(), subject=owner)
        return [StoredReceipt(row.number, row.body, bool(row.taken_back)) for row in rows]


def _lock(connection: sa.Connection, owner: str, conversation_id: str) -> None:
    """Make others that compact this conversation wait; on SQLite a writer is alone anyway."""
    mine = sa.select(conversation.c.id).where(conversation.c.id == conversation_id, conversation.c.owner == owner)
    if connection.execute(mine.with_for_update()).first() is None:
        raise NotFound(f"There is no conversation {conversation_id!r}.")


def _supersede(connection: sa.Connection, conversation_id: str) -> None:
    these = (receipt.c.conversation == conversation_id, receipt.c.taken_back == 0)
    connection.execute(sa.update(receipt).where(*these).values(taken_back=1))


def _numbers(connection: sa.Connection, conversation_id: str) -> list[int]:
    query = sa.select(receipt.c.number).where(receipt.c.conversation == conversation_id)
    return list(connection.execute(query).scalars())


def _newest(connection: sa.Connection, conversation_id: str) -> tuple[int, int]:
    """The highest number that was used, and the highest in force; 0 for none."""
    in_force = sa.case((receipt.c.taken_back == 0, receipt.c.number), else_=0)
    highest = sa.select(sa.func.max(receipt.c.number), sa.func.max(in_force))
    used, counting = connection.execute(highest.where(receipt.c.conversation == conversation_id)).one()
    return used or 0, counting or 0


def _not_there(number: int, *, exists: bool) -> Conflict | NotFound:
    if exists:
        return Conflict(f"Compaction {number} was taken back already.")
    return NotFound(f"The conversation has no receipt {number}. It may not have been compacted so often.")
