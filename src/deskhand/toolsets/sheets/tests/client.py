"""A client on a served workspace with spreadsheets, of either protocol era."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import mcp_types as types
import pytest
from mcp.client import Client, ClientRequestContext
from mcp.client.client import ConnectMode

from deskhand.context.tokens import estimate
from deskhand.testing import client_of, serving, text_of
from deskhand.toolsets.sheets.tests.conftest import PEOPLE, SALES
from deskhand.toolsets.sheets.toolset import Sheets

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])


@asynccontextmanager
async def sheets_client(
    folder: Path,
    *,
    mode: ConnectMode = "auto",
    answer: types.ElicitResult | None = None,
    settings: Mapping[str, object] | None = None,
) -> AsyncGenerator[tuple[Client, Path, list[str]]]:
    """A client, the workspace with sales.csv and people.csv, and what the person was asked."""
    workspace = folder / "workspace"
    workspace.mkdir(parents=True)
    (workspace / "sales.csv").write_text(SALES)
    (workspace / "people.csv").write_text(PEOPLE)
    asked: list[str] = []

    async def person(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params.message)
        assert answer is not None
        return answer

    async with serving(Sheets, folder=folder, settings={"sheets": dict(settings or {})}) as server:
        if answer is None:
            async with client_of(server, mode=mode) as client:
                yield client, workspace, asked
        else:
            async with Client(server.sdk, mode=mode, elicitation_callback=person) as client:
                yield client, workspace, asked


def cost(result: types.CallToolResult) -> int:
    """Tokens that a model pays, whichever form it is shown."""
    return max(estimate(text_of(result)), estimate(json.dumps(result.structured_content, ensure_ascii=False)))
