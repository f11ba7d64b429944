"""Bodies that are too large are refused so that the client can read why."""

from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive, Scope, Send

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
