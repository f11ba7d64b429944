"""The event streams that clients keep open: a shutdown ends them in good order, and so does a token's revocation."""

import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken, TokenVerifier
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deskhand.errors import Unavailable

CHECK_SECONDS = 5.0
"""How often the token of an open stream is looked at again."""


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
        response = Progress(send)
        with self._streams.opened():
            await self._app(scope, receive, response.send)
        await response.finish()


class EndRevoked:
    """ASGI layer: a stream ends when its token is revoked or expires, `seconds` later at most.

    A token is checked when a request begins, and a stream is a request that lasts for days.
    """

    def __init__(self, app: ASGIApp, verifier: TokenVerifier, seconds: float = CHECK_SECONDS) -> None:
        self._app = app
        self._verifier = verifier
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; look at its token again and again when it is one that may stay open."""
        user = scope.get("user")
        if not isinstance(user, AuthenticatedUser) or not _may_stay_open(scope):
            await self._app(scope, receive, send)
            return
        response = Progress(send)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._end_when_refused, user.access_token, tasks.cancel_scope)
            await self._app(scope, receive, response.send)
            tasks.cancel_scope.cancel()
        await response.finish()

    async def _end_when_refused(self, token: AccessToken, stream: anyio.CancelScope) -> None:
        while token.expires_at is None or time.time() < token.expires_at:
            await anyio.sleep(self._seconds)
            with suppress(Unavailable):  # a database that is busy says nothing about the token
                if await self._verifier.verify_token(token.token) is None:
                    break
        stream.cancel()


def _may_stay_open(scope: Scope) -> bool:
    """The streams of all eras: `GET /sse`, `GET /mcp`, and the POST of `subscriptions/listen`."""
    return scope["method"] == "GET" or Headers(scope=scope).get("mcp-method") == "subscriptions/listen"


class Progress:
    """How far a response has come, so that one that is cut short can be completed."""

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
