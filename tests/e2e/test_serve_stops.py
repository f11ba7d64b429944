"""How the real server stops: in good order on the first signal, at once on the second."""

import json
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from anyio.abc import SocketStream
from tests.protocol.old_stream import old_stream
from tests.protocol.server_process import ServerProcess, running

from deskhand.server.shutdown import connection_limit

pytestmark = pytest.mark.anyio

SLOW = '["core", "tests.protocol.slow_toolset:Slow"]'
REVISION = "2026-07-28"
LONG = {"DESKHAND_SERVER__SHUTDOWN_SECONDS": "60"}
"""For tests that are not about that deadline, which a busy machine would reach first."""
META = {
    "io.modelcontextprotocol/protocolVersion": REVISION,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
STREAMS = 1_000
PATIENCE = 20.0
"""Seconds for what takes half a second where nothing else runs, and less than would pass if a call were waited for."""


def request(method: str, params: dict[str, Any], name: str = "") -> tuple[dict[str, str], bytes]:
    """The headers and body of one request of 2026-07-28."""
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": REVISION,
        "mcp-method": method,
    }
    body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": {**params, "_meta": META}}
    return headers | ({"mcp-name": name} if name else {}), json.dumps(body).encode()


def wait_for(seconds: float) -> tuple[dict[str, str], bytes]:
    """A call that takes this long."""
    return request("tools/call", {"name": "wait", "arguments": {"seconds": seconds}}, "wait")


def hold() -> tuple[dict[str, str], bytes]:
    """A call that ends when it is let go."""
    return request("tools/call", {"name": "hold", "arguments": {}}, "hold")


def let_go(server: ServerProcess) -> None:
    """End that call."""
    (server.folder / "slow" / "go").touch()


async def opened(server: ServerProcess) -> SocketStream:
    """A raw listen stream whose acknowledgement has arrived. Raw, because a thousand HTTP clients are too heavy."""
    headers, body = request("subscriptions/listen", {"notifications": {"resourcesListChanged": True}})
    host = server.url.removeprefix("http://")
    lines = [f"{name}: {value}" for name, value in (headers | server.headers | {"host": host}).items()]
    head = "\r\n".join(["POST /mcp HTTP/1.1", *lines, f"content-length: {len(body)}", "", ""])
    stream = await anyio.connect_tcp(*host.split(":"))  # pyright: ignore[reportArgumentType]  # ("127.0.0.1", "8642")
    await stream.send(head.encode() + body)
    received = b""
    while b"acknowledged" not in received:
        received += await stream.receive()
    return stream


async def rest_of(stream: SocketStream) -> bytes:
    """What a stream still says until it ends."""
    received = b""
    try:
        while True:
            received += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return received


async def ended(server: ServerProcess) -> int:
    """The exit code, once the process has ended."""
    with anyio.fail_after(PATIENCE):
        return await anyio.to_thread.run_sync(server.process.wait, abandon_on_cancel=True)


@asynccontextmanager
async def client(server: ServerProcess) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(headers=server.headers, timeout=30) as found:
        yield found


@asynccontextmanager
async def calling(server: ServerProcess, call: tuple[dict[str, str], bytes]) -> AsyncGenerator[list[httpx2.Response]]:
    """A call that has begun; its answer, if there was one, once the block is left."""
    headers, body = call
    answers: list[httpx2.Response] = []

    async def ask() -> None:
        with suppress(httpx2.HTTPError):
            answers.append(await http.post(f"{server.url}/mcp", content=body, headers=headers))

    async with client(server) as http, anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await begun(server)
        yield answers


async def begun(server: ServerProcess) -> None:
    """Wait until the slow call runs."""
    with anyio.fail_after(PATIENCE):
        while not (server.folder / "slow" / "began").exists():
            await anyio.sleep(0.01)


async def stopping(server: ServerProcess) -> None:
    """Wait until the server has taken note of a signal."""
    with anyio.fail_after(PATIENCE):
        while "stopping" not in server.log():
            await anyio.sleep(0.01)


async def is_ready(probe: httpx2.AsyncClient, server: ServerProcess) -> bool:
    """Whether new requests are welcome."""
    try:
        return (await probe.get(f"{server.url}/readyz")).status_code == 200
    except httpx2.HTTPError:
        return False


