"""Receipts of compactions: numbered once, written with what they moved out, taken back with those after them."""

from datetime import UTC, datetime

import anyio
import pytest

from deskhand.errors import Conflict, NotFound
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage
from deskhand.store.database import Database
from deskhand.store.receipts import Receipts, StoredReceipt

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 2, tzinfo=UTC)


async def talk(database: Database, many: int = 6) -> tuple[Conversations, Receipts]:
    """A conversation of Ann's with messages m1, m2 …"""
    store = Conversations(database)
    await more(store, many)
    return store, Receipts(database)


async def more(store: Conversations, many: int) -> None:
    def mint(first: int) -> list[StoredMessage]:
        return [StoredMessage(f"m{position}", "{}") for position in range(first, first + many)]

    await store.append_all(ConversationRow("c", "ann", "", NOW, NOW), mint)


async def in_view(store: Conversations) -> list[str]:
    return [message.id for message in await store.messages_in_view("ann", "c")]


async def test_a_receipt_is_kept_with_what_it_moved_out(database: Database) -> None:
    store, receipts = await talk(database)
    await receipts.add("ann", "c", StoredReceipt(1, "one"), ["m1", "m2", "m3"], after=0)
    assert await in_view(store) == ["m4", "m5", "m6"]
    await receipts.add("ann", "c", StoredReceipt(2, "two"), ["m4"], back=["m2"], after=1)
    assert await in_view(store) == ["m2", "m5", "m6"]
    assert await receipts.all("ann", "c") == [StoredReceipt(1, "one"), StoredReceipt(2, "two")]
    assert await receipts.one("ann", "c", 2) == StoredReceipt(2, "two")
    assert await receipts.one("ann", "c", 3) is None
    assert await receipts.next_number("ann", "c") == 3


async def test_a_receipt_of_the_whole_conversation_supersedes_those_in_force(database: Database) -> None:
    store, receipts = await talk(database)
    assert await receipts.newest("ann", "c") is None
    for number in (1, 2):
        await receipts.add("ann", "c", StoredReceipt(number, ""), [f"m{number}"], after=number - 1)
    await receipts.add("ann", "c", StoredReceipt(3, "all", supersedes=True), ["m3"], back=["m1", "m2"], after=2)
    assert await receipts.all("ann", "c") == [StoredReceipt(3, "all")]
    assert await receipts.newest("ann", "c") == StoredReceipt(3, "all")
    assert [(each.number, each.taken_back) for each in await receipts.last("ann", "c", 2)] == [(2, True), (3, False)]
    assert await receipts.newest_number("ann", "c") == 3
    assert (await receipts.newest_number("bob", "c"), await receipts.last("bob", "c", 9)) == (0, [])
    assert await in_view(store) == ["m1", "m2", "m4", "m5", "m6"]


async def test_a_thousand_messages_are_moved_out_at_once(database: Database) -> None:
    store, receipts = await talk(database, 1_501)
    await receipts.add("ann", "c", StoredReceipt(1, ""), [f"m{position}" for position in range(1, 1_501)], after=0)
    assert await in_view(store) == ["m1501"]


async def test_of_two_that_compact_at_once_one_is_told_and_changes_nothing(database: Database) -> None:
    store, receipts = await talk(database)
    told: list[str] = []

    async def compact(body: str, moved_out: str) -> None:
        try:
            await receipts.add("ann", "c", StoredReceipt(1, body), [moved_out], after=0)
        except Conflict as error:
            told.append(error.message)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(compact, "one", "m1")
        tasks.start_soon(compact, "two", "m2")
    (why,) = told
    assert "compacted by somebody else" in why
    (kept,) = await receipts.all("ann", "c")
    gone = {"one": "m1", "two": "m2"}[kept.body]
    assert await in_view(store) == [id for id in ("m1", "m2", "m3", "m4", "m5", "m6") if id != gone]


async def test_taking_back_undoes_what_came_after_too_and_numbers_are_used_once(database: Database) -> None:
    store, receipts = await talk(database)
    for number, gone in ((1, "m1"), (2, "m2"), (3, "m3")):
        await receipts.add("ann", "c", StoredReceipt(number, ""), [gone], after=number - 1)
    await more(store, 1)
    assert await receipts.take_back("ann", "c", 2, ["m2", "m3", "m4", "m5", "m6"]) == [2, 3]
    assert await in_view(store) == ["m2", "m3", "m4", "m5", "m6", "m7"]
    assert [receipt.number for receipt in await receipts.all("ann", "c")] == [1]
    assert [receipt.taken_back for receipt in await receipts.all("ann", "c", taken_back=True)] == [False, True, True]
    assert await receipts.next_number("ann", "c") == 4
    with pytest.raises(Conflict, match="meanwhile"):
        await receipts.add("ann", "c", StoredReceipt(3, ""), ["m4"], after=1)
    await receipts.add("ann", "c", StoredReceipt(4, ""), ["m4"], after=1)
    assert "m4" not in await in_view(store)


async def test_what_was_compacted_from_a_view_that_is_gone_is_refused(database: Database) -> None:
    store, receipts = await talk(database)
    for number in (1, 2):
        await receipts.add("ann", "c", StoredReceipt(number, ""), [f"m{number}"], after=number - 1)
    await receipts.take_back("ann", "c", 2, ["m2"])
    for after in (2, 0):  # goes on from what was taken back; knows of no compaction at all
        with pytest.raises(Conflict, match="taken back, meanwhile"):
            await receipts.add("ann", "c", StoredReceipt(3, ""), ["m3"], after=after)
    assert await in_view(store) == ["m2", "m3", "m4", "m5", "m6"]
    assert [receipt.number for receipt in await receipts.all("ann", "c")] == [1]
    await receipts.take_back("ann", "c", 1, ["m1"])
    await receipts.add("ann", "c", StoredReceipt(3, ""), ["m3"], after=0)
    assert await receipts.next_number("ann", "c") == 4


async def test_what_cannot_be_taken_back_is_told(database: Database) -> None:
    store, receipts = await talk(database)
    await receipts.add("ann", "c", StoredReceipt(1, ""), ["m1"], after=0)
    await receipts.take_back("ann", "c", 1, ["m1"])
    await receipts.add("ann", "c", StoredReceipt(2, ""), ["m1"], after=0)
    with pytest.raises(Conflict, match="taken back already"):
        await receipts.take_back("ann", "c", 1, ["m1"])
    with pytest.raises(NotFound, match="no receipt 3"):
        await receipts.take_back("ann", "c", 3, ["m1"])
    assert "m1" not in await in_view(store)


async def test_an_owner_sees_and_changes_only_their_own(database: Database) -> None:
    store, receipts = await talk(database)
    await receipts.add("ann", "c", StoredReceipt(1, ""), ["m1"], after=0)
    assert await receipts.all("bob", "c") == []
    assert await receipts.one("bob", "c", 1) is None
    assert await receipts.next_number("bob", "c") == 1
    with pytest.raises(NotFound):
        await receipts.add("bob", "c", StoredReceipt(2, ""), ["m2"], after=1)
    with pytest.raises(NotFound):
        await receipts.take_back("bob", "c", 1, ["m1"])
    assert await in_view(store) == ["m2", "m3", "m4", "m5", "m6"]


async def test_receipts_go_with_their_conversation(database: Database) -> None:
    store, receipts = await talk(database)
    await receipts.add("ann", "c", StoredReceipt(1, ""), ["m1"], after=0)
    await store.delete("ann", "c")
    await more(store, 1)
    assert await receipts.all("ann", "c") == []
