"""Bodies: read whole, within a size and a time, with one meaning, and refused so that the client can read why."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send
from tests.server.http_site import HELLO, JSON, site

from deskhand.server.body import ReadBody

pytestmark = pytest.mark.anyio


async def answered(pieces: int, headers: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    """The status of a request of so many pieces of 10 bytes to a limit of 20, and how many pieces were read."""
    sent: list[Message] = []
    read = 0

    async def receive() -> Message:
        nonlocal read
        read += 1
        return {
            "type": "http.request",
            "body": b" " * 8 + b"{}" if read == 1 else b" " * 10,
            "more_body": read < pieces,
        }

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    layer: Callable[[Scope, Receive, Send], Awaitable[None]] = ReadBody(app, limit=20, seconds=5)
    await layer({"type": "http", "method": "POST", "headers": headers}, receive, send)
    return sent[0]["status"], read


@pytest.mark.parametrize(
    ("pieces", "headers", "status", "read"),
    [
        (2, [], 200, 2),
        (3, [], 413, 3),
        (8, [(b"content-length", b"80")], 413, 8),
        (9, [], 413, 9),
        (1_000, [], 413, 9),
        (1_000, [(b"content-length", b"10000")], 413, 0),
        (3, [(b"content-length", b"30"), (b"expect", b"100-continue")], 413, 0),
    ],
)
async def test_a_body_somewhat_too_large_is_read_to_its_end_before_it_is_refused(
    pieces: int, headers: list[tuple[bytes, bytes]], status: int, read: int
) -> None:
    assert await answered(pieces, headers) == (status, read)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', "'id' occurs twice"),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":[{"b":1,"\\u0062":2}]}}', "'b' occurs twice"),
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
async def test_a_body_with_more_than_one_meaning_or_none_is_refused(body: bytes, word: str, tmp_path: Path) -> None:
    async with site(tmp_path, auth=False) as it:
        answer = await it.post(body)
    assert answer.status_code == 400
    assert answer.json()["id"] is None
    assert answer.json()["error"]["code"] == -32700
    assert word in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", [[HELLO], []])
async def test_a_batch_is_refused_in_words(body: list[object], tmp_path: Path) -> None:
    async with site(tmp_path, auth=False) as it:
        answer = await it.post(body)
    assert answer.status_code == 400
    assert answer.json() == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {
            "code": -32600,
            "message": "Batches are not supported: send one message per request; "
            "the protocol dropped them in 2025-06-18.",
        },
    }


async def test_a_long_number_is_no_reason_to_refuse(tmp_path: Path) -> None:
    async with site(tmp_path, auth=False) as it:
        body = json.dumps(HELLO)[:-1] + ', "x": ' + "9" * 4_000 + "}"
        assert (await it.post(body.encode())).status_code == 200


async def test_a_body_over_the_limit_is_refused_whether_announced_or_not(tmp_path: Path) -> None:
    padded = json.dumps(HELLO).encode()
    padded += b" " * (1_000 - len(padded))

    async def chunks() -> AsyncGenerator[bytes]:
        for _ in range(3):
            yield b" " * 400

    async with site(tmp_path, auth=False, body_bytes=1_000) as it:
        fits = await it.post(padded)
        announced = await it.post(padded + b" ")
        streamed = await it.client.post("/mcp", content=chunks(), headers=JSON)
    assert [fits.status_code, announced.status_code, streamed.status_code] == [200, 413, 413]
    assert "server.body_bytes" in streamed.json()["error"]["message"]
    assert streamed.headers["connection"] == "close"


async def test_a_body_that_trickles_is_cut_at_the_deadline() -> None:
    sent: list[Message] = []

    async def trickle() -> Message:
        await anyio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the body is not there yet")

    with anyio.fail_after(5):
        await ReadBody(app, 1_000_000, 0.1)({"type": "http", "method": "POST", "headers": []}, trickle, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
