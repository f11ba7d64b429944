"""What is given back beside the content of messages is counted, and does not outlive a message that is shortened."""

import json
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deskhand.context.message import Message, ToolResult
from deskhand.context.shorten import shortened
from deskhand.context.tokens import TokenMeter, estimate
from deskhand.errors import LimitExceeded
from deskhand.toolsets.conversations.archive import Read
from deskhand.toolsets.conversations.counting import counted
from deskhand.toolsets.conversations.dialect import read_messages, show
from deskhand.toolsets.conversations.pairing import paired
from deskhand.toolsets.conversations.tests.client import said
from deskhand.toolsets.conversations.tests.dialogues import LARGE, Raw, dialogues, laden, objects_in
from deskhand.toolsets.conversations.viewing import Stored, View

NOW = datetime(2026, 5, 7, 12, tzinfo=UTC)
A_MESSAGE = 4
"""Tokens reckoned for the role and the brackets of a message, whatever they are."""
PICTURE = "iVBORw0KGgo" * 300


def stored(raws: list[Raw]) -> list[Message]:
    groups = paired(read_messages(raws, NOW), {})
    return [message.model_copy(update={"id": f"m{at}"}) for at, message in enumerate(chain.from_iterable(groups), 1)]


def view(raws: list[Raw], budget: int) -> View:
    view = View(Stored("c" * 32, [Read(at, message) for at, message in enumerate(stored(raws), 1)]), budget)
    view.compact(NOW)
    return view


def weight(shown: Any) -> int:
    """Tokens of what is returned, without the data of pictures, which are not counted by their length."""
    return estimate(json.dumps(shown, ensure_ascii=False).replace(PICTURE, ""))


def pairs(dialect: str, result: Raw) -> list[Raw]:
    """A call, and its result with what is in `result`."""
    keys = {"anthropic": "tool_use_id", "mcp": "toolUseId", "deskhand": "call_id"}
    role = "tool" if dialect == "deskhand" else "user"
    call: Raw = {"type": "tool_use", "id": "c", "name": "look", "input": Raw()}
    if dialect == "deskhand":
        call = {"type": "tool_call", "id": "c", "name": "look", "arguments": Raw()}
    if dialect == "openai":
        function = {"name": "look", "arguments": "{}"}
        called: Raw = {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": function}]}
        return [called, {"role": "tool", "tool_call_id": "c", **result}]
    answer = {"type": "tool_result", keys[dialect]: "c", **result}
    return [{"role": "assistant", "content": [call]}, {"role": role, "content": [answer]}]


@settings(max_examples=25)
@given(st.lists(laden(), min_size=1, max_size=3), st.integers(1_000, 2_500))
def test_all_that_a_view_gives_back_is_within_its_budget(parts: list[list[Raw]], budget: int) -> None:
    # From 1,000 tokens: below, the brackets of many empty blocks, which nobody counts, are a share that shows.
    try:
        shown = view([raw for part in parts for raw in part], budget).shown()
    except LimitExceeded:
        assume(False)
        return
    assert weight(shown) <= budget + A_MESSAGE * len(shown)


@settings(max_examples=40)
@given(dialogues(), st.data())
def test_what_is_put_beside_anything_in_a_message_is_counted_with_it(raws: list[Raw], data: st.DataObject) -> None:
    before = TokenMeter(counted).total(stored(raws))
    places = [
        one for raw in raws for part in (raw, raw.get("content"), raw.get("tool_calls")) for one in objects_in(part)
    ]
    data.draw(st.sampled_from(places))["x"] = LARGE
    messages = stored(raws)
    given_back = LARGE in json.dumps([show(message) for message in messages])
    thought = LARGE in json.dumps([message.metadata.extra for message in messages if "aside" in message.metadata.extra])
    grown = TokenMeter(counted).total(messages) - before
    assert thought or not given_back or grown >= 0.9 * estimate(LARGE)


@pytest.mark.parametrize("dialect", ["deskhand", "anthropic", "mcp", "openai"])
def test_a_result_in_short_has_none_of_what_came_beside_it(dialect: str) -> None:
    large = {"structuredContent": {"rows": [LARGE]}, "annotations": LARGE, "_meta": {"x": LARGE}}
    picture = {
        "deskhand": {"type": "image", "data": PICTURE, "mime_type": "image/png"},
        "anthropic": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}},
        "mcp": {"type": "image", "data": PICTURE, "mimeType": "image/png"},
        "openai": {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}", "detail": "high"}},
    }[dialect]
    audio = {"type": "audio", "data": "aGk=" * 900, "mimeType": "audio/wav"}
    result: Raw = {"content": [{**picture, "x": LARGE}, audio, {"type": "text", "text": LARGE, "x": LARGE}], **large}
    call, answer = stored(pairs(dialect, result))
    assert show(answer) == pairs(dialect, result)[1]
    short = show(shortened(answer, {"c": call.tool_calls[0]}, lambda message, result: "there"))
    [block] = objects_in(short.get("content"))[-1:]
    assert (block["type"], weight(short) < 200) == ("text", True)
    assert PICTURE not in json.dumps(short)
    assert set(block) == {"type", "text"}


def test_a_picture_in_a_patched_result_is_kept_once_and_counted_as_one() -> None:
    url = {"url": f"data:image/png;base64,{PICTURE}", "detail": "high"}
    [message] = stored([{"role": "user", "content": [{"type": "image_url", "image_url": url}]}])
    assert message.model_dump_json().count(PICTURE) == 1
    assert 1_200 <= TokenMeter(counted).count(message) < 1_230


def test_long_ids_and_arguments_written_twice_are_counted() -> None:
    call = {"type": "tool_call", "id": "i" * 4_000, "name": "look", "arguments": {"x": LARGE}, "raw": LARGE}
    [message] = stored([{"role": "assistant", "content": [call]}])
    assert weight(show(message)) <= TokenMeter(counted).count(message) + 20  # its brackets


@pytest.mark.parametrize("dialect", ["deskhand", "anthropic", "mcp", "openai"])
def test_a_message_with_nothing_beside_it_is_counted_as_ever(dialect: str) -> None:
    messages = stored([said("user", "Look"), *pairs(dialect, {"content": "A heron"}), said("assistant", "A heron.")])
    assert [counted(message) for message in messages] == messages
    assert isinstance(messages[2].content[0], ToolResult)


def test_an_annotation_too_large_for_the_budget_is_refused_or_moves_out() -> None:
    annotated = {**said("user", "hi"), "annotations": "word " * 40_000}
    with pytest.raises(LimitExceeded):
        view([annotated], 500)
    shown = view([annotated, said("assistant", "hello"), said("user", "And now?")], 500).shown()
    assert weight(shown) < 100
