"""Calls from the console: their progress, whatever numbers a server sends."""

import math
from pathlib import Path

import pytest
from mcp.server.mcpserver import Context
from mcp_types import ToolAnnotations
from tests.web.odd_server import Odd
from tests.web.place import open_site
from tests.web.test_console import over, send

from deskhand.web.pieces import percent

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("done", "total", "share"),
    [
        pytest.param(1, 4, 25, id="a quarter"),
        pytest.param(1e308, 5, 100, id="more than all, by far"),
        pytest.param(1e308, 1e-308, 100, id="infinitely more"),
        pytest.param(-1e308, 5, 0, id="less than nothing"),
        pytest.param(math.nan, 5, 0, id="no number"),
        pytest.param(1, math.nan, None, id="of no number"),
        pytest.param(math.inf, math.inf, 0, id="all without end"),
        pytest.param(1, 0, None, id="of nothing"),
        pytest.param(1, None, None, id="of what is not said"),
    ],
)
def test_progress_is_a_share_whatever_numbers_a_server_sends(done: float, total: float | None, share: int) -> None:
    assert percent(done, total) == share


async def test_a_call_whose_progress_is_absurd_is_shown_and_comes_to_its_end(tmp_path: Path) -> None:
    odd = Odd()

    async def boast(ctx: Context) -> str:
        """Exaggerate."""
        await ctx.report_progress(1e308, 1e-308, "nearly")
        return "done at last"

    odd.sdk.add_tool(boast, annotations=ToolAnnotations(read_only_hint=True))
    async with open_site(tmp_path, servers=[odd.spec]) as place:
        await send(place, "/console/odd/tools/boast")
        run = await over(place, "odd", "boast")
        assert (run.state, run.percent) == ("done", 100)
        assert "done at last" in await place.browser.get("/console/odd/tools/boast")
