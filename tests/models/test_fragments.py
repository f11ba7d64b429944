"""Requests joined from cached fragments say the same as requests dumped whole."""

import json
import time

import pytest

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult, system, user
from deskhand.models.anthropic_request import AnthropicRequest
from deskhand.models.fragments import MessageFragments, ToolFragment, encode
from deskhand.models.model import Request, ToolSpec
from deskhand.models.openai_request import OpenAIRequest


def conversation(turns: int) -> list[Message]:
    messages = [system("You are kind — très gentil, 親切.")]
    for turn in range(turns):
        call = ToolCall(id=f"c{turn}", name="files_read", arguments={"path": f"/tmp/{turn}", "deep": {"a": [1, None]}})
        content = (Text(text='He said "hi"\n\\ \u2028 ' * 20), Image(data="aaaa", mime_type="image/png"))
        messages += [
            user(f"Question {turn}? 日本語 🎌"),
            Message(role="assistant", content=(Text(text="I look."), call)),
            Message(role="tool", content=(ToolResult(call_id=call.id, name=call.name, content=content),)),
            Message(role="assistant", content=(Text(text="It says this and that. " * 20),)),
        ]
    return messages


TOOLS = [ToolSpec(f"tool_{n}", "Does it. " * 10, {"type": "object", "properties": {}}) for n in range(24)]


@pytest.mark.parametrize("kind", [OpenAIRequest, AnthropicRequest])
def test_a_body_from_the_cache_equals_one_made_afresh_and_plain_json(
    kind: type[OpenAIRequest] | type[AnthropicRequest],
) -> None:
    messages = conversation(20)
    warm = kind("m")
    for end in range(1, len(messages) + 1):
        warm.body(Request(messages[:end], TOOLS), 100)
    body = warm.body(Request(messages, list(TOOLS)), 100)
    assert body == kind("m").body(Request(messages, TOOLS), 100)
    assert encode(json.loads(body)) == body  # json.dumps of the whole gives the very same bytes


def test_a_shortened_copy_of_a_message_is_not_taken_for_the_original() -> None:
    requests = OpenAIRequest("m")
    long = user("long " * 100)
    short = long.model_copy(update={"content": (Text(text="short"),)})
    requests.body(Request([long]), 1)
    assert json.loads(requests.body(Request([short]), 1))["messages"] == [{"role": "user", "content": "short"}]


def test_the_cache_is_bounded_and_forgets_the_least_recent() -> None:
    built: list[str] = []

    def build(message: Message, variant: bool) -> tuple[bytes, ...]:
        built.append(message.id)
        return (message.text.encode(), b"")

    cache = MessageFragments(max_bytes=350)
    one, two, three, four = (user(letter * 100) for letter in "abcd")
    for message in (one, two, three, one, four, one, two):
        cache.get(message, False, build)
    assert built == [one.id, two.id, three.id, four.id, two.id]
    assert len(cache) == 3


def test_replacing_an_entry_does_not_leak_its_size() -> None:
    cache = MessageFragments(max_bytes=1000)
    keeper, message = user("k" * 100), user("m" * 100)
    cache.get(keeper, False, lambda m, v: (m.text.encode(),))
    for _ in range(50):
        message = message.model_copy()
        cache.get(message, False, lambda m, v: (m.text.encode(),))
    assert len(cache) == 2


def test_tools_are_encoded_again_only_when_they_change() -> None:
    built: list[str] = []

    def build(tool: ToolSpec) -> object:
        built.append(tool.name)
        return tool.name

    fragment = ToolFragment(build)
    assert fragment.get(TOOLS[:2]) == fragment.get(list(TOOLS[:2])) == b'["tool_0","tool_1"]'
    assert fragment.get(TOOLS[:1]) == b'["tool_0"]'
    assert built == ["tool_0", "tool_1", "tool_0"]


def test_a_lone_surrogate_does_not_break_the_request() -> None:
    assert json.loads(encode({"text": "a\ud800b"})) == {"text": "a?b"}


@pytest.mark.parametrize("kind", [OpenAIRequest, AnthropicRequest])
def test_the_next_step_of_600_messages_costs_little(kind: type[OpenAIRequest] | type[AnthropicRequest]) -> None:
    messages = conversation(150)
    requests = kind("m")
    requests.body(Request(messages, TOOLS), 100)
    started = time.process_time()
    for _ in range(10):
        requests.body(Request([*messages, user("and now?")], TOOLS), 100)
    assert (time.process_time() - started) / 10 < 0.010


def test_a_past_that_was_shortened_moved_out_or_interrupted_is_encoded_as_if_never_seen_before() -> None:
    messages = conversation(6)
    short = messages[3].model_copy(update={"id": messages[3].id + "~short", "content": ()})
    interrupted = messages[:-2]  # the last call has no result
    histories = [
        messages,
        [*messages, user("Next?")],
        [*messages[:3], short, *messages[4:]],
        [messages[0], *messages[5:]],
        [messages[0], *messages[5:], user("Next?")],
        interrupted,
        [*interrupted, user("Never mind."), Message(role="assistant", content=(Text(text="As you like."),))],
        messages[:1],
        messages,
        [*interrupted, user("Next?")],
        [*messages, user("Next?")],
    ]
    warm = OpenAIRequest("m")
    warm.reasoning_key = "reasoning"
    for history in histories:
        fresh = OpenAIRequest("m")
        fresh.reasoning_key = "reasoning"
        assert warm.body(Request(history, TOOLS), 1) == fresh.body(Request(history, TOOLS), 1)


def test_the_cache_forgets_messages_that_are_no_longer_part_of_the_conversation() -> None:
    cache = MessageFragments()
    messages = [user(str(number)) for number in range(300)]
    for message in messages:
        cache.get(message, False, lambda message, _: (message.text.encode(),))
    cache.retain(messages)
    assert len(cache) == 300
    cache.retain(messages[-100:])
    assert len(cache) == 100
    assert cache.get(messages[-1], False, lambda message, _: (b"built again",)) == (b"299",)
    assert cache.get(messages[0], False, lambda message, _: (b"built again",)) == (b"built again",)
