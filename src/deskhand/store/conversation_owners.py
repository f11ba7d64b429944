"""Who has conversations: for whoever runs this machine."""

import sqlalchemy as sa

from deskhand.store.database import Database, everyone
from deskhand.store.tables import conversation


async def owners(database: Database) -> dict[str, int]:
    """How many conversations each person has, those with the most first."""

    def work(connection: sa.Connection) -> dict[str, int]:
        everyone(connection)
        count = sa.func.count().label("number")
        query = sa.select(conversation.c.owner, count).group_by(conversation.c.owner)
        found = connection.execute(query.order_by(count.desc(), conversation.c.owner))
        return {row.owner: row.number for row in found}

    return await database.aread(work)
