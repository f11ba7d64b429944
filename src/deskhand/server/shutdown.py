"""Running the HTTP server in a process, until a signal, and stopping so that no client is left guessing.

On the first SIGTERM or SIGINT: readiness fails, the port closes, listen streams end with their final result, calls in
flight finish, the other streams end. On the second the process ends at once.
"""

import gc
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import anyio
import uvicorn

from deskhand.server.connection import guarded
from deskhand.server.http import HttpServer

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
KEEP_ALIVE_SECONDS = 65
"""How long a connection may rest between requests: longer than the 60 s that proxies in front usually hold one."""
BACKLOG = 2_048
FLUSH_SECONDS = 0.05
"""For answers that are computed to reach their sockets: a few turns of the event loop."""
LAST_SECONDS = 0.5
"""For what is still open after all that, before it is cancelled."""


async def serve_http(http: HttpServer, listener: socket.socket, announce: Callable[[], None]) -> None:
    """Serve on a bound socket until a signal; `announce` is called once connections are taken.

    Raises:
        ExceptionGroup: with what kept a toolset from opening.
    """
    async with http.running():
        await Service(http, announce).serve(sockets=[listener])


class Service(uvicorn.Server):
    """uvicorn, with our order of stopping."""

    def __init__(self, http: HttpServer, announce: Callable[[], None]) -> None:
        settings = http.settings
        super().__init__(
            uvicorn.Config(
                http.app,
                http=guarded(settings.read_seconds),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=BACKLOG,
                limit_concurrency=connection_limit(settings.listen_streams),
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=LAST_SECONDS,  # pyright: ignore[reportArgumentType]  # passed to wait_for
            )
        )
        self._http = http
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections, and say so."""
        gc.freeze()  # what is there stays; to look through it for garbage would stop every stream for 0.2 s
        await super().startup(sockets)
        if self.started:
            self._announce()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop on the first signal, and end without ceremony on the second. Exit code 0 is the caller's to give."""

        # Not a method: sse-starlette looks for a server behind the handler, and would end its streams too early.
        def on_signal(number: int, _: object) -> None:
            if self.should_exit:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            self._http.stopping = self.should_exit = True

        for number in SIGNALS:
            signal.signal(number, on_signal)
        try:
            yield
        finally:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See the module's docstring; uvicorn does the rest."""
        self._http.stopping = True
        logger.info("stopping: %d calls running, %d streams open", self._http.server.dispatch.running, self._open)
        if self._http.before_stopping is not None:
            await self._http.before_stopping()
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        self._http.server.subscriptions.close()
        if not await self._http.server.dispatch.drain(self._http.settings.shutdown_seconds):
            logger.warning("%d calls did not finish in time and are cancelled", self._http.server.dispatch.running)
        await anyio.sleep(FLUSH_SECONDS)
        self._http.streams.close()
        await super().shutdown(sockets)

    @property
    def _open(self) -> int:
        return len(self._http.streams) + self._http.server.subscriptions.streams


def connection_limit(streams: int) -> int:
    """How many connections to take: the listen streams and room for calls, as far as file descriptors reach.

    Raises the process's soft limit of descriptors to its hard limit; many systems start at 1,024.
    """
    wanted = streams + 1_024
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted + 256:
        ceiling = wanted + 256 if hard == resource.RLIM_INFINITY else min(hard, wanted + 256)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
            soft = ceiling
    return max(64, min(wanted, soft - 256))
