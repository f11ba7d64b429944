"""The benchmark of the short-term memory's speed still runs; the numbers are for docs to show."""

from itertools import islice
from pathlib import Path

import pytest
from bench.context_data import dialogues
from bench.context_speed import Conversation, compacting, endless, memory_row, of_tokens, stored_recall

from deskhand.context.message import Message, ToolResult
from deskhand.context.tokens import TokenMeter

pytestmark = pytest.mark.anyio


def texts(messages: list[Message]) -> list[str]:
    return [message.text for message in messages if len(message.text) > 60]


def test_a_long_conversation_repeats_hardly_a_message_and_no_id_or_call() -> None:
    messages = list(islice(endless(dialogues()[:1]), 3 * len(dialogues()[0].messages)))
    assert len({message.id for message in messages}) == len(messages)
    said = texts(messages)
    assert len(set(said)) > 0.95 * len(said)
    calls = [call.id for message in messages for call in message.tool_calls]
    answers = [block.call_id for message in messages for block in message.content if isinstance(block, ToolResult)]
    assert len(set(calls)) == len(calls) > 0
    assert sorted(calls) == sorted(answers)


def test_it_is_as_long_as_asked_and_ends_with_a_request() -> None:
    messages = of_tokens(endless(dialogues()), 5_000)
    assert messages[-1].role == "user"
    assert 5_000 <= TokenMeter().total(messages) < 10_000


def test_compacting_is_timed_beside_lexrank() -> None:
    assert all(milliseconds > 0 for milliseconds in compacting(2_000, tokens=8_000, times=1))


async def test_recall_is_timed_in_the_index_in_the_log_and_in_plain_fts5(tmp_path: Path) -> None:
    conversation = Conversation(120)
    conversation.recall(conversation.questions[0])
    conversation.plain_search(conversation.questions[0])
    spent = await stored_recall(conversation, conversation.questions[:4], tmp_path)
    assert len(spent) == 3
    assert min(spent) > 0


def test_memory_is_told_as_the_difference_between_the_ends() -> None:
    row = memory_row([100_000_000] * 100 + [0] * 800 + [104_000_000] * 100)
    assert (row.value, row.goal) == ("104.0 MB", "+4.0 MB on the first 100; goal: flat")
