"""Every dialect is read, kept whole and shown again as it came; what cannot be kept is refused with a reason."""

from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import Any

import pytest
from hypothesis import given

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult
from deskhand.errors import InvalidInput
from deskhand.toolsets.conversations.dialect import read_messages, show_messages
from deskhand.toolsets.conversations.metadata import show_metadata
from deskhand.toolsets.conversations.pairing import open_calls, paired
from deskhand.toolsets.conversations.tests.dialogues import Raw, dialogues

IN_PARTS: list[Raw] = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}]
NOW = datetime(2026, 5, 7, 12, tzinfo=UTC)


def understood(raws: list[Raw]) -> list[list[Message]]:
    return paired(read_messages(raws, NOW), {})


def stored(raws: list[Raw]) -> list[Message]:
    """The messages as they come back from the store."""
    groups = understood(raws)
    return [Message.model_validate_json(message.model_dump_json()) for message in chain.from_iterable(groups)]


def user(content: Any) -> Raw:
    return {"role": "user", "content": content}


def calls(*ids: str) -> Raw:
    return {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": id, "name": "look", "input": Raw()} for id in ids],
    }


def answers(*ids: str, key: str = "tool_use_id") -> Raw:
    return user([{"type": "tool_result", key: id, "content": "seen"} for id in ids])


@given(dialogues())
def test_every_message_is_shown_again_as_it_came(raws: list[Raw]) -> None:
    plain = [{key: value for key, value in raw.items() if key != "metadata"} for raw in raws]
    assert show_messages(stored(raws)) == plain


@given(dialogues())
def test_metadata_is_given_back(raws: list[Raw]) -> None:
    for raw, group in zip(raws, understood(raws), strict=True):
        for message in group:
            shown = show_metadata(message.metadata)
            assert {key: shown[key] for key in raw.get("metadata", {})} == raw.get("metadata", {})


@given(dialogues())
def test_calls_and_results_are_side_by_side_in_the_one_shape(raws: list[Raw]) -> None:
    messages = stored(raws)
    for index, message in enumerate(messages):
        if message.role == "tool":
            before = [each for each in messages[:index] if each.role != "tool"][-1]
            names = {call.id: call.name for call in before.tool_calls}
            results = [block for block in message.content if isinstance(block, ToolResult)]
            assert [names[result.call_id] for result in results] == [result.name for result in results]
    assert open_calls(messages) == {}


def test_the_four_dialects_say_the_same() -> None:
    png = {"data": "aGk=", "mime": "image/png"}
    pictures: list[Raw] = [
        {"type": "image", "data": png["data"], "mime_type": png["mime"]},
        {"type": "image", "source": {"type": "base64", "media_type": png["mime"], "data": png["data"]}},
        {"type": "image", "data": png["data"], "mimeType": png["mime"]},
        {"type": "image_url", "image_url": {"url": f"data:{png['mime']};base64,{png['data']}"}},
    ]
    read = [stored([user([{"type": "text", "text": "This?"}, picture])])[0].content for picture in pictures]
    assert read == [(Text(text="This?"), Image(data="aGk=", mime_type="image/png"))] * 4


def test_a_call_of_openai_is_read_with_its_arguments_and_kept_as_written() -> None:
    function: Raw = {"name": "look", "arguments": '{ "at":1}'}
    broken = {"name": "look", "arguments": '{"at"'}
    raws: list[Raw] = [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "a", "type": "function", "function": function},
                {"id": "b", "type": "function", "function": broken},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "one"},
        {"role": "tool", "tool_call_id": "b", "content": "two"},
    ]
    messages = stored(raws)
    assert messages[0].tool_calls == (
        ToolCall(id="a", name="look", arguments={"at": 1}, raw='{ "at":1}'),
        ToolCall(id="b", name="look", arguments=None, raw='{"at"'),
    )
    assert show_messages(messages) == raws


def test_results_and_text_in_one_message_are_two_that_are_shown_as_one() -> None:
    told = answers("a")
    told["content"].append({"type": "text", "text": "And what now?"})
    raws = [calls("a"), told]
    groups = understood(raws)
    assert [[message.role for message in group] for group in groups] == [["assistant"], ["tool", "user"]]
    messages = stored(raws)
    assert show_messages(messages) == raws
    assert show_messages(messages[2:]) == [user([{"type": "text", "text": "And what now?"}])]


