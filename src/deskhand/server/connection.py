"""uvicorn's connection, made to cut who is slow or sends too much before a request even begins.

uvicorn itself waits for ever for the end of the headers and takes any number of them. A client that sends one byte
a second would hold a connection, and a thousand of them all the connections there are ("slowloris").
"""

import asyncio
from asyncio.events import TimerHandle
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

HEADER_BYTES = 64 * 1024
"""Most bytes of request line and headers. One read of the socket may exceed it before it is noticed."""


class GuardedConnection(HttpToolsProtocol):
    """Cuts a connection whose headers are not whole in `header_seconds` from when it opened or a request began."""

    header_seconds = 10.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._deadline: TimerHandle | None = None
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Start the clock: a connection must say something."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes in. White space before a request counts too, though the parser does not call it a request."""
        if self._is_idle():
            self._start_clock()
        super().data_received(data)
        if self._deadline is not None:
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_BYTES:
                self._refuse(b"431 Request Header Fields Too Large", "The headers are too large.")

    def on_headers_complete(self) -> None:
        """Stop the clock: from here on the body's own deadline counts (`server/body.py`)."""
        self._stop_clock()
        super().on_headers_complete()

    def _is_idle(self) -> bool:
        return self._deadline is None and (not self.cycle or self.cycle.response_complete)

    def _start_clock(self) -> None:
        self._header_bytes = 0
        self._deadline = self.loop.call_later(self.header_seconds, self._too_slow)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._refuse(b"408 Request Timeout", f"The headers did not arrive within {self.header_seconds:g} s.")

    def _refuse(self, status: bytes, message: str) -> None:
        self._stop_clock()
        if not self.transport.is_closing():
            head = b"HTTP/1.1 %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            self.transport.write(head % (status, len(message)) + message.encode())
            self.transport.close()


def guarded(header_seconds: float) -> type[GuardedConnection]:
    """The connection class with its deadline set; uvicorn makes the instances."""
    return type("GuardedConnection", (GuardedConnection,), {"header_seconds": header_seconds})
