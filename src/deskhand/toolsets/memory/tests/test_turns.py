"""How what was said gets into the index."""

import time
from datetime import UTC, datetime, timedelta

import anyio
import pytest
import sqlalchemy as sa

from deskhand.context.message import Message, Metadata, Text
from deskhand.context.turns import BATCH, catch_up
from deskhand.store.database import Database
from deskhand.store.tables import conversation, message
from deskhand.toolsets.memory.finding import Request
from deskhand.toolsets.memory.tests.talk import ANN, NOW, memory, said

pytestmark = pytest.mark.anyio


def _fill(connection: sa.Connection, conversations: int, turns: int) -> None:
    """Many short conversations, of a time long gone."""
    for number in range(conversations):
        at = (NOW - timedelta(days=30) + timedelta(seconds=number)).isoformat(timespec="microseconds")
        about = {"id": f"c{number}", "owner": ANN.subject, "title": "t", "created": at, "updated": at}
        connection.execute(sa.insert(conversation).values(**about))
    body = Message(role="user", content=(Text(text="We spoke of the garden"),), metadata=Metadata(timestamp=NOW))
    rows = [
        {"conversation": f"c{n}", "position": k, "id": f"m{k}", "body": body.model_dump_json(), "moved_out": 0}
        for n in range(conversations)
        for k in range(1, turns + 1)
    ]
    connection.execute(sa.insert(message), rows)


async def test_a_first_search_waits_for_one_batch_and_the_background_does_the_rest() -> None:
    with Database(None) as database:
        await database.awrite(lambda connection: _fill(connection, 600, 2))
        backend = memory(database)
        async with anyio.create_task_group() as tasks:
            backend.background.running = True  # it has not come to this person yet
            await backend.search(ANN, "garden", Request())
            assert (await backend.status(ANN)).index_entries == BATCH
            tasks.start_soon(backend.background.run)
            with anyio.fail_after(10):
                while (await backend.status(ANN)).index_entries < 1_200:
                    await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()


async def test_many_short_conversations_are_caught_up_in_time_that_grows_with_them_only() -> None:
    """Ten times as many, not a hundred times as long; with room for a busy machine."""
    seconds: list[float] = []
    for conversations in (200, 2_000):
        with Database(None) as database:
            await database.awrite(lambda connection, many=conversations: _fill(connection, many, 1))
            began = time.perf_counter()
            assert await catch_up(memory(database).people.person(ANN.subject)) == conversations
            seconds.append(time.perf_counter() - began)
    assert seconds[1] < 30 * seconds[0]


async def test_a_conversation_dated_in_the_future_hides_no_later_one() -> None:
    with Database(None) as database:
        person = memory(database).people.person(ANN.subject)
        now = datetime.now(UTC)
        await said(database, "ahead", "Zebra", at=now + timedelta(days=400))
        assert await catch_up(person) == 1
        await said(database, "today", "Giraffe", at=now)
        assert await catch_up(person) == 1
        await said(database, "ahead", "Okapi", at=now + timedelta(days=401), first=2)
        assert await catch_up(person) == 1
        assert await catch_up(person) == 0


async def test_what_was_said_at_the_beginning_of_the_calendar_is_found_with_its_time_as_written() -> None:
    with Database(None) as database:
        await said(database, "old", "The zebra eats plums", at=datetime(1, 1, 1, 1, tzinfo=UTC))
        backend = memory(database, zone="America/New_York")
        [hit] = (await backend.search(ANN, "zebra", Request())).hits
    assert hit.when == "0001-01-01T01:00+00:00"
