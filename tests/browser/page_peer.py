"""An MCP server over standard input and output for the tests of the page: progress, approvals, a form of every kind.

It appends what happens to it to the file given as its argument.
"""

import os
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import anyio
from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

server = MCPServer("peer")
READS = ToolAnnotations(read_only_hint=True)


def log(line: str) -> None:
    with Path(sys.argv[1]).open("a") as file:
        file.write(line + "\n")


class Survey(BaseModel):
    """Every kind of field a form may have (MCP 2025-11-25, Elicitation)."""

    name: str = Field(title="Name", min_length=2, max_length=20)
    email: str = Field(title="Email", json_schema_extra={"format": "email"})
    site: str = Field(title="Site", json_schema_extra={"format": "uri"})
    day: str = Field(title="Day", json_schema_extra={"format": "date"})
    moment: str = Field(title="Moment", json_schema_extra={"format": "date-time"})
    share: float = Field(title="Share", ge=0, le=1)
    guests: int = Field(title="Guests", ge=1, le=4, default=2)
    breakfast: bool = Field(title="Breakfast", default=True)
    room: Literal["north", "south"] = Field(title="Room", description="Which side of the house.")
    extras: list[Literal["sauna", "bike", "boat"]] = Field(
        title="Extras", default=["bike"], json_schema_extra={"maxItems": 2}
    )


async def ask_survey() -> Elicit[Survey]:
    return Elicit("Please complete the survey.", Survey)


@server.tool(annotations=READS)
async def look(place: str, ctx: Context) -> str:
    """Look at a place, in steps, until a file named after it is beside the log."""
    go_on = Path(sys.argv[1]).with_name(f"seen-{place}")
    await ctx.report_progress(1, 4, f"walking to {place}")
    log(f"looking at {place}")
    while not go_on.exists():
        await anyio.sleep(0.02)
    await ctx.report_progress(4, 4, "there")
    return f"{place} is fine"


@server.tool(annotations=ToolAnnotations(destructive_hint=True))
async def send_letter(to: str, text: str) -> str:
    """Send a letter."""
    log(f"sent to {to}: {text}")
    return f"sent to {to}"


@server.tool(annotations=READS)
async def survey(answers: Annotated[Survey, Resolve(ask_survey)]) -> str:
    """Fill in a survey; the person is asked."""
    log(answers.model_dump_json())
    return "thanks"


@server.tool(annotations=READS)
async def wait_for_ever(ctx: Context) -> str:
    """Never answers."""
    log("waiting")
    await ctx.report_progress(1, 2, "half way")
    try:
        await anyio.sleep_forever()
    except anyio.get_cancelled_exc_class():
        log("cancelled")
        raise
    return "never"


@server.tool(annotations=READS)
async def die() -> str:
    """End the server, as a crash would."""
    log("dying")
    sys.exit(7)


if __name__ == "__main__":
    while Path(sys.argv[1]).with_name("begin-not").exists():  # so that it can be seen that it is not there
        time.sleep(0.02)
    log(f"process {os.getpid()}")
    server.run("stdio")
