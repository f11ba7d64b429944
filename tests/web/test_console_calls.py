"""Calls from the console: progress of any numbers, boxes that are ticked once, results that answer nothing else."""

import math
from pathlib import Path

import pytest
from mcp.server.mcpserver import Context
from mcp_types import ToolAnnotations
from tests.web.odd_server import Odd
from tests.web.place import open_site
from tests.web.servers_place import with_shop
from tests.web.test_console import over, send
from tests.web.test_servers_tools import changed_shop, shop_with_tools

from deskhand.errors import InvalidInput
from deskhand.web.form_reading import read_object
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


async def test_who_is_sure_is_asked_anew_for_the_next_call(tmp_path: Path) -> None:
    odd = Odd()
    async with open_site(tmp_path, servers=[odd.spec]) as place:
        path = "/console/odd/tools/wipe"
        assert 'id="sure-form-"' in await place.browser.get(path)
        answer = await send(place, path, **{"a.what": "all"}, sure="yes")
        run = await over(place, "odd", "wipe")
        assert f'id="sure-form-{run.id}"' in answer.text
        assert " checked" not in answer.text


async def test_a_result_does_not_stand_beside_arguments_that_are_refused(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        path = "/console/deskhand/tools/multiply"
        await send(place, path, **{"a.a": "6", "a.b": "7"})
        await over(place, "deskhand", "multiply")
        assert "Result" in await place.browser.get(path)
        wrong = await place.browser.post(path, **{"as": "json", "json": "[1"})
        assert wrong.status_code == 422
        assert 'hx-swap-oob="outerMorph"' in wrong.text
        assert "1 earlier call" in wrong.text
        assert "Result" not in wrong.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("abc", "This is not JSON, such as", id="a word"),
        pytest.param("9" * 20_000, "holds a number of 20,000 digits", id="more digits than can be"),
        pytest.param("[" * 100_000, "nested too deeply", id="too deep"),
        pytest.param("[NaN]", "NaN is not a JSON value", id="no number"),
    ],
)
def test_what_is_no_json_is_said_in_words_of_ours(typed: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        read_object({}, typed)
    assert "sys." not in caught.value.message


async def test_a_definition_that_changes_after_a_call_from_the_console_is_told(tmp_path: Path) -> None:
    async with with_shop(tmp_path, **shop_with_tools(tmp_path)) as place:
        await send(place, "/console/shop/tools/sell", sure="yes")
        await over(place, "shop", "sell")
        await changed_shop(place, tmp_path)
        assert "Its definition changed" in await place.browser.get("/console/shop/tools/sell")
