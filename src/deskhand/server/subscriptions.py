"""Who hears of changes: `subscriptions/listen` streams (2026-07-28) and `resources/subscribe` sessions (before).

Changes are coalesced for 250 ms. An event can be meant for one subject only: each subject has its own bus.
A watcher method runs while at least one stream or session follows a URI it serves.
"""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.abc import TaskGroup
from mcp.server import ServerRequestContext
from mcp.server.connection import Connection
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
)
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_REQUEST, SubscriptionsListenRequestParams, SubscriptionsListenResult

from deskhand.errors import DeskhandError, LimitExceeded

logger = logging.getLogger(__name__)

COALESCE_SECONDS = 0.25
MOST_FOLLOWED = 1_000
"""Most resources that one listen stream or one session follows: each can cost a watcher."""
Request = ServerRequestContext[Any, Any]
Watch = Callable[[], Awaitable[None]]


class Subscriptions:
    """Implements `deskhand.toolset.Changes` for toolsets, and the handlers for both eras."""

    def __init__(self, *, max_streams: int, find_watch: Callable[[str], Watch | None]) -> None:
        self._max_streams = max_streams
        self._find_watch = find_watch
        self._streams = 0
        self._closed = False
        self._buses: dict[str, InMemorySubscriptionBus] = {}
        self._listeners: dict[str, ListenHandler] = {}
        self._sessions: dict[Connection, _Session] = {}
        self._pending: dict[tuple[ServerEvent, str | None], None] = {}
        self._followers: dict[str, Counter[str]] = {}
        self._watchers: dict[str, anyio.CancelScope] = {}
        self._tasks: TaskGroup | None = None

    @property
    def streams(self) -> int:
        """Open listen streams."""
        return self._streams

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Deliver events and run watchers while entered."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = None
                tasks.cancel_scope.cancel()

    def close(self) -> None:
        """End every listen stream with its final result, and take no new ones."""
        self._closed = True
        for listener in self._listeners.values():
            listener.close()

    # Changes, for toolsets

    def resource_updated(self, uri: str, *, subject: str | None = None) -> None:
        """The resource changed; see `deskhand.toolset.Changes`."""
        self._take(ResourceUpdated(uri), subject)

    def resource_list_changed(self, *, subject: str | None = None) -> None:
        """The list of resources changed; see `deskhand.toolset.Changes`."""
        self._take(ResourcesListChanged(), subject)

    def followers(self, uri: str) -> Collection[str]:
        """Whose subscribers follow the resource; see `deskhand.toolset.Changes`."""
        return frozenset(self._followers.get(uri, ()))

    def _take(self, event: ServerEvent, subject: str | None) -> None:
        if self._tasks is None:
            return
        first = not self._pending
        self._pending[event, subject] = None
        if first:
            self._tasks.start_soon(self._deliver_soon)

    async def _deliver_soon(self) -> None:
        await anyio.sleep(COALESCE_SECONDS)
        pending, self._pending = self._pending, {}
        for event, subject in pending:
            for name in [subject] if subject is not None else list(self._buses):
                if name in self._buses:
                    await self._buses[name].publish(event)
            for session in self._sessions.values():
                if subject in (None, session.subject) and self._tasks is not None:
                    session.tell(event, self._tasks)

    # 2026-07-28: one request is one stream

    async def listen(
        self, ctx: Request, params: SubscriptionsListenRequestParams, subject: str
    ) -> SubscriptionsListenResult:
        """Serve one listen stream of `subject`, until the client leaves or `close`.

        Raises:
            MCPError: the server is stopping, or has no stream left.
            LimitExceeded: more than `MOST_FOLLOWED` resources.
        """
        if self._closed:
            raise MCPError(INVALID_REQUEST, "The server is shutting down. Listen again in a moment.")
        if self._streams >= self._max_streams:
            raise MCPError(INVALID_REQUEST, f"{self._max_streams} streams are open, which is the limit.")
        followed = list(params.notifications.resource_subscriptions or ())
        _check_number(len(followed))
        bus = self._buses.setdefault(subject, InMemorySubscriptionBus())
        share = max(1, self._max_streams // 2)  # so that one subject leaves room for the others
        listener = self._listeners.setdefault(subject, ListenHandler(bus, max_subscriptions=share))
        self._streams += 1
        self._follow(followed, subject)
        try:
            return await listener(ctx, params)
        finally:
            self._streams -= 1
            self._unfollow(followed, subject)

    # before: subscriptions belong to the session

    def join(self, ctx: Request, subject: str) -> "_Session":
        """The session of a client of the handshake era; it hears list changes, and the resources it subscribes to."""
        connection = ctx.session._connection  # pyright: ignore[reportPrivateUsage]  # SDK 2.3 has no accessor
        if connection not in self._sessions:
            self._sessions[connection] = _Session(connection, subject)
            connection.exit_stack.callback(self._leave, connection)
        return self._sessions[connection]

    def subscribe(self, ctx: Request, uri: str, subject: str) -> None:
        """`resources/subscribe`.

        Raises:
            LimitExceeded: the session follows `MOST_FOLLOWED` resources already.
        """
        session = self.join(ctx, subject)
        if uri not in session.uris:
            _check_number(len(session.uris) + 1)
            session.uris.add(uri)
            self._follow([uri], subject)

    def unsubscribe(self, ctx: Request, uri: str, subject: str) -> None:
        """`resources/unsubscribe`; unsubscribing twice is fine."""
        session = self.join(ctx, subject)
        if uri in session.uris:
            session.uris.remove(uri)
            self._unfollow([uri], subject)

    def _leave(self, connection: Connection) -> None:
        session = self._sessions.pop(connection, None)
        if session is not None:
            session.close()
            self._unfollow(list(session.uris), session.subject)

    # watchers

    def _follow(self, uris: list[str], subject: str) -> None:
        for uri in uris:
            followers = self._followers.setdefault(uri, Counter())
            followers[subject] += 1
            watch = self._find_watch(uri) if followers.total() == 1 else None
            if watch is not None and self._tasks is not None:
                scope = self._watchers[uri] = anyio.CancelScope()
                self._tasks.start_soon(_watch, watch, uri, scope)

    def _unfollow(self, uris: list[str], subject: str) -> None:
        for uri in uris:
            self._followers[uri] -= Counter([subject])
            if not self._followers[uri]:
                del self._followers[uri]
                scope = self._watchers.pop(uri, None)
                if scope is not None:
                    scope.cancel()


class _Session:
    """A connection of the handshake era and what it follows. A client that does not read holds up only its own."""

    def __init__(self, connection: Connection, subject: str) -> None:
        self.subject = subject
        self.uris: set[str] = set()
        self._connection = connection
        self._waiting: dict[ServerEvent, None] = {}
        self._sending: anyio.CancelScope | None = None

    def tell(self, event: ServerEvent, tasks: TaskGroup) -> None:
        """Pass the event on when its turn comes; one that waits already is not told twice."""
        if isinstance(event, ResourceUpdated) and event.uri not in self.uris:
            return
        self._waiting[event] = None
        if self._sending is None:
            self._sending = anyio.CancelScope()
            tasks.start_soon(self._send_all, self._sending)

    def close(self) -> None:
        """The client is gone: give up."""
        if self._sending is not None:
            self._sending.cancel()

    async def _send_all(self, scope: anyio.CancelScope) -> None:
        with scope:
            while self._waiting:
                event = next(iter(self._waiting))
                del self._waiting[event]
                await self._send(event)
        self._sending = None

    async def _send(self, event: ServerEvent) -> None:
        try:
            if isinstance(event, ResourcesListChanged):
                await self._connection.send_resource_list_changed()
            elif isinstance(event, ResourceUpdated):
                await self._connection.send_resource_updated(event.uri)
        except Exception:  # a session on its way out
            logger.info("a session could not be told of a change", exc_info=True)


def _check_number(followed: int) -> None:
    if followed > MOST_FOLLOWED:
        raise LimitExceeded(f"One stream or session follows at most {MOST_FOLLOWED:,} resources. Follow fewer.")


async def _watch(watch: Watch, uri: str, scope: anyio.CancelScope) -> None:
    with scope:
        try:
            await watch()
        except DeskhandError as error:  # such as a state that does not exist: what a caller wrote is no fault of ours
            logger.info("nothing to watch at %s: %s", uri, error.message)
        except Exception:
            logger.exception("the watcher of %s failed", uri)
