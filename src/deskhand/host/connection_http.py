"""The HTTP client under a connection: one request that fails does not take the others down.

In the SDK's transports an exception while sending ends the whole connection, with every call in flight. Here it becomes
the answer to that one request, a JSON-RPC error that says whether the request can have reached the server.
"""

import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import httpx2
from mcp_types import CONNECTION_CLOSED

from deskhand.host.sign_in_reach import check_reach
from deskhand.outbound import Resolver, resolve

LARGEST_MESSAGE = 128 * 1024 * 1024
"""Bytes of one message; what is larger is refused before it fills the memory."""

LARGEST_SIGN_IN = 1024 * 1024
"""Bytes of an answer in a sign-in: metadata, a registration, a token."""

NOT_DELIVERED = "deskhand: not delivered"
"""In the `data` of an error made here: the server has not seen the request, so sending it again is safe."""

SIGN_IN = "deskhand.sign_in"
"""Extension of a request that belongs to a sign-in: what becomes of it says nothing about the MCP server."""

CUT = "deskhand: cut"
"""In the `data` of an error made here: the request went out, its answer did not come back."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 3_600.0
"""A person may be filling in a form, or a subscription be quiet: silence is judged per request, not per socket."""

_KEEP_ALIVE = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]


@dataclass
class HttpRecord:
    """What the transport noticed; read when a connection could not be made."""

    on_loss: Callable[[str], None]
    """Told when the connection is of no use any more: nobody listens at the address, or the server forgot us."""
    post_status: int | None = None
    """Status of the last POST."""
    challenge: str = ""
    """WWW-Authenticate of the last 401 or 403."""
    posts_must_succeed: bool = False
    """HTTP+SSE answers on another stream: a POST that fails leaves its caller waiting for ever."""
    session: bool = False
    """Whether the server opened a session (MCP 2025-11-25, transports); its id is a secret and stays in the SDK."""


def http_client(
    server: str, headers: Mapping[str, str], record: HttpRecord, auth: httpx2.Auth | None = None
) -> httpx2.AsyncClient:
    """A client for one connection to the URL `server`, whose failures go to `record`."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
    transport = httpx2.AsyncHTTPTransport(limits=limits, socket_options=_KEEP_ALIVE)
    return httpx2.AsyncClient(
        headers={"Accept-Encoding": "identity", **headers},  # 128 MB could unpack to 128 GB
        auth=auth,
        timeout=httpx2.Timeout(CONNECT_SECONDS, read=READ_SECONDS),
        transport=SteadyTransport(transport, record, httpx2.URL(server)),
    )


class SteadyTransport(httpx2.AsyncBaseTransport):
    """Answers a POST that could not be sent, or was cut, instead of raising."""

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        record: HttpRecord,
        server: httpx2.URL,
        resolver: Resolver = resolve,
    ) -> None:
        self._inner = inner
        self._record = record
        self._server = server
        self._resolver = resolver

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it; a failure becomes status 502 or 503 with a JSON-RPC error."""
        if SIGN_IN in request.extensions:
            await check_reach(request.url, self._server, self._resolver)
            return _bounded(await self._inner.handle_async_request(request), LARGEST_SIGN_IN)
        try:
            response = await self._inner.handle_async_request(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return self._failure(request, error, delivered=False)
        except httpx2.TransportError as error:
            return self._failure(request, error, delivered=True)
        return self._noted(request, response)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    def _noted(self, request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        self._record.session |= "mcp-session-id" in response.headers
        if request.method == "POST":
            self._record.post_status = response.status_code
        if response.status_code in {401, 403}:
            self._record.challenge = response.headers.get("www-authenticate", "")
        if response.status_code == 404 and "mcp-session-id" in request.headers and request.method != "DELETE":
            # MCP 2025-11-25, transports: a 404 to a request with a session id means the session is over.
            self._record.on_loss("the server no longer knows the session")
            return _error_response(request, 404, "The session is over.", NOT_DELIVERED)
        if self._record.posts_must_succeed and request.method == "POST" and response.status_code >= 400:
            self._record.on_loss(f"a message was refused with HTTP {response.status_code}")
        streamed = response.headers.get("content-type", "").lower().startswith("text/event-stream")
        return _bounded(response, None if streamed else LARGEST_MESSAGE)

    def _failure(self, request: httpx2.Request, error: Exception, *, delivered: bool) -> httpx2.Response:
        detail = f"{type(error).__name__}: {error}".rstrip(": ")
        if not delivered:
            self._record.on_loss(f"the server does not answer ({detail})")
            if self._record.post_status is None:
                raise error  # nothing was said yet: answering would look like a server of another era
            return _error_response(request, 503, f"The server does not answer ({detail}).", NOT_DELIVERED)
        return _error_response(request, 502, f"The connection was cut ({detail}).", CUT)


def _bounded(response: httpx2.Response, limit: int | None) -> httpx2.Response:
    """The response with a body of at most `limit` bytes, as they are: nobody asked for packed ones, which stay so."""
    response.headers.pop("content-encoding", None)
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _SteadyBody(response.stream, limit)
    return response


class _SteadyBody(httpx2.AsyncByteStream):
    """A body that ends early where it cannot be read or is larger than `limit` bytes; the SDK says the rest."""

    def __init__(self, inner: httpx2.AsyncByteStream, limit: int | None) -> None:
        self._inner = inner
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        with suppress(httpx2.TransportError):
            async for chunk in self._inner:
                size += len(chunk)
                if self._limit is not None and size > self._limit:
                    return
                yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _error_response(request: httpx2.Request, status: int, message: str, data: str) -> httpx2.Response:
    error = {"code": CONNECTION_CLOSED, "message": message, "data": data}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
    return httpx2.Response(status, headers={"content-type": "application/json"}, content=body, request=request)
