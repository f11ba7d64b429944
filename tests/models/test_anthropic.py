"""What is particular to Anthropic's Messages API."""

import json
from typing import Any

import pytest
from model_talk import TalkFactory, text_of
from scripted_endpoint import EndpointStep

from deskhand.context.message import Image, Message, Metadata, Text, ToolCall, ToolResult, system, user
from deskhand.models.model import ContextOverflow, Finished, ReasoningDelta, Request, ToolCallReady, ToolSpec
from deskhand.models.script import ScriptedCall, ScriptedError, Step

pytestmark = pytest.mark.anyio
OK = Step(text="ok", times=None)
LOOK = ToolCall(id="1", name="look", arguments={"at": "it"})
CACHED = {"cache_control": {"type": "ephemeral"}}


def called(*content: Text | ToolCall, signature: str | None = None) -> Message:
    return Message(role="assistant", content=content, metadata=Metadata(reasoning_signature=signature))


def result(call_id: str, *content: Text | Image, is_error: bool = False) -> Message:
    return Message(role="tool", content=(ToolResult(call_id=call_id, name="look", content=content, is_error=is_error),))


SOURCE = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
EXPECTED = {
    "model": "scripted",
    "max_tokens": 99,
    "stream": True,
    "system": [{"type": "text", "text": "Be brief.", **CACHED}],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Look!"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "1", "name": "look", "input": {"at": "it"}},
                {"type": "tool_use", "id": "2", "name": "look", "input": {"at": "it"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "1",
                    "content": [{"type": "text", "text": "A cat."}, {"type": "image", "source": SOURCE}],
                },
                {
                    "type": "tool_result",
                    "tool_use_id": "2",
                    "content": [{"type": "text", "text": "Nothing."}],
                    "is_error": True,
                },
                {"type": "text", "text": "Well?", **CACHED},
            ],
        },
    ],
    "tools": [
        {
            "name": "look",
            "description": "Looks.",
            "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}},
        }
    ],
}


async def test_a_request_has_the_shape_of_the_api_reference(talk_anthropic: TalkFactory) -> None:
    tool = ToolSpec("look", "Looks.", {"properties": {"at": {"type": "string"}}})
    picture = Image(data="iVBORw0KGgo=", mime_type="image/png")
    second = LOOK.model_copy(update={"id": "2"})
    messages = [
        system("Be brief."),
        user("Look!"),
        called(Text(text="I look."), LOOK, second),
        result("1", Text(text="A cat."), picture),
        result("2", Text(text="Nothing."), is_error=True),
        user("Well?"),
    ]
    async with talk_anthropic(OK, key="k") as t:
        await t.ask(Request(messages, [tool], max_output_tokens=99))
    assert t.sent == EXPECTED
    headers = t.endpoint.requests[0].headers
    assert (headers["x-api-key"], headers["anthropic-version"]) == ("k", "2023-06-01")


async def test_thinking_goes_back_signed_while_tools_are_used(talk_anthropic: TalkFactory) -> None:
    async with talk_anthropic(
        Step(reasoning="I must look.", text="Looking.", calls=(ScriptedCall(name="look", id="1"),)), OK, OK
    ) as t:
        events = await t.ask()
        signature = next(e.signature for e in events if isinstance(e, ReasoningDelta) and e.signature)
        turn = [user("a"), called(Text(text="Looking."), LOOK, signature=signature), result("1", Text(text="x"))]
        await t.ask(Request(turn))
        sent = t.sent["messages"][1]["content"]
        assert [block["type"] for block in sent] == ["thinking", "text", "tool_use"]
        assert (sent[0]["thinking"], sent[0]["signature"]) == ("I must look.", "signed-by-the-script")
        await t.ask(Request([*turn, user("next turn")]))
        assert "thinking" not in str(t.sent)


@pytest.mark.parametrize("signature", ["from elsewhere", '{"model": "another", "blocks": [[0, {}]]}', "[1]"])
async def test_thinking_of_another_model_stays_here(talk_anthropic: TalkFactory, signature: str) -> None:
    async with talk_anthropic(OK) as t:
        await t.ask(Request([user("a"), called(LOOK, signature=signature), result("1", Text(text="x"))]))
    assert [block["type"] for block in t.sent["messages"][1]["content"]] == ["tool_use"]


def event(kind: str, **fields: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


async def test_redacted_and_interleaved_thinking_keep_their_places(talk_anthropic: TalkFactory) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "text", "text": "Hm."},
        {"type": "thinking", "thinking": "", "signature": "s"},
        {"type": "tool_use", "id": "1", "name": "look", "input": {"at": "it"}},
        {"type": "a_block_of_the_future"},
    ]
    wire = [event("message_start", message={"model": "m", "usage": {"input_tokens": 3}}), event("ping")]
    for index, block in enumerate(blocks):
        wire += [
            event("content_block_start", index=index, content_block=block),
            event("content_block_stop", index=index),
        ]
    wire += [event("an_event_of_the_future"), event("message_delta", delta={"stop_reason": "tool_use"})]
    async with talk_anthropic(EndpointStep(wire=(*wire, event("message_stop"))), OK) as t:
        events = await t.ask()
        assert text_of(events) == "Hm."
        assert [e.call for e in events if isinstance(e, ToolCallReady)] == [LOOK]
        signature = next(e.signature for e in events if isinstance(e, ReasoningDelta) and e.signature)
        turn = [user("a"), called(Text(text="Hm."), LOOK, signature=signature), result("1", Text(text="x"))]
        await t.ask(Request(turn))
    assert t.sent["messages"][1]["content"] == blocks[:4]


async def test_an_answer_whose_last_event_is_lost_still_counts(talk_anthropic: TalkFactory) -> None:
    wire = (event("message_delta", delta={"stop_reason": "max_tokens"}),)
    async with talk_anthropic(EndpointStep(wire=wire)) as t:
        end = (await t.ask())[-1]
    assert isinstance(end, Finished)
    assert end.reason == "length"


async def test_an_overflow_inside_the_stream_is_an_overflow(talk_anthropic: TalkFactory) -> None:
    error = {"type": "invalid_request_error", "message": "prompt is too long: 9 tokens > 8 maximum"}
    async with talk_anthropic(EndpointStep(wire=(event("error", error=error),))) as t:
        with pytest.raises(ContextOverflow, match="prompt is too long"):
            await t.ask()


async def test_blank_text_and_late_system_messages_are_made_acceptable(talk_anthropic: TalkFactory) -> None:
    async with talk_anthropic(OK, Step(error=ScriptedError(kind="failed"))) as t:
        await t.ask(Request([user("a"), called(Text(text="  "), LOOK), user("b"), system("Take care.")]))
    sent = t.sent["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert [block["type"] for block in sent[1]["content"]] == ["tool_use"]
    assert [block["type"] for block in sent[2]["content"]] == ["tool_result", "text", "text"]
    assert "<system_note>" in sent[2]["content"][2]["text"]
