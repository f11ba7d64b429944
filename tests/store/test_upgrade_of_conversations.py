"""The step to the page keeps every conversation as it was, and leaves what is new about it empty."""

from datetime import UTC, datetime

import anyio
import pytest
import sqlalchemy as sa

from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage, StoredOutput
from deskhand.store.database import Database
from deskhand.store.migrations import HEAD
from deskhand.store.tables import question, turn_record, visit

pytestmark = pytest.mark.anyio


def at_the_step_before(connection: sa.Connection) -> None:
    for statement in (
        "DROP TABLE visit", "DROP TABLE turn_record", "DROP TABLE question",
        "ALTER TABLE conversation DROP COLUMN branched_from", "ALTER TABLE conversation DROP COLUMN superseded_by",
        "UPDATE alembic_version SET version_num = '0005'",
    ):  # fmt: skip
        connection.execute(sa.text(statement))


async def test_conversations_keep_what_they_hold(database: Database) -> None:
    now = datetime.now(UTC)
    talks = Conversations(database)
    row = ConversationRow("c1", "ann", "A talk", now, now)
    await talks.append(row, StoredMessage("m1", '{"said":"Grüße"}'), [StoredOutput("out_1", "tool", "all of it")])
    (before,) = await talks.recent("ann")
    database.write(at_the_step_before)
    assert await anyio.to_thread.run_sync(database.upgrade) == "0005"
    assert database.version() == HEAD
    assert await talks.recent("ann") == [before]
    assert (before.branched_from, before.superseded_by) == (None, None)
    assert await talks.messages("ann", "c1") == [StoredMessage("m1", '{"said":"Grüße"}', position=1)]
    assert await talks.outputs("ann", "c1") == [StoredOutput("out_1", "tool", "all of it")]


async def test_what_is_new_goes_with_the_conversation(database: Database) -> None:
    now = datetime.now(UTC)
    talks = Conversations(database)
    await talks.append(ConversationRow("c1", "ann", "A talk", now, now), StoredMessage("m1", "{}"))
    database.write(at_the_step_before)
    await anyio.to_thread.run_sync(database.upgrade)

    def fill(connection: sa.Connection) -> None:
        connection.execute(sa.insert(turn_record).values(conversation="c1", turn="m1", body="{}"))
        connection.execute(sa.insert(question).values(id="q", owner="ann", conversation="c1", body="{}", created=1))
        signed_in = dict.fromkeys(("digest", "subject", "client", "scopes", "csrf"), "ann")
        connection.execute(sa.insert(visit), [signed_in | {"created": 1, "expires": 2}])

    def counts(connection: sa.Connection) -> list[int]:
        tables = (turn_record, question, visit)
        return [connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables]

    database.write(fill, subject="ann")
    assert database.read(counts, subject="ann") == [1, 1, 1]
    await talks.delete("ann", "c1")
    assert database.read(counts, subject="ann") == [0, 0, 1]
