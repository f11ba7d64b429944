"""What is too deep, too large, of no time or of no type is refused with a sentence, and what is taken can be read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import JsonValue

from deskhand.context.message import Message
from deskhand.errors import InvalidInput
from deskhand.toolsets.conversations.bounds import CALL_BYTES, MESSAGE_BYTES, MOST_DEPTH, check_messages
from deskhand.toolsets.conversations.dialect import read_messages, show_messages
from deskhand.toolsets.conversations.pairing import paired
from deskhand.toolsets.conversations.tests.dialogues import Raw, deep, hostile

NOW = datetime(2026, 5, 7, 12, tzinfo=UTC)
MOST_OF_ERROR = 500


def stored(raws: list[Raw]) -> list[Message]:
    """The messages as they come back from the store."""
    groups = paired(read_messages(raws, NOW), {})
    return [Message.model_validate_json(message.model_dump_json()) for group in groups for message in group]


def refusal(raws: list[Raw]) -> str:
    with pytest.raises(InvalidInput) as refused:
        stored(raws)
    return refused.value.message


def user(content: Any, **more: Any) -> Raw:
    return {"role": "user", "content": content, **more}


def called(arguments: str) -> list[Raw]:
    function = {"name": "look", "arguments": arguments}
    return [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "a", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "a", "content": "seen"},
    ]


def nested(where: str, value: Any) -> Raw:
    """A message with the value somewhere in it, two or three levels down."""
    block: Raw = {"type": "text", "text": "hi"}
    return {
        "message": user("hi", x=value),
        "metadata": user("hi", metadata={"x": value}),
        "block": user([{**block, "x": value}]),
        "result": user([{"type": "tool_result", "tool_use_id": "a", "content": [{**block, "x": value}]}]),
        "input": {"role": "assistant", "content": [{"type": "tool_use", "id": "b", "name": "look", "input": value}]},
    }[where]


WHERE = ["message", "metadata", "block", "result", "input"]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("depth", [MOST_DEPTH, 200, 100_000])
def test_what_is_nested_too_deep_is_refused(where: str, depth: int) -> None:
    assert f"nested more than {MOST_DEPTH} deep" in refusal([user("a"), nested(where, deep(depth))])


@pytest.mark.parametrize("where", WHERE)
def test_what_is_nested_as_deep_as_allowed_can_be_read_back(where: str) -> None:
    levels = {"message": 1, "metadata": 2, "block": 3, "result": 5, "input": 3}[where]
    call: Raw = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "look", "input": Raw()}]}
    raws = [*([call] if where == "result" else []), nested(where, deep(MOST_DEPTH - levels))]
    plain = [{key: value for key, value in raw.items() if key != "metadata"} for raw in raws]
    assert show_messages(stored(raws)) == plain
    with pytest.raises(InvalidInput):
        stored([*raws[:-1], nested(where, deep(MOST_DEPTH - levels + 1))])


@pytest.mark.parametrize(
    "arguments",
    [
        '{"a": "\\ud800"}',
        '{"\\udc00": 1}',
        '{"a": "\\u0000"}',
        '{"a": NaN}',
        '{"a": ' + "[" * 300 + "]" * 300 + "}",
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a": ' + "9" * 5_000 + "}",
        "[1]",
        "",
    ],
)
def test_arguments_that_cannot_be_kept_as_an_object_stay_as_they_were_written(arguments: str) -> None:
    raws = called(arguments)
    messages = stored(raws)
    assert messages[0].tool_calls[0].arguments is None
    assert show_messages(messages) == raws


@pytest.mark.parametrize("kind", [["text"], {"text": 1}, 5, None])
def test_a_block_whose_type_is_no_string_is_refused(kind: object) -> None:
    for content in ([{"type": kind, "text": "a"}], nested("result", 1)["content"] + [{"type": kind}]):
        assert "type must be a string" in refusal([user(content)])


@pytest.mark.parametrize("year", ["0001", "1899", "2201", "9999"])
def test_a_time_that_nobody_lives_in_is_refused(year: str) -> None:
    reason = refusal([user("a", metadata={"timestamp": f"{year}-12-31T23:59:59+00:00"})])
    assert reason.startswith("Message 1: timestamp must be of the years 1900 to 2200, not ")


@pytest.mark.parametrize("time", ["1900-01-01T00:00", "2200-12-31T23:59:59-14:00"])
def test_the_first_and_the_last_time_can_be_reckoned_in_any_zone(time: str) -> None:
    [message] = stored([user("a", metadata={"timestamp": time})])
    assert message.metadata.timestamp.astimezone(UTC).year in range(1899, 2202)


def test_a_message_is_refused_beyond_its_size() -> None:
    room = MESSAGE_BYTES - len(json.dumps(user("")))
    assert len(stored([user("a" * room)])) == 1
    reason = refusal([user("a"), user("ä" * (room // 2 + 1))])
    assert reason == (
        "Message 2: it is 257 KB of JSON, and a message may be 256 KB besides pictures. Put the large thing into a "
        "file and send where it is, or send a shorter result."
    )


def test_a_call_is_refused_beyond_its_size() -> None:
    large = user("a" * (MESSAGE_BYTES - 100))
    count = CALL_BYTES // len(json.dumps(large))
    assert len(stored([large] * count)) == count
    reason = refusal([large] * (count + 1))
    assert reason.startswith(f"Messages 1 to {count + 1} are together larger than 4,096 KB of JSON")


LONG_CALL: Raw = {"type": "tool_use", "id": "i" * 9_000, "name": "n" * 9_000, "input": {}}


@pytest.mark.parametrize(
    "raws",
    [
        [user([{"type": "tool_result", "tool_use_id": "i" * 9_000, "content": "a"}])],
        [{"role": "r" * 9_000, "content": "a"}],
        [user("a", metadata={"timestamp": "\x01" * 9_000})],
        [user("a", metadata={"priority": "\x01" * 9_000})],
        [*called("{}")[:1], {**called("{}")[1], "tool_call_id": "\x01" * 9_000}],
        [nested("input", {"a": 1}), user("a")],
        [{"role": "assistant", "content": [LONG_CALL]}, user("a")],
    ],
)
def test_an_error_repeats_little_of_what_was_sent(raws: list[Raw]) -> None:
    assert len(refusal(raws)) <= MOST_OF_ERROR


@settings(max_examples=300)
@given(hostile())
def test_anything_is_kept_as_it_came_or_refused_in_few_words(raw: Raw) -> None:
    messages, refused = list[Message](), ""
    try:
        messages = stored([raw])
    except InvalidInput as error:
        refused = error.message
    assert len(refused) <= MOST_OF_ERROR
    if not refused:
        assert show_messages(messages) == [{key: value for key, value in raw.items() if key != "metadata"}]


def test_a_picture_does_not_count_into_what_a_message_may_be() -> None:
    picture: dict[str, JsonValue] = {"type": "image", "data": "iVBORw0K" * 100_000, "mime_type": "image/png"}
    check_messages([{"role": "user", "content": [picture]}])
    with pytest.raises(InvalidInput, match="besides pictures"):
        check_messages([{"role": "user", "content": [picture, {"type": "text", "text": "zebra " * 60_000}]}])
