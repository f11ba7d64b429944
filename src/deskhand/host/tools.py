"""Tools as the turn loop sees them: what connections offer, what a call gives, and the seam between the two."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import mcp_types
from pydantic import JsonValue

_UNUSUAL = re.compile(r"[^A-Za-z0-9_./-]")
"""What MCP (2025-11-25, tools, tool names) does not want in a name, but a server can put there."""

ProgressCallback = Callable[[float, float | None, str | None], None]
"""Called with (done, total, message) each time a server reports progress."""
LONGEST_PROGRESS = 500
"""Characters of such a message that are told on."""


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool that a connection offers now."""

    name: str
    """As the model calls it: the tool's own name, or `server__tool` where two servers offer the same name."""
    server: str
    """The connection's name in the configuration."""
    endpoint: str
    """What consent is bound to besides the definition: the URL, or the command line."""
    trusted: bool
    """Whether the server's annotations are believed. MCP: never decide on hints from an untrusted server."""
    tool: mcp_types.Tool
    fingerprint: str
    """`fingerprint(tool)`, computed once when the tool was listed."""

    @property
    def title(self) -> str:
        """The name for people (MCP display-name precedence: title, annotations.title, name)."""
        hints = self.tool.annotations
        return self.tool.title or (hints.title if hints else None) or self.tool.name

    @property
    def source(self) -> str:
        """Provenance of its results: `server/tool`. It stands before them, so a name must not end the sentence."""
        return f"{self.server}/{_UNUSUAL.sub('_', self.tool.name)}"


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What a server answered to a call, errors of the tool included."""

    result: mcp_types.CallToolResult


class ToolSource(Protocol):
    """Where the turn loop finds tools and sends calls: the connections, or a fake in tests."""

    def tools(self) -> Sequence[OfferedTool]:
        """The tools offered now, in a stable order, each `name` once."""
        ...

    async def call(
        self, tool: OfferedTool, arguments: dict[str, JsonValue], *, on_progress: ProgressCallback
    ) -> CallOutcome:
        """Call a tool and wait for its result. Cancelling the caller cancels the call at the server.

        Raises:
            DeskhandError: the call did not reach the server or was refused; `Unavailable` when the server is gone.
        """
        ...


def definition(tool: mcp_types.Tool) -> dict[str, JsonValue]:
    """What a person agrees to: the name, description, schemas and annotations of a tool, as JSON."""
    keep = {"name", "title", "description", "input_schema", "output_schema", "annotations"}
    return tool.model_dump(mode="json", by_alias=True, exclude_none=True, include=keep)


def fingerprint(tool: mcp_types.Tool) -> str:
    """The sha256 of a tool's `definition`, in hexadecimal; independent of the order of keys."""
    text = json.dumps(definition(tool), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
