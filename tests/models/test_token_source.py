"""Tokens are fetched once, kept until they expire, and fetched again when refused."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import anyio
import pytest
from scripted_endpoint import listening, serving
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deskhand.context.message import user
from deskhand.models.endpoint import Endpoint
from deskhand.models.model import ModelFailed, Overloaded, Request
from deskhand.models.openai import OpenAIModel
from deskhand.models.script import Step
from deskhand.models.token_source import TokenSource

pytestmark = pytest.mark.anyio


@dataclass
class TokenServer:
    """Gives `token-1`, `token-2`, …"""

    answer: Callable[[int], Response]
    seen: list[tuple[dict[str, str], dict[str, str]]] = field(
        default_factory=list[tuple[dict[str, str], dict[str, str]]]
    )
    url: str = ""

    async def give(self, request: HttpRequest) -> Response:
        async with request.form() as form:
            self.seen.append((dict(request.headers), {key: str(value) for key, value in form.items()}))
        return self.answer(len(self.seen))


def token(**fields: Any) -> Callable[[int], Response]:
    return lambda number: JSONResponse({"access_token": f"token-{number}", **fields})


@asynccontextmanager
async def token_server(answer: Callable[[int], Response]) -> AsyncGenerator[TokenServer]:
    server = TokenServer(answer)
    async with listening(Starlette(routes=[Route("/oauth", server.give, methods=["POST"])])) as url:
        server.url = url + "/oauth"
        yield server


async def test_the_request_is_the_one_the_endpoint_expects() -> None:
    async with token_server(token(expires_at=4_000_000_000_000)) as server:
        headers = await TokenSource(server.url, "YmFzaWM=", "GIGACHAT_API_PERS").headers()
    assert headers == {"Authorization": "Bearer token-1"}
    sent, form = server.seen[0]
    assert sent["authorization"] == "Basic YmFzaWM="
    assert UUID(sent["rquid"]).version == 4
    assert form["scope"] == "GIGACHAT_API_PERS"


async def test_callers_at_the_same_time_share_one_request() -> None:
    async with token_server(token(expires_in=1800)) as server:
        source = TokenSource(server.url, "key")
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(source.headers)
    assert len(server.seen) == 1


@pytest.mark.parametrize("fields", [{"expires_at": 1_800_000}, {"exp": 1_800}, {"expires_in": 1_800}])
async def test_a_token_is_renewed_a_minute_before_its_end(fields: dict[str, int]) -> None:
    clock = [0.0]
    if "expires_at" in fields:
        fields, clock = {"expires_at": 1_700_000_000_000 + 1_800_000}, [1_700_000_000.0]
    start = clock[0]
    async with token_server(token(**fields)) as server:
        source = TokenSource(server.url, "key", now=lambda: clock[0])
        await source.headers()
        clock[0] = start + 1_739
        assert await source.headers() == {"Authorization": "Bearer token-1"}
        clock[0] = start + 1_741
        assert await source.headers() == {"Authorization": "Bearer token-2"}


async def test_a_token_the_provider_refuses_is_replaced_once() -> None:
    async with token_server(token(expires_in=1800)) as server, serving([Step(text="ok")], key="token-2") as endpoint:
        model = OpenAIModel(Endpoint(endpoint.url + "/v1", TokenSource(server.url, "key")), "m")
        async with model.stream(Request([user("x")])) as events:
            assert [event async for event in events]
        await model.aclose()
    assert [request.headers["authorization"] for request in endpoint.requests] == ["Bearer token-1", "Bearer token-2"]


async def test_a_key_the_token_endpoint_refuses_is_not_shown() -> None:
    async with token_server(lambda _: JSONResponse({"message": "wrong: c2VjcmV0"}, 401)) as server:
        with pytest.raises(ModelFailed, match=r"model\.api_key") as raised:
            await TokenSource(server.url, "c2VjcmV0").headers()
    assert "c2VjcmV0" not in raised.value.message


async def test_an_answer_without_a_token_is_an_error() -> None:
    async with token_server(lambda _: JSONResponse(["no"])) as server:
        with pytest.raises(ModelFailed, match="access_token"):
            await TokenSource(server.url, "key").headers()


async def test_a_token_endpoint_that_does_not_answer_is_worth_a_retry() -> None:
    with pytest.raises(Overloaded):
        await TokenSource("http://127.0.0.1:9/oauth", "key").headers()