def test_thinking_is_kept_as_reasoning_and_may_be_left_out() -> None:
    thought = {"type": "thinking", "thinking": "It is a cat.", "signature": "abc"}
    raws: list[Raw] = [{"role": "assistant", "content": [thought, {"type": "text", "text": "A cat."}]}]
    messages = stored(raws)
    assert (messages[0].metadata.reasoning, messages[0].text) == ("It is a cat.", "A cat.")
    assert show_messages(messages) == raws
    without = show_messages(messages, reasoning=())
    assert without == [{"role": "assistant", "content": [{"type": "text", "text": "A cat."}]}]


def test_messages_without_a_time_are_of_now_and_in_order() -> None:
    times = [message.metadata.timestamp for message in stored([user("a"), user("b"), user("c")])]
    assert times[0] == NOW
    assert all(earlier < later for earlier, later in pairwise(times))


def test_a_time_without_offset_is_of_this_machine() -> None:
    said = stored([{**user("a"), "metadata": {"timestamp": "2026-01-02T03:04"}}])[0]
    assert said.metadata.timestamp == datetime(2026, 1, 2, 3, 4).astimezone()


@pytest.mark.parametrize(
    ("raws", "reason"),
    [
        ([user("a"), {"role": "robot", "content": "b"}], "Message 2: role 'robot' is unknown. Expected system, user"),
        ([{"content": "a"}], "Message 1: role must be a string, and it is missing"),
        ([{"role": "user"}], "content is missing"),
        ([user(5)], "content must be a text or a list of blocks"),
        ([user(["a"])], "content must be a list of objects"),
        ([user([{"type": "text"}])], "text must be a string, and it is missing"),
        ([user([{"type": "image", "source": Raw()}])], "must say its type: base64, url or file"),
        ([user([{"type": "image_url", "image_url": {"url": "data:image/png,x"}}])], "a data: URL must be base64"),
        (
            [{**user([*IN_PARTS, {"type": "tool_use", "id": "a", "name": "b", "input": Raw()}]), "role": "assistant"}],
            "a block of type 'tool_use' is not accepted here. Accepted: text",
        ),
        (
            [user([{"type": "tool_use", "id": "a", "name": "b", "input": Raw()}])],
            "a user message holds no tool_call block",
        ),
        ([user([{"type": "thinking", "thinking": "a"}])], "only an assistant message holds thinking"),
        ([{"role": "tool", "content": "a"}], "a tool message needs tool_call_id"),
        ([{"role": "assistant", "content": None, "function_call": {"name": "a"}}], "functions of the older API"),
        ([{**user("a"), "metadata": {"priority": "urgent"}}], "priority must be low, normal, high or pinned"),
        ([{**user("a"), "metadata": {"timestamp": "yesterday"}}], "timestamp must be ISO 8601"),
        ([{**user("a"), "metadata": {"timestamp": "0001-01-01T00:00:00+14:00"}}], "of the years 1900 to 2200"),
        ([{**user("a"), "metadata": [1]}], "metadata must be an object"),
        ([user("a\0b")], "NUL"),
        ([user([{"type": "text", "text": "\ud83d"}])], "half of a surrogate pair"),
        ([calls("a"), user([*answers("a")["content"], *answers("b", key="toolUseId")["content"]])], "mix the formats"),
        ([calls("a"), user([{"type": "text", "text": "b"}, *answers("a")["content"]])], "tool results come before"),
        ([user("a"), answers("a")], "Message 2: a result for the call 'a', which the assistant message before it did"),
        ([calls("a"), answers("a"), answers("a")], "Message 3: a result for the call 'a'"),
        ([calls("a", "b"), answers("a"), user("Stop")], "Message 3: the call 'b' of look has no result yet"),
        ([calls("a"), calls("b")], "Message 2: the call 'a' of look has no result yet"),
        ([calls("a", "a")], "two calls have the id 'a'"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_reason(raws: list[Any], reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        understood(raws)
    assert reason in refused.value.message


def test_a_call_that_waits_for_its_result_is_known_to_the_next_append() -> None:
    waiting = open_calls(stored([user("a"), calls("x", "y"), answers("x")]))
    assert waiting == {"y": "look"}
    [[result]] = paired(read_messages([answers("y")], NOW), waiting)
    assert isinstance(result.content[0], ToolResult)
    with pytest.raises(InvalidInput, match="no result yet"):
        paired(read_messages([user("b")], NOW), waiting)
