"""An MCP server over standard input and output for the tests of the terminal: slow calls, a form, a page to open.

It appends what happens to it to the file given as its argument.
"""

import sys
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


class Booking(BaseModel):
    room: Literal["north", "south"] = Field(title="Room", description="Which side of the house.")
    guests: int = Field(title="Guests", ge=1, le=4)
    breakfast: bool = Field(title="Breakfast", default=True)


async def ask_booking() -> Elicit[Booking]:
    return Elicit("Please complete the booking.", Booking)


@server.tool(annotations=READS)
async def look(place: str, ctx: Context) -> str:
    """Look at a place, in steps of progress, until a test has seen them and says so."""
    seen = Path(sys.argv[1]).with_name(f"seen-{place}")
    for step in range(1, 3):
        await anyio.sleep(0.1)
        await ctx.report_progress(step, 3, f"step {step}")
    while not seen.exists():
        await anyio.sleep(0.02)
    log(f"looked at {place}")
    return f"{place} is fine"


@server.tool(annotations=READS)
async def book(booking: Annotated[Booking, Resolve(ask_booking)]) -> str:
    """Book a room; the person is asked for the details."""
    log(f"booked {booking.room} {booking.guests} {booking.breakfast}")
    return f"booked {booking.room} for {booking.guests}"


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


if __name__ == "__main__":
    server.run("stdio")
