"""`read_output`: the host's own tool, by which the model reads on in an output that was too long to show at once."""

import re
from collections.abc import Sequence
from itertools import islice

import mcp_types
from anyio import to_thread
from pydantic import JsonValue

from deskhand.host import tool_names
from deskhand.host.conversation import Conversation
from deskhand.host.results import readable
from deskhand.host.tools import CallOutcome, OfferedTool, ProgressCallback, ToolSource, fingerprint
from deskhand.store.conversations import StoredOutput

PAGE = 8_000
"""Characters of one page."""

_MATCHES = 20
_AROUND = 120  # characters on each side of a match

_DEFINITION = mcp_types.Tool(
    name=tool_names.READ_OUTPUT,
    title="Read on in a long output",
    description=(
        "Read more of a tool output that was cut or shortened, by the handle the output names. Give `offset` to read "
        f"a page of {PAGE:,} characters from there, or `search` to find where a text occurs (ignoring case)."
    ),
    input_schema={
        "type": "object",
        "properties": {
            "handle": {"type": "string", "description": "The handle, exactly as the output names it."},
            "offset": {"type": "integer", "minimum": 0, "description": "First character to read; default 0."},
            "search": {"type": "string", "minLength": 1, "description": "Text to find."},
        },
        "required": ["handle"],
        "additionalProperties": False,
    },
    annotations=mcp_types.ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    ),
)
READ_OUTPUT = OfferedTool(
    name=_DEFINITION.name,
    server="host",
    endpoint="in-process:host",
    trusted=True,
    tool=_DEFINITION,
    fingerprint=fingerprint(_DEFINITION),
)


class WithOutputs:
    """A tool source with `read_output` added to it."""

    def __init__(self, source: ToolSource, conversation: Conversation) -> None:
        self._source = source
        self._conversation = conversation

    def tools(self) -> Sequence[OfferedTool]:
        """The tools of the source, and ours, whose name the source cannot take."""
        return [READ_OUTPUT, *(tool for tool in self._source.tools() if tool.name != READ_OUTPUT.name)]

    async def call(
        self, tool: OfferedTool, arguments: dict[str, JsonValue], *, on_progress: ProgressCallback
    ) -> CallOutcome:
        """Read a page, or pass the call on."""
        if tool is not READ_OUTPUT:
            return await self._source.call(tool, arguments, on_progress=on_progress)
        handle, offset, search = (arguments.get(name) for name in ("handle", "offset", "search"))
        found = await self._conversation.output(str(handle))
        if found is None:
            return _answer(f"There is no output {handle!r} in this conversation. Copy the handle as it stands.", True)
        if isinstance(search, str):
            return _answer(readable(await to_thread.run_sync(matches, found, search)))
        return _answer(readable(page(found, offset if isinstance(offset, int) else 0)))


def page(output: StoredOutput, offset: int) -> str:
    """One page of an output, and where the next begins."""
    text = output.text
    end = min(offset + PAGE, len(text))
    if offset >= len(text) > 0:
        return f"The output has {len(text):,} characters; there is nothing at {offset:,}."
    rest = f"Go on with offset={end}." if end < len(text) else "This is the end."
    return f"[{output.source}, characters {offset:,} to {end:,} of {len(text):,}. {rest}]\n{text[offset:end]}"


def matches(output: StoredOutput, search: str) -> str:
    """Where a text occurs in an output, with what stands around it."""
    text = output.text
    pattern = re.compile(re.escape(search), re.IGNORECASE)
    found = [match.start() for match in islice(pattern.finditer(text), _MATCHES + 1)]
    if not found:
        return f"[{output.source}: {search!r} does not occur in the {len(text):,} characters.]"
    places = [f"at {at}: …{text[max(0, at - _AROUND) : at + len(search) + _AROUND]}…" for at in found[:_MATCHES]]
    count = str(len(found)) if len(found) <= _MATCHES else f"more than {_MATCHES}"
    return f"[{output.source}: {search!r} found, places: {count}.]\n" + "\n".join(places)


def _answer(text: str, is_error: bool = False) -> CallOutcome:
    content: list[mcp_types.ContentBlock] = [mcp_types.TextContent(text=text)]
    return CallOutcome(mcp_types.CallToolResult(content=content, is_error=is_error))
