"""`logging/setLevel`: a client of the handshake era hears what it asked for, and no less severe."""

import mcp_types as types
import pytest
from mcp.client import Client
from tests.protocol.conformance_toolset import Conformance

from deskhand.testing import serving

pytestmark = [
    pytest.mark.anyio,
    # The SDK warns of what 2026-07-28 has removed; older clients still do it.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]

LOGGED = ["Tool execution started", "Tool processing data", "Tool execution completed"]


@pytest.mark.parametrize(("level", "heard"), [(None, LOGGED), ("debug", LOGGED), ("info", LOGGED), ("warning", [])])
async def test_messages_below_the_level_a_client_set_are_held_back(
    level: types.LoggingLevel | None, heard: list[str]
) -> None:
    said: list[object] = []

    async def listen(params: types.LoggingMessageNotificationParams) -> None:
        said.append(params.data)

    async with serving(Conformance) as server, Client(server.sdk, mode="legacy", logging_callback=listen) as client:
        if level is not None:
            await client.set_logging_level(level)  # pyright: ignore[reportDeprecated]
        await client.call_tool("test_tool_with_logging", {})
    assert said == heard
