"""Opening one connection to a server over its transport, ready for requests."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import anyio
import httpx2
from anyio.abc import TaskGroup
from mcp.client import Client
from mcp.client._memory import InMemoryTransport  # the SDK's public door to it, Client(server), shows no messages
from mcp.client._transport import TransportStreams
from mcp.client.session import ElicitationFnT, MessageHandlerFnT
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation

from deskhand import __version__
from deskhand.host.connection_http import LARGEST_MESSAGE, READ_SECONDS, HttpRecord, http_client
from deskhand.host.connection_stderr import StderrTail
from deskhand.host.connection_stdio import stdio_streams
from deskhand.host.servers import ServerSpec
from deskhand.host.wiretap import Line, WatchedReads, WatchedWrites

Via = Literal["http", "sse", "stdio", "in-process"]


@dataclass
class Loss:
    """The end of a link, and why."""

    event: anyio.Event = field(default_factory=anyio.Event)
    reason: str = ""

    def because(self, reason: str) -> None:
        """The link is of no use any more; the first reason is kept."""
        if not self.event.is_set():
            self.reason = reason
            self.event.set()


@dataclass(frozen=True)
class Link:
    """One life of a connection, from its handshake to its loss."""

    client: Client
    via: Via
    group: TaskGroup
    """Tasks that live as long as the link does."""
    loss: Loss
    record: HttpRecord


@dataclass
class Dial:
    """What it takes to open a link, and what was noticed on the way."""

    spec: ServerSpec
    via: Via
    elicit: ElicitationFnT
    on_message: MessageHandlerFnT
    tail: StderrTail
    line: Line | None
    auth: httpx2.Auth | None
    loss: Loss
    record: HttpRecord

    def streams(self) -> AbstractAsyncContextManager[TransportStreams]:
        """The transport's two message streams, watched."""
        inner = {"http": self._http, "sse": self._sse, "stdio": self._stdio, "in-process": self._in_process}[self.via]
        return _watched(inner(), self.line, lambda: self.loss.because("the server closed the connection"))

    def client(self) -> Client:
        """A client that has not connected yet."""
        return Client(
            self.streams(),
            mode="legacy" if self.spec.era == "legacy" or self.via == "sse" else "auto",
            client_info=Implementation(name="deskhand", version=__version__, title="Deskhand"),
            elicitation_callback=self.elicit,
            message_handler=self.on_message,
        )

    @asynccontextmanager
    async def _http(self) -> AsyncGenerator[TransportStreams]:
        async with (
            http_client(self.spec.url or "", self.spec.headers, self.record, self.auth) as client,
            streamable_http_client(
                self.spec.url or "", http_client=client, max_sse_event_size=LARGEST_MESSAGE
            ) as streams,
        ):
            yield streams

    @asynccontextmanager
    async def _sse(self) -> AsyncGenerator[TransportStreams]:
        self.record.posts_must_succeed = True

        def factory(
            headers: dict[str, str] | None = None,
            timeout: httpx2.Timeout | None = None,
            auth: httpx2.Auth | None = None,
        ) -> httpx2.AsyncClient:
            return http_client(self.spec.url or "", headers or {}, self.record, auth)

        async with sse_client(
            self.spec.url or "",
            headers=dict(self.spec.headers),
            sse_read_timeout=READ_SECONDS,
            httpx_client_factory=factory,
            auth=self.auth,
        ) as streams:
            yield streams

    def _stdio(self) -> AbstractAsyncContextManager[TransportStreams]:
        return stdio_streams(self.spec, self.tail)

    @asynccontextmanager
    async def _in_process(self) -> AsyncGenerator[TransportStreams]:
        async with InMemoryTransport(self.spec.in_process) as streams:  # pyright: ignore[reportArgumentType]
            yield streams


@asynccontextmanager
async def _watched(
    transport: AbstractAsyncContextManager[TransportStreams], line: Line | None, ended: Callable[[], None]
) -> AsyncGenerator[TransportStreams]:
    async with transport as (reads, writes):
        yield WatchedReads(reads, line, ended), WatchedWrites(writes, line)


@asynccontextmanager
async def dialed(dial: Dial) -> AsyncGenerator[Link]:
    """A link for as long as the block lasts. Open and leave it in the same task.

    Raises:
        DeskhandError: the era asked for is not spoken.
        Exception: whatever the transport raises, often within an `ExceptionGroup`; `connection_errors` reads it.
    """
    async with dial.client() as client, anyio.create_task_group() as group:
        yield Link(client, dial.via, group, dial.loss, dial.record)
        group.cancel_scope.cancel()
