"""Searching stored conversations: up to date, one person's own, embedded for as long as there is time."""

from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from tests.memory.remembering import ScriptedEmbedder, sentence

from deskhand.context.log import BATCH, Log
from deskhand.context.message import Message, Text, ToolCall, ToolResult, user
from deskhand.retrieval.index import Index
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage
from deskhand.store.database import Database
from deskhand.store.entries import EntryTable
from deskhand.store.personal import People
from deskhand.toolsets.memory.embedding import texts_of

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 2, tzinfo=UTC)


async def said(database: Database, name: str, *messages: Message, owner: str = "ann") -> None:
    def mint(first: int) -> list[StoredMessage]:
        return [StoredMessage(f"m{at}", message.model_dump_json()) for at, message in enumerate(messages, first)]

    await Conversations(database).append_all(ConversationRow(name, owner, "", NOW, NOW), mint)


def call(call_id: str = "1") -> Message:
    return Message(role="assistant", content=(ToolCall(id=call_id, name="read_file", arguments={}),))


def result(text: str, call_id: str = "1") -> Message:
    return Message(role="tool", content=(ToolResult(call_id=call_id, name="read_file", content=(Text(text=text),)),))


def log_of(database: Database, embedder: ScriptedEmbedder | None = None, *, cache_bytes: int = 64_000_000) -> Log:
    return Log(People(database), Index(embedder), cache_bytes=cache_bytes)


async def found(log: Log, query: str, name: str = "trip", *, subject: str = "ann") -> list[int]:
    return [hit.position for hit in await log.search(subject, name, query, limit=5)]


async def test_what_was_said_is_found_once_it_is_caught_up(database: Database) -> None:
    log = log_of(database)
    await said(database, "trip", user(sentence(1)), user(sentence(2)))
    assert await found(log, sentence(1)) == []
    await log.catch_up("ann", "trip")
    assert (await found(log, sentence(1)))[0] == 1
    await said(database, "trip", user(sentence(3)))
    await log.catch_up("ann", "trip")
    assert (await found(log, sentence(3)))[0] == 3
    assert [hit.position for hit in await log.search("ann", "trip", sentence(3), limit=5, skip=[3])] == []


async def test_another_conversation_and_another_person_find_nothing_of_it(database: Database) -> None:
    log = log_of(database)
    await said(database, "trip", user(sentence(1)))
    await said(database, "office", user(sentence(2)))
    await said(database, "hers", user(sentence(1)), owner="bob")
    for name in ("trip", "office", "hers"):
        await log.catch_up("ann", name)
    assert await found(log, sentence(1)) == [1]
    assert await found(log, sentence(1), "office") == []
    assert await found(log, sentence(1), subject="bob") == []
    assert await found(log, sentence(1), "hers") == []


async def test_a_long_result_is_found_by_its_piece_and_comes_from_the_store(database: Database) -> None:
    log = log_of(database)
    lines = [sentence(number) for number in range(100)]
    await said(database, "trip", user("Read it"), call(), result("\n".join(lines)), user("Thanks"))
    await log.catch_up("ann", "trip")
    (hit, *_) = await log.search("ann", "trip", lines[70], limit=5)
    assert hit.position == 3
    assert hit.passage is not None
    key = f"turn/trip/3.{hit.passage}"
    texts = await People(database).person("ann").read(lambda rows: texts_of(rows, [key, "turn/trip/3", "turn/trip/1"]))
    assert set(texts) == {key, "turn/trip/1"}
    assert lines[70] in texts[key]


async def test_a_batch_never_ends_within_a_message(database: Database) -> None:
    log = log_of(database)
    for n in range(0, 900, 90):
        await said(database, "trip", call(f"{n}"), result("\n".join(map(sentence, range(n, n + 90))), f"{n}"))
    await log.catch_up("ann", "trip")
    assert (await found(log, sentence(899)))[0] == 20
    assert (await found(log, sentence(0)))[0] == 2
    keys = [
        row.key for row in await People(database).person("ann").read(lambda rows: EntryTable(rows).changed_in("trip"))
    ]
    assert len(keys) == len(set(keys))


async def test_a_deleted_conversation_is_found_no_more(database: Database) -> None:
    first, second = log_of(database), log_of(database)  # two processes, each with what it kept
    await said(database, "trip", user(sentence(1)))
    await said(database, "office", user(sentence(2)))
    await first.catch_up("ann", "trip")
    await first.catch_up("ann", "office")
    for log in (first, second):
        assert await found(log, sentence(1)) == [1]
        assert await found(log, sentence(2), "office") == [1]
    await Conversations(database).delete("ann", "trip")
    for log in (first, second):
        assert await found(log, sentence(1)) == []
        assert await found(log, sentence(2), "office") == [1]


