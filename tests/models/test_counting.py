"""The provider's own count of a request's tokens."""

import pytest
from model_talk import Talk, TalkFactory
from scripted_endpoint import EndpointStep, Reply

from deskhand.context.message import system, user
from deskhand.host.counting import counted
from deskhand.models import anthropic
from deskhand.models.model import CountsTokens, Request, ToolSpec
from deskhand.models.script import ScriptedError, Step
from deskhand.models.scripted import ScriptedModel

pytestmark = pytest.mark.anyio
ASKED = Request([system("Be brief."), user("Look!")], [ToolSpec("look", "Looks.", {})], max_output_tokens=99)


def says(body: object, status: int = 200) -> EndpointStep:
    return EndpointStep(reply=Reply(status=status, body=body))


async def count(t: Talk) -> int | None:
    assert isinstance(t.model, CountsTokens)
    return await t.model.count_tokens(ASKED)


async def test_a_count_is_asked_of_the_same_input_without_what_only_an_answer_needs(
    talk_anthropic: TalkFactory,
) -> None:
    async with talk_anthropic(says({"input_tokens": 2_095}), Step(text="ok"), key="k") as t:
        assert await count(t) == 2_095
        await t.ask(ASKED)
    asked, answered = t.endpoint.requests
    assert (asked.path, asked.headers["x-api-key"]) == ("/v1/messages/count_tokens", "k")
    assert set(answered.body) - set(asked.body) == {"max_tokens", "stream"}
    assert asked.body == {key: answered.body[key] for key in asked.body}
    assert set(asked.body) == {"model", "messages", "system", "tools"}


async def test_who_refuses_to_count_is_not_asked_again(talk_anthropic: TalkFactory) -> None:
    async with talk_anthropic(says({"error": "Not Found"}, 404), says({"input_tokens": 5})) as t:
        assert (await count(t), await count(t)) == (None, None)
    assert len(t.endpoint.requests) == 1


@pytest.mark.parametrize(
    "step",
    [
        Step(error=ScriptedError(kind="overloaded")),
        says("<html>", 200),
        says({"tokens": 5}),
        says({"input_tokens": "many"}),
        says({"error": {"type": "overloaded_error", "message": "Overloaded"}}),
    ],
)
async def test_who_cannot_count_now_is_asked_the_next_time(talk_anthropic: TalkFactory, step: Step) -> None:
    async with talk_anthropic(step, says({"input_tokens": 5})) as t:
        assert (await count(t), await count(t)) == (None, 5)


async def test_a_count_that_takes_too_long_is_given_up(
    talk_anthropic: TalkFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anthropic, "COUNT_SECONDS", 0.05)
    async with talk_anthropic(Step(text="slow", delay=30), says({"input_tokens": 5})) as t:
        assert await count(t) is None
        monkeypatch.undo()
        assert await count(t) == 5


@pytest.mark.parametrize(("estimated", "expected"), [(1_000, 1_300), (330, 1_300), (320, None), (5_300, None)])
async def test_the_host_believes_a_count_that_is_near_its_estimate(
    talk_anthropic: TalkFactory, estimated: int, expected: int | None
) -> None:
    async with talk_anthropic(says({"input_tokens": 1_300})) as t:
        assert await counted(t.model, ASKED, estimated) == expected


async def test_a_model_that_does_not_count_is_not_asked(talk_openai: TalkFactory) -> None:
    assert await counted(ScriptedModel([]), ASKED, 10) is None
    async with talk_openai() as t:
        assert await counted(t.model, ASKED, 10) is None
    assert t.endpoint.requests == []
