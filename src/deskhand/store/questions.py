"""Questions that wait for the person's answer, also while no process asks them; `web/tray.py` gives them meaning."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from deskhand.errors import NotFound
from deskhand.store.database import Database
from deskhand.store.message_rows import owns
from deskhand.store.tables import question
from deskhand.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question as JSON text, and the conversation it is asked in."""

    id: str
    owner: str
    conversation: str
    body: str
    created: int
    """Seconds since 1970."""


class Questions:
    """The questions of all owners. Each method sees only those of the `owner` it is given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, row: QuestionRow) -> None:
        """Keep a question until it is removed, or its conversation deleted; in place of one of the same id.

        Raises:
            NotFound: its owner has no such conversation, or another's question has this id.
        """

        def work(connection: sa.Connection) -> None:
            if not owns(connection, row.owner, row.conversation) or _is_anothers(connection, row):
                raise NotFound("There is no such conversation any more; what it asks cannot be kept.")
            upsert(connection, question, [asdict(row)])

        await self._database.awrite(work, subject=row.owner)

    async def of(self, owner: str) -> list[QuestionRow]:
        """What waits for this person, the oldest first."""
        query = sa.select(question).where(question.c.owner == owner).order_by(question.c.created, question.c.id)
        rows = await self._database.aread(lambda connection: connection.execute(query).all(), subject=owner)
        return [QuestionRow(row.id, row.owner, row.conversation, row.body, row.created) for row in rows]

    async def remove(self, owner: str, id: str) -> bool:
        """It waits no more; whether it did until now. Of several who answer at once, one is told yes."""
        gone = sa.delete(question).where(question.c.owner == owner, question.c.id == id)
        return bool(await self._database.awrite(lambda connection: connection.execute(gone).rowcount, subject=owner))


def _is_anothers(connection: sa.Connection, row: QuestionRow) -> bool:
    """On PostgreSQL nobody sees that: there the write itself is refused."""
    of = sa.select(question.c.id).where(question.c.id == row.id, question.c.owner != row.owner)
    return connection.execute(of).first() is not None
