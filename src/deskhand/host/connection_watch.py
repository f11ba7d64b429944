"""What a connection listens for: changed lists, and the resources somebody watches. In both eras of the protocol.

2026-07-28 opens `subscriptions/listen` streams, which can be lost while the connection lives and have no replay: they
are opened again, and what depends on them is fetched anew. Before, notifications come by themselves or after
`resources/subscribe`. Either way they arrive at `notified`. A watch outlives the link it was made on.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import anyio
import anyio.abc
import mcp_types
from mcp.client import Client
from mcp.client.subscriptions import Subscription, SubscriptionLost
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from deskhand.errors import InvalidInput
from deskhand.host.backoff import STABLE_SECONDS, Backoff
from deskhand.host.connection_dial import Link
from deskhand.host.connection_pages import ToolList, all_tools
from deskhand.host.events import Event, ResourceChanged

_REFUSALS = {mcp_types.METHOD_NOT_FOUND, mcp_types.INVALID_PARAMS, mcp_types.INVALID_REQUEST}

RELIST_SECONDS = 0.5
"""Least time between two listings, however often a server says that its tools changed."""


def speaks_of(uri: str, watched: str) -> bool:
    """Whether news of a resource are news of the one that is watched: a server may name a part of it.

    Source: MCP, `notifications/resources/updated`: "This might be a sub-resource".
    """
    return uri == watched or uri.startswith(watched if watched.endswith("/") else f"{watched}/")


class Watches:
    """The subscriptions of one connection."""

    def __init__(
        self,
        server: str,
        emit: Callable[[Event], None],
        on_tools: Callable[[ToolList], None],
        backoff: Backoff,
    ) -> None:
        self._server = server
        self._emit = emit
        self._on_tools = on_tools
        self._backoff = backoff
        self._uris: dict[str, anyio.CancelScope] = {}
        self._tools_changed = anyio.Event()

    async def begin(self, link: Link) -> None:
        """A new link is there: list the tools, listen for changes, subscribe again to what is watched."""
        self._tools_changed = anyio.Event()
        self._on_tools(await all_tools(link.client))
        link.group.start_soon(self._relist, link)
        if _modern(link.client) and _announces_changes(link.client):
            link.group.start_soon(self._listen, link, None)
        for uri in tuple(self._uris):
            link.group.start_soon(self._resume, link, uri)

    async def add(self, link: Link, uri: str) -> None:
        """Watch a resource, from when this returns.

        Raises:
            MCPError: the server refused.
            InvalidInput: the server does not tell of changes to this resource.
        """
        if uri in self._uris:
            return
        self._uris[uri] = anyio.CancelScope()
        try:
            await self._subscribe(link, uri)
        except BaseException:
            self._uris.pop(uri, None)
            raise

    async def remove(self, link: Link | None, uri: str) -> None:
        """Watch it no longer."""
        scope = self._uris.pop(uri, None)
        if scope is None:
            return
        scope.cancel()
        if link is not None and not _modern(link.client):
            request = mcp_types.UnsubscribeRequest(params=mcp_types.UnsubscribeRequestParams(uri=uri))
            await link.client.session.send_request(request, mcp_types.EmptyResult)

    def notified(self, message: mcp_types.ServerNotification) -> None:
        """Something changed, says the server."""
        if isinstance(message, mcp_types.ToolListChangedNotification):
            self._tools_changed.set()
        elif isinstance(message, mcp_types.ResourceUpdatedNotification):
            uri = message.params.uri
            if any(speaks_of(uri, watched) for watched in self._uris):
                self._emit(ResourceChanged(server=self._server, uri=uri))

    async def _relist(self, link: Link) -> None:
        """Fetch the tools anew each time they changed, at most every `RELIST_SECONDS`."""
        while True:
            await self._tools_changed.wait()
            self._tools_changed = anyio.Event()
            # On these the link is going down, or the server contradicts itself: the last list stands.
            with suppress(MCPError, ValidationError):
                self._on_tools(await all_tools(link.client))
            await anyio.sleep(RELIST_SECONDS)

    async def _resume(self, link: Link, uri: str) -> None:
        """Watch on, on a new link. It may have changed unseen in between, so say that it did."""
        try:
            await self._subscribe(link, uri)
        except (MCPError, InvalidInput, SubscriptionLost):
            return  # the server no longer offers it; the next link tries again
        self._emit(ResourceChanged(server=self._server, uri=uri))

    async def _subscribe(self, link: Link, uri: str) -> None:
        if _modern(link.client):
            await link.group.start(self._listen, link, uri)
            return
        request = mcp_types.SubscribeRequest(params=mcp_types.SubscribeRequestParams(uri=uri))
        await link.client.session.send_request(request, mcp_types.EmptyResult)

    async def _listen(
        self, link: Link, uri: str | None, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Keep a stream open, for one resource or (None) for the lists, until the link or the watch ends.

        Raises:
            MCPError, SubscriptionLost, InvalidInput: the first stream for a resource could not be had.
        """
        opened, failures = False, 0
        with anyio.CancelScope() as scope:
            if uri is not None:
                self._uris[uri] = scope
            while True:
                began = anyio.current_time()
                try:
                    async with _stream(link.client, uri) as stream:
                        if opened:
                            self._missed(uri)
                        else:
                            task_status.started()
                            opened = True
                        async for _event in stream:
                            pass  # each arrives at `notified` as well
                except (MCPError, SubscriptionLost, InvalidInput) as error:
                    if uri is not None and not opened:
                        raise
                    if isinstance(error, MCPError) and error.code in _REFUSALS:
                        return
                failures = 1 if anyio.current_time() - began > STABLE_SECONDS else failures + 1
                await anyio.sleep(self._backoff(failures))

    def _missed(self, uri: str | None) -> None:
        """A stream was interrupted: what it is about may have changed unseen."""
        if uri is None:
            self._tools_changed.set()
        else:
            self._emit(ResourceChanged(server=self._server, uri=uri))


@asynccontextmanager
async def _stream(client: Client, uri: str | None) -> AsyncGenerator[Subscription]:
    if uri is None:
        capabilities = client.server_capabilities
        async with client.listen(
            tools_list_changed=_on(capabilities.tools),
            prompts_list_changed=_on(capabilities.prompts),
            resources_list_changed=_on(capabilities.resources),
        ) as stream:
            yield stream
        return
    async with client.listen(resource_subscriptions=[uri]) as stream:
        if uri not in (stream.honored.resource_subscriptions or ()):
            raise InvalidInput(f"The server does not tell of changes to {uri}.")
        yield stream


class _Changing(Protocol):
    @property
    def list_changed(self) -> bool | None: ...


def _on(capability: _Changing | None) -> bool:
    return capability is not None and bool(capability.list_changed)


def _announces_changes(client: Client) -> bool:
    offered = client.server_capabilities
    return _on(offered.tools) or _on(offered.prompts) or _on(offered.resources)


def _modern(client: Client) -> bool:
    return client.session.initialize_result is None
