"""What was said in conversations is found too, and goes when they go."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import anyio
import anyio.lowlevel
import pytest
import sqlalchemy as sa
from tests.memory.remembering import ANN, BOB, START, Clock, real_time, remembering, sentence

from deskhand.context.message import Message, Metadata, Text, ToolCall, ToolResult
from deskhand.context.turns import BATCH, catch_up
from deskhand.principal import Principal
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage
from deskhand.store.database import Database, everyone
from deskhand.store.personal import Person, PersonalRows
from deskhand.store.tables import conversation, entry, memory_owner, message
from deskhand.store.turns import TurnTable
from deskhand.toolsets.memory.backend import MemoryBackend
from deskhand.toolsets.memory.finding import Request

T = TypeVar("T")
pytestmark = pytest.mark.anyio


async def said(
    database: Database, name: str, *texts: str, owner: str = "ann", role: str = "user", at: datetime = START
) -> None:
    """Write messages to a conversation, at a time of its own."""
    row = ConversationRow(name, owner, f"About {name}", at, at)
    for number, text in enumerate(texts):
        message = Message.model_validate(
            {"role": role, "content": (Text(text=text),), "metadata": Metadata(timestamp=at)}
        )
        await Conversations(database).append(
            row, StoredMessage(f"{name}{role}{number}{time.monotonic_ns()}", message.model_dump_json())
        )


def afterwards(database: Database) -> MemoryBackend:
    """A memory that is asked when no conversation is going on any more."""
    return remembering(database, clock=Clock(real_time() + timedelta(hours=1)))


def index(database: Database) -> list[tuple[str, str]]:
    """Whose and which entries there are."""

    def work(connection: sa.Connection) -> list[tuple[str, str]]:
        everyone(connection)
        return [(row[0], row[1]) for row in connection.execute(sa.select(entry.c.subject, entry.c.key))]

    return database.read(work)


def entries(database: Database) -> int:
    """How many there are."""

    def work(connection: sa.Connection) -> int:
        everyone(connection)
        return connection.scalar(sa.select(sa.func.count()).select_from(entry)) or 0

    return database.read(work)


async def test_a_turn_is_found_with_the_title_of_its_conversation(database: Database) -> None:
    await said(database, "trip", sentence(1), sentence(2))
    found = await afterwards(database).search(ANN, sentence(1), Request())
    assert (found.hits[0].id, found.hits[0].text) == ("turn/trip/1", sentence(1))
    assert found.hits[0].source == "conversation 'About trip'"
    assert (await afterwards(database).search(BOB, sentence(1), Request())).hits == ()
    without = Request(include_conversations=False)
    assert (await afterwards(database).search(ANN, sentence(1), without)).hits == ()


async def test_the_conversation_that_is_going_on_is_no_news(sqlite: Database) -> None:
    await said(sqlite, "old", sentence(1))
    await said(sqlite, "now", sentence(1))
    now = datetime.now(START.tzinfo)
    going_on = await remembering(sqlite, clock=Clock(now)).search(ANN, sentence(1), Request())
    assert [hit.id for hit in going_on.hits] == ["turn/old/1"]
    later = await remembering(sqlite, clock=Clock(now + timedelta(hours=1))).search(ANN, sentence(1), Request())
    assert {hit.id for hit in later.hits} == {"turn/old/1", "turn/now/1"}


async def test_a_deleted_conversation_leaves_no_entry_and_no_trace_in_what_is_remembered_of_it(
    database: Database,
) -> None:
    first, second = afterwards(database), afterwards(database)  # two processes, each with a cache of its own
    await said(database, "trip", sentence(1))
    await said(database, "office", sentence(2))
    for backend in (first, second):
        assert (await backend.search(ANN, sentence(1), Request())).hits
    await Conversations(database).delete("bob", "trip")
    assert ("ann", "turn/trip/1") in index(database)
    await Conversations(database).delete("ann", "trip")
    assert index(database) == [("ann", "turn/office/1")]
    for backend in (first, second):
        assert (await backend.search(ANN, sentence(1), Request())).hits == ()
        assert (await backend.search(ANN, sentence(2), Request())).hits


async def test_deleting_leaves_no_note_that_somebody_without_memories_was_there(database: Database) -> None:
    await said(database, "trip", sentence(1))
    await Conversations(database).delete("ann", "trip")

    def work(connection: sa.Connection) -> list[str]:
        everyone(connection)
        return list(connection.scalars(sa.select(memory_owner.c.subject)))

    assert database.read(work) == []


async def test_turns_of_a_conversation_deleted_while_they_are_indexed_are_not_kept(sqlite: Database) -> None:
    await said(sqlite, "trip", sentence(1))

    class Losing(Person):
        async def read(self, work: Callable[[PersonalRows], T]) -> T:
            due = await super().read(work)
            await Conversations(sqlite).delete("ann", "trip")
            return due

    await catch_up(Losing(sqlite, "ann"))
    assert index(sqlite) == []


async def test_three_thousand_messages_are_caught_up_in_batches_while_others_go_on(sqlite: Database) -> None:
    await said(sqlite, "long", "x")

    def body(number: int) -> str:
        return Message(role="user", content=(Text(text=sentence(number)),)).model_dump_json()

    def fill(connection: sa.Connection) -> None:
        rows = [{"conversation": "long", "position": n, "id": f"m{n}", "body": body(n)} for n in range(2, 3_001)]
        connection.execute(sa.insert(message), rows)

    sqlite.write(fill)
    backend = afterwards(sqlite)
    seen: set[int] = set()
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            while True:
                seen.add(entries(sqlite))
                await anyio.lowlevel.checkpoint()

        tasks.start_soon(watch)
        found = await backend.search(ANN, sentence(2_999), Request(limit=1))
        assert found.hits[0].id == "turn/long/2999"
        tasks.cancel_scope.cancel()
    assert entries(sqlite) == 3_000 > 10 * BATCH
    # In one piece, others would have had no turn before the end, or none in which some were there and some were not.
    assert len(seen - {0, 3_000}) >= 10
    assert await catch_up(backend.people.person("ann")) == 0


async def test_when_nothing_new_was_said_a_search_looks_at_no_message(sqlite: Database) -> None:
    """Of conversations that end with what has no words, too; there are many more of those than of new ones."""
    for number in range(3):
        await said(sqlite, f"c{number}", sentence(number))
        await said(sqlite, f"c{number}", "", role="assistant")

    def long_ago(connection: sa.Connection) -> None:
        connection.execute(sa.update(conversation).values(updated="2026-01-01T00:00:00.000000+00:00"))

    sqlite.write(long_ago)
    backend = afterwards(sqlite)
    await backend.search(ANN, sentence(0), Request())
    await said(sqlite, "new", sentence(9))
    await backend.search(ANN, sentence(9), Request())
    person = backend.people.person("ann")
    asked: list[str] = []

    def ask(rows: PersonalRows) -> None:
        turns = TurnTable(rows)
        since = (datetime.fromisoformat(turns.seen_until()) - timedelta(minutes=1)).isoformat(timespec="microseconds")
        asked.extend(name for name, _ in turns.written_since(since))

    await person.read(ask)
    assert asked == ["new"]
    assert await catch_up(person) == 0


async def test_tool_results_and_pieces_of_long_turns_are_no_hits_and_change_no_score(database: Database) -> None:
    """They are searched within their conversation only (`context.log`), and are no neighbours of what was said."""

    async def scores(subject: str) -> list[tuple[str, float]]:
        await said(database, f"{subject}2", sentence(3), owner=subject)
        found = await afterwards(database).search(Principal(subject, "test"), sentence(1), Request())
        return [(hit.id.replace(subject, ""), hit.score) for hit in found.hits]

    for subject in ("ann", "bob"):
        await said(database, subject, sentence(1), sentence(2), owner=subject)
    row = ConversationRow("ann", "ann", "", START, START)
    call = Message(role="assistant", content=(ToolCall(id="1", name="read", arguments={}),))
    content = (ToolResult(call_id="1", name="read", content=(Text(text=f"{sentence(1)}\n" * 100),)),)
    for name, said_so in (("call", call), ("result", Message(role="tool", content=content))):
        await Conversations(database).append(row, StoredMessage(name, said_so.model_dump_json()))
    assert await scores("ann") == await scores("bob") != []
    assert ("ann", "turn/ann/4.1") in index(database)
