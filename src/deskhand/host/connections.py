"""The connections to all servers: what the turn loop, the terminal and the web page talk to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

import anyio
import httpx2
import mcp_types
from anyio.abc import TaskGroup
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import URL_ELICITATION_REQUIRED
from pydantic import JsonValue

from deskhand.errors import Conflict, Denied, DeskhandError, NotFound
from deskhand.host.backoff import Backoff, exponential_with_jitter
from deskhand.host.connection_owner import Connection, Seams, ServerState
from deskhand.host.connection_pages import all_prompts, all_resource_templates, all_resources
from deskhand.host.events import Event, Frame, Notice
from deskhand.host.human import Human
from deskhand.host.patience import Patience
from deskhand.host.servers import ServerSpec
from deskhand.host.tool_names import names_for
from deskhand.host.tools import CallOutcome, OfferedTool, ProgressCallback, fingerprint
from deskhand.host.wiretap import Line, Wiretap

T = TypeVar("T")
R = TypeVar("R")

CLOSING_SECONDS = 8.0
"""Servers are asked to end, then made to: standard input closed, SIGTERM, SIGKILL take the SDK six seconds."""

SignInFor = Callable[[ServerSpec, Connection], httpx2.Auth | None]
"""How a server is signed in to, if at all; `connection_oauth.sign_in_with` makes one."""


class Connections:
    """A connection for each server, each owned by its own task; one server's failure is not another's.

    async with Connections(servers, human=human, emit=emit) as connections:
        await connections.ready(10)
    """

    def __init__(
        self,
        servers: Sequence[ServerSpec],
        *,
        human: Human,
        emit: Callable[[Event], None],
        tap: Wiretap | None = None,
        sign_in: SignInFor | None = None,
        backoff: Backoff = exponential_with_jitter,
    ) -> None:
        self._emit = emit
        self._tap = tap
        self._seams = Seams(
            human, emit, self._line, sign_in or (lambda _spec, _connection: None), backoff, anyio.Lock()
        )
        self._connections = {spec.name: Connection(spec, self._seams) for spec in servers}
        self._group: TaskGroup | None = None
        self._open = 0
        self._offered: tuple[tuple[object, ...], list[OfferedTool]] = ((), [])

    async def __aenter__(self) -> Self:
        self._group = await anyio.create_task_group().__aenter__()
        for connection in self._connections.values():
            self._group.start_soon(connection.run)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._group is not None
        for connection in self._connections.values():
            connection.close()
        self._group.cancel_scope.deadline = anyio.current_time() + CLOSING_SECONDS
        if error is not None and not isinstance(error, Exception):  # cancelled: no time for courtesies
            self._group.cancel_scope.cancel()
        return await self._group.__aexit__(None, None, None) and None

    async def ready(self, seconds: float) -> None:
        """Wait until every server is connected or has failed, at most so long."""
        with anyio.move_on_after(seconds):
            for connection in list(self._connections.values()):  # some may come or go meanwhile
                await connection.settled()

    def states(self) -> list[ServerState]:
        """How each connection is doing, in the order of the configuration."""
        return [connection.state for connection in self._connections.values()]

    def specs(self) -> list[ServerSpec]:
        """The servers, in the order of the configuration."""
        return [connection.spec for connection in self._connections.values()]

    # -- which servers there are; a name that is not known raises NotFound --------------------------

    async def restart(self, name: str) -> None:
        """Close a connection and make it again; also how to try again after a failure."""
        self._named(name).restart()

    async def add(self, spec: ServerSpec) -> None:
        """Connect to one more server.

        Raises:
            Conflict: there is one of that name.
        """
        if spec.name in self._connections:
            raise Conflict(f"There is already a server named {spec.name}.")
        connection = self._connections[spec.name] = Connection(spec, self._seams)
        if self._group is not None:
            self._group.start_soon(connection.run)

    async def remove(self, name: str) -> None:
        """End a connection; its tools are gone at once."""
        self._named(name).close()
        del self._connections[name]

    async def replace(self, spec: ServerSpec) -> None:
        """Configure a server anew, by its name; connects anew only where that needs it."""
        self._named(spec.name).configure(spec)

    # -- tools ------------------------------------------------------------------------------------

    def tools(self) -> list[OfferedTool]:
        """The tools that are switched on, of the connections that are ready, by server in the order of the
        configuration, then by name.

        A name that two servers offer becomes `server__tool` for both; a server being healed keeps its names taken.
        """
        return [tool for tool in self.listed() if self._connections[tool.server].spec.offers(tool.tool.name)]

    def listed(self) -> list[OfferedTool]:
        """As `tools`, with those that are switched off; they keep their names taken."""
        key = tuple(
            (connection.link is not None, connection.tools, connection.spec)
            for connection in self._connections.values()
        )
        if self._offered[0] != key:
            self._offered = (key, self._offer())
        return list(self._offered[1])

    def _offer(self) -> list[OfferedTool]:
        known = [(each, tool) for each in self._connections.values() for tool in each.tools]
        names = names_for([(connection.spec.name, tool.name) for connection, tool in known], self._connections)
        return [
            OfferedTool(
                name=name,
                server=connection.spec.name,
                endpoint=connection.spec.endpoint,
                trusted=connection.spec.trusted,
                tool=tool,
                fingerprint=fingerprint(tool),
            )
            for name, (connection, tool) in zip(names, known, strict=True)
            if connection.link is not None
        ]

    async def call(
        self, tool: OfferedTool, arguments: dict[str, JsonValue], *, on_progress: ProgressCallback
    ) -> CallOutcome:
        """Call a tool and wait for its result. Cancelling the caller cancels the request at the server.

        What the server asks meanwhile goes to the person. Where the server goes away, the call is made again only if
        it had not been delivered, or the tool says of itself that it reads only or is idempotent.

        Raises:
            Unavailable: no connection, silence, or an outcome that is unknown.
            Denied: the tool was switched off since it was offered.
            DeskhandError: the server refused the call.
        """
        if not self._named(tool.server).spec.offers(tool.tool.name):
            raise Denied(f"The person switched {tool.name} off.")
        hints = tool.tool.annotations
        repeatable = hints is not None and bool(hints.read_only_hint or hints.idempotent_hint)

        async def job(client: Client, patience: Patience) -> mcp_types.CallToolResult:
            async def heard(progress: float, total: float | None, message: str | None) -> None:
                patience.heard()
                on_progress(progress, total, message)

            try:
                return await client.call_tool(tool.tool.name, dict(arguments), progress_callback=heard)
            except MCPError as error:
                if error.code != URL_ELICITATION_REQUIRED or not await connection.questions.visited(error):
                    raise
            return await client.call_tool(tool.tool.name, dict(arguments), progress_callback=heard)

        connection = self._named(tool.server)
        return CallOutcome(await connection.use(job, what=f"the call of {tool.tool.name}", repeatable=repeatable))

    def instructions(self) -> dict[str, str]:
        """What each server that is ready says of itself for the model, by its name."""
        return {name: each.instructions for name, each in self._connections.items() if each.instructions}

    # -- resources and prompts --------------------------------------------------------------------

    async def resources(self, server: str | None = None) -> list[tuple[str, mcp_types.Resource]]:
        """The resources of one server, or of all that are ready."""
        return await self._gathered(server, all_resources, "listing resources")

    async def resource_templates(self, server: str | None = None) -> list[tuple[str, mcp_types.ResourceTemplate]]:
        """The resource templates of one server, or of all that are ready."""
        return await self._gathered(server, all_resource_templates, "listing resource templates")

    async def prompts(self, server: str | None = None) -> list[tuple[str, mcp_types.Prompt]]:
        """The prompts of one server, or of all that are ready."""
        return await self._gathered(server, all_prompts, "listing prompts")

    async def read_resource(self, server: str, uri: str) -> mcp_types.ReadResourceResult:
        """Read a resource."""
        return await self._read(server, lambda client: client.read_resource(uri), f"reading {uri}")

    async def get_prompt(self, server: str, name: str, arguments: dict[str, str]) -> mcp_types.GetPromptResult:
        """Fill in a prompt."""
        return await self._read(server, lambda client: client.get_prompt(name, arguments), f"the prompt {name}")

    async def complete(
        self,
        server: str,
        ref: mcp_types.PromptReference | mcp_types.ResourceTemplateReference,
        argument: str,
        value: str,
        others: Mapping[str, str] | None = None,
    ) -> list[str]:
        """What it proposes for an argument of a prompt or template, given `others`; nothing if it does not complete."""

        async def job(client: Client) -> list[str]:
            if client.server_capabilities.completions is None:
                return []
            answer = await client.complete(ref, {"name": argument, "value": value}, dict(others or {}) or None)
            return answer.completion.values

        return await self._read(server, job, f"completing {argument}")

    async def watch(self, server: str, uri: str) -> None:
        """Emit `ResourceChanged` whenever a resource changes, also after the connection was healed.

        Raises:
            DeskhandError: the server refuses, or is not there.
        """
        connection = self._named(server)

        async def job(_client: Client, _patience: Patience) -> None:
            if connection.link is not None:
                await connection.watches.add(connection.link, uri)

        await connection.use(job, what=f"watching {uri}", repeatable=True)

    async def unwatch(self, server: str, uri: str) -> None:
        """Stop watching it."""
        connection = self._named(server)

        async def job(_client: Client, _patience: Patience) -> None:
            await connection.watches.remove(connection.link, uri)

        await connection.use(job, what=f"watching {uri} no longer", repeatable=True)

    # -- inside -----------------------------------------------------------------------------------

    def _named(self, name: str) -> Connection:
        if name not in self._connections:
            raise NotFound(f"There is no server named {name}. There are: {', '.join(self._connections) or 'none'}.")
        return self._connections[name]

    async def _read(self, server: str, job: Callable[[Client], Awaitable[T]], what: str) -> T:
        async def patient(client: Client, _patience: Patience) -> T:
            return await job(client)

        return await self._named(server).use(patient, what=what, repeatable=True)

    async def _gathered(
        self, server: str | None, fetch: Callable[[Client], Awaitable[list[R]]], what: str
    ) -> list[tuple[str, R]]:
        if server is not None:
            return [(server, item) for item in await self._read(server, fetch, what)]
        found: dict[str, list[R]] = {}

        async def one(name: str) -> None:
            try:
                found[name] = await self._read(name, fetch, what)
            except DeskhandError as error:
                self._emit(Notice(level="warning", text=error.message))

        async with anyio.create_task_group() as group:
            for name, connection in self._connections.items():
                if connection.link is not None:
                    group.start_soon(one, name)
        return [(name, item) for name in self._connections for item in found.get(name, [])]

    def _line(self, spec: ServerSpec, via: str) -> Line | None:
        if self._tap is None:
            return None
        return Line(spec.name, via, spec.secrets, self._framed)

    def _framed(self, frame: Frame) -> None:
        if self._tap is not None:
            self._tap.record(frame)
        self._emit(frame)
