"""A chat in process, on a scripted model, scripted servers and a scripted person."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import mcp_types
from pydantic import JsonValue

from deskhand.context.message import ToolResult
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.conversation import result_text
from deskhand.host.events import Event, ToolFinished
from deskhand.host.human import Human
from deskhand.host.scripted import Handler, ScriptedHuman, ScriptedServers
from deskhand.host.tools import ProgressCallback
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import ScriptedModel, StepSource
from deskhand.settings import Settings
from deskhand.settings_sections import HostSettings, ModelSettings
from deskhand.store.database import Database

E = TypeVar("E", bound=Event)

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG of one pixel, in base64."""


def asks_for(*names: str, **arguments: JsonValue) -> Step:
    """The model calls these tools at once, all with the same arguments."""
    return Step(calls=tuple(ScriptedCall(name=name, arguments=arguments) for name in names))


def giving(result: str | mcp_types.CallToolResult) -> Handler:
    """A tool that always gives this."""

    async def handler(_arguments: dict[str, JsonValue], _progress: ProgressCallback) -> str | mcp_types.CallToolResult:
        return result

    return handler


def doing(work: Callable[[], Awaitable[str]]) -> Handler:
    """A tool that does this."""

    async def handler(_arguments: dict[str, JsonValue], _progress: ProgressCallback) -> str:
        return await work()

    return handler


def failing(error: Exception) -> Handler:
    """A tool whose call raises."""

    async def handler(_arguments: dict[str, JsonValue], _progress: ProgressCallback) -> str:
        raise error

    return handler


def only(kind: type[E], events: Sequence[Event]) -> list[E]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def last(kind: type[E], events: Sequence[Event]) -> E:
    """The last event of one kind."""
    return only(kind, events)[-1]


def outcome_of(events: Sequence[Event]) -> tuple[str, str]:
    """How the last tool call ended, and its text."""
    finished = last(ToolFinished, events)
    return finished.outcome, result_text(finished.result)


class Desk:
    """What a test arranges before, and looks at after, a chat."""

    def __init__(self, *steps: StepSource, window: int = 128_000) -> None:
        self.model = ScriptedModel(steps, context_window=window)
        self.servers = ScriptedServers()
        self.human: Human = ScriptedHuman()
        self.host = HostSettings()
        self.database = Database(None)
        self.conversation: str | None = None
        self.outside: list[Event] = []
        self.waits: list[float] = []

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    @asynccontextmanager
    async def chat(self) -> AsyncGenerator[Chat]:
        """A chat; several after one another share the database."""
        options = ChatOptions(
            database=self.database, conversation=self.conversation, listener=self.outside.append, sleep=self._sleep
        )
        settings = Settings(host=self.host, model=ModelSettings(max_output_tokens=100))
        async with Chat(
            self.model, connections=self.servers, human=self.human, settings=settings, options=options
        ) as chat:
            yield chat

    async def say(self, text: str = "go") -> list[Event]:
        """The events of one turn in a chat of its own."""
        async with self.chat() as chat:
            return [event async for event in chat.send(text)]

    def seen_results(self) -> list[ToolResult]:
        """The tool results in the last request, as the model saw them."""
        blocks = [block for message in self.model.requests[-1].messages for block in message.content]
        return [block for block in blocks if isinstance(block, ToolResult)]
