"""Blocks that nobody here reads are kept, named where they are quoted, and shown again as they came."""

from datetime import UTC, datetime
from typing import Any

import pytest

from deskhand.context.message import Message, Text, ToolResult
from deskhand.context.tokens import IMAGE_TOKENS, TokenMeter
from deskhand.toolsets.conversations.counting import counted
from deskhand.toolsets.conversations.dialect import read_messages, show_messages
from deskhand.toolsets.conversations.pairing import paired
from deskhand.toolsets.conversations.tests.dialogues import Raw

NOW = datetime(2026, 5, 7, 12, tzinfo=UTC)
CALL: Raw = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "look", "input": Raw()}]}
LINK = {"type": "resource_link", "uri": "notes://herons", "name": "Herons in May"}


def stored(raws: list[Raw]) -> list[Message]:
    groups = paired(read_messages(raws, NOW), {})
    return [Message.model_validate_json(message.model_dump_json()) for group in groups for message in group]


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ({"type": "audio", "data": "aGk=", "mimeType": "audio/wav"}, "[audio]"),
        ({"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}}, "[input_audio]"),
        (LINK, "[resource_link: Herons in May]"),
        ({"type": "resource", "resource": {"uri": "notes://a", "text": "Grey."}}, "[resource: notes://a]"),
        (
            {"type": "document", "title": "A\nreport", "source": {"type": "url", "url": "https://x"}},
            "[document: A report]",
        ),
        ({"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}, "[image: https://x/y.png]"),
        ({"type": "image", "source": {"type": "file", "file_id": "f1"}}, "[image]"),
        ({"type": "image_url", "image_url": {"url": "https://x/y.png"}}, "[image_url: https://x/y.png]"),
        ({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:x"}}, "[file: a.pdf]"),
    ],
)
def test_a_block_of_another_kind_is_named_and_shown_as_it_came(block: Raw, name: str) -> None:
    raws: list[Raw] = [{"role": "user", "content": [{"type": "text", "text": "This:"}, block]}]
    messages = stored(raws)
    assert messages[0].content == (Text(text="This:"), Text(text=name))
    assert show_messages(messages) == raws


@pytest.mark.parametrize("content", [LINK, [LINK], [{"type": "text", "text": "a"}, LINK]])
def test_a_result_may_hold_one(content: Any) -> None:
    raws = [CALL, {"role": "user", "content": [{"type": "tool_result", "toolUseId": "a", "content": content}]}]
    raws[0] = {**CALL, "content": CALL["content"]}
    messages = stored(raws)
    result = messages[1].content[0]
    assert isinstance(result, ToolResult)
    assert result.content[-1] == Text(text="[resource_link: Herons in May]")
    assert show_messages(messages) == raws


@pytest.mark.parametrize(
    "content",
    [
        {"type": "text", "text": "hi"},
        {"type": "image", "data": "aGk=", "mimeType": "image/png"},
        {"type": "audio", "data": "aGk=", "mimeType": "audio/wav"},
    ],
)
def test_a_single_block_of_mcp_is_taken_and_shown_as_one(content: Raw) -> None:
    raws = [{"role": "user", "content": content}]
    messages = stored(raws)
    assert len(messages[0].content) == 1
    assert show_messages(messages) == raws


def test_a_single_call_and_its_single_result_are_a_pair() -> None:
    call, result = CALL["content"][0], {"type": "tool_result", "toolUseId": "a", "content": [LINK]}
    raws: list[Raw] = [{"role": "assistant", "content": call}, {"role": "user", "content": result}]
    messages = stored(raws)
    assert [message.role for message in messages] == ["assistant", "tool"]
    assert show_messages(messages) == raws


def test_a_single_block_of_thinking_is_shown_or_left_out() -> None:
    raws: list[Raw] = [{"role": "assistant", "content": {"type": "thinking", "thinking": "A heron?", "signature": "s"}}]
    assert show_messages(stored(raws)) == raws
    assert show_messages(stored(raws), reasoning=()) == [{"role": "assistant", "content": []}]


def test_a_picture_elsewhere_costs_what_a_picture_costs() -> None:
    block = {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}
    [message] = stored([{"role": "user", "content": [block]}])
    assert IMAGE_TOKENS < TokenMeter(counted).count(message) < IMAGE_TOKENS + 60


def test_what_followed_results_that_moved_out_does_not_join_those_of_another() -> None:
    function = {"name": "look", "arguments": "{}"}
    other: list[Raw] = [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "b", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "b", "content": "seen"},
    ]
    result = {"type": "tool_result", "tool_use_id": "a", "content": "seen"}
    text = {"type": "text", "text": "And now?"}
    messages = stored([*other, CALL, {"role": "user", "content": [result, text]}])
    shown = show_messages([*messages[:2], messages[-1]])
    assert shown == [*other, {"role": "user", "content": [text]}]
