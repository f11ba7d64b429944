"""A client on a served workspace, of either protocol era."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import mcp_types as types
import pytest
from mcp.client import Client, ClientRequestContext
from mcp.client.client import ConnectMode

from deskhand.principal import LOCAL, Principal
from deskhand.testing import client_of, serving
from deskhand.toolsets.files.toolset import Files

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])


@asynccontextmanager
async def workspace_client(
    folder: Path,
    *,
    mode: ConnectMode = "auto",
    caller: Principal = LOCAL,
    answer: types.ElicitResult | None = None,
) -> AsyncGenerator[tuple[Client, Path, list[str]]]:
    """A client on a workspace with one file, the workspace, and what the person was asked."""
    (folder / "workspace" / "docs").mkdir(parents=True)
    (folder / "workspace" / "docs" / "a.txt").write_text("one\ntwo\n")
    asked: list[str] = []

    async def person(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params.message)
        assert answer is not None
        return answer

    async with serving(Files, folder=folder, caller=caller) as server:
        if answer is None:
            async with client_of(server, mode=mode) as client:
                yield client, folder / "workspace", asked
        else:
            async with Client(server.sdk, mode=mode, elicitation_callback=person) as client:
                yield client, folder / "workspace", asked


async def call(client: Client, tool: str, **arguments: object) -> Mapping[str, Any]:
    """A tool's structured answer; the call must succeed."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    return cast("Mapping[str, Any]", result.structured_content)


async def refusal(client: Client, tool: str, **arguments: object) -> str:
    """What a tool says when it refuses."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return text_of(result)


def text_of(result: types.CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, types.TextContent))
