"""A scripted server for the tests of the console: slow, failing, dangerous, and with hostile names."""

from base64 import b64decode
from collections.abc import Sequence
from typing import Annotated, Literal

import anyio
import mcp_types
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field
from tests.web.stories import PNG

from deskhand.host.servers import ServerSpec

HOSTILE = '<img src=x onerror="alert(1)">'


class Part(BaseModel):
    """Something to order."""

    name: str
    colour: Literal["red", "green", "blue"] = "red"


class Odd:
    """The server, what was done at it, and what it waits for."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.go_on = anyio.Event()
        self.sdk = MCPServer("odd")
        self.sdk.add_tool(self.slow, title="Take your time")
        self.sdk.add_tool(self.order, annotations=ToolAnnotations(destructive_hint=False, open_world_hint=False))
        self.sdk.add_tool(self.wipe, annotations=ToolAnnotations(destructive_hint=True))
        self.sdk.add_tool(self.fail, annotations=ToolAnnotations(read_only_hint=True))
        self.sdk.add_tool(
            self.hostile,
            name="a/b?c&<i>",
            title=HOSTILE,
            description=f"{HOSTILE} **bold** [x](javascript:alert(1))",
            annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
        )
        self.sdk.resource("odd://data", title=HOSTILE, mime_type="application/json")(_data)
        self.sdk.resource("odd://blob", mime_type="application/octet-stream")(_blob)
        self.sdk.resource("odd://picture", mime_type="image/png")(_picture)
        self.sdk.resource("odd://long", mime_type="text/plain")(_long)
        self.sdk.resource("odd://by/{who}")(_by)
        self.sdk.prompt(title="Greet <b>somebody</b>")(greet)
        self.sdk.completion()(_complete)

    @property
    def spec(self) -> ServerSpec:
        """As the host connects to it."""
        return ServerSpec("odd", in_process=self.sdk)

    async def slow(self, ctx: Context) -> str:
        """Reports progress, then waits."""
        await ctx.report_progress(1, 4, "a quarter <i>done</i>")
        try:
            await self.go_on.wait()
        except anyio.get_cancelled_exc_class():
            self.done.append("cancelled")
            raise
        self.done.append("slow")
        return "at last"

    async def order(self, parts: list[Part], main: Part, count: Annotated[int, Field(ge=1, le=9)] = 1) -> str:
        """Order parts."""
        self.done.append(f"{count} {main.name} {main.colour} {len(parts)}")
        return f"ordered {count}"

    async def wipe(self, what: str) -> str:
        """Delete something."""
        self.done.append(f"wiped {what}")
        return "gone"

    async def fail(self) -> str:
        """Does not work."""
        raise ValueError("broken")

    async def hostile(self, text: str = "") -> str:
        return f"{HOSTILE} {text}"


def greet(who: str, how: str = "kindly") -> str:
    """Greets."""
    return f"Greet {who} {how} {HOSTILE}"


def _data() -> str:
    return '{"a": {"b": [1, 2]}}'


def _blob() -> bytes:
    return b"\x00\x01<script>"


def _picture() -> bytes:
    return b64decode(PNG)


def _long() -> str:
    return "x" * 150_000


def _by(who: str) -> str:
    return f"by {who}"


async def _complete(
    ref: mcp_types.PromptReference | mcp_types.ResourceTemplateReference,
    argument: mcp_types.CompletionArgument,
    context: mcp_types.CompletionContext | None,
) -> mcp_types.Completion:
    known: Sequence[str] = ("ann", "anton", "<b>") if argument.name == "who" else ()
    if argument.name == "room" and context is not None and context.arguments:
        known = [f"{who}'s room" for who in context.arguments.values()]
    return mcp_types.Completion(values=[name for name in known if name.startswith(argument.value)])
