"""How long a call takes from the host to a server in another process and back, beside the SDK's client alone."""

import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from bench.server import Row
from mcp.client import Client
from tests.protocol.server_process import running

from deskhand.host.connections import Connections
from deskhand.host.human import Nobody
from deskhand.host.servers import ServerSpec

CALLS = 100
ARGUMENTS = {"a": "6", "b": "7"}


async def _median(call: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds that pass, after a first call."""
    await call()
    taken: list[float] = []
    for _ in range(CALLS):
        started = time.perf_counter()
        await call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1_000


async def _of_sdk(url: str) -> float:
    async with Client(url) as client:
        return await _median(lambda: client.call_tool("multiply", dict(ARGUMENTS)))


async def _of_host(url: str) -> float:
    spec = ServerSpec("deskhand", url=url, trusted=True)
    async with Connections([spec], human=Nobody(), emit=lambda _event: None) as connections:
        await connections.ready(30)
        tool = next(tool for tool in connections.tools() if tool.name == "multiply")
        return await _median(
            lambda: connections.call(tool, dict(ARGUMENTS), on_progress=lambda _done, _total, _message: None)
        )


def rows() -> list[Row]:
    """Both, to the same server over HTTP."""
    with TemporaryDirectory() as folder, running(Path(folder), "--no-auth") as server:
        url = f"{server.url}/mcp"
        sdk, host = anyio.run(_of_sdk, url), anyio.run(_of_host, url)
    return [
        Row("round trip over HTTP: the SDK's client", f"{sdk:.1f} ms"),
        Row("round trip over HTTP: Deskhand's host", f"{host:.1f} ms", f"{host / sdk:.2f} x that"),
    ]
