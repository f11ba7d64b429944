"""Conversations are kept whole, in order, and only for their owner."""

from datetime import UTC, datetime

import anyio
import pytest
from sqlalchemy.exc import IntegrityError

from deskhand.errors import InvalidInput, NotFound, Unavailable
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage, StoredOutput
from deskhand.store.database import Database
from deskhand.store.receipts import Receipts, StoredReceipt

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(database: Database) -> Conversations:
    return Conversations(database)


def row(id: str, owner: str = "ann") -> ConversationRow:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return ConversationRow(id, owner, f"about {id}", now, now)


async def move_out(database: Database, ids: list[str], owner: str = "ann", conversation: str = "a1") -> None:
    """Compact a conversation for the first time."""
    await Receipts(database).add(owner, conversation, StoredReceipt(1, "{}"), ids, after=0)


async def test_messages_come_back_in_order(store: Conversations) -> None:
    written = [StoredMessage(f"m{number}", f'{{"n": {number}}}', position=number) for number in range(1, 31)]
    for message in written:
        await store.append(row("a1"), message)
    assert await store.messages("ann", "a1") == written
    found = await store.find("ann", "a1")
    assert (found.title, found.created, found.messages) == ("about a1", row("a1").created, 30)
    assert found.updated > found.created


async def test_an_owner_sees_only_their_own(store: Conversations, database: Database) -> None:
    await store.append(row("a1"), StoredMessage("m", "{}"))
    await store.append(row("b1", "bob"), StoredMessage("m", "{}"), [StoredOutput("h", "", "whole")])
    assert [found.id for found in await store.recent("ann")] == ["a1"]
    assert await store.messages("ann", "b1") == []
    with pytest.raises(NotFound, match="No conversation matches 'b1'"):
        await store.find("ann", "b1")
    assert await store.message("ann", "b1", "m") is None
    assert await store.output("ann", "b1", "h") is None
    await move_out(database, ["m"], "bob", "b1")
    await store.change("ann", "b1", {}, shown=["m"])
    assert [said.moved_out for said in await store.messages("bob", "b1")] == [True]
    await store.delete("ann", "b1")
    assert [found.id for found in await store.recent("bob")] == ["b1"]


async def test_the_newest_comes_first_and_is_the_latest(store: Conversations) -> None:
    for id in ("a1", "a2", "a3", "a1"):
        await store.append(row(id), StoredMessage(f"m{len(await store.messages('ann', id))}", "{}"))
    assert [found.id for found in await store.recent("ann")] == ["a1", "a3", "a2"]
    assert [found.id for found in await store.recent("ann", limit=1)] == ["a1"]
    assert (await store.find("ann", "latest")).id == "a1"


async def test_the_beginning_of_an_id_is_enough_when_it_is_the_only_one(store: Conversations) -> None:
    for id in ("abc1", "abd2"):
        await store.append(row(id), StoredMessage("m", "{}"))
    assert (await store.find("ann", "ABD")).id == "abd2"
    with pytest.raises(InvalidInput, match="abc1, abd2"):
        await store.find("ann", "ab")
    with pytest.raises(NotFound):
        await store.find("ann", "%")


async def test_there_is_no_latest_without_conversations(store: Conversations) -> None:
    with pytest.raises(NotFound):
        await store.find("ann", "latest")


async def test_what_was_moved_out_stays_readable(store: Conversations, database: Database) -> None:
    for id in ("m1", "m2", "m3"):
        await store.append(row("a1"), StoredMessage(id, "{}"))
    await move_out(database, ["m1", "m2"])
    assert [(m.id, m.moved_out) for m in await store.messages("ann", "a1")] == [
        ("m1", True),
        ("m2", True),
        ("m3", False),
    ]


