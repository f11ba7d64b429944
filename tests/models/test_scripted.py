"""The scripted model."""

import json
from pathlib import Path

import pytest

from deskhand.context.message import Message, Text, ToolResult, Usage, system, user
from deskhand.errors import SettingsError
from deskhand.models.model import (
    ContextOverflow,
    Finished,
    ModelEvent,
    ModelFailed,
    Overloaded,
    ReasoningDelta,
    Request,
    StreamCut,
    TextDelta,
    ToolCallReady,
)
from deskhand.models.script import ScriptedCall, ScriptedError, Step
from deskhand.models.scripted import ScriptedModel

pytestmark = pytest.mark.anyio


async def ask(model: ScriptedModel, *messages: Message | str) -> list[ModelEvent]:
    asked = [user(message) if isinstance(message, str) else message for message in messages]
    async with model.stream(Request(asked)) as events:
        return [event async for event in events]


async def collect(model: ScriptedModel, seen: list[ModelEvent]) -> None:
    async with model.stream(Request([user("x")])) as events:
        async for event in events:
            seen.append(event)


def said(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_a_step_is_streamed_in_pieces() -> None:
    usage = Usage(input_tokens=1, output_tokens=2)
    step = Step(text="abcdefg", reasoning="hm", chunk=3, usage=usage, calls=(ScriptedCall(name="now", id="1"),))
    events = await ask(ScriptedModel([step]), "go")
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["abc", "def", "g"]
    assert ReasoningDelta("hm") in events
    assert events[-1] == Finished("tool_calls", usage, "scripted/script")


async def test_steps_are_played_in_order_and_those_that_match_first() -> None:
    model = ScriptedModel([Step(match="^weather", text="sunny"), Step(text="one"), Step(text="rest", times=None)])
    assert [said(await ask(model, text)) for text in ("hi", "Weather?", "Weather?", "hi")] == [
        "one",
        "sunny",
        "rest",
        "rest",
    ]


async def test_a_step_can_wait_for_a_tool_result_and_quote_it() -> None:
    result = ToolResult(call_id="1", name="now", content=(Text(text="12:00"),))
    model = ScriptedModel([Step(on="tool", text="It is {last}."), Step(on="user", text="Wait.")])
    assert said(await ask(model, "time?")) == "Wait."
    assert said(await ask(model, "time?", Message(role="tool", content=(result,)), system("note"))) == "It is 12:00."


async def test_a_step_can_be_a_function_of_the_request() -> None:
    model = ScriptedModel([lambda request: Step(text=f"{len(request.messages)} messages")])
    assert said(await ask(model, "a", "b")) == "2 messages"
    assert len(model.requests) == 1


async def test_broken_arguments_are_broken_as_a_provider_would() -> None:
    events = await ask(ScriptedModel([Step(calls=(ScriptedCall(name="now", raw="{oops"),))]), "go")
    (call,) = [event.call for event in events if isinstance(event, ToolCallReady)]
    assert (call.arguments, call.raw) == (None, "{oops")


async def test_failures_come_before_the_text_or_after_it() -> None:
    errors = [
        ScriptedError(kind="overloaded", retry_after=2),
        ScriptedError(kind="failed", message="no", after_text=True),
        ScriptedError(kind="cut"),
    ]
    model = ScriptedModel([Step(text="partial", error=error) for error in errors])
    with pytest.raises(Overloaded) as raised:
        await ask(model, "x")
    assert raised.value.retry_after == 2
    for kind in (ModelFailed, StreamCut):
        seen: list[ModelEvent] = []
        with pytest.raises(kind):
            await collect(model, seen)
        assert said(seen) == "partial"


async def test_an_overflow_lasts_until_the_request_is_shorter() -> None:
    model = ScriptedModel([Step(error=ScriptedError(kind="overflow")), Step(text="ok", times=None)])
    for text in ("x" * 100, "x" * 120, "x" * 100):
        with pytest.raises(ContextOverflow):
            await ask(model, text)
    assert said(await ask(model, "x" * 99)) == "ok"


async def test_a_step_can_be_kept_for_long_requests() -> None:
    model = ScriptedModel([Step(longer_than=10, text="long", times=None), Step(text="short", times=None)])
    assert [said(await ask(model, text)) for text in ("x" * 11, "x" * 10)] == ["long", "short"]


async def test_a_script_that_has_run_out_says_for_what() -> None:
    with pytest.raises(ModelFailed, match="'anything'"):
        await ask(ScriptedModel([]), "anything")


async def test_a_script_can_be_loaded_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "greeting.json"
    path.write_text(json.dumps({"steps": [{"text": "hello"}]}))
    model = ScriptedModel.from_file(path)
    assert (model.name, said(await ask(model, "x"))) == ("scripted/greeting", "hello")


@pytest.mark.parametrize("text", ["{", '{"steps": [{"txt": "typo"}]}', None])
def test_what_is_no_script_is_explained(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "script.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match=r"model\.script: .*script\.json"):
        ScriptedModel.from_file(path)
