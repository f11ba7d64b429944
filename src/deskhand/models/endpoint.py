"""One provider's HTTP API: address, credentials, connection pool, streaming, and errors in the Model's terms."""

import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from ipaddress import ip_address
from typing import cast

import anyio
import httpx2

from deskhand.models import failures
from deskhand.models.credentials import Credentials
from deskhand.models.listing import names_in
from deskhand.models.model import ModelFailed, StreamCut
from deskhand.models.sse import EventParser, EventTooLarge, ServerSentEvent

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 300.0
"""Longest silence. A local server says nothing while it reads a long prompt, which takes minutes without a GPU."""
_DRAIN_SECONDS = 0.5
_ERROR_BYTES = 64 * 1024


def is_loopback(url: str) -> bool:
    """Whether `url` is on this machine."""
    host = httpx2.URL(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class Events:
    """The events of one answer, as they arrive. `[DONE]`, OpenAI's end mark, ends them."""

    def __init__(self, response: httpx2.Response, chunks: AsyncIterator[bytes], peer: failures.Peer) -> None:
        self._response = response
        self._chunks = chunks
        self._peer = peer
        self.done = False
        """Whether the end mark was seen."""

    async def read(self) -> AsyncGenerator[ServerSentEvent]:
        """Every event.

        Raises:
            StreamCut: the connection broke, or was silent for too long.
            ModelFailed: the stream is not one a model sends.
        """
        if "application/json" in self._response.headers.get("content-type", ""):
            yield await self._whole()
            return
        parser = EventParser()
        try:
            async for chunk in self._chunks:
                for event in parser.feed(chunk):
                    if event.data.strip() == "[DONE]":
                        self.done = True
                        return
                    yield event
        except httpx2.HTTPError as error:
            raise failures.from_transport(error, self._peer, streaming=True) from error
        except EventTooLarge as error:
            raise ModelFailed(f"{self._peer.address}: {error}") from error

    async def _whole(self) -> ServerSentEvent:
        """The answer of a server that does not stream: one JSON text, given as one event."""
        try:
            body = b"".join([chunk async for chunk in self._chunks])
        except httpx2.HTTPError as error:
            raise failures.from_transport(error, self._peer, streaming=True) from error
        return ServerSentEvent(body.decode("utf-8", "replace"))

    def json(self, event: ServerSentEvent) -> dict[str, object]:
        """The event's data as a JSON object.

        Raises:
            StreamCut: it is none; what a proxy makes of a stream it cuts.
            DeskhandError: it is an error object, translated.
        """
        try:
            value = json.loads(event.data)
        except ValueError:
            value = None
        if event.event == "error":
            raise failures.from_stream(value or event.data, self._peer)
        if not isinstance(value, dict):
            raise StreamCut(f"{self._peer.address} sent something that is not JSON. Ask again.")
        fields = cast("dict[str, object]", value)
        if fields.get("error") or "error" in (fields.get("type"), fields.get("object")):
            raise failures.from_stream(fields, self._peer)
        return fields

    async def drain(self) -> None:
        """Read what is left after the answer, so that the connection can be used again."""
        with anyio.move_on_after(_DRAIN_SECONDS):
            try:
                async for _ in self._chunks:
                    pass
            except httpx2.HTTPError:
                return  # the answer is complete; only the connection is lost


class Endpoint:
    """Where a provider's API is and how to sign for it. One connection pool; close it with `aclose`."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        *,
        headers: Mapping[str, str] | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        url = _checked_url(base_url)
        self.base_url = base_url.rstrip("/")
        self.credentials = credentials
        self.local = is_loopback(base_url)
        self.listed: tuple[str, ...] = ()
        """The names of its models, once it was asked for them."""
        host = f"{url.host}:{url.port}" if url.port else url.host
        self.peer = failures.Peer(host, credentials, f"`curl {url.scheme}://{host}{url.path.rstrip('/')}/models` lists")
        self._client = httpx2.AsyncClient(
            headers=headers,
            timeout=httpx2.Timeout(idle_seconds, connect=CONNECT_SECONDS),
            trust_env=not self.local,  # a proxy for the outside must not see what stays on the machine
            verify=True if url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # reading CAs is slow
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    @asynccontextmanager
    async def stream(self, path: str, body: bytes) -> AsyncGenerator[Events]:
        """POST `body` (JSON) and give the events of the answer. Leaving the context closes the connection.

        Raises:
            DeskhandError: what the Model protocol names.
        """
        async with AsyncExitStack() as stack:
            response = await self._open(stack, path, body)
            if response.status_code == 401 and self.credentials.refused():
                await stack.aclose()
                response = await self._open(stack, path, body)
            if not response.is_success:
                raise failures.from_response(
                    response.status_code, response.headers, await _start_of(response), self.peer
                )
            chunks = await stack.enter_async_context(aclosing(response.aiter_bytes()))
            yield Events(response, chunks, self.peer)

    async def _open(self, stack: AsyncExitStack, path: str, body: bytes) -> httpx2.Response:
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream, application/json",
            **await self.credentials.headers(),
        }
        request = self._client.stream("POST", self.base_url + path, content=body, headers=headers)
        try:
            return await stack.enter_async_context(request)
        except httpx2.HTTPError as error:
            raise failures.from_transport(error, self.peer, streaming=False) from error

    async def ask(self, url: str, *, seconds: float, body: object = None) -> object:
        """The JSON at `url` (absolute, or a path below the base URL); None when there is none in time."""
        full = url if "://" in url else self.base_url + url
        try:
            response = await self._client.request(
                "GET" if body is None else "POST",
                full,
                headers=await self.credentials.headers(),
                json=body,
                timeout=seconds,
            )
            return response.json() if response.is_success else None
        except (httpx2.HTTPError, ValueError):
            return None

    async def ask_for_models(self, seconds: float) -> object:
        """What it says of its models, as `ask`; from then on their names are `listed`."""
        answer = await self.ask("/models", seconds=seconds)
        self.listed = tuple(names_in(answer))
        return answer


def _checked_url(base_url: str) -> httpx2.URL:
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL:
        url = None
    if url is None or url.scheme not in ("http", "https") or not url.host:
        raise ModelFailed("model.base_url is not an http(s) URL; expected something like http://127.0.0.1:11434/v1.")
    return url


async def _start_of(response: httpx2.Response) -> bytes:
    """As much of an error's body as is worth reading."""
    body = b""
    try:
        async with aclosing(response.aiter_bytes()) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) >= _ERROR_BYTES:
                    break
    except httpx2.HTTPError:
        return body  # what arrived explains more than the broken connection would
    return body
