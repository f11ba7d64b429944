"""Embeddings from a real HTTP server: what is asked, what is believed, what is told when it fails."""

import json
import math
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from scripted_endpoint import listening
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deskhand.errors import SettingsError, Unavailable
from deskhand.retrieval.embedder import Embedder
from deskhand.retrieval.endpoint import ATTEMPTS, EmbeddingEndpoint
from deskhand.retrieval.endpoint_answer import EmbeddingDialect, OllamaDialect, OpenAIDialect

pytestmark = pytest.mark.anyio

KEY = "sk-very-secret-0123456789"
Answer = Callable[[list[str]], Response]


@dataclass
class Server:
    """Answers each request with the next of `answers`; the last one stays."""

    answers: list[Answer]
    seen: list[tuple[str, dict[str, str], dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, str], dict[str, Any]]]
    )
    waits: list[float] = field(default_factory=list[float])

    async def give(self, request: Request) -> Response:
        body = await request.json()
        self.seen.append((request.url.path, dict(request.headers), body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(body["input"])

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def numbers(text: str) -> list[float]:
    """A direction of its own for each length."""
    return [3 * math.cos(len(text)), 3 * math.sin(len(text)), 0]


def openai(texts: list[str]) -> Response:
    data = [{"object": "embedding", "index": i, "embedding": numbers(text)} for i, text in enumerate(texts)]
    return JSONResponse({"object": "list", "data": data[::-1], "model": "m", "usage": {"total_tokens": 1}})


def ollama(texts: list[str]) -> Response:
    return JSONResponse({"model": "m", "embeddings": [numbers(text) for text in texts]})


def refusing(status: int, body: object, **headers: str) -> Answer:
    return lambda _: JSONResponse(body, status, headers)


def saying(content: bytes) -> Answer:
    return lambda _: Response(content, media_type="application/json")


def rows(*found: object) -> Answer:
    return saying(json.dumps({"data": [{"index": i, "embedding": row} for i, row in enumerate(found)]}).encode())


@asynccontextmanager
async def endpoint(
    *answers: Answer, dialect: EmbeddingDialect | None = None, key: str = KEY
) -> AsyncGenerator[tuple[EmbeddingEndpoint, Server]]:
    server = Server(list(answers))
    asked = dialect or OpenAIDialect()
    prefix = "/v1" if asked.name == "openai" else ""
    async with listening(Starlette(routes=[Route(prefix + asked.path, server.give, methods=["POST"])])) as url:
        client = EmbeddingEndpoint(asked, url + prefix + "/", "m", key=key, sleep=server.sleep)
        yield client, server
        await client.aclose()


async def failure(embedder: Embedder, texts: Sequence[str] = ("one",)) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await embedder.embed(texts)
    assert KEY not in caught.value.message
    return caught.value


def directions(texts: Sequence[str]) -> Any:
    return np.array([numbers(text) for text in texts]) / 3


async def test_an_openai_endpoint_is_asked_in_its_way_and_sorted_by_index() -> None:
    texts = ["a", "bb", "ccc"]
    async with endpoint(openai) as (embedder, server):
        assert embedder.dimension == 0
        vectors = await embedder.embed(texts)
        assert (embedder.model, embedder.dimension) == ("openai/m", 3)
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, directions(texts), atol=1e-6)
    path, headers, body = server.seen[0]
    assert (path, headers["authorization"]) == ("/v1/embeddings", f"Bearer {KEY}")
    assert body == {"model": "m", "input": texts}


async def test_ollama_is_asked_in_its_way_and_needs_no_key() -> None:
    async with endpoint(ollama, dialect=OllamaDialect(), key="") as (embedder, server):
        vectors = await embedder.embed(["a", "bb"])
        assert embedder.model == "ollama/m"
    assert np.allclose(vectors, directions(["a", "bb"]), atol=1e-6)
    path, headers, _ = server.seen[0]
    assert path == "/api/embed"
    assert "authorization" not in headers


async def test_many_texts_go_in_batches_and_come_back_in_order() -> None:
    texts = ["x" * number for number in range(1, 151)]
    async with endpoint(openai) as (embedder, server):
        vectors = await embedder.embed(texts)
        assert (await embedder.embed([])).shape == (0, 3)
    assert [len(body["input"]) for _, _, body in server.seen] == [64, 64, 22]
    assert np.allclose(vectors, directions(texts), atol=1e-5)


async def test_long_and_empty_texts_are_made_fit_to_be_asked() -> None:
    async with endpoint(openai) as (embedder, server):
        await embedder.embed(["x" * 100_000, "  \n"])
    assert [len(text) for text in server.seen[0][2]["input"]] == [8_000, 1]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_server_is_asked_again_after_the_time_it_names(status: int) -> None:
    busy = refusing(status, {"error": {"message": "busy"}}, **{"Retry-After": "3"})
    async with endpoint(busy, openai) as (embedder, server):
        assert (await embedder.embed(["one"])).shape == (1, 3)
        assert server.waits == [3]


async def test_asking_again_has_an_end() -> None:
    async with endpoint(refusing(503, {"error": "overloaded"})) as (embedder, server):
        error = await failure(embedder)
        assert len(server.seen) == ATTEMPTS
        assert server.waits == [0.5, 1]
    assert "answered 503: overloaded" in error.message


async def test_a_long_wait_is_the_callers_to_decide() -> None:
    async with endpoint(refusing(429, {"error": "slow down"}, **{"Retry-After": "120"})) as (embedder, server):
        assert (await failure(embedder)).retry_after == 120
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, "refused the key from retrieval.api_key"),
        (404, {"error": 'model "m" not found, try pulling it first'}, 'has no m at /embeddings (404): model "m" not'),
        (400, {"detail": [{"message": "too long"}]}, "answered 400: too long"),
        (302, {}, "answered 302"),
    ],
)
async def test_a_refusal_is_told_once_and_without_the_key(status: int, body: object, said: str) -> None:
    async with endpoint(refusing(status, body)) as (embedder, server):
        assert said in (await failure(embedder)).message
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (saying(b"<html>"), "is not a JSON object"),
        (saying(b"[]"), "is not a JSON object"),
        (saying(b"{}"), "has no field 'data'"),
        (saying(b'{"data": null}'), "is not what was expected"),
        (saying(b'{"data": [{"index": 0, "embedding": [1, 2]}]}'), "for 2 texts"),
        (saying(b'{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}'), "for 2 texts"),
        (saying(b'{"data": [{"index": 0, "embedding": [1]}, {"index": 7, "embedding": [1]}]}'), "for 2 texts"),
        (rows([1, 2], [1]), "is not what was expected"),
        (rows([1, 2], ["a", "b"]), "is not what was expected"),
        (rows([[1]], [[2]]), "shape (1, 1)"),
        (rows([], []), "shape (0,)"),
        (rows(1, 2), "shape ()"),
        (saying(b'{"data": [{"index": 0, "embedding": [NaN]}, {"index": 1, "embedding": [1]}]}'), "not finite"),
        (saying(b'{"data": [{"index": 0, "embedding": [1e999]}, {"index": 1, "embedding": [1]}]}'), "not finite"),
        (saying(b'{"data": [{"index": [], "embedding": [1]}]}'), "is not what was expected"),
    ],
)
async def test_an_answer_without_a_vector_for_each_text_is_not_believed(answer: Answer, said: str) -> None:
    async with endpoint(answer) as (embedder, _):
        assert said in (await failure(embedder, ["one", "two"])).message
        assert embedder.dimension == 0


