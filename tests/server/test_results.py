"""Large results: shortened in sight, whole behind a link, for their caller only, for a time."""

import json
from pathlib import Path

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError
from pydantic import JsonValue
from tests.server.sample_toolset import Sample

from deskhand.context.tokens import estimate
from deskhand.errors import NotFound
from deskhand.kept import PAGE_CHARACTERS, Kept, Output
from deskhand.server.results import shorten
from deskhand.testing import client_of, serving

pytestmark = pytest.mark.anyio
ADA, EVE = "ada", "eve"


def key_of(kept: Output) -> str:
    return kept.uri.removeprefix("result://")


async def text_at(results: Kept, key: str) -> str:
    text, mime_type = await results.read(key, ADA)
    assert isinstance(text, str)
    assert mime_type == "text/plain"
    return text


def link_of(result: types.CallToolResult) -> types.ResourceLink:
    return next(block for block in result.content if isinstance(block, types.ResourceLink))


async def test_a_large_text_is_shortened_and_kept_whole() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        result = await client.call_tool("long_text", {"characters": 200_000})
        note = result.content[0]
        assert isinstance(note, types.TextContent)
        assert "This is a shortened view" in note.text
        shown = sum(estimate(block.text) for block in result.content if isinstance(block, types.TextContent))
        assert shown <= 20_000
        assert result.structured_content is not None
        assert "more characters]" in result.structured_content["line"]

        whole, uri = "", link_of(result).uri
        while uri:
            page = (await client.read_resource(uri)).contents[0]
            assert isinstance(page, types.TextResourceContents)
            text, _, rest = page.text.partition("\n[")
            whole += text
            uri = rest.rpartition(": ")[2].rstrip("]")
        assert whole == "word " * 40_000 or json.loads(whole) == {"line": "word " * 40_000}


async def test_a_large_list_still_fits_its_schema() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        result = await client.call_tool("long_list", {"count": 50_000})  # the client checks the schema
    assert result.structured_content is not None
    assert 0 < len(result.structured_content["lines"]) < 50_000
    assert not result.is_error


async def test_a_result_that_fits_is_left_alone() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        result = await client.call_tool("long_text", {"characters": 100})
    assert result.structured_content == {"line": "word " * 20}
    assert len(result.content) == 1


async def test_somebody_elses_result_does_not_exist(tmp_path: Path) -> None:
    results = Kept(tmp_path, hours=1)
    key = key_of(await results.keep("mine", ADA))
    assert await text_at(results, key) == "mine"
    with pytest.raises(NotFound):
        await results.read(key, EVE)


async def test_a_result_expires_and_its_file_goes(tmp_path: Path) -> None:
    clock = [1_000_000_000.0]
    results = Kept(tmp_path, hours=1, now=lambda: clock[0])
    key = key_of(await results.keep("old", ADA))
    clock[0] += 3601
    with pytest.raises(NotFound):
        await text_at(results, key)
    await results.keep("new", ADA)
    assert len(list(tmp_path.rglob("*.txt"))) == 1


async def test_beyond_the_quota_a_subjects_oldest_results_go_and_only_its_own(tmp_path: Path) -> None:
    clock = [1_000_000_000.0]
    results = Kept(tmp_path, hours=1, quota=10, now=lambda: clock[0])
    others = key_of(await results.keep("eve's", EVE))
    keys: list[str] = []
    for text in ("first", "second", "third"):
        clock[0] += 1
        keys.append(key_of(await results.keep(text, ADA)))
    with pytest.raises(NotFound):
        await results.read(keys[0], ADA)
    with pytest.raises(NotFound):
        await results.read(keys[1], ADA)
    assert await text_at(results, keys[2]) == "third"
    assert (await results.read(others, EVE))[0] == "eve's"


async def test_a_call_whose_large_result_cannot_be_kept_still_succeeds(tmp_path: Path) -> None:
    async with serving(Sample, folder=tmp_path) as server, client_of(server) as client:
        (tmp_path / "results").write_text("in the way")
        result = await client.call_tool("long_text", {"characters": 200_000})
    assert not result.is_error
    assert isinstance(result.content[0], types.TextContent)
    assert "the whole could not be kept" in result.content[0].text
    assert not any(isinstance(block, types.ResourceLink) for block in result.content)


@pytest.mark.parametrize("key", ["", "..", "a/b", "../deskhand", "a\0b", "é"])
async def test_a_strange_key_finds_nothing(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotFound):
        await Kept(tmp_path, hours=1).read(key, ADA)


async def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    await Kept(folder, hours=1).keep("x", ADA)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in folder.rglob("*")] == [0o700, 0o600]


@pytest.mark.parametrize("query", ["offset=-1", "offset=x", "offset=999999999", "offset=" + "9" * 5_000, "length=1.5"])
async def test_a_wrong_range_is_refused(query: str) -> None:
    async with serving(Sample) as server, client_of(server) as client:
        uri = link_of(await client.call_tool("long_text", {"characters": 200_000})).uri
        with pytest.raises(MCPError, match=r"between 0 and|whole number"):
            await client.read_resource(f"{uri}?{query}")


async def test_a_page_says_where_the_next_begins(tmp_path: Path) -> None:
    results = Kept(tmp_path, hours=1)
    key = key_of(await results.keep("x" * (PAGE_CHARACTERS + 5), ADA))
    assert (await text_at(results, key)).endswith(f"[5 more characters: result://{key}?offset={PAGE_CHARACTERS}]")
    assert (await results.read(key, ADA, offset=PAGE_CHARACTERS))[0] == "xxxxx"
    assert str((await results.read(key, ADA, length=0))[0]).startswith("\n[60,005 more characters")


def test_shortening_keeps_keys_and_small_values() -> None:
    lines: list[JsonValue] = ["x" * 1000] * 1000
    value: dict[str, JsonValue] = {"a": 1, "b": None, "c": lines, "d": {"e": "y"}}
    short = shorten(value, 2_000)
    assert isinstance(short, dict)
    assert list(short) == ["a", "b", "c", "d"]
    assert (short["a"], short["b"], short["d"]) == (1, None, {"e": "y"})
    assert len(json.dumps(short)) <= 2_000
