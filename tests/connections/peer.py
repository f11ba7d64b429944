"""An MCP server for the tests of connections, on the SDK: `peer.py stdio`, `peer.py http PORT`, `peer.py sse PORT`.

It writes what happens to it to the file that PEER_LOG names, a line each, so that a test sees what reached it.
PEER_TOOL adds a tool of that name; PEER_ERAS=legacy makes it a server of 2025.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import anyio
import mcp_types
import uvicorn
from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve
from mcp_types import ToolAnnotations
from pydantic import BaseModel

server = MCPServer("peer")
watchers: list[tuple[Any, str]] = []


def log(line: str) -> None:
    name = os.environ.get("PEER_LOG")
    if name:
        with Path(name).open("a") as file:
            file.write(f"{line}\n")


class Choice(BaseModel):
    colour: str


async def ask_colour() -> Elicit[Choice]:
    return Elicit("Which colour?", Choice)


@server.tool()
async def echo(text: str) -> str:
    """Say it again."""
    log(f"echo {text}")
    return text


@server.tool()
async def paint(colour: Annotated[Choice, Resolve(ask_colour)]) -> str:
    """Paint in a colour the person chooses."""
    return f"painted {colour.colour}"


async def never(what: str) -> str:
    log(f"{what} began")
    try:
        await anyio.sleep_forever()
    except anyio.get_cancelled_exc_class():
        log(f"{what} cancelled")
        raise
    return "never"


@server.tool()
async def write_forever() -> str:
    """Never answers."""
    return await never("write")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
async def read_once_slow() -> str:
    """Hangs in the first process that runs it, answers in the next."""
    marker = Path(os.environ["PEER_LOG"]).with_suffix(".marker")
    if not marker.exists():
        marker.touch()
        return await never("read")
    log("read answered")
    return f"read by {os.getpid()}"


@server.tool()
async def steps(ctx: Context) -> str:
    """Reports progress."""
    for done in (1, 2, 3):
        await ctx.report_progress(done, 3, f"step {done}")
    return "done"


@server.tool()
async def grow(name: str, ctx: Context) -> str:
    """Offer one more tool."""
    server.add_tool(echo, name=name, description="grown")
    await ctx.notify_tools_changed()
    await ctx.session.send_tool_list_changed()
    return name


@server.tool()
async def touch(uri: str, ctx: Context) -> str:
    """Say that a resource changed."""
    await ctx.notify_resource_updated(uri)
    for session, watched in watchers:
        if watched == uri:
            await session.send_resource_updated(uri)
    return uri


@server.tool()
async def big(size: int) -> str:
    """So many letters."""
    return "x" * size


@server.tool()
async def process() -> str:
    """The process id."""
    return str(os.getpid())


@server.tool()
async def complain(text: str) -> str:
    """Write to standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
    return text


@server.tool()
async def babble(lines: int) -> str:
    """Write what is not JSON to standard output, as careless servers do."""
    for number in range(lines):
        sys.stdout.write(f"debug: {number}\n")
    sys.stdout.flush()
    return "babbled"


@server.resource("note://one")
def note() -> str:
    """A note."""
    return "the note"


@server.resource("note://by/{name}")
def note_by(name: str) -> str:
    """A note by somebody."""
    return f"the note by {name}"


@server.prompt()
def greet(name: str) -> str:
    """Greet somebody."""
    return f"Greet {name}."


@server.completion()
async def complete(
    ref: mcp_types.PromptReference | mcp_types.ResourceTemplateReference,
    argument: mcp_types.CompletionArgument,
    context: mcp_types.CompletionContext | None,
) -> mcp_types.Completion:
    return mcp_types.Completion(values=[name for name in ("ada", "alan") if name.startswith(argument.value)])


async def subscribe(ctx: Any, params: mcp_types.SubscribeRequestParams) -> mcp_types.EmptyResult:
    watchers.append((ctx.session, params.uri))
    log(f"subscribed {params.uri}")
    return mcp_types.EmptyResult()


def main() -> None:
    low = server._lowlevel_server  # pyright: ignore[reportPrivateUsage] - MCPServer has no resources/subscribe
    low.add_request_handler("resources/subscribe", mcp_types.SubscribeRequestParams, subscribe)
    if os.environ.get("PEER_TOOL"):
        server.add_tool(echo, name=os.environ["PEER_TOOL"])
    log(f"start {os.getpid()}")
    if sys.argv[1] == "stdio":
        server.run("stdio")
        return
    app = server.sse_app() if sys.argv[1] == "sse" else server.streamable_http_app()
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error")


main()
