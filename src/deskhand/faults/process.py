"""The faulty server in a process of its own."""

import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import Process

from deskhand.host.servers import ServerSpec

START_SECONDS = 30.0
_MODULE = "deskhand.faults.server"


def child(name: str = "faulty") -> ServerSpec:
    """A server of a scenario's own, over standard input and output; the connection starts and restarts it."""
    return ServerSpec(name=name, command=sys.executable, args=("-m", _MODULE, name), trusted=True)


class HttpServer:
    """A faulty server over Streamable HTTP, that can be killed and started again at the same port."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._port = 0
        self._process: Process | None = None

    @property
    def spec(self) -> ServerSpec:
        """The server as a host would have it configured: trusted."""
        return ServerSpec(name=self._name, url=f"http://127.0.0.1:{self._port}/mcp", trusted=True)

    async def start(self) -> None:
        """Start it, and wait until it takes connections."""
        command = [sys.executable, "-m", _MODULE, self._name, str(self._port)]
        self._process = await anyio.open_process(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        with anyio.fail_after(START_SECONDS):
            self._port = int(await self._process.stdout.receive())

    async def ended(self) -> None:
        """Wait until it has died by itself."""
        if self._process is not None:
            await self._process.wait()

    async def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.aclose()
            self._process = None


@asynccontextmanager
async def http_server(name: str) -> AsyncGenerator[HttpServer]:
    """A faulty HTTP server for as long as the block lasts."""
    server = HttpServer(name)
    try:
        await server.start()
        yield server
    finally:
        with anyio.CancelScope(shield=True):
            await server.kill()
