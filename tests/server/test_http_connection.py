"""Who is slow or sends too much before a request begins: real sockets, a short deadline."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
import uvicorn
from anyio.abc import SocketStream
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from deskhand.server.connection import HEADER_BYTES, guarded

pytestmark = pytest.mark.anyio

SECONDS = 0.4
GET = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"


async def _hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


@asynccontextmanager
async def listening(seconds: float = SECONDS) -> AsyncGenerator[int]:
    """A uvicorn with our connections on a free port, in this event loop."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(Starlette(routes=[Route("/", _hello)]), http=guarded(seconds), log_config=None, ws="none")
    server = uvicorn.Server(config)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server._serve, [listener])  # pyright: ignore[reportPrivateUsage]  # serve() takes the signals
        with anyio.fail_after(10):
            while not server.started:
                await anyio.sleep(0.01)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True


async def until_closed(stream: SocketStream) -> bytes:
    """All the server sends before it closes, which must be soon."""
    received = b""
    with anyio.fail_after(10):
        try:
            while True:
                received += await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return received


async def drip(stream: SocketStream, data: bytes) -> None:
    """One byte at a time, for ever, evenly, until the server has enough."""
    try:
        while True:
            for byte in data:
                await stream.send(bytes([byte]))
                await anyio.sleep(SECONDS / 8)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return


async def cut_while_dripping(stream: SocketStream, data: bytes) -> bytes:
    """What the server says when it cuts the connection."""
    said = b""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(drip, stream, data)
        said = await until_closed(stream)
        tasks.cancel_scope.cancel()
    return said


async def test_a_connection_that_says_nothing_is_closed() -> None:
    async with listening() as port, await anyio.connect_tcp("127.0.0.1", port) as stream:
        assert (await until_closed(stream)).startswith(b"HTTP/1.1 408 ")


async def test_headers_that_arrive_one_byte_at_a_time_are_cut_at_the_deadline() -> None:
    async with listening() as port:
        before = anyio.current_time()  # the server's clock begins when it accepts, and a busy machine is slow to go on
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(b"GET / HTTP/1.1\r\n")
            said = await cut_while_dripping(stream, b"x-slow: 1\r\n")
    assert said.startswith(b"HTTP/1.1 408 ")
    assert SECONDS * 0.9 <= anyio.current_time() - before < 5


async def test_white_space_between_requests_does_not_hold_a_connection() -> None:
    async with listening() as port, await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(GET)
        with anyio.fail_after(5):
            assert b"hello" in await stream.receive()
        said = await cut_while_dripping(stream, b"\r\n")
    assert said.startswith(b"HTTP/1.1 408 ")


async def test_the_deadline_starts_again_for_each_request() -> None:
    async with listening() as port, await anyio.connect_tcp("127.0.0.1", port) as stream:
        with anyio.fail_after(10):
            for _ in range(3):
                await stream.send(GET)
                assert b"hello" in await stream.receive()
                await anyio.sleep(SECONDS)


async def test_headers_without_an_end_are_refused_before_they_fill_the_memory() -> None:
    async with listening(30) as port, await anyio.connect_tcp("127.0.0.1", port) as stream:
        sent = 0
        with anyio.fail_after(10):
            await stream.send(b"GET / HTTP/1.1\r\n")
            try:
                while sent < 8 * HEADER_BYTES:
                    sent += 4_096
                    await stream.send(b"x-long: " + b"a" * 4_086 + b"\r\n")
            except anyio.BrokenResourceError:
                pass  # the server has closed; what it said is read below, if the reset left it
            said = await until_closed(stream)
    assert said.startswith(b"HTTP/1.1 431 ") or sent < 8 * HEADER_BYTES


async def test_what_is_not_http_is_told_so() -> None:
    async with listening() as port, await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(b"\x16\x03\x01 tls hello\r\n\r\n")
        assert (await until_closed(stream)).startswith(b"HTTP/1.1 400 ")


async def test_pipelined_requests_are_all_answered() -> None:
    async with listening() as port, await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(GET * 3)
        received = b""
        with anyio.fail_after(5):
            while received.count(b"hello") < 3:
                received += await stream.receive()
