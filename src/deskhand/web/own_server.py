"""Deskhand's own server as pages use it for the person: by MCP like everything else, so that permissions hold there."""

from collections.abc import Callable, Coroutine
from typing import TypeVar

import mcp_types
from pydantic import BaseModel, JsonValue

from deskhand.context.message import new_id
from deskhand.errors import DeskhandError, NotFound
from deskhand.host.connections import Connections
from deskhand.host.memory import answer_as
from deskhand.host.servers import OURS
from deskhand.host.tools import OfferedTool
from deskhand.principal import Principal
from deskhand.web.presence import PRESENCE, Show

R = TypeVar("R", bound=BaseModel)
READY_SECONDS = 5.0
"""How long a page waits for the connection when it is only just being made."""

Start = Callable[[Callable[[], Coroutine[object, object, None]]], None]
"""Runs something in the background, until the desk ends."""


class OwnServer:
    """Tools and resources of our server, for one principal."""

    def __init__(self, principal: Principal, connections: Connections, show: Show, start: Start) -> None:
        self._principal = principal
        self._connections = connections
        self._show = show
        self._start = start

    def offers(self, tool: str) -> bool:
        """Whether there is such a tool for this principal now."""
        return self._found(tool) is not None

    async def missing(self, scope: str, tool: str) -> str:
        """Why a tool of this `scope` cannot be used, and what to do; empty if it is offered."""
        toolset = scope.partition(":")[0]
        if not self.offers(tool):
            await self._connections.ready(READY_SECONDS)
        if self.offers(tool):
            return ""
        state = next((state for state in self._connections.states() if state.name == OURS), None)
        if state is None or state.state != "ready":
            why = f": {state.detail}" if state is not None and state.detail else ""
            return f"Deskhand's own server is not connected{why}. See Servers, or load this page again in a moment."
        if not self._principal.may(scope):
            return (
                f"You came in with a token that lacks the scope {scope}. Make one that has it "
                f"(deskhand token create --scope '{toolset}:*'), and sign in with that."
            )
        return (
            f"The toolset {toolset} is not enabled, or its tool {tool} is switched off. Add {toolset} to "
            "toolsets.enabled in deskhand.toml and start Deskhand again, or switch the tool on under Servers."
        )

    async def ask(self, kind: type[R], tool: str, arguments: dict[str, JsonValue]) -> R:
        """What a tool answers, as the kind of thing it should be.

        Raises:
            DeskhandError: the tool reports an error or is not offered, or no answer came.
        """
        return answer_as(kind, OURS, await self.call(tool, arguments))

    async def call(self, tool: str, arguments: dict[str, JsonValue]) -> mcp_types.CallToolResult:
        """Call a tool; what it asks meanwhile is asked in the tray.

        Raises:
            DeskhandError: it is not offered, or no answer came.
        """
        offered = self._found(tool)
        if offered is None:
            raise NotFound(f"Deskhand does not offer you {tool} (any more). Load the page again: it says why.")
        return (await self._connections.call(offered, arguments, on_progress=_unheeded)).result

    def ask_later(self, kind: type[R], said: Callable[[R], str], tool: str, arguments: dict[str, JsonValue]) -> None:
        """Call a tool that may ask the person first: at once goes on; what came of it is told on every page."""

        async def work() -> None:
            try:
                self.tell(said(await self.ask(kind, tool, arguments)))
            except DeskhandError as error:
                self.tell(error.message, wrong=True)

        self._start(work)

    async def read(self, uri: str) -> str:
        """The text of a resource.

        Raises:
            DeskhandError: it cannot be read.
        """
        contents = (await self._connections.read_resource(OURS, uri)).contents
        return "\n".join(part.text for part in contents if isinstance(part, mcp_types.TextResourceContents))

    async def watch(self, uri: str) -> None:
        """Have the desk hear when a resource changes.

        Raises:
            DeskhandError: the server refuses, or is not there.
        """
        await self._connections.watch(OURS, uri)

    def tell(self, words: str, *, wrong: bool = False) -> None:
        """Say something on every page."""
        key = f"told-{new_id()}"
        self._show(PRESENCE, key, "activity/told.html", element=key, words=words, wrong=wrong)

    def _found(self, tool: str) -> OfferedTool | None:
        tools = self._connections.tools()
        return next((each for each in tools if (each.server, each.tool.name) == (OURS, tool) and each.trusted), None)


def _unheeded(_done: float, _total: float | None, _message: str | None) -> None:
    """Those calls are over at once, or wait for the person."""