async def test_whole_outputs_are_kept_beside_their_message(store: Conversations) -> None:
    output = StoredOutput("h1", "files/read", "whole" * 1_000)
    await store.append(row("a1"), StoredMessage("m1", "{}"), [output])
    assert await store.output("ann", "a1", "h1") == output
    assert await store.output("ann", "a1", "h") is None
    assert await store.output("ann", "other", "h1") is None


async def test_a_message_is_found_by_the_beginning_of_its_id_when_it_is_the_only_one(store: Conversations) -> None:
    for id in ("abcdef12", "abcdef1", "abcdeg11", "abcdeg12"):
        await store.append(row("a1"), StoredMessage(id, "[]"))
    assert await store.message("ann", "a1", "abcdef12") == StoredMessage("abcdef12", "[]", position=1)
    assert await store.message("ann", "a1", "abcdef1") == StoredMessage("abcdef1", "[]", position=2)
    with pytest.raises(InvalidInput, match=r"'abcdeg'.* ambiguous\. Give more of the id"):
        await store.message("ann", "a1", "abcdeg")
    for owner, id, prefix in (("ann", "a1", "abcdeh"), ("ann", "other", "abcdef12"), ("bob", "a1", "abcdef12")):
        assert await store.message(owner, id, prefix) is None


async def test_a_word_is_not_taken_for_the_beginning_of_an_id(store: Conversations) -> None:
    await store.append(row("a1"), StoredMessage("added1", "[]"))
    assert await store.message("ann", "a1", "added") is None
    assert await store.message("ann", "a1", "") is None
    assert await store.message("ann", "a1", "added1") is not None


async def test_messages_that_come_together_are_minted_with_their_positions(store: Conversations) -> None:
    await store.append(row("a1"), StoredMessage("first", "{}"))

    def two(first: int) -> list[StoredMessage]:
        return [StoredMessage(f"m{position}", "{}") for position in (first, first + 1)]

    assert await store.append_all(row("a1"), two, [StoredOutput("h1", "", "whole")]) == 2
    assert [(m.id, m.position) for m in await store.messages("ann", "a1")] == [("first", 1), ("m2", 2), ("m3", 3)]
    assert await store.output("ann", "a1", "h1") is not None


async def test_of_messages_that_come_together_one_that_cannot_be_kept_keeps_all_away(store: Conversations) -> None:
    await store.append(row("a1"), StoredMessage("m1", "{}"))
    with pytest.raises(IntegrityError):
        await store.append_all(row("a1"), lambda _: [StoredMessage("m2", "{}"), StoredMessage("m1", "{}")])
    assert [m.id for m in await store.messages("ann", "a1")] == ["m1"]


async def test_nobody_appends_to_anothers_conversation(store: Conversations) -> None:
    await store.append(row("a1"), StoredMessage("m1", "{}"))
    with pytest.raises((IntegrityError, Unavailable)):
        await store.append_all(row("a1", "bob"), lambda _: [StoredMessage("m2", "{}")])
    assert [m.id for m in await store.messages("ann", "a1")] == ["m1"]


async def test_messages_are_read_in_pages_by_id_and_only_those_in_view(
    store: Conversations, database: Database
) -> None:
    many = [StoredMessage(f"m{position}", "{}") for position in range(1, 1_202)]
    await store.append_all(row("a1"), lambda _: many)
    ids = [message.id for message in many]
    assert [m.position for m in await store.page("ann", "a1", after=1_198, most=2)] == [1_199, 1_200]
    assert await store.page("ann", "a1", after=1_201, most=2) == []
    assert [m.id for m in await store.by_ids("ann", "a1", [*reversed(ids), "m0", "m1", "m1201"])] == ids
    await move_out(database, ids[:1_200])
    assert [m.id for m in await store.messages_in_view("ann", "a1")] == ["m1201"]
    for found in (store.page("bob", "a1", 0, 9), store.by_ids("bob", "a1", ids), store.messages_in_view("bob", "a1")):
        assert await found == []


