"""Tools that a person switched off in `mcp.json`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import anyio
import mcp_types
import pytest
from mcp.server.lowlevel import Server

from deskhand.errors import Denied
from deskhand.host.connections import Connections
from deskhand.host.human import Nobody
from deskhand.host.servers import ServerSpec, parse_entry

pytestmark = pytest.mark.anyio


def library(disabled: Sequence[str] = ()) -> ServerSpec:
    """A server with two tools, some switched off."""

    async def listed(_context: Any, _params: Any) -> mcp_types.ListToolsResult:
        names = ("lend", "delete_book")
        return mcp_types.ListToolsResult(
            tools=[mcp_types.Tool(name=name, input_schema={"type": "object"}) for name in names]
        )

    return ServerSpec("library", in_process=Server("library", on_list_tools=listed), disabled_tools=tuple(disabled))


@pytest.mark.parametrize(
    ("disabled", "offered"),
    [
        pytest.param([], ["delete_book", "lend"], id="none"),
        pytest.param(["lend"], ["delete_book"], id="by its name"),
        pytest.param(["delete_*"], ["lend"], id="by a pattern"),
        pytest.param(["borrow"], ["delete_book", "lend"], id="one that is not there"),
    ],
)
async def test_a_tool_that_is_switched_off_is_not_offered_but_listed(disabled: list[str], offered: list[str]) -> None:
    async with Connections([library(disabled)], human=Nobody(), emit=lambda _event: None) as connections:
        await connections.ready(10)
        assert sorted(tool.name for tool in connections.tools()) == offered
        assert sorted(tool.name for tool in connections.listed()) == ["delete_book", "lend"]


async def test_a_tool_switched_off_while_the_model_knows_it_is_not_called() -> None:
    async with Connections([library()], human=Nobody(), emit=lambda _event: None) as connections:
        await connections.ready(10)
        lend = next(tool for tool in connections.tools() if tool.name == "lend")
        (connection,) = connections._connections.values()  # pyright: ignore[reportPrivateUsage]
        connection.spec = replace(connection.spec, disabled_tools=("lend",))
        with anyio.fail_after(5), pytest.raises(Denied, match="switched lend off"):
            await connections.call(lend, {}, on_progress=lambda _done, _total, _message: None)


def test_the_entry_names_them_as_other_hosts_do() -> None:
    spec = parse_entry("library", {"command": "serve", "disabledTools": ["lend"]}, {})
    assert (spec.problem, spec.offers("lend"), spec.offers("delete_book")) == ("", False, True)
