"""What waits for an answer, and what turns looked like, is kept for its owner as long as the conversation is."""

from dataclasses import replace

import pytest
from tests.store.talks import talk

from deskhand.errors import DeskhandError, NotFound
from deskhand.store.conversations import Conversations
from deskhand.store.database import Database
from deskhand.store.questions import QuestionRow, Questions
from deskhand.store.turn_records import TurnRecords

pytestmark = pytest.mark.anyio

ASKED = QuestionRow("q1", "ann", "a1", '{"calls": ["Grüße"]}', 1_790_000_000)


@pytest.fixture
async def questions(database: Database) -> Questions:
    await talk(database, "a1", "One")
    await talk(database, "b1", "One", owner="bob")
    return Questions(database)


async def test_questions_wait_in_their_order(questions: Questions) -> None:
    later = replace(ASKED, id="q0", created=ASKED.created + 1)
    await questions.keep(later)
    await questions.keep(ASKED)
    assert await questions.of("ann") == [ASKED, later]
    assert await questions.of("bob") == []


async def test_a_question_asked_again_is_one(questions: Questions) -> None:
    await questions.keep(ASKED)
    again = replace(ASKED, body="{}")
    await questions.keep(again)
    assert await questions.of("ann") == [again]


async def test_only_the_first_answer_removes_it(questions: Questions) -> None:
    await questions.keep(ASKED)
    assert not await questions.remove("bob", "q1")
    assert await questions.remove("ann", "q1")
    assert not await questions.remove("ann", "q1")
    assert await questions.of("ann") == []


async def test_it_goes_with_its_conversation(questions: Questions, database: Database) -> None:
    await questions.keep(ASKED)
    await Conversations(database).delete("ann", "a1")
    assert await questions.of("ann") == []
    with pytest.raises(NotFound):
        await questions.keep(ASKED)


async def test_nobody_asks_in_anothers_conversation_or_place(questions: Questions) -> None:
    await questions.keep(ASKED)
    with pytest.raises(NotFound):
        await questions.keep(replace(ASKED, id="q2", owner="bob"))
    with pytest.raises(DeskhandError):
        await questions.keep(QuestionRow("q1", "bob", "b1", "{}", 1))
    assert await questions.of("ann") == [ASKED]
    assert await questions.of("bob") == []


async def test_a_record_of_a_turn_is_kept_in_place_of_the_one_before(database: Database) -> None:
    await talk(database, "a1", "One", "Two")
    records = TurnRecords(database)
    for turn, record in (("m1", "{}"), ("m3", "{}"), ("m1", '{"events":[]}')):
        await records.keep("ann", "a1", turn, record)
    assert await records.of("ann", "a1") == {"m1": '{"events":[]}', "m3": "{}"}
    assert await records.of("bob", "a1") == {}
    with pytest.raises(NotFound):
        await records.keep("bob", "a1", "m1", "mine")
    assert (await records.of("ann", "a1"))["m1"] == '{"events":[]}'
