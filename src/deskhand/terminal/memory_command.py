"""`/memory`: what is remembered, in the person's own hands. It calls the same tools, without a model."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import mcp_types
from pydantic import JsonValue
from rich.console import RenderableType
from rich.text import Text

from deskhand.errors import DeskhandError, InvalidInput, NotFound
from deskhand.host.connections import Connections
from deskhand.host.events import Event
from deskhand.host.memory import (
    FORGET,
    ITEM,
    PROFILE,
    RECENT,
    SEARCH,
    UPDATE,
    MemoryServer,
    answer_as,
    change_of,
    memory_server,
    parsed,
)
from deskhand.host.mentions import Resources
from deskhand.terminal.memory_lines import document, hits_table, item_card
from deskhand.terminal.memory_meant import meant, plain, spellings
from deskhand.terminal.printable import one_line
from deskhand.toolsets.memory.results import Found, Item

NEWEST = 10
"""Memories that `/memory` lists besides the profile."""

USES: dict[str, tuple[str, str]] = {
    "search": ("WORDS", "find what is remembered; /memory WORDS does too"),
    "show": ("ID|WORDS", "one memory with its history"),
    "edit": ("ID TEXT", "say it in other words; the words before are kept"),
    "pin": ("ID|WORDS", "keep it in the profile, which the model always sees"),
    "unpin": ("ID|WORDS", "take it out of the profile"),
    "end": ("ID [DAY]", "it holds no longer: from now, or after 2026-05-07"),
    "forget": ("ID …", "delete it for good, with its history; asks first"),
}
"""The sub-commands: what they take, and what they do."""
_HINT = "/memory WORDS searches; show, edit, pin, unpin, end and forget take words"
_MANY = {"forget"}
"""Those that take several ids."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A word that could be meant."""

    word: str
    meaning: str


