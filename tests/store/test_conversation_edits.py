"""Naming a conversation, branching off from it, and letting a branch take its place."""

import pytest
from tests.store.talks import talk

from deskhand.errors import DeskhandError, InvalidInput, NotFound
from deskhand.store.conversation_edits import ConversationEdits, Cut
from deskhand.store.conversations import Conversations
from deskhand.store.database import Database
from deskhand.store.receipts import Receipts, StoredReceipt
from deskhand.store.turn_records import TurnRecords

pytestmark = pytest.mark.anyio


@pytest.fixture
def edits(database: Database) -> ConversationEdits:
    return ConversationEdits(database)


async def ids(database: Database, owner: str = "ann", *, superseded: bool = False) -> list[str]:
    return [row.id for row in await Conversations(database).recent(owner, superseded=superseded)]


async def test_a_new_title_is_kept_in_one_line(edits: ConversationEdits, database: Database) -> None:
    await talk(database, "a1", "Hello")
    assert await edits.rename("ann", "a1", "  The\nnew   one ") == "The new one"
    assert (await Conversations(database).summary("ann", "a1")).title == "The new one"


@pytest.mark.parametrize("title", ["", " \n ", "x" * 201], ids=["empty", "blank", "too long"])
async def test_a_title_that_is_none_is_refused(edits: ConversationEdits, database: Database, title: str) -> None:
    await talk(database, "a1", "Hello")
    with pytest.raises(InvalidInput, match="1 to 200 characters"):
        await edits.rename("ann", "a1", title)
    assert (await Conversations(database).summary("ann", "a1")).title == "A talk"


@pytest.mark.parametrize(("inclusive", "count"), [(True, 3), (False, 2)], ids=["with it", "before it"])
async def test_a_branch_holds_what_was_said_up_to_a_message(
    edits: ConversationEdits, database: Database, inclusive: bool, count: int
) -> None:
    await talk(database, "a1", "One", "Two", "Three")
    store = Conversations(database)
    row = await edits.branch("ann", "a1", Cut("m3", inclusive=inclusive), "Another way")
    assert (row.title, row.branched_from, row.messages, row.owner) == ("Another way", "a1", count, "ann")
    whole = await store.messages("ann", "a1")
    assert await store.messages("ann", row.id) == whole[:count]
    assert await store.outputs("ann", row.id) == await store.outputs("ann", "a1")
    assert len(whole) == 6


async def test_what_moved_out_of_view_is_in_view_in_a_branch(edits: ConversationEdits, database: Database) -> None:
    await talk(database, "a1", "One", "Two")
    await Receipts(database).add("ann", "a1", StoredReceipt(1, "{}"), ["m1", "m2"], after=0)
    row = await edits.branch("ann", "a1", Cut("m4"))
    assert (row.title, row.messages, row.moved_out) == ("A talk", 4, 0)
    assert await Receipts(database).all("ann", row.id, taken_back=True) == []


async def test_a_branch_has_the_records_of_its_turns_only(edits: ConversationEdits, database: Database) -> None:
    await talk(database, "a1", "One", "Two")
    records = TurnRecords(database)
    for turn in ("m1", "m3"):
        await records.keep("ann", "a1", turn, f'"{turn}"')
    row = await edits.branch("ann", "a1", Cut("m2"))
    assert await records.of("ann", row.id) == {"m1": '"m1"'}
    assert await records.of("ann", "a1") == {"m1": '"m1"', "m3": '"m3"'}


async def test_a_branch_lives_on_when_its_origin_is_deleted(edits: ConversationEdits, database: Database) -> None:
    await talk(database, "a1", "One")
    row = await edits.branch("ann", "a1", Cut("m2"))
    await Conversations(database).delete("ann", "a1")
    assert await ids(database) == [row.id]
    assert len(await Conversations(database).messages("ann", row.id)) == 2


async def test_a_branch_at_no_message_makes_nothing(edits: ConversationEdits, database: Database) -> None:
    await talk(database, "a1", "One")
    with pytest.raises(NotFound, match="no message 'm9'"):
        await edits.branch("ann", "a1", Cut("m9"))
    assert await ids(database) == ["a1"]


async def test_a_conversation_whose_place_was_taken_is_listed_when_asked_for(
    edits: ConversationEdits, database: Database
) -> None:
    for id in ("a1", "a2", "a3"):
        await talk(database, id, "One")
    await edits.supersede("ann", "a1", "a2")
    await edits.supersede("ann", "a2", "a3")
    store = Conversations(database)
    assert await ids(database) == ["a3"]
    assert await ids(database, superseded=True) == ["a3", "a2", "a1"]
    assert [row.id for row in await store.earlier("ann", "a3")] == ["a2", "a1"]
    assert [row.superseded_by for row in await store.earlier("ann", "a2")] == ["a2"]
    assert await store.earlier("ann", "a1") == []
    assert await store.earlier("bob", "a3") == []


async def test_deleting_what_took_a_place_gives_it_back(edits: ConversationEdits, database: Database) -> None:
    for id in ("a1", "a2", "a3"):
        await talk(database, id, "One")
    await edits.supersede("ann", "a1", "a2")
    await edits.supersede("ann", "a2", "a3")
    store = Conversations(database)
    await store.delete("ann", "a2")
    assert [row.id for row in await store.earlier("ann", "a3")] == ["a1"]
    await store.delete("ann", "a3")
    assert await ids(database) == ["a1"]


async def test_a_conversation_cannot_take_its_own_place(edits: ConversationEdits, database: Database) -> None:
    await talk(database, "a1", "One")
    with pytest.raises(InvalidInput, match="its own place"):
        await edits.supersede("ann", "a1", "a1")
    assert await ids(database) == ["a1"]


async def test_nobody_changes_anothers(edits: ConversationEdits, database: Database) -> None:
    await talk(database, "a1", "One")
    await talk(database, "b1", "One", owner="bob")
    before = await Conversations(database).summary("ann", "a1")
    for attempt in (
        edits.rename("bob", "a1", "Mine"),
        edits.branch("bob", "a1", Cut("m1")),
        edits.supersede("bob", "a1", "b1"),
        edits.supersede("bob", "b1", "a1"),
    ):
        with pytest.raises(DeskhandError) as caught:
            await attempt
        assert isinstance(caught.value, NotFound)
    assert await Conversations(database).summary("ann", "a1") == before
    assert await ids(database, "bob", superseded=True) == ["b1"]
