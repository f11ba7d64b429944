"""Where scenarios are played: real connections to real second processes, and a chat with a scripted model."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path

import anyio
from mcp_types import TextContent

from deskhand.faults.expectation import expect_equal
from deskhand.faults.played import Played
from deskhand.faults.process import HttpServer, http_server
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.connections import Connections
from deskhand.host.human import Human
from deskhand.host.scripted import ScriptedHuman
from deskhand.host.servers import ServerSpec
from deskhand.models.model import Model
from deskhand.settings import Settings
from deskhand.settings_sections import HostSettings, ModelSettings

READY_SECONDS = 30.0


class Seat:
    """A chat, and what happened in it."""

    def __init__(self, chat: Chat, played: Played) -> None:
        self.chat = chat
        self.played = played

    async def say(self, text: str = "Go.") -> Played:
        """One turn."""
        async with aclosing(self.chat.send(text)) as events:
            async for event in events:
                self.played.add(event)
        return self.played

    @property
    def connections(self) -> Connections:
        """The chat's connections."""
        found = self.chat.connections
        assert isinstance(found, Connections)
        return found

    async def seen(self) -> list[str]:
        """What the first server says that it saw; not part of the chat."""
        return await self.ask_server("seen")

    async def ask_server(self, name: str) -> list[str]:
        """The lines a tool gives, called outside the chat."""
        tool = next(tool for tool in self.connections.tools() if tool.tool.name == name)
        outcome = await self.connections.call(tool, {}, on_progress=lambda _done, _total, _message: None)
        return "\n".join(block.text for block in outcome.result.content if isinstance(block, TextContent)).splitlines()


class Stage:
    """What scenarios share: one HTTP server, started for the first that wants it; `folder` is for their files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shared: HttpServer | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Stage":
        return self

    async def __aexit__(self, *failure: object) -> None:
        with anyio.CancelScope(shield=True):
            await self._stack.aclose()

    async def shared(self) -> ServerSpec:
        """The server for scenarios that leave it as it is."""
        if self._shared is None:
            self._shared = await self._stack.enter_async_context(http_server("faulty"))
        return self._shared.spec

    @asynccontextmanager
    async def chat(
        self, model: Model, *specs: ServerSpec, human: Human | None = None, host: HostSettings | None = None
    ) -> AsyncGenerator[Seat]:
        """A chat with everything connected.

        Raises:
            Unmet: a server did not come up.
        """
        played = Played()
        options = ChatOptions(listener=played.add, ready_seconds=READY_SECONDS)
        settings = Settings(host=host or HostSettings(), model=ModelSettings(max_output_tokens=1_000))
        async with Chat(model, specs, human=human or ScriptedHuman(), settings=settings, options=options) as chat:
            seat = Seat(chat, played)
            for state in seat.connections.states():
                expect_equal(state.state, "ready", f"{state.name} ({state.detail})")
            yield seat
