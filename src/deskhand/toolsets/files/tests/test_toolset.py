"""The four tools and the resources, as a client of either protocol era meets them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import mcp_types as types
import pytest
from mcp.client import Client, ClientRequestContext
from mcp.client.client import ConnectMode
from mcp.client.subscriptions import ResourceUpdated
from mcp.shared.exceptions import MCPError

from deskhand.principal import LOCAL, Principal
from deskhand.testing import check_toolset, client_of, serving
from deskhand.toolsets.files.toolset import Files

pytestmark = pytest.mark.anyio
ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
READER = Principal("reader", "test", frozenset({"files:read"}))


@asynccontextmanager
async def _client(
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


async def _call(client: Client, tool: str, **arguments: object) -> Mapping[str, Any]:
    """A tool's structured answer; the call must succeed."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, _text(result)
    return cast("Mapping[str, Any]", result.structured_content)


async def _refusal(client: Client, tool: str, **arguments: object) -> str:
    """What a tool says when it refuses."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return _text(result)


def _text(result: types.CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, types.TextContent))


def test_the_toolset_keeps_the_rules() -> None:
    assert check_toolset(Files) == []


@ERAS
async def test_file_find_lists_and_searches(mode: ConnectMode, tmp_path: Path) -> None:
    async with _client(tmp_path, mode=mode) as (client, _, _):
        listed = await _call(client, "file_find")
        assert [file["uri"] for file in listed["files"]] == ["file:///docs", "file:///docs/a.txt"]
        found = await _call(client, "file_find", text="TWO", glob="docs/*.txt", cursor=None)
        assert found["files"][0]["hits"] == [{"at": 2, "line": "two"}]
        assert found["untrusted"] is True
        result = await client.call_tool("file_find", {"text": "two"})
        assert "1 of 1 found" in _text(result)
        assert "  2: two" in _text(result)


async def test_file_find_refuses_what_is_no_search(tmp_path: Path) -> None:
    async with _client(tmp_path) as (client, _, _):
        assert "cannot climb" in await _refusal(client, "file_find", glob="../*")
        assert "without a cursor" in await _refusal(client, "file_find", cursor="made up")
        assert "500" in await _refusal(client, "file_find", limit=501)


@ERAS
@pytest.mark.parametrize("uri", ["file:///docs/a.txt", "docs/a.txt", "./docs//a.txt", "file://localhost/docs/a.txt"])
async def test_file_read_takes_uris_and_paths(uri: str, mode: ConnectMode, tmp_path: Path) -> None:
    async with _client(tmp_path, mode=mode) as (client, _, _):
        read = await _call(client, "file_read", uri=uri, range="2")
        assert (read["uri"], read["content"], read["untrusted"]) == ("file:///docs/a.txt", "two", True)


async def test_file_read_text_says_what_it_is_and_that_it_is_data(tmp_path: Path) -> None:
    async with _client(tmp_path) as (client, workspace, _):
        (workspace / "日本 100%.txt").write_text("x\ny")
        result = await client.call_tool("file_read", {"uri": "日本 100%.txt", "range": "1"})
        head, _, body = _text(result).partition("\n\n")
        assert "lines 1-1 of 2" in head
        assert "Next: range=2-." in head
        assert "not instructions" in head
        assert body == "x"
        uri = cast("Mapping[str, Any]", result.structured_content)["uri"]
        assert uri == "file:///%E6%97%A5%E6%9C%AC%20100%25.txt"
        assert (await _call(client, "file_read", uri=uri))["content"] == "x\ny"


async def test_file_read_refuses_and_says_what_to_do(tmp_path: Path) -> None:
    async with _client(tmp_path) as (client, _, _):
        assert "Did you mean docs/a.txt" in await _refusal(client, "file_read", uri="docs/b.txt")
        assert "climbs" in await _refusal(client, "file_read", uri="../secret")
        refused = await _refusal(client, "file_read", uri="/etc/passwd")
        assert "absolute" in refused
        assert str(tmp_path) not in refused


@ERAS
async def test_file_write_creates_edits_and_replaces(mode: ConnectMode, tmp_path: Path) -> None:
    async with _client(tmp_path, mode=mode) as (client, workspace, _):
        created = await _call(client, "file_write", uri="new/b.txt", content="first", edits=None)
        assert created["outcome"] == "created"
        edited = await _call(
            client,
            "file_write",
            uri="new/b.txt",
            edits=[{"old": "first", "new": "second"}],
            expected_version=created["version"],
        )
        assert "-first\n+second" in edited["diff"]
        assert (workspace / "new" / "b.txt").read_text() == "second"
        restored = await _call(client, "file_manage", action="restore", uri=edited["trashed"], to="old.txt")
        assert restored["uri"] == "file:///old.txt"
        assert (workspace / "old.txt").read_text() == "first"


@ERAS
async def test_file_write_over_a_file_unseen_is_refused_where_nobody_can_be_asked(
    mode: ConnectMode, tmp_path: Path
) -> None:
    async with _client(tmp_path, mode=mode) as (client, workspace, _):
        assert "Read it first" in await _refusal(client, "file_write", uri="docs/a.txt", content="new")
        assert "changed since" in await _refusal(
            client, "file_write", uri="docs/a.txt", content="new", expected_version="0"
        )
        assert "either content" in await _refusal(client, "file_write", uri="docs/b.txt")
        assert (workspace / "docs" / "a.txt").read_text() == "one\ntwo\n"


@ERAS
async def test_file_write_asks_the_person_and_does_what_they_say(mode: ConnectMode, tmp_path: Path) -> None:
    yes = types.ElicitResult(action="accept", content={"overwrite": True})
    async with _client(tmp_path, mode=mode, answer=yes) as (client, workspace, asked):
        written = await _call(client, "file_write", uri="docs/a.txt", content="new")
        assert written["outcome"] == "replaced"
        assert (workspace / "docs" / "a.txt").read_text() == "new"
        assert len(asked) == 1
        assert "docs/a.txt exists" in asked[0]
        await _call(client, "file_write", uri="docs/a.txt", content="newer", expected_version=written["version"])
        await _call(client, "file_write", uri="docs/a.txt", content="x", dry_run=True)
        await _call(client, "file_write", uri="docs/other.txt", content="x")
        assert len(asked) == 1


@ERAS
@pytest.mark.parametrize(
    "answer",
    [
        types.ElicitResult(action="accept", content={"overwrite": False}),
        types.ElicitResult(action="decline"),
        types.ElicitResult(action="cancel"),
    ],
    ids=["no", "decline", "cancel"],
)
async def test_file_write_leaves_the_file_when_the_person_does_not_agree(
    answer: types.ElicitResult, mode: ConnectMode, tmp_path: Path
) -> None:
    async with _client(tmp_path, mode=mode, answer=answer) as (client, workspace, asked):
        refused = await _refusal(client, "file_write", uri="docs/a.txt", content="new")
        assert "docs/a.txt" in refused
        assert len(asked) == 1
        assert (workspace / "docs" / "a.txt").read_text() == "one\ntwo\n"


@ERAS
async def test_file_write_does_not_use_a_yes_for_another_content(mode: ConnectMode, tmp_path: Path) -> None:
    """The file changes while the person thinks: what they agreed to replace is not what is there now."""
    target = tmp_path / "workspace" / "docs" / "a.txt"
    asked: list[str] = []

    async def slow_person(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params.message)
        if len(asked) == 1:
            target.write_text("changed meanwhile")
            return types.ElicitResult(action="accept", content={"overwrite": True})
        return types.ElicitResult(action="decline")

    target.parent.mkdir(parents=True)
    target.write_text("first")
    async with (
        serving(Files, folder=tmp_path) as server,
        Client(server.sdk, mode=mode, elicitation_callback=slow_person) as client,
    ):
        assert await _refusal(client, "file_write", uri="docs/a.txt", content="new")
    assert target.read_text() == "changed meanwhile"


@ERAS
async def test_file_manage_moves_and_trashes(mode: ConnectMode, tmp_path: Path) -> None:
    async with _client(tmp_path, mode=mode) as (client, workspace, _):
        await _call(client, "file_manage", action="mkdir", uri="archive")
        moved = await _call(client, "file_manage", action="move", uri="docs/a.txt", to="archive/a.txt")
        assert moved["uri"] == "file:///archive/a.txt"
        await _call(client, "file_manage", action="copy", uri="archive", to="copy")
        trashed = await _call(client, "file_manage", action="trash", uri="archive")
        await _call(client, "file_manage", action="restore", uri=trashed["uri"])
        assert (workspace / "archive" / "a.txt").read_text() == (workspace / "copy" / "a.txt").read_text()


async def test_file_manage_refuses_a_taken_name(tmp_path: Path) -> None:
    async with _client(tmp_path) as (client, _, _):
        result = await client.call_tool("file_manage", {"action": "move", "uri": "docs/a.txt", "to": "docs"})
        assert result.is_error
        assert "exists already" in _text(result)
        assert "needs `to`" in await _refusal(client, "file_manage", action="copy", uri="docs/a.txt")


@ERAS
async def test_files_are_resources(mode: ConnectMode, tmp_path: Path) -> None:
    async with _client(tmp_path, mode=mode) as (client, workspace, _):
        (workspace / "a b.bin").write_bytes(b"\0\1")
        listed = (await client.list_resources()).resources
        assert [(entry.uri, entry.name, entry.size, entry.mime_type) for entry in listed] == [
            ("file:///a%20b.bin", "a b.bin", 2, "application/octet-stream"),
            ("file:///docs/a.txt", "docs/a.txt", 8, "text/plain"),
        ]
        assert all(entry.annotations and entry.annotations.last_modified for entry in listed)
        (content,) = (await client.read_resource("file:///docs/a.txt")).contents
        assert isinstance(content, types.TextResourceContents)
        assert (content.text, content.mime_type) == ("one\ntwo\n", "text/plain")
        (content,) = (await client.read_resource("file:///a%20b.bin")).contents
        assert isinstance(content, types.BlobResourceContents)
        for folder in ("file:///docs", "file:///"):
            (content,) = (await client.read_resource(folder)).contents
            assert isinstance(content, types.TextResourceContents)
            assert "file:///docs" in content.text
        templates = (await client.list_resource_templates()).resource_templates
        assert "file:///{+path}" in [template.uri_template for template in templates]


@ERAS
@pytest.mark.parametrize(
    "uri", ["file:///missing.txt", "file:///../secret", "file:///%2e%2e/secret", "file:///docs/%00"]
)
async def test_resources_that_are_not_there_are_refused(uri: str, mode: ConnectMode, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    async with _client(tmp_path, mode=mode) as (client, _, _):
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)
        assert "SECRET" not in str(refused.value)


@ERAS
async def test_paths_complete(mode: ConnectMode, tmp_path: Path) -> None:
    async with _client(tmp_path, mode=mode) as (client, _, _):
        reference = types.ResourceTemplateReference(type="ref/resource", uri="file:///{+path}")
        for value, expected in (("d", ["docs/"]), ("docs/", ["docs/a.txt"])):
            completion = (await client.complete(reference, {"name": "path", "value": value})).completion
            assert completion.values == expected


async def test_a_subscriber_hears_of_a_change_on_disk(tmp_path: Path) -> None:
    async with (
        _client(tmp_path) as (client, workspace, _),
        client.listen(resource_subscriptions=["file:///docs/a.txt"]) as events,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(_keep_changing, workspace / "docs" / "a.txt")
        with anyio.fail_after(15):
            assert await anext(aiter(events)) == ResourceUpdated("file:///docs/a.txt")
        tasks.cancel_scope.cancel()


async def _keep_changing(file: Path) -> None:
    """The watcher may start after the first change."""
    for number in range(10_000):
        file.write_text(str(number))
        await anyio.sleep(0.3)


async def test_a_reader_may_not_write(tmp_path: Path) -> None:
    async with _client(tmp_path, caller=READER) as (client, _, _):
        assert (await _call(client, "file_read", uri="docs/a.txt"))["total"] == 2
        with pytest.raises(MCPError, match="files:write"):
            await client.call_tool("file_write", {"uri": "b.txt", "content": "x"})


async def test_another_root_and_read_only_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.txt").write_text("x")
    section = {"files": {"root": str(tmp_path / "elsewhere"), "read_only": True}}
    async with serving(Files, settings=section, folder=tmp_path) as server, client_of(server) as client:
        assert [file["uri"] for file in (await _call(client, "file_find"))["files"]] == ["file:///b.txt"]
        assert "read-only" in await _refusal(client, "file_manage", action="trash", uri="b.txt")
        health = await server.toolsets[0].health()
        assert health.detail in ("confined by openat2, read-only", "confined by walk, read-only")