async def test_messages_are_read_from_the_end_in_pages(store: Conversations) -> None:
    await store.append_all(row("a1"), lambda _: [StoredMessage(f"m{position}", "{}") for position in range(1, 6)])
    assert [m.id for m in await store.newest_first("ann", "a1", None, 2)] == ["m5", "m4"]
    assert [m.id for m in await store.newest_first("ann", "a1", 4, 9)] == ["m3", "m2", "m1"]
    assert await store.newest_first("ann", "a1", 1, 9) == []
    assert await store.newest_first("bob", "a1", None, 9) == []


async def test_the_places_of_messages_are_known_without_reading_them(store: Conversations) -> None:
    await store.append_all(row("a1"), lambda _: [StoredMessage(f"m{10 - position}", "{}") for position in (1, 2, 3)])
    assert await store.places("ann", "a1") == [("m9", 1), ("m8", 2), ("m7", 3)]
    assert await store.places("bob", "a1") == []


async def test_messages_get_other_bodies_and_come_back_into_view_together(
    store: Conversations, database: Database
) -> None:
    await store.append_all(row("a1"), lambda _: [StoredMessage(id, "{}") for id in ("m1", "m2", "m3")])
    await move_out(database, ["m1", "m2", "m3"])
    await store.change("ann", "a1", {"m1": "[1]", "m3": "[3]"}, shown=["m1"])
    assert [(m.body, m.moved_out) for m in await store.messages("ann", "a1")] == [
        ("[1]", False),
        ("{}", True),
        ("[3]", True),
    ]


@pytest.mark.parametrize(("owner", "missing"), [("bob", "m1"), ("ann", "m")])
async def test_when_one_message_is_not_there_none_is_changed(
    store: Conversations, database: Database, owner: str, missing: str
) -> None:
    await store.append_all(row("a1"), lambda _: [StoredMessage("m1", "{}"), StoredMessage("m2", "{}")])
    await move_out(database, ["m1", "m2"])
    with pytest.raises(NotFound, match="no message 'm"):
        await store.change(owner, "a1", {"m2": "[]", missing: "[]"}, shown=["m2"])
    assert [(m.body, m.moved_out) for m in await store.messages("ann", "a1")] == [("{}", True), ("{}", True)]


async def test_a_summary_is_of_exactly_this_conversation(store: Conversations, database: Database) -> None:
    await store.append(row("a1"), StoredMessage("m1", "{}"))
    await store.append(row("a1"), StoredMessage("m2", "{}"))
    await store.append(row("a2"), StoredMessage("m1", "{}"))
    await move_out(database, ["m2"])
    found = await store.summary("ann", "a1")
    assert (found.messages, found.moved_out) == (2, 1)
    for owner, id in (("ann", "a"), ("ann", "latest"), ("bob", "a1")):
        with pytest.raises(NotFound):
            await store.summary(owner, id)


async def test_deleting_takes_everything_along(store: Conversations) -> None:
    await store.append(row("a1"), StoredMessage("m1", "{}"), [StoredOutput("h1", "", "whole")])
    await store.delete("ann", "a1")
    await store.delete("ann", "a1")
    assert await store.recent("ann") == []
    assert await store.messages("ann", "a1") == []
    assert await store.output("ann", "a1", "h1") is None


async def test_characters_that_an_engine_cannot_keep_do_not_cost_the_rest(store: Conversations) -> None:
    await store.append(row("a1"), StoredMessage("m1", "{}"), [StoredOutput("h1", "", "one\0two")])
    found = await store.output("ann", "a1", "h1")
    assert found is not None
    assert found.text in ("one\0two", "one\ufffdtwo")


async def test_messages_written_at_once_each_get_a_place(store: Conversations) -> None:
    await store.append(row("a1"), StoredMessage("first", "{}"))
    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(store.append, row("a1"), StoredMessage(f"m{number}", "{}"))
    assert len(await store.messages("ann", "a1")) == 11
