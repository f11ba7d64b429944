"""Another model by its name, of the provider that is in use."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from scripted_endpoint import listening
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from deskhand.errors import InvalidInput, SettingsError
from deskhand.models.discover import Local, other_model
from deskhand.models.model import KnowsOthers
from deskhand.settings_sections import ModelSettings

pytestmark = pytest.mark.anyio
KEYS = {"OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": "b"}


@pytest.mark.parametrize(
    ("environment", "settings", "wanted", "name", "window"),
    [
        (KEYS, ModelSettings(), "gpt-x", "openai/gpt-x", 128_000),
        (KEYS, ModelSettings(), "claude-x", "openai/claude-x", 128_000),
        (KEYS, ModelSettings(name="claude-x"), "gpt-x", "anthropic/gpt-x", 200_000),
        ({"ANTHROPIC_API_KEY": "b"}, ModelSettings(), "other", "anthropic/other", 200_000),
        ({}, ModelSettings(api_key=SecretStr("sk-x"), context_window=9_000), "gpt-x", "openai/gpt-x", 9_000),
    ],
)
async def test_the_provider_stays_whatever_the_name(
    environment: dict[str, str], settings: ModelSettings, wanted: str, name: str, window: int
) -> None:
    model = await other_model(settings, environment, wanted)
    await model.aclose()
    assert (model.name, model.context_window) == (name, window)


async def test_a_local_server_is_asked_for_the_window_of_the_other_model() -> None:
    listed = {
        "data": [
            {"id": "one", "max_model_len": 8_000},
            {"id": "claude-at-home", "max_model_len": 32_000},
            {"id": "embed"},
        ]
    }

    async def models(_request: Request) -> JSONResponse:
        return JSONResponse(listed)

    async with listening(Starlette(routes=[Route("/v1/models", models)])) as url:
        here = [Local("lmstudio", f"{url}/v1")]
        model = await other_model(ModelSettings(), {}, "claude-at-home", local=here)
        await model.aclose()
        assert (model.name, model.context_window) == ("lmstudio/claude-at-home", 32_000)
        assert isinstance(model, KnowsOthers)
        assert model.others == ["one", "claude-at-home"], "known without asking again, and to chat with"
        with pytest.raises(
            SettingsError, match=r"No model server on this machine lists three\. Listed are: one, claude"
        ):
            await other_model(ModelSettings(), {}, "three", local=here)


async def test_a_script_is_the_only_model() -> None:
    with pytest.raises(InvalidInput, match="no other model"):
        await other_model(ModelSettings(script=Path("script.json")), KEYS, "other")
