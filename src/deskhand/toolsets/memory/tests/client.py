"""A client on a served memory, of either protocol era."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import mcp_types as types
import pytest
from mcp.client import Client, ClientRequestContext
from mcp.client.client import ConnectMode

from deskhand.principal import LOCAL, Principal
from deskhand.testing import client_of, serving
from deskhand.toolsets.memory.toolset import Memory

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
YES = types.ElicitResult(action="accept", content={"forget": True})
NO = types.ElicitResult(action="decline")


@asynccontextmanager
async def memory_client(
    folder: Path,
    *,
    mode: ConnectMode = "auto",
    caller: Principal = LOCAL,
    answer: types.ElicitResult | None = None,
    **settings: object,
) -> AsyncGenerator[tuple[Client, list[str]]]:
    """A client on the memory kept in `folder`, and what the person was asked."""
    asked: list[str] = []

    async def person(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params.message)
        assert answer is not None
        return answer

    tree: Mapping[str, Mapping[str, object]] = {"memory": settings}
    async with serving(Memory, folder=folder, caller=caller, settings=tree, time_zone="Europe/Berlin") as server:
        if answer is None:
            async with client_of(server, mode=mode) as client:
                yield client, asked
        else:
            async with Client(server.sdk, mode=mode, elicitation_callback=person) as client:
                yield client, asked
