"""What both adapters promise, over real HTTP."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal

import anyio
import pytest
from model_talk import TalkFactory, text_of
from scripted_endpoint import EndpointStep, Reply

from deskhand.context.message import Message, Text, Usage, user
from deskhand.models.credentials import ApiKey
from deskhand.models.endpoint import Endpoint
from deskhand.models.model import (
    ContextOverflow,
    Finished,
    ModelFailed,
    Overloaded,
    ReasoningDelta,
    Request,
    StreamCut,
    TextDelta,
    ToolCallReady,
    ToolSpec,
)
from deskhand.models.openai import OpenAIModel
from deskhand.models.script import ScriptedCall, ScriptedError, Step
from deskhand.models.tool_calls import wire_name

pytestmark = pytest.mark.anyio
SEEN = 10.0


async def test_an_answer_streams_in_pieces_and_ends_once(talk: TalkFactory) -> None:
    usage = Usage(input_tokens=100, output_tokens=7, cached_tokens=64)
    async with talk(Step(text="Hello, world. " * 3, reasoning="Let me think.", usage=usage)) as t:
        events = await t.ask()
    assert text_of(events) == "Hello, world. " * 3
    assert sum(isinstance(e, TextDelta) for e in events) > 1
    assert "".join(e.text for e in events if isinstance(e, ReasoningDelta)) == "Let me think."
    assert [e for e in events if isinstance(e, Finished)] == [events[-1]] == [Finished("stop", usage, "scripted")]


async def test_parallel_calls_arrive_whole_with_their_own_names(talk: TalkFactory) -> None:
    calls = (
        ScriptedCall(name="files_read", arguments={"path": "a" * 50, "n": 10**29}, id="one"),
        ScriptedCall(name="now", id="two"),
        ScriptedCall(name="now", raw="", id="three"),
        ScriptedCall(name="now", raw='{"zone": "Asia/', id="four"),
    )
    async with talk(Step(text="Two things.", calls=calls, chunk=5)) as t:
        events = await t.ask(Request([user("go")], [ToolSpec("now", "the time", {})]))
    got = [e.call for e in events if isinstance(e, ToolCallReady)]
    assert [(call.id, call.arguments) for call in got] == [
        ("one", {"path": "a" * 50, "n": 10**29}),
        ("two", {}),
        ("three", {}),
        ("four", None),
    ]
    assert got[3].raw == '{"zone": "Asia/'
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "tool_calls"


async def test_a_dotted_tool_name_goes_there_and_back(talk: TalkFactory) -> None:
    async with talk(Step(calls=(ScriptedCall(name=wire_name("files.read")),))) as t:
        events = await t.ask(Request([user("go")], [ToolSpec("files.read", "reads", {})]))
    assert [e.call.name for e in events if isinstance(e, ToolCallReady)] == ["files.read"]
    assert "files.read" not in str(t.sent["tools"])


@pytest.mark.parametrize("finish", ["stop", "length", "refused"])
async def test_the_reason_of_the_end_is_told(talk: TalkFactory, finish: Literal["stop", "length", "refused"]) -> None:
    async with talk(Step(text="x", finish=finish)) as t:
        end = (await t.ask())[-1]
    assert isinstance(end, Finished)
    assert end.reason == finish


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
async def test_a_busy_provider_says_when_to_come_back(talk: TalkFactory, status: int) -> None:
    error = ScriptedError(kind="overloaded", status=status, retry_after=7)
    async with talk(Step(error=error), Step(text="fine")) as t:
        with pytest.raises(Overloaded) as raised:
            await t.ask()
        assert raised.value.retry_after == 7
        assert isinstance((await t.ask())[-1], Finished)


async def test_retry_after_can_be_a_date(talk: TalkFactory) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    async with talk(EndpointStep(reply=Reply(status=503, headers={"Retry-After": when}, body="busy"))) as t:
        with pytest.raises(Overloaded) as raised:
            await t.ask()
    assert 50 < (raised.value.retry_after or 0) <= 60


async def test_a_refused_connection_is_overloaded_and_names_the_address() -> None:
    model = OpenAIModel(Endpoint("http://127.0.0.1:9/v1", ApiKey()), "x")
    with pytest.raises(Overloaded, match=r"127\.0\.0\.1:9 does not answer.*model\.base_url"):
        async with model.stream(Request([user("x")])):
            pass
    await model.aclose()


@pytest.mark.parametrize("clean", [True, False])
async def test_a_stream_that_ends_before_its_end_is_cut(talk: TalkFactory, clean: bool) -> None:
    async with talk(Step(text="half an answer", error=ScriptedError(kind="cut", clean=clean))) as t:
        with pytest.raises(StreamCut):
            await t.ask()


async def test_silence_in_the_middle_of_an_answer_is_a_cut(talk: TalkFactory) -> None:
    async with talk(Step(text="slow slow slow", delay=30), idle_seconds=0.2) as t:
        with pytest.raises(StreamCut, match="too long"):
            await t.ask()


async def test_an_error_inside_the_stream_is_translated(talk: TalkFactory) -> None:
    late = ScriptedError(kind="overloaded", after_text=True, message="Overloaded")
    async with talk(Step(text="half", error=late)) as t:
        with pytest.raises(Overloaded):
            await t.ask()


async def test_an_overflow_lasts_until_the_request_is_shorter(talk: TalkFactory) -> None:
    async with talk(Step(error=ScriptedError(kind="overflow")), Step(text="fits")) as t:
        for _ in range(2):
            with pytest.raises(ContextOverflow):
                await t.ask("long " * 100)
        assert isinstance((await t.ask("short"))[-1], Finished)


async def test_a_refused_key_is_named_but_not_shown(talk: TalkFactory) -> None:
    async with talk(Step(), key="sk-very-secret-key-123", endpoint_key="another") as t:
        with pytest.raises(ModelFailed, match="TEST_KEY") as raised:
            await t.ask()
    assert "secret" not in raised.value.message
    assert "Incorrect API key provided" in raised.value.message


async def test_an_unknown_model_says_how_to_see_the_models(talk: TalkFactory) -> None:
    reply = Reply(status=404, body={"error": {"message": "model 'x' not found"}})
    async with talk(EndpointStep(reply=reply)) as t:
        with pytest.raises(ModelFailed, match=r"model 'x' not found.*/v1/models"):
            await t.ask()


async def test_an_empty_account_is_no_reason_to_retry(talk: TalkFactory) -> None:
    error = {"message": "You exceeded your current quota", "code": "insufficient_quota", "type": "insufficient_quota"}
    async with talk(EndpointStep(reply=Reply(status=429, body={"error": error}))) as t:
        with pytest.raises(ModelFailed, match="credit"):
            await t.ask()


async def test_a_refusal_of_the_request_is_final(talk: TalkFactory) -> None:
    async with talk(Step(error=ScriptedError(kind="failed", message="no such parameter"))) as t:
        with pytest.raises(ModelFailed, match="no such parameter"):
            await t.ask()


async def test_leaving_the_context_hangs_up(talk: TalkFactory) -> None:
    endless = Step(text="x" * 10_000, delay=0.01)
    async with talk(endless) as t:
        async with t.model.stream(Request([user("go")])) as events:
            async for _ in events:
                break
        with anyio.fail_after(SEEN):
            await t.endpoint.requests[0].disconnected.wait()


async def test_cancelling_hangs_up(talk: TalkFactory) -> None:
    async with talk(Step(text="x" * 10_000, delay=0.01)) as t:
        started = anyio.Event()

        async def run() -> None:
            async with t.model.stream(Request([user("go")])) as events:
                async for _ in events:
                    started.set()

        async with anyio.create_task_group() as group:
            group.start_soon(run)
            with anyio.fail_after(SEEN):
                await started.wait()
            group.cancel_scope.cancel()
        with anyio.fail_after(SEEN):
            await t.endpoint.requests[0].disconnected.wait()


async def test_the_connection_is_used_again(talk: TalkFactory) -> None:
    async with talk(Step(text="a", times=None)) as t:
        for _ in range(3):
            await t.ask()
        assert len({request.client_port for request in t.endpoint.requests}) == 1


async def test_a_model_is_named_with_its_provider(talk: TalkFactory, provider: str) -> None:
    async with talk() as t:
        assert t.model.name == f"{provider}/scripted"
        assert t.model.context_window >= 128_000


async def test_a_long_answer_is_read_quickly(talk: TalkFactory) -> None:
    async with talk(Step(text="word " * 20_000, chunk=50)) as t:
        started = time.process_time()
        events = await t.ask()
    assert len(text_of(events)) == 100_000
    assert time.process_time() - started < 5


async def test_what_was_cancelled_before_its_first_word_is_not_sent(talk: TalkFactory) -> None:
    empty = Message(role="assistant", content=(Text(text=""),))
    async with talk(Step(text="ok")) as t:
        await t.ask(Request([user("a"), empty, user("b")]))
    assert "assistant" not in str(t.sent["messages"])