async def test_everything_is_embedded_when_there_is_time(database: Database) -> None:
    embedder = ScriptedEmbedder()
    log = log_of(database, embedder)
    await said(database, "trip", *(user(sentence(number)) for number in range(3 * BATCH - 1)))
    await said(database, "office", user("elsewhere"))
    heard: list[tuple[int, int]] = []
    assert await log.ready("ann", "trip", seconds=60, progress=lambda done, every: heard.append((done, every))) == 0
    every = 3 * BATCH - 1
    assert heard == [(0, every), (BATCH, every), (2 * BATCH, every), (every, every)]
    assert "elsewhere" not in embedder.embedded
    before = embedder.asked
    assert await log.ready("ann", "trip", seconds=60) == 0
    assert embedder.asked == before
    word = sentence(4).split()[0].upper()
    assert (await found(log, word))[0] == 5
    assert embedder.asked == before + 1


async def test_vectors_that_come_later_count_in_what_is_kept(database: Database) -> None:
    log = log_of(database, ScriptedEmbedder())
    await said(database, "trip", user("blau grün"), user("rot gelb"), user("weiß"), user("schwarz"))
    await log.catch_up("ann", "trip")
    by_words = await log.search("ann", "trip", "rot", limit=1)
    assert await log.ready("ann", "trip", seconds=60) == 0
    assert (await log.search("ann", "trip", "rot", limit=1))[0].score > by_words[0].score


async def test_time_that_is_over_leaves_the_rest_for_the_next(database: Database) -> None:
    embedder = ScriptedEmbedder(hangs=True)
    log = log_of(database, embedder)
    await said(database, "trip", *(user(sentence(number)) for number in range(10)))
    assert await log.ready("ann", "trip", seconds=0.2) == 10
    embedder.hangs = False
    assert await log.ready("ann", "trip", seconds=60) == 0


async def test_a_model_that_is_away_is_not_waited_for_and_one_text_it_refuses_holds_up_no_other(
    database: Database,
) -> None:
    embedder = ScriptedEmbedder(fails="it is away")
    log = log_of(database, embedder)
    await said(database, "trip", user("zebra one"), user("okapi two"))
    assert await log.ready("ann", "trip", seconds=60) == 2
    assert (await found(log, "okapi"))[0] == 2
    embedder.fails, embedder.refuses = "", "zebra"
    assert await log.ready("ann", "trip", seconds=60) == 0


async def test_without_a_model_nothing_waits(database: Database) -> None:
    log = log_of(database)
    await said(database, "trip", user("zebra"))
    assert await log.ready("ann", "trip", seconds=60) == 0
    assert await found(log, "zebra") == [1]


async def test_another_model_makes_all_vectors_anew(database: Database) -> None:
    await said(database, "trip", user("zebra"), user("okapi"))
    assert await log_of(database, ScriptedEmbedder()).ready("ann", "trip", seconds=60) == 0
    log = log_of(database, ScriptedEmbedder(model="other", dimension=32))
    assert (await found(log, "zebra"))[0] == 1
    assert await log.ready("ann", "trip", seconds=60) == 0
    assert (await found(log, "zebra"))[0] == 1


async def test_what_is_kept_stays_within_its_bound(tmp_path: Path) -> None:
    with Database(tmp_path / "deskhand.db") as database:
        small = log_of(database, cache_bytes=1)
        for name in ("a", "b", "c"):
            await said(database, name, user(f"zebra {name}"))
            await small.catch_up("ann", name)
            assert await found(small, "zebra", name) == [1]
        assert small.kept == 1
        assert await found(small, "zebra", "a") == [1]


async def test_many_search_and_write_at_once(database: Database) -> None:
    log = log_of(database)
    await said(database, "trip", user("zebra"))
    await log.catch_up("ann", "trip")
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:

            async def write(number: int) -> None:
                await said(database, "trip", user(f"okapi {number}"))
                await log.catch_up("ann", "trip")

            async def look() -> None:
                assert 1 in await found(log, "zebra")

            for number in range(10):
                tasks.start_soon(write, number)
                tasks.start_soon(look)
    assert len(await log.search("ann", "trip", "okapi", limit=50)) == 11