async def test_a_body_that_cannot_be_unpacked_is_unavailable() -> None:
    async with endpoint(lambda _: Response(b"no gzip", headers={"Content-Encoding": "gzip"})) as (embedder, _):
        assert "does not answer" in (await failure(embedder)).message


async def test_ollamas_answer_must_have_a_vector_for_each_text_too() -> None:
    async with endpoint(saying(b'{"embeddings": [[1]]}'), dialect=OllamaDialect()) as (embedder, _):
        assert "1 vectors for 2 texts" in (await failure(embedder, ["one", "two"])).message


async def test_another_dimension_than_before_is_another_model() -> None:
    async with endpoint(openai, rows([1, 2, 3, 4])) as (embedder, _):
        await embedder.embed(["one"])
        assert "vectors of 4 numbers, and had 3 before" in (await failure(embedder)).message
        assert embedder.dimension == 3


async def test_nobody_at_the_address_is_unavailable_after_some_tries() -> None:
    server = Server([openai])
    async with listening(Starlette()) as url:
        pass
    embedder = EmbeddingEndpoint(OpenAIDialect(), url, "m", key=KEY, sleep=server.sleep)
    error = await failure(embedder)
    assert "does not answer" in error.message
    assert "retrieval.base_url" in error.message
    assert len(server.waits) == ATTEMPTS - 1
    await embedder.aclose()


@pytest.mark.parametrize("url", ["", "localhost:11434", "ftp://here", "http://", "http://[::1"])
def test_an_address_that_is_none_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsError, match=r"retrieval\.base_url"):
        EmbeddingEndpoint(OpenAIDialect(), url, "m")


async def test_a_password_in_the_address_is_not_shown() -> None:
    embedder = EmbeddingEndpoint(OpenAIDialect(), "http://me:hunter2@127.0.0.1:9/v1", "m")
    assert embedder.address == "127.0.0.1:9"
    await embedder.aclose()


async def test_any_words_are_covered_but_no_mere_marks() -> None:
    async with endpoint(openai) as (embedder, _):
        assert [embedder.covers(text) for text in ("hello", "привет", "", "?!")] == [1, 1, 0, 0]