async def test_a_thousand_listen_streams_end_with_their_result_within_five_seconds(tmp_path: Path) -> None:
    connection_limit(STREAMS)  # this process needs the descriptors too
    with running(tmp_path) as server:
        async with AsyncExitStack() as stack:
            streams: list[SocketStream] = []
            limit = anyio.CapacityLimiter(50)

            async def open_one() -> None:
                async with limit:
                    streams.append(await opened(server))

            async with anyio.create_task_group() as tasks:
                for _ in range(STREAMS):
                    tasks.start_soon(open_one)
            for stream in streams:
                stack.push_async_callback(stream.aclose)
            assert len(streams) == STREAMS
            began = server.clock()
            server.process.send_signal(signal.SIGTERM)
            finals: list[bytes] = []

            async def read(stream: SocketStream) -> None:
                finals.append(await rest_of(stream))

            async with anyio.create_task_group() as tasks:
                for stream in streams:
                    tasks.start_soon(read, stream)
            assert await anyio.to_thread.run_sync(server.seconds_to_end, began) < 5
            assert server.process.wait() == 0
    assert sum(b'"result"' in final and b"subscriptionId" in final for final in finals) == STREAMS


async def test_a_call_in_flight_finishes_while_readiness_fails_and_the_port_is_closed(tmp_path: Path) -> None:
    with running(tmp_path, enabled=SLOW, variables=LONG) as server:
        async with client(server) as probe, calling(server, hold()) as answers:
            assert (await probe.get(f"{server.url}/readyz")).status_code == 200
            server.process.send_signal(signal.SIGTERM)
            with anyio.fail_after(PATIENCE):
                while await is_ready(probe, server):
                    await anyio.sleep(0.01)
            assert answers == []
            let_go(server)
        assert [answer.json()["result"]["structuredContent"] for answer in answers] == [{"after": 0}]
        assert await ended(server) == 0


async def test_a_call_that_does_not_finish_is_cancelled_at_the_deadline(tmp_path: Path) -> None:
    with running(tmp_path, enabled=SLOW, variables={"DESKHAND_SERVER__SHUTDOWN_SECONDS": "0.5"}) as server:
        async with calling(server, wait_for(60)) as answers:
            server.process.send_signal(signal.SIGTERM)
            assert await ended(server) == 0
        assert [answer for answer in answers if answer.status_code == 200] == []
        assert (tmp_path / "slow" / "cancelled").exists()
        assert "did not finish in time" in server.log()


async def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    with running(tmp_path, enabled=SLOW, variables=LONG) as server:
        async with calling(server, wait_for(60)) as answers:
            server.process.send_signal(signal.SIGINT)
            await stopping(server)
            server.process.send_signal(signal.SIGINT)
            assert await ended(server) == -signal.SIGINT
        assert answers == []


async def test_the_event_streams_of_older_clients_end_whole(tmp_path: Path) -> None:
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    opening = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    accept = {"accept": "application/json, text/event-stream"}
    with running(tmp_path) as server:
        async with client(server) as http:
            opened = await http.post(f"{server.url}/mcp", json=opening, headers=accept)
            session = accept | {"mcp-session-id": opened.headers["mcp-session-id"]}
            async with (
                http.stream("GET", f"{server.url}/mcp", headers=session) as newer,
                http.stream("GET", f"{server.url}/sse", headers=accept) as oldest,
            ):
                assert (newer.status_code, oldest.status_code) == (200, 200)
                server.process.send_signal(signal.SIGTERM)
                with anyio.fail_after(PATIENCE):
                    for stream in (newer, oldest):
                        async for _ in stream.aiter_raw():  # raises when the response is torn off
                            pass
        assert await ended(server) == 0
        assert "Traceback" not in server.log()


async def test_an_answer_on_the_oldest_transport_still_arrives(tmp_path: Path) -> None:
    hello = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    call: dict[str, Any] = {"name": "hold", "arguments": {}}
    with running(tmp_path, enabled=SLOW, variables=LONG) as server:
        async with httpx2.AsyncClient(base_url=server.url, headers=server.headers, timeout=20) as http:
            async with old_stream(http) as stream:
                _, where = await stream.event()
                await http.post(where, json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
                await stream.answer()
                await http.post(where, json={"jsonrpc": "2.0", "method": "notifications/initialized"})
                await http.post(where, json={"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call})
                await begun(server)
                server.process.send_signal(signal.SIGTERM)
                await stopping(server)
                let_go(server)
                assert (await stream.answer())["result"]["structuredContent"] == {"after": 0}
        assert await ended(server) == 0
