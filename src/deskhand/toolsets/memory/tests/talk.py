"""A memory without a server, and conversations that somebody had."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from deskhand.context.message import Message, Metadata, Text
from deskhand.principal import Principal
from deskhand.retrieval.find import Found
from deskhand.store.database import Database
from deskhand.store.tables import conversation, message
from deskhand.toolsets.memory.backend import MemoryBackend, MemoryOptions

ANN = Principal("ann", "test")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def memory(database: Database, now: datetime = NOW, zone: str = "UTC") -> MemoryBackend:
    """A memory in which it is always `now`; it finds by words."""
    return MemoryBackend(database, Found(None, "As the test says."), MemoryOptions(ZoneInfo(zone)), lambda: now)


async def said(database: Database, name: str, *texts: str, at: datetime = NOW, first: int = 1) -> None:
    """Let Ann have said these texts, in order, in a conversation last written to at `at`."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    about = {"id": name, "owner": ANN.subject, "title": f"About {name}", "created": moment, "updated": moment}
    bodies = [
        Message(role="user", content=(Text(text=text),), metadata=Metadata(timestamp=at)).model_dump_json()
        for text in texts
    ]
    rows = [
        {"conversation": name, "position": position, "id": f"m{position}", "body": body, "moved_out": 0}
        for position, body in enumerate(bodies, first)
    ]

    def write(connection: sa.Connection) -> None:
        if first == 1:
            connection.execute(sa.insert(conversation).values(**about))
        else:
            connection.execute(sa.update(conversation).where(conversation.c.id == name).values(updated=moment))
        connection.execute(sa.insert(message), rows)

    await database.awrite(write)
