"""What each turn of a conversation looked like, as JSON text; `host/turn_recorder.py` gives it meaning."""

import sqlalchemy as sa

from deskhand.errors import NotFound
from deskhand.store.database import Database
from deskhand.store.message_rows import in_conversation, owns
from deskhand.store.tables import turn_record
from deskhand.store.upsert import upsert


class TurnRecords:
    """The turn records of all owners. Each method sees only those of the `owner` it is given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, owner: str, conversation_id: str, turn: str, body: str) -> None:
        """Keep the record of a turn, in place of the one there is.

        Raises:
            NotFound: the owner has no such conversation.
        """

        def work(connection: sa.Connection) -> None:
            if not owns(connection, owner, conversation_id):
                raise NotFound("This conversation was deleted meanwhile. Its turn is not kept.")
            upsert(connection, turn_record, [{"conversation": conversation_id, "turn": turn, "body": body}])

        await self._database.awrite(work, subject=owner)

    async def of(self, owner: str, conversation_id: str) -> dict[str, str]:
        """The records of a conversation, by their turns."""
        query = sa.select(turn_record).where(*in_conversation(owner, turn_record, conversation_id))
        rows = await self._database.aread(lambda connection: connection.execute(query).all(), subject=owner)
        return {row.turn: row.body for row in rows}
