"""The event streams that clients keep open, so that a shutdown can end them in good order."""

from collections.abc import Generator
from contextlib import contextmanager

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class OpenStreams:
    """The open ones: `GET /mcp` of clients before 2026-07-28, and `GET /sse` of the oldest."""

    def __init__(self) -> None:
        self._open: set[anyio.CancelScope] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._open)

    def close(self) -> None:
        """End all of them, now and later."""
        self._closed = True
        for scope in self._open:
            scope.cancel()

    @contextmanager
    def opened(self) -> Generator[None]:
        """Around the serving of one stream; `close` ends what is inside."""
        with anyio.CancelScope() as scope:
            self._open.add(scope)
            try:
                if self._closed:
                    scope.cancel()
                yield
            finally:
                self._open.discard(scope)


class EndStreams:
    """ASGI layer: a GET that `OpenStreams.close` ends is finished as a whole response, not torn off."""

    def __init__(self, app: ASGIApp, streams: OpenStreams) -> None:
        self._app = app
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; watch it when it is one that may stay open."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        response = _Progress(send)
        with self._streams.opened():
            await self._app(scope, receive, response.send)
        await response.finish()


class _Progress:
    """How far a response has come."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = False
        self._done = False

    async def send(self, message: Message) -> None:
        """Pass a part of the response on."""
        self._started = True
        self._done = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def finish(self) -> None:
        """Complete what was cut short."""
        if not self._started:
            await self._send({"type": "http.response.start", "status": 503, "headers": [(b"connection", b"close")]})
        if not self._done:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
