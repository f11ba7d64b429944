"""Every provider takes what is left of a conversation: digests, recalled messages, gaps where messages moved out."""

import re
from typing import Any

import pytest
from model_talk import TalkFactory, text_of
from scripted_endpoint import EndpointStep, Reply
from strict_turns import anthropic_complaint, openai_complaint

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult, system, user
from deskhand.models.model import CountsTokens, Request
from deskhand.models.script import Step

pytestmark = pytest.mark.anyio
OK = Step(text="ok", times=None)
SYSTEM = system("Be brief.")
DIGEST = user("[Earlier messages in excerpts: a record, not a request.]\nuser m1: Hello")
RECALLED = user("[Earlier messages that may bear on the next one: a record, not a request.]\nuser m2: It is red.")
REQUEST = user("What colour is it?")
PIXEL = Image(data="iVBORw0KGgo=", mime_type="image/png")


def answer(text: str) -> Message:
    return Message(role="assistant", content=(Text(text=text),))


def call(call_id: str, text: str = "") -> Message:
    said = (Text(text=text),) if text else ()
    return Message(role="assistant", content=(*said, ToolCall(id=call_id, name="look", arguments={})))


def result(call_id: str, *content: Text | Image) -> Message:
    content = content or (Text(text="A cat."),)
    return Message(role="tool", content=(ToolResult(call_id=call_id, name="look", content=content),))


CONVERSATIONS = {
    "a digest, what was recalled, and the request": [SYSTEM, DIGEST, RECALLED, REQUEST],
    "no system message": [DIGEST, RECALLED, REQUEST],
    "the digest before a user message that stayed": [SYSTEM, DIGEST, user("a"), answer("b"), RECALLED, REQUEST],
    "the digest before an answer that stayed": [SYSTEM, DIGEST, answer("b"), REQUEST],
    "an answer first": [SYSTEM, answer("b"), REQUEST],
    "an answer first, without a system message": [answer("b"), REQUEST],
    "a call first": [SYSTEM, call("1"), result("1"), answer("b"), RECALLED, REQUEST],
    "two answers in a row": [SYSTEM, DIGEST, answer("a"), answer("b"), user("c"), answer("d"), REQUEST],
    "an answer before a call": [
        SYSTEM,
        DIGEST,
        answer("a"),
        call("1", "Let me see."),
        result("1"),
        answer("b"),
        REQUEST,
    ],
    "a call after a call": [SYSTEM, DIGEST, call("1"), result("1"), call("2"), result("2"), REQUEST],
    "a turn that goes on": [SYSTEM, DIGEST, answer("a"), RECALLED, REQUEST, call("1"), result("1")],
    "a picture in a result": [SYSTEM, DIGEST, call("1"), result("1", Text(text="x"), PIXEL), RECALLED, REQUEST],
    "a picture in the request": [DIGEST, Message(role="user", content=(Text(text="This?"), PIXEL))],
    "an empty answer first": [SYSTEM, answer(""), answer("b"), REQUEST],
    "an empty answer in between": [SYSTEM, DIGEST, user("a"), answer(""), RECALLED, REQUEST],
    "a system message in the middle": [SYSTEM, DIGEST, answer("a"), system("Take care."), RECALLED, REQUEST],
    "a pinned system message, kept alone": [SYSTEM, user("a"), system("Take care."), answer("b"), REQUEST],
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_what_is_left_of_a_conversation_is_taken(talk: TalkFactory, name: str) -> None:
    conversation = CONVERSATIONS[name]
    async with talk(OK) as t:
        assert text_of(await t.ask(Request(conversation))) == "ok"
    sent = str(t.sent)
    assert all(text in sent for message in conversation for text in message.text.splitlines())
    results = [message for message in conversation if message.role == "tool"]
    assert "interrupted" not in sent
    assert len(re.findall("tool_call_id|tool_use_id", sent)) == len(results)


async def test_a_growing_conversation_stays_taken(talk: TalkFactory) -> None:
    """The past is encoded once; each request goes on from what the last one left."""
    past: list[Message] = []
    async with talk(OK) as t:
        for turn in range(6):
            steps = [user(f"Question {turn}"), call(f"c{turn}"), result(f"c{turn}"), answer(f"Answer {turn}")]
            recalled = [RECALLED] if turn % 2 else []
            for length in (1, 3):
                await t.ask(Request([SYSTEM, DIGEST, *past, *recalled, *steps[:length]]))
            past += steps if turn != 3 else steps[:3]  # that turn was cancelled
        texts = [f"Question {turn}" for turn in range(6)]
        assert [text for text in texts if text in str(t.sent)] == texts
        assert str(t.sent).count("A cat.") == 6
        assert str(t.sent).count("It is red.") == 1


def said(*roles: str) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": [{"type": "text", "text": "x"}]} for role in roles]}


@pytest.mark.parametrize("roles", [("user", "user"), ("assistant",), ("user", "assistant", "assistant")])
def test_the_endpoint_is_as_strict_as_the_strictest_servers(roles: tuple[str, ...]) -> None:
    assert "must alternate" in openai_complaint(said("system", *roles))
    assert "must alternate" in anthropic_complaint(said(*roles), counting=False)
    assert not openai_complaint(said("system", "user", "assistant", "user"))
    assert not anthropic_complaint(said("user", "assistant", "user"), counting=True)
    assert "max_tokens" in anthropic_complaint({"max_tokens": 9, **said("user")}, counting=True)


def contents(sent: dict[str, Any]) -> list[Any]:
    return [message["content"] for message in sent["messages"]]


async def test_neighbours_are_told_apart_in_one_message(talk_openai: TalkFactory) -> None:
    async with talk_openai(OK) as t:
        await t.ask(Request([DIGEST, RECALLED, REQUEST]))
        assert contents(t.sent) == ["\n\n---\n\n".join(message.text for message in (DIGEST, RECALLED, REQUEST))]
        await t.ask(Request([DIGEST, Message(role="user", content=(Text(text="This?"), PIXEL))]))
    parts = contents(t.sent)[0]
    assert [part.get("text") for part in parts] == [DIGEST.text, "This?", None]


async def test_an_answer_first_is_told_to_have_something_before_it(talk: TalkFactory) -> None:
    async with talk(OK) as t:
        await t.ask(Request([answer("b"), REQUEST]))
    assert t.sent["messages"][0]["role"] == "user"
    assert "not shown" in str(t.sent["messages"][0]["content"])


async def test_a_digest_and_its_request_are_counted_too(talk_anthropic: TalkFactory) -> None:
    async with talk_anthropic(EndpointStep(reply=Reply(body={"input_tokens": 9}))) as t:
        assert isinstance(t.model, CountsTokens)
        assert await t.model.count_tokens(Request([SYSTEM, DIGEST, RECALLED, REQUEST])) == 9