class MemoryCommand:
    """Runs `/memory …`. `show` prints; `emit` reports what changed, as for a call of the model."""

    def __init__(
        self,
        connections: Connections,
        resources: Resources,
        show: Callable[[RenderableType], None],
        emit: Callable[[Event], None],
    ) -> None:
        self._connections = connections
        self._resources = resources
        self._show = show
        self._emit = emit

    async def run(self, rest: str) -> None:
        """Do what was typed after `/memory`.

        Raises:
            DeskhandError: there is no memory, or it cannot be done as it was typed.
        """
        does: Mapping[str, Callable[[MemoryServer, str], Awaitable[None]]] = {
            "search": self._search,
            "show": self._item,
            "edit": self._edit,
            "pin": lambda server, words: self._pin(server, words, pin=True),
            "unpin": lambda server, words: self._pin(server, words, pin=False),
            "end": self._end,
            "forget": self._forget,
        }
        server = self._server()
        verb, _, words = rest.strip().partition(" ")
        if not verb:
            await self._overview(server)
        elif verb not in does:
            await self._search(server, rest.strip())
        elif not words.strip():
            raise InvalidInput(usage(verb))
        else:
            await does[verb](server, words.strip())

    async def propose(self, typed: str) -> list[Proposed]:
        """What could follow: a sub-command, then the id of a memory, by its beginning or by words of its text."""
        verb, space, rest = typed.partition(" ")
        if not space:
            return [Proposed(name, meaning) for name, (_, meaning) in USES.items() if name.startswith(verb)]
        server = memory_server(self._connections.tools())
        if server is None or verb not in USES or verb == "search" or (" " in rest and verb not in _MANY):
            return []
        return await self._ids(server, rest.rpartition(" ")[2])

    async def _ids(self, server: MemoryServer, typed: str) -> list[Proposed]:
        prefix, word = ITEM.partition("{")[0], typed.casefold()
        await self._resources.refresh()
        return [
            Proposed(resource.uri.removeprefix(prefix), one_line(resource.description or "", 60))
            for name, resource in self._resources.listed
            if name == server.name and resource.uri.startswith(prefix)
            if resource.uri.removeprefix(prefix).startswith(plain(typed))
            or word in (resource.description or "").casefold()
        ]

    async def _overview(self, server: MemoryServer) -> None:
        """The profile, and the newest."""
        newest = (await self._read(server, RECENT)).strip().split("\n")
        self._show(document(f"{(await self._read(server, PROFILE)).strip()}\n"))
        self._show(document("\n".join(["# Newest", "", *newest[:NEWEST]])))
        self._show(Text(f"\n{_HINT} · kept by {one_line(server.name)}", style="dim"))

    async def _search(self, server: MemoryServer, query: str) -> None:
        result = await self._call(server, SEARCH, query=query)
        self._show(hits_table(answer_as(Found, server.name, result)))

    async def _item(self, server: MemoryServer, words: str) -> None:
        uri = ITEM.replace("{id}", await self._meant(server, words))
        self._show(item_card(parsed(Item, server.name, await self._read(server, uri))))

    async def _meant(self, server: MemoryServer, words: str) -> str:
        """The id of a memory, named by it or by words that only this one has."""
        if " " not in words:
            for memory_id in spellings(words):
                if await self._is_there(server, memory_id):
                    return memory_id
        result = await self._call(
            server, SEARCH, query=words, limit=50, max_tokens=20_000, include_history=True, include_conversations=False
        )
        return meant(words, answer_as(Found, server.name, result))

    async def _is_there(self, server: MemoryServer, memory_id: str) -> bool:
        try:
            return bool(await self._read(server, ITEM.replace("{id}", memory_id)))
        except DeskhandError:
            return False  # a server that is gone says so at the search that follows

    async def _pin(self, server: MemoryServer, words: str, *, pin: bool) -> None:
        await self._update(server, await self._meant(server, words), pin=pin)

    async def _edit(self, server: MemoryServer, words: str) -> None:
        name, _, text = words.partition(" ")
        if not text.strip():
            raise InvalidInput(usage("edit"))
        await self._update(server, await self._meant(server, name), text=text.strip())

    async def _end(self, server: MemoryServer, words: str) -> None:
        name, _, day = words.partition(" ")
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        await self._update(server, await self._meant(server, name), valid_to=day.strip() or now)

    async def _update(self, server: MemoryServer, memory_id: str, **changes: JsonValue) -> None:
        await self._change(server, UPDATE, id=memory_id, **changes)

    async def _forget(self, server: MemoryServer, words: str) -> None:
        """By ids; what is not a list of ids are the words of one memory."""
        named = words.replace(",", " ").split()
        ids: list[JsonValue] = [one for word in named for one in spellings(word) if await self._is_there(server, one)]
        if len(ids) != len(named):
            ids = [await self._meant(server, words)]
        await self._change(server, FORGET, ids=ids)

    async def _change(self, server: MemoryServer, tool: str, **arguments: JsonValue) -> None:
        result = await self._call(server, tool, **arguments)
        change = change_of("", server.tools[tool], result)
        if change is None:
            raise DeskhandError(_words(result) or f"{server.name} does not say what it did.")
        self._emit(change)

    async def _call(self, server: MemoryServer, tool: str, **arguments: JsonValue) -> mcp_types.CallToolResult:
        offered = server.tools.get(tool)
        if offered is None:
            raise NotFound(f"{server.name} does not offer {tool}.")
        return (await self._connections.call(offered, arguments, on_progress=_unheeded)).result

    async def _read(self, server: MemoryServer, uri: str) -> str:
        contents = (await self._connections.read_resource(server.name, uri)).contents
        return "\n".join(part.text for part in contents if isinstance(part, mcp_types.TextResourceContents))

    def _server(self) -> MemoryServer:
        server = memory_server(self._connections.tools())
        if server is None:
            raise NotFound(
                "There is no memory here: the toolset memory is not enabled (toolsets.enabled in the settings), or its "
                "server is not connected or not trusted. See /servers."
            )
        return server


def usage(verb: str) -> str:
    """How a sub-command is typed."""
    takes, meaning = USES[verb]
    return f"Type /memory {verb} {takes}: {meaning}."


def usages() -> Sequence[tuple[str, str]]:
    """For `/help`: each sub-command as it is typed, with what it does."""
    return [(f"/memory {verb} {takes}", meaning) for verb, (takes, meaning) in USES.items()]


def _words(result: mcp_types.CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, mcp_types.TextContent))


def _unheeded(_done: float, _total: float | None, _message: str | None) -> None:
    """These calls are over at once."""
