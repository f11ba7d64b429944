"""What every view keeps to, over generated dialogues; and what happens when two write at once."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import anyio
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deskhand.context.message import Message
from deskhand.context.message_index import MessageIndex
from deskhand.context.tokens import TokenMeter
from deskhand.errors import LimitExceeded
from deskhand.principal import Principal
from deskhand.retrieval.analysis import query_terms
from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.index import Index
from deskhand.retrieval.search import Query
from deskhand.store.database import Database
from deskhand.toolsets.conversations.archive import Read
from deskhand.toolsets.conversations.backend import ConversationsBackend
from deskhand.toolsets.conversations.dialect import read_messages
from deskhand.toolsets.conversations.pairing import paired
from deskhand.toolsets.conversations.results import folded
from deskhand.toolsets.conversations.tests.client import lockers, said
from deskhand.toolsets.conversations.tests.dialogues import Raw, dialogues
from deskhand.toolsets.conversations.viewing import Stored, View

NOW = datetime(2026, 5, 7, 12, tzinfo=UTC)
ANN = Principal("ann")
SOME_DIALOGUES = st.lists(dialogues(), min_size=2, max_size=4)
FILLER = "The heron stood in the reeds until Thursday and cost 40 euros. " * 3


def stored(raws: list[Raw]) -> Stored:
    groups = paired(read_messages(raws, NOW), {})
    named = (
        message.model_copy(update={"id": f"m{position}"})
        for position, message in enumerate(chain.from_iterable(groups), 1)
    )
    return Stored("c" * 32, [Read(position, message) for position, message in enumerate(named, 1)])


def made(raws: list[Raw], budget: int, query: str = "Thursday") -> View:
    """The view of a conversation, with what a search by words brings back."""
    conversation = stored(raws)
    view = View(conversation, budget)
    view.compact(NOW)
    index = MessageIndex.of([read.message for read in conversation.reads])
    if view.out_of_view():
        view.recall(index.search(Query(query_terms(query), None), limit=20, skip=view.in_full()))
    return view


@st.composite
def long_dialogues(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Raw]:
    """Dialogues in any dialect with something long now and then, so that they must be compacted."""
    raws: list[Raw] = []
    for dialogue in draw(SOME_DIALOGUES):
        raws += [*dialogue, *(said("assistant", FILLER) for _ in range(draw(st.integers(0, 4))))]
    return raws


@settings(max_examples=25)
@given(long_dialogues(), st.integers(200, 1_000))
def test_a_view_is_within_its_budget_and_loses_nothing(raws: list[Raw], budget: int) -> None:
    try:
        view = made(raws, budget)
    except LimitExceeded:
        assume(False)
        return
    assert TokenMeter().total(view.messages()) <= budget
    ids = [read.message.id for read in view.stored.reads]
    assert sorted([*(message.id for message in view.window.messages), *view.out_of_view()]) == sorted(ids)


@settings(max_examples=25)
@given(long_dialogues(), st.integers(200, 1_000))
def test_a_view_has_no_call_without_its_result_and_no_result_without_its_call(raws: list[Raw], budget: int) -> None:
    try:
        shown = made(raws, budget).shown()
    except LimitExceeded:
        assume(False)
        return
    again = [message for group in paired(read_messages(shown, NOW), {}) for message in group]
    assert len(again) >= len(shown)


@settings(max_examples=25)
@given(long_dialogues(), st.integers(200, 1_000))
def test_the_same_conversation_gives_the_same_view(raws: list[Raw], budget: int) -> None:
    try:
        first, second = made(raws, budget), made(raws, budget)
    except LimitExceeded:
        assume(False)
        return
    assert json.dumps(first.shown()) == json.dumps(second.shown())


def thinking(text: str) -> Raw:
    return {"type": "thinking", "thinking": text, "signature": "s"}


def test_reasoning_is_shown_in_the_turn_that_goes_on_if_there_is_room() -> None:
    use = {"type": "tool_use", "id": "t", "name": "look", "input": Raw()}
    raws: list[Raw] = [
        said("user", "First"),
        {"role": "assistant", "content": [thinking("old"), {"type": "text", "text": "Done"}]},
        said("user", "Second"),
        {"role": "assistant", "content": [thinking("new " * 50), use]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "seen"}]},
    ]
    roomy, tight = str(View(stored(raws), 1_000).shown()), str(View(stored(raws), 80).shown())
    assert ("old" in roomy, "new" in roomy, "new" in tight) == (False, True, False)


def backend(database: Database) -> ConversationsBackend:
    return ConversationsBackend(database, Index(None), lambda: datetime.now(UTC))


async def nobody(done: float, total: float) -> None:
    """Reports to nobody."""


@pytest.fixture
def database() -> Iterator[Database]:
    with Database(None) as opened:
        yield opened


@pytest.mark.anyio
async def test_messages_sent_at_once_all_arrive_each_under_its_own_id(database: Database) -> None:
    ours = backend(database)
    name = (await ours.append(ANN, None, [said("user", "Start")])).conversation
    ids: list[str] = []

    async def send(number: int) -> None:
        ids.extend((await ours.append(ANN, name, [said("user", f"Part {number}")])).message_ids)

    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(send, number)
    assert sorted(ids) == [f"m{number}" for number in range(2, 8)]
    overview = await ours.documents.overview(ANN, name)
    assert {str(each.message["content"]) for each in overview.messages[1:]} == {f"Part {number}" for number in range(6)}


@pytest.mark.anyio
async def test_two_compactions_at_once_make_one_receipt(database: Database) -> None:
    ours = backend(database)
    name = (await ours.append(ANN, None, lockers(60))).conversation
    numbers: list[int] = []

    async def compact() -> None:
        numbers.append((await ours.compact(ANN, name, 1_000, "", nobody)).result.receipt.number)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(compact)
    assert numbers == [1, 1, 1]
    assert len((await ours.documents.overview(ANN, name)).receipts) == 1


@pytest.mark.anyio
async def test_a_compaction_that_can_do_nothing_leaves_no_receipt(database: Database) -> None:
    ours = backend(database)
    rules = said("system", "Be kind to the herons. " * 120)  # about 700 tokens, which must stay
    name = (await ours.append(ANN, None, [rules, said("user", "Go on")])).conversation
    first = await ours.compact(ANN, name, 800, "", nobody)
    assert (first.is_new, first.result.receipt.number, len(first.result.messages)) == (False, 0, 2)
    await ours.append(ANN, name, [said("assistant", FILLER), said("user", "And now?")] * 6)
    for is_new in (True, False, False):
        again = await ours.compact(ANN, name, 900, "", nobody)
        assert (again.is_new, again.result.receipt.number) == (is_new, 1)


@pytest.mark.anyio
async def test_the_last_request_is_looked_up_while_tools_are_called_for_it(database: Database) -> None:
    ours = backend(database)
    use = {"type": "tool_use", "id": "t", "name": "look", "input": Raw()}
    told = {"type": "tool_result", "tool_use_id": "t", "content": "Nothing special."}
    loop: list[Raw] = [{"role": "assistant", "content": [use]}, {"role": "user", "content": [told]}]
    name = (await ours.append(ANN, None, [*lockers(60), *loop])).conversation
    receipt = (await ours.compact(ANN, name, 1_000, "", nobody)).result.receipt
    assert "m8" in receipt.recalled or "m9" in receipt.recalled


class Failing:
    """An embedder that raises what no embedder should."""

    model, dimension, is_local = "failing", 8, True

    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError("boom")

    def covers(self, text: str) -> float:
        return 1.0

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.mark.anyio
async def test_an_embedder_that_raises_anything_leaves_words(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    ours = ConversationsBackend(database, Index(Failing()), lambda: datetime.now(UTC))
    name = (await ours.append(ANN, None, lockers(60))).conversation
    for _ in range(2):
        found = await ours.recall(ANN, name, "code of locker 41", 2_000, 3, nobody)
        assert "2517" in found.messages[0].content
        assert "by words only" in found.note
    assert "by words only" in (await ours.compact(ANN, name, 1_000, "locker 3", nobody)).result.receipt.note
    assert caplog.text.count("RuntimeError: boom") == 1


def test_ids_in_a_row_are_folded() -> None:
    assert list(folded(["m1", "m2", "m3", "m7", "m9", "m10"])) == ["m1-m3", "m7", "m9-m10"]
    assert list(folded(["a1b2", "a1b3"])) == ["a1b2", "a1b3"]
    assert list(folded([])) == []


def test_messages_of_deskhand_itself_are_texts() -> None:
    view = made(lockers(60), 1_000, "locker 3")
    assert all(isinstance(each["content"], str) for each in view.shown())
    assert isinstance(view.messages()[1], Message)
