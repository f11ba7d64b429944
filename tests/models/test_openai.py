"""What is particular to OpenAI-compatible endpoints."""

from typing import Any

import pytest
from model_talk import TalkFactory, text_of
from scripted_endpoint import EndpointStep, Reply

from deskhand.context.message import Image, Message, Metadata, Text, ToolCall, ToolResult, Usage, system, user
from deskhand.models.credentials import ApiKey
from deskhand.models.endpoint import Endpoint
from deskhand.models.model import Finished, ModelFailed, Overloaded, Request, StreamCut, ToolCallReady, ToolSpec
from deskhand.models.openai import OpenAIModel
from deskhand.models.script import ScriptedCall, Step

pytestmark = pytest.mark.anyio
PIXEL = Image(data="iVBORw0KGgo=", mime_type="image/png")
OK = Step(text="ok", times=None)


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def called(*calls: ToolCall, reasoning: str | None = None) -> Message:
    return Message(role="assistant", content=calls, metadata=Metadata(reasoning=reasoning))


def result(call_id: str, *content: Text | Image) -> Message:
    return Message(role="tool", content=(ToolResult(call_id=call_id, name="look", content=content),))


LOOK = ToolCall(id="1", name="look", arguments={"at": "it"})


async def test_a_request_has_the_shape_of_the_api_reference(talk_openai: TalkFactory) -> None:
    tool = ToolSpec("look", "Looks.", {"properties": {"at": {"type": "string"}}})
    messages = [system("Be brief."), system("Be kind."), user("Look!"), called(LOOK), result("1", Text(text="A cat."))]
    async with talk_openai(OK) as t:
        await t.ask(Request(messages, [tool], max_output_tokens=99))
    parameters = {"type": "object", "properties": {"at": {"type": "string"}}}
    assert t.sent == {
        "model": "scripted",
        "messages": [
            {"role": "system", "content": "Be brief.\n\nBe kind."},
            {"role": "user", "content": "Look!"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"at":"it"}'}}
                ],
            },
            {"role": "tool", "tool_call_id": "1", "content": "A cat."},
        ],
        "tools": [
            {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": parameters}}
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 99,
    }


async def test_pictures_follow_after_all_results_of_the_step(talk_openai: TalkFactory) -> None:
    second = LOOK.model_copy(update={"id": "2"})
    messages = [user("?"), called(LOOK, second), result("1", Text(text="a"), PIXEL), result("2", Text(text="b"))]
    async with talk_openai(OK) as t:
        await t.ask(Request([*messages, Message(role="user", content=(Text(text="and?"), PIXEL))]))
    sent = t.sent["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "tool", "user"]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    assert sent[4]["content"][1:] == [picture, {"type": "text", "text": "and?"}, picture]


async def test_calls_without_results_and_results_without_calls_are_mended(talk_openai: TalkFactory) -> None:
    stray = result("gone", Text(text="stray"))
    async with talk_openai(OK) as t:
        await t.ask(Request([user("a"), stray, called(LOOK), user("b"), called(LOOK)]))
    sent = t.sent["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "user", "assistant", "tool"]
    assert "interrupted" in sent[2]["content"]


async def test_broken_arguments_go_back_as_valid_json(talk_openai: TalkFactory) -> None:
    broken = ToolCall(id="1", name="look", arguments=None, raw='{"at": \ud800')
    async with talk_openai(OK) as t:
        await t.ask(Request([user("a"), called(broken), result("1", Text(text="That was no JSON."))]))
    assert t.sent["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"invalid_json":"{\\"at\\": ?"}'


async def test_reasoning_of_this_turn_goes_back_to_who_streams_it(talk_openai: TalkFactory) -> None:
    old = called(LOOK, reasoning="old thoughts")
    new = called(LOOK.model_copy(update={"id": "2"}), reasoning="new thoughts")
    conversation = [user("a"), old, result("1", Text(text="x")), user("b"), new, result("2", Text(text="y"))]
    async with talk_openai(OK, Step()) as t:
        await t.ask(Request(conversation))
        assert "thoughts" not in str(t.sent)
    async with talk_openai(Step(reasoning="hm"), OK) as t:
        await t.ask()
        await t.ask(Request(conversation))
    assert t.sent["messages"][4]["reasoning_content"] == "new thoughts"
    assert "old thoughts" not in str(t.sent)


async def test_a_system_message_in_the_middle_is_a_note(talk_openai: TalkFactory) -> None:
    async with talk_openai(OK) as t:
        await t.ask(Request([user("a"), system("Older messages were moved out.")]))
    note = "<system_note>\nOlder messages were moved out.\n</system_note>"
    assert t.sent["messages"] == [{"role": "user", "content": f"a\n\n---\n\n{note}"}]


async def test_the_end_mark_is_enough_and_so_is_a_finish_reason(talk_openai: TalkFactory) -> None:
    marked = EndpointStep(wire=(delta(content="a"), "data: [DONE]\n\n"))
    reasoned = EndpointStep(wire=(delta(content="b"), delta("stop")))
    neither = EndpointStep(wire=(delta(content="c"),))
    async with talk_openai(marked, reasoned, neither) as t:
        assert text_of(await t.ask()) == "a"
        assert text_of(await t.ask()) == "b"
        with pytest.raises(StreamCut):
            await t.ask()


async def test_stop_with_calls_means_calls(talk_openai: TalkFactory) -> None:
    piece = {"index": 0, "function": {"name": "look", "arguments": {"at": 1}}}
    async with talk_openai(EndpointStep(wire=(delta("stop", tool_calls=[piece]), "data: [DONE]\n\n"))) as t:
        events = await t.ask()
    assert isinstance(events[0], ToolCallReady)
    assert events[0].call.arguments == {"at": 1}
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "tool_calls"


async def test_the_old_function_call_is_understood(talk_openai: TalkFactory) -> None:
    wire = (delta("function_call", function_call={"name": "look", "arguments": {"at": "it"}}), "data: [DONE]\n\n")
    async with talk_openai(EndpointStep(wire=wire)) as t:
        events = await t.ask()
    assert [event.call.name for event in events if isinstance(event, ToolCallReady)] == ["look"]


async def test_a_server_that_does_not_stream_is_read_whole(talk_openai: TalkFactory) -> None:
    answer = {
        "model": "m",
        "choices": [{"message": {"role": "assistant", "content": "all at once"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 3},
    }
    async with talk_openai(EndpointStep(reply=Reply(body=answer))) as t:
        events = await t.ask()
    assert text_of(events) == "all at once"
    assert events[-1] == Finished("stop", Usage(input_tokens=5, output_tokens=3), "m")


async def test_what_is_not_a_stream_at_all_is_a_cut(talk_openai: TalkFactory) -> None:
    async with talk_openai(EndpointStep(wire=("data: <html>\n\n",))) as t:
        with pytest.raises(StreamCut, match="not JSON"):
            await t.ask()


async def test_an_error_with_a_number_for_a_code_is_read_inside_the_stream(talk_openai: TalkFactory) -> None:
    busy = EndpointStep(wire=({"error": {"message": "no slot", "code": 503}},))
    wrong = EndpointStep(wire=({"error": {"message": "bad grammar", "code": 400}},))
    async with talk_openai(busy, wrong) as t:
        with pytest.raises(Overloaded, match="no slot"):
            await t.ask()
        with pytest.raises(ModelFailed, match="bad grammar"):
            await t.ask()


async def test_reasoning_is_read_under_both_of_its_names(talk_openai: TalkFactory) -> None:
    wire = (delta(reasoning="one"), delta(reasoning_content="two"), delta("stop", content="x"), "data: [DONE]\n\n")
    async with talk_openai(EndpointStep(wire=wire)) as t:
        events = await t.ask()
    assert [getattr(event, "text", None) for event in events[:2]] == ["one", "two"]


async def test_calls_split_anywhere_come_out_whole(talk_openai: TalkFactory) -> None:
    call = ScriptedCall(name="look", arguments={"at": '日本語 "quoted" \\ 🎌'})
    async with talk_openai(Step(calls=(call, call), chunk=1)) as t:
        events = await t.ask()
    calls = [event.call.arguments for event in events if isinstance(event, ToolCallReady)]
    assert calls == [call.arguments, call.arguments]


async def test_openai_itself_gets_the_limit_under_its_new_name() -> None:
    model = OpenAIModel(Endpoint("https://api.openai.com/v1", ApiKey("x")), "m")
    body = model._request.body(Request([user("a")]), 5)  # pyright: ignore[reportPrivateUsage]
    assert b'"max_completion_tokens":5' in body
    assert b"max_tokens" not in body
    await model.aclose()


async def test_a_base_url_that_is_none_is_refused() -> None:
    with pytest.raises(ModelFailed, match=r"model\.base_url"):
        Endpoint("localhost:11434", ApiKey())
