"""The scripted endpoint as other tests use it: a process of its own."""

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx2
import pytest
import scripted_endpoint
from model_talk import model_at, text_of

from deskhand.context.message import user
from deskhand.models.model import ModelFailed, Request

pytestmark = pytest.mark.anyio


@pytest.fixture
def url(tmp_path: Path) -> Generator[str]:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"steps": [{"match": "hi", "text": "hello"}, {"wire": ["data: [DONE]\n\n"]}]}))
    command = [sys.executable, scripted_endpoint.__file__, "--script", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


async def test_the_process_prints_its_address_answers_and_remembers(url: str, provider: str) -> None:
    model = model_at(provider, url)
    async with model.stream(Request([user("hi")])) as events:
        assert text_of([event async for event in events]) == "hello"
    await model.aclose()
    async with httpx2.AsyncClient(trust_env=False) as client:
        (recorded,) = (await client.get(f"{url}/requests")).json()
        assert (await client.get(f"{url}/v1/models")).json()["data"][0]["id"] == "scripted"
    assert recorded["path"] == {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}[provider]
    assert recorded["disconnected"] is False


async def test_a_script_that_has_run_out_answers_with_an_error(url: str) -> None:
    model = model_at("openai", url)
    async with model.stream(Request([user("what?")])) as events:
        assert [event async for event in events]
    with pytest.raises(ModelFailed, match="no step left"):
        async with model.stream(Request([user("what?")])):
            pass
    await model.aclose()
