"""Which model is found, and how much fits into it."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from scripted_endpoint import listening, serving
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deskhand.context.message import user
from deskhand.errors import SettingsError
from deskhand.models.discover import Local, find_model
from deskhand.models.model import Model, Request
from deskhand.models.script import Step
from deskhand.settings_sections import ModelSettings

pytestmark = pytest.mark.anyio
NOWHERE = Local("nothing", "http://127.0.0.1:9/v1")


async def found(
    environment: Mapping[str, str] | None = None, *local: Local, settings: ModelSettings | None = None
) -> Model:
    model = await find_model(settings or ModelSettings(), environment or {}, local=local)
    await model.aclose()
    return model


@asynccontextmanager
async def model_server(answers: dict[str, Any]) -> AsyncGenerator[str]:
    """Answers each path with its JSON; 404 otherwise. Gives the base URL, with /v1."""

    async def answer(request: HttpRequest) -> Response:
        if request.url.path in answers:
            return JSONResponse(answers[request.url.path])
        return Response("not found", 404)

    async with listening(Starlette(routes=[Route("/{rest:path}", answer, methods=["GET", "POST"])])) as url:
        yield url + "/v1"


def listing(*models: str, **more: Any) -> dict[str, Any]:
    return {"data": [{"id": model, **more} for model in models]}


async def test_without_any_model_the_three_ways_are_told() -> None:
    with pytest.raises(SettingsError) as raised:
        await found({}, NOWHERE)
    assert all(word in raised.value.message for word in ("Ollama", "OPENAI_API_KEY", "DESKHAND_MODEL__BASE_URL"))


@pytest.mark.parametrize(
    ("environment", "settings", "name"),
    [
        ({"OPENAI_API_KEY": "a"}, ModelSettings(), "openai/gpt-5.4-mini"),
        ({"OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": "b"}, ModelSettings(), "openai/gpt-5.4-mini"),
        ({"ANTHROPIC_API_KEY": "b"}, ModelSettings(), "anthropic/claude-sonnet-5-5"),
        ({"ANTHROPIC_API_KEY": "b"}, ModelSettings(name="claude-x"), "anthropic/claude-x"),
        ({"OPENAI_API_KEY": "a"}, ModelSettings(name="gpt-x"), "openai/gpt-x"),
        ({}, ModelSettings(api_key=SecretStr("sk-ant-x")), "anthropic/claude-sonnet-5-5"),
        ({}, ModelSettings(api_key=SecretStr("sk-x")), "openai/gpt-5.4-mini"),
        ({"OPENAI_API_KEY": "a"}, ModelSettings(provider="anthropic", api_key=SecretStr("k"), name="c"), "anthropic/c"),
    ],
)
async def test_a_key_finds_its_provider(environment: dict[str, str], settings: ModelSettings, name: str) -> None:
    assert (await found(environment, settings=settings)).name == name


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_a_provider_without_its_key_says_which(provider: Any) -> None:
    with pytest.raises(SettingsError, match=f"{provider.upper()}_API_KEY"):
        await found({}, settings=ModelSettings(provider=provider))


async def test_a_script_in_the_settings_is_played(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_text('{"steps": []}')
    assert (await found({"OPENAI_API_KEY": "a"}, settings=ModelSettings(script=path))).name == "scripted/demo"
    with pytest.raises(SettingsError, match=r"model\.script"):
        await found(settings=ModelSettings(provider="scripted"))


async def test_a_local_server_is_found_by_the_first_that_answers() -> None:
    async with model_server({"/v1/models": listing("nomic-embed-text", "qwen3")}) as url:
        model = await found({}, NOWHERE, Local("lmstudio", url), Local("llamacpp", url))
    assert model.name == "lmstudio/qwen3"
    assert model.context_window == 8_192


async def test_a_web_server_that_is_no_model_server_is_not_taken_for_one() -> None:
    async with model_server({"/v1/models": ["something", "else"]}) as url:
        with pytest.raises(SettingsError):
            await found({}, Local("llamacpp", url))


async def test_ollama_models_that_can_call_tools_come_first() -> None:
    async def show(request: HttpRequest) -> Response:
        name = (await request.json())["model"]
        return JSONResponse({"capabilities": ["completion", "tools"] if name == "able" else ["completion"]})

    async def models(request: HttpRequest) -> Response:
        return JSONResponse(listing("mute", "able"))

    routes = [Route("/api/show", show, methods=["POST"]), Route("/v1/models", models)]
    async with listening(Starlette(routes=routes)) as url:
        assert (await found({}, Local("ollama", url + "/v1"))).name == "ollama/able"


async def test_a_named_model_is_looked_for_locally_when_there_is_no_key() -> None:
    async with model_server({"/v1/models": listing("one", "two")}) as url:
        assert (await found({}, Local("x", url), settings=ModelSettings(name="two"))).name == "x/two"
        with pytest.raises(SettingsError):
            await found({}, Local("x", url), settings=ModelSettings(name="three"))


@pytest.mark.parametrize(
    ("answers", "tokens"),
    [
        ({"/api/ps": {"models": [{"name": "m", "context_length": 16_384}]}, "/v1/models": listing("m")}, 16_384),
        ({"/api/show": {"parameters": "stop x\nnum_ctx    32768\n"}, "/v1/models": listing("m")}, 32_768),
        ({"/api/show": {"model_info": {"a.context_length": 131_072}}, "/v1/models": listing("m")}, 8_192),
        ({"/props": {"default_generation_settings": {"n_ctx": 12_288}}, "/v1/models": listing("m")}, 12_288),
        ({"/v1/models": listing("m", max_model_len=40_960)}, 40_960),
        ({"/v1/models": listing("m", context_length=65_536)}, 65_536),
        (
            {"/api/v0/models": {"data": [{"id": "m", "loaded_context_length": 5_000}]}, "/v1/models": listing("m")},
            5_000,
        ),
    ],
)
async def test_the_window_is_the_one_the_server_tells(answers: dict[str, Any], tokens: int) -> None:
    async with model_server(answers) as url:
        settings = ModelSettings(base_url=url)
        assert (await found(settings=settings)).context_window == tokens
        told = await found(settings=settings.model_copy(update={"context_window": 4_321}))
        assert told.context_window == 4_321


async def test_an_endpoint_of_the_environment_gets_the_key_of_the_environment() -> None:
    async with serving([Step(text="ok")], key="env-key") as endpoint:
        environment = {"OPENAI_BASE_URL": endpoint.url + "/v1", "OPENAI_API_KEY": "env-key"}
        model = await find_model(ModelSettings(), environment)
        async with model.stream(Request([user("x")])) as events:
            assert [event async for event in events]
        await model.aclose()


async def test_a_key_of_the_environment_is_not_sent_to_an_address_of_the_settings() -> None:
    async with serving([Step(text="ok")]) as endpoint:
        settings = ModelSettings(base_url=endpoint.url + "/v1")
        model = await find_model(settings, {"OPENAI_API_KEY": "env-key", "ANTHROPIC_API_KEY": "env-key"})
        async with model.stream(Request([user("x")])) as events:
            assert [event async for event in events]
        await model.aclose()
    assert "env-key" not in str(endpoint.requests[0].headers)


async def test_an_endpoint_that_lists_nothing_asks_for_a_name() -> None:
    with pytest.raises(SettingsError, match=r"model\.name"):
        await found(settings=ModelSettings(base_url="http://127.0.0.1:9/v1"))
