"""The host's own tools, by which the model reads on in a long output, and looks up what is no longer shown."""

from collections.abc import Awaitable, Callable, Sequence

import mcp_types
from anyio import to_thread
from pydantic import JsonValue

from deskhand.context.digest import Item, rendered
from deskhand.context.passages import passage_text
from deskhand.context.shorten import cut
from deskhand.errors import DeskhandError
from deskhand.host import tool_names
from deskhand.host.conversation import Conversation
from deskhand.host.outputs import PAGE, matches, page
from deskhand.host.results import readable
from deskhand.host.shelf import Shelf
from deskhand.host.short_term import ShortTermMemory
from deskhand.host.tools import CallOutcome, OfferedTool, ProgressCallback, ToolSource, fingerprint

_HITS = 12
_QUOTED = 600
"""Characters of one message that a search shows; `read_output` reads the rest."""


def _offered(name: str, title: str, description: str, schema: dict[str, JsonValue]) -> OfferedTool:
    tool = mcp_types.Tool(
        name=name,
        title=title,
        description=description,
        input_schema={"type": "object", "additionalProperties": False, **schema},
        annotations=mcp_types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )
    return OfferedTool(name, "host", "in-process:host", True, tool, fingerprint(tool))


READ_OUTPUT = _offered(
    tool_names.READ_OUTPUT,
    "Read on in a long output",
    "Read more of a tool output that was cut or shortened, by the handle the output names; or an earlier message, by "
    f"its id. Give `offset` to read a page of {PAGE:,} characters from there, or `search` to find where a text occurs "
    "(ignoring case).",
    {
        "properties": {
            "handle": {"type": "string", "description": "The handle, exactly as the output names it."},
            "offset": {"type": "integer", "minimum": 0, "description": "First character to read; default 0."},
            "search": {"type": "string", "minLength": 1, "description": "Text to find."},
        },
        "required": ["handle"],
    },
)
SEARCH_CONVERSATION = _offered(
    tool_names.SEARCH_CONVERSATION,
    "Search this conversation",
    "Find earlier messages of this conversation that are not shown any more, with their dates, best first.",
    {
        "properties": {"query": {"type": "string", "minLength": 1, "description": "A question or words."}},
        "required": ["query"],
    },
)

FIND_TOOLS = _offered(
    tool_names.FIND_TOOLS,
    "Find more tools",
    "Not all tools fit in your view. Find others by what they do; those found can be called from your next step on.",
    {
        "properties": {"query": {"type": "string", "minLength": 1, "description": "What is to be done, in words."}},
        "required": ["query"],
    },
)

_Body = Callable[[dict[str, JsonValue]], Awaitable[CallOutcome]]


class HostTools:
    """A tool source with the host's tools before its own: always the same, so that a provider's cache stays warm."""

    def __init__(self, source: ToolSource, conversation: Conversation, memory: ShortTermMemory, shelf: Shelf) -> None:
        self._source = source
        self._conversation = conversation
        self._memory = memory
        self._shelf = shelf
        self._bodies: dict[str, _Body] = {
            READ_OUTPUT.name: self._read,
            SEARCH_CONVERSATION.name: self._search,
            FIND_TOOLS.name: self._find,
        }

    def tools(self) -> Sequence[OfferedTool]:
        """The tools of the host and of the source, which cannot take a name of ours."""
        return [
            READ_OUTPUT,
            SEARCH_CONVERSATION,
            FIND_TOOLS,
            *(tool for tool in self._source.tools() if tool.name not in self._bodies),
        ]

    async def call(
        self, tool: OfferedTool, arguments: dict[str, JsonValue], *, on_progress: ProgressCallback
    ) -> CallOutcome:
        """Do what a tool of the host does, or pass the call on."""
        if tool is READ_OUTPUT or tool is SEARCH_CONVERSATION or tool is FIND_TOOLS:
            return await self._bodies[tool.name](arguments)
        self._shelf.take(tool.name)
        return await self._source.call(tool, arguments, on_progress=on_progress)

    async def _read(self, arguments: dict[str, JsonValue]) -> CallOutcome:
        handle, offset, search = (arguments.get(name) for name in ("handle", "offset", "search"))
        try:
            found = await self._conversation.output(str(handle))
        except DeskhandError as error:
            return _answer(error.message, True)
        if found is None:
            return _answer(f"There is no output {handle!r} in this conversation. Copy the handle as it stands.", True)
        if isinstance(search, str):
            return _answer(readable(await to_thread.run_sync(matches, found, search)))
        return _answer(readable(page(found, offset if isinstance(offset, int) else 0)))

    async def _search(self, arguments: dict[str, JsonValue]) -> CallOutcome:
        found = await self._memory.search(str(arguments.get("query", "")), _HITS)
        if not found:
            return _answer("Nothing of what is no longer shown says that. Try other words.")
        parts = [
            Item(message, cut(passage_text(message, hit.passage) if hit.passage else message.text, _QUOTED))
            for message, hit in found
        ]
        return _answer(readable(rendered(parts, f"[{len(parts)} found, best first. read_output reads one by its id.]")))

    async def _find(self, arguments: dict[str, JsonValue]) -> CallOutcome:
        found = self._shelf.find(str(arguments.get("query", "")))
        if not found:
            return _answer(f"No tool does that. There are: {', '.join(self._shelf.names)}.")
        return _answer("\n".join(f"- {tool.name}: {tool.description.partition(chr(10))[0]}" for tool in found))


def _answer(text: str, is_error: bool = False) -> CallOutcome:
    content: list[mcp_types.ContentBlock] = [mcp_types.TextContent(text=text)]
    return CallOutcome(mcp_types.CallToolResult(content=content, is_error=is_error))
