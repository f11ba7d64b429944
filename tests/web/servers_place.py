"""A site whose `mcp.json` has a small real server, and what the tests of servers look at."""

import json
import shlex
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import JsonValue
from tests.web.place import Place, open_site

from deskhand.host.connection_state import ServerState

SHOP = Path(__file__).with_name("shop.py")
COMMAND = shlex.join([sys.executable, str(SHOP)])
ENTRY: dict[str, JsonValue] = {"command": sys.executable, "args": [str(SHOP)]}


def entries(folder: Path) -> dict[str, JsonValue]:
    """What stands in `mcp.json`."""
    file = folder / "mcp.json"
    return json.loads(file.read_text())["mcpServers"] if file.exists() else {}


def write(folder: Path, **servers: JsonValue) -> None:
    """Put these servers into `mcp.json`, as another program would."""
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}))


@asynccontextmanager
async def with_shop(folder: Path, **more: JsonValue) -> AsyncGenerator[Place]:
    """A site with the server `shop`, which is ready; `more` stands in its entry besides."""
    write(folder, shop={**ENTRY, **more})
    async with open_site(folder) as place:
        await state_of(place, "shop", "ready")
        yield place


async def state_of(place: Place, name: str, wanted: str) -> ServerState:
    """The state of a server as soon as it is the one that is wanted."""
    desk = await place.desk()

    def found() -> list[ServerState]:
        return [each for each in desk.connections.states() if (each.name, each.state) == (name, wanted)]

    await place.until(lambda: bool(found()), 20)
    return found()[0]


async def tools_of(place: Place, server: str) -> list[str]:
    """What the model is offered of a server."""
    return [tool.tool.name for tool in (await place.desk()).connections.tools() if tool.server == server]
