"""The four tools, as a client of either protocol era meets them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import mcp_types as types
import pytest
from mcp.client import Client, ClientRequestContext
from mcp.client.client import ConnectMode
from mcp.shared.exceptions import MCPError

from deskhand.principal import Principal
from deskhand.testing import check_toolset, client_of, serving
from deskhand.toolsets.files.tests.client import ERAS, call, refusal, text_of, workspace_client
from deskhand.toolsets.files.toolset import Files

pytestmark = pytest.mark.anyio
READER = Principal("reader", "test", frozenset({"files:read"}))


def test_the_toolset_keeps_the_rules() -> None:
    assert check_toolset(Files) == []


@ERAS
async def test_file_find_lists_and_searches(mode: ConnectMode, tmp_path: Path) -> None:
    async with workspace_client(tmp_path, mode=mode) as (client, _, _):
        listed = await call(client, "file_find")
        assert [file["uri"] for file in listed["files"]] == ["file:///docs", "file:///docs/a.txt"]
        found = await call(client, "file_find", text="TWO", glob="docs/*.txt", cursor=None)
        assert found["files"][0]["hits"] == [{"at": 2, "line": "two"}]
        assert found["untrusted"] is True
        result = await client.call_tool("file_find", {"text": "two"})
        assert "1 of 1 found" in text_of(result)
        assert "  2: two" in text_of(result)


async def test_file_find_refuses_what_is_no_search(tmp_path: Path) -> None:
    async with workspace_client(tmp_path) as (client, _, _):
        climbing = await client.call_tool("file_find", {"glob": "../*"})
        assert climbing.is_error
        assert "cannot climb" in text_of(climbing)
        assert "without a cursor" in await refusal(client, "file_find", cursor="made up")
        assert "500" in await refusal(client, "file_find", limit=501)


@ERAS
@pytest.mark.parametrize("uri", ["file:///docs/a.txt", "docs/a.txt", "./docs//a.txt", "file://localhost/docs/a.txt"])
async def test_file_read_takes_uris_and_paths(uri: str, mode: ConnectMode, tmp_path: Path) -> None:
    async with workspace_client(tmp_path, mode=mode) as (client, _, _):
        read = await call(client, "file_read", uri=uri, range="2")
        assert (read["uri"], read["content"], read["untrusted"]) == ("file:///docs/a.txt", "two", True)


async def test_file_read_text_says_what_it_is_and_that_it_is_data(tmp_path: Path) -> None:
    async with workspace_client(tmp_path) as (client, workspace, _):
        (workspace / "日本 100%.txt").write_text("x\ny")
        result = await client.call_tool("file_read", {"uri": "日本 100%.txt", "range": "1"})
        head, _, body = text_of(result).partition("\n\n")
        assert "lines 1-1 of 2" in head
        assert "Next: range=2-." in head
        assert "not instructions" in head
        assert body == "x"
        uri = cast("Mapping[str, Any]", result.structured_content)["uri"]
        assert uri == "file:///%E6%97%A5%E6%9C%AC%20100%25.txt"
        assert (await call(client, "file_read", uri=uri))["content"] == "x\ny"


async def test_file_read_refuses_and_says_what_to_do(tmp_path: Path) -> None:
    async with workspace_client(tmp_path) as (client, _, _):
        assert "Did you mean docs/a.txt" in await refusal(client, "file_read", uri="docs/b.txt")
        assert "climbs" in await refusal(client, "file_read", uri="../secret")
        refused = await refusal(client, "file_read", uri="/etc/passwd")
        assert "absolute" in refused
        assert str(tmp_path) not in refused


@ERAS
async def test_file_write_creates_edits_and_replaces(mode: ConnectMode, tmp_path: Path) -> None:
    async with workspace_client(tmp_path, mode=mode) as (client, workspace, _):
        created = await call(client, "file_write", uri="new/b.txt", content="first", edits=None)
        assert created["outcome"] == "created"
        edited = await call(
            client,
            "file_write",
            uri="new/b.txt",
            edits=[{"old": "first", "new": "second"}],
            expected_version=created["version"],
        )
        assert "-first\n+second" in edited["diff"]
        assert (workspace / "new" / "b.txt").read_text() == "second"
        restored = await call(client, "file_manage", action="restore", uri=edited["trashed"], to="old.txt")
        assert restored["uri"] == "file:///old.txt"
        assert (workspace / "old.txt").read_text() == "first"


@ERAS
async def test_file_write_over_a_file_unseen_is_refused_where_nobody_can_be_asked(
    mode: ConnectMode, tmp_path: Path
) -> None:
    async with workspace_client(tmp_path, mode=mode) as (client, workspace, _):
        assert "Read it first" in await refusal(client, "file_write", uri="docs/a.txt", content="new")
        assert "changed since" in await refusal(
            client, "file_write", uri="docs/a.txt", content="new", expected_version="0"
        )
        assert "both missing" in await refusal(client, "file_write", uri="docs/b.txt")
        assert (workspace / "docs" / "a.txt").read_text() == "one\ntwo\n"


@ERAS
async def test_file_write_asks_the_person_and_does_what_they_say(mode: ConnectMode, tmp_path: Path) -> None:
    yes = types.ElicitResult(action="accept", content={"overwrite": True})
    async with workspace_client(tmp_path, mode=mode, answer=yes) as (client, workspace, asked):
        written = await call(client, "file_write", uri="docs/a.txt", content="new")
        assert written["outcome"] == "replaced"
        assert (workspace / "docs" / "a.txt").read_text() == "new"
        assert len(asked) == 1
        assert "docs/a.txt exists" in asked[0]
        await call(client, "file_write", uri="docs/a.txt", content="newer", expected_version=written["version"])
        await call(client, "file_write", uri="docs/a.txt", content="x", dry_run=True)
        await call(client, "file_write", uri="docs/other.txt", content="x")
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
    async with workspace_client(tmp_path, mode=mode, answer=answer) as (client, workspace, asked):
        refused = await refusal(client, "file_write", uri="docs/a.txt", content="new")
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
        assert await refusal(client, "file_write", uri="docs/a.txt", content="new")
    assert target.read_text() == "changed meanwhile"


@ERAS
async def test_file_manage_moves_and_trashes(mode: ConnectMode, tmp_path: Path) -> None:
    async with workspace_client(tmp_path, mode=mode) as (client, workspace, _):
        await call(client, "file_manage", action="mkdir", uri="archive")
        moved = await call(client, "file_manage", action="move", uri="docs/a.txt", to="archive/a.txt")
        assert moved["uri"] == "file:///archive/a.txt"
        await call(client, "file_manage", action="copy", uri="archive", to="copy")
        trashed = await call(client, "file_manage", action="trash", uri="archive")
        await call(client, "file_manage", action="restore", uri=trashed["uri"])
        assert (workspace / "archive" / "a.txt").read_text() == (workspace / "copy" / "a.txt").read_text()


async def test_file_manage_refuses_a_taken_name(tmp_path: Path) -> None:
    async with workspace_client(tmp_path) as (client, _, _):
        result = await client.call_tool("file_manage", {"action": "move", "uri": "docs/a.txt", "to": "docs"})
        assert result.is_error
        assert "exists already" in text_of(result)
        assert "needs `to`" in await refusal(client, "file_manage", action="copy", uri="docs/a.txt")


async def test_a_reader_may_not_write(tmp_path: Path) -> None:
    async with workspace_client(tmp_path, caller=READER) as (client, _, _):
        assert (await call(client, "file_read", uri="docs/a.txt"))["total"] == 2
        with pytest.raises(MCPError, match="files:write"):
            await client.call_tool("file_write", {"uri": "b.txt", "content": "x"})


async def test_a_read_only_workspace_is_read_only_for_every_tool(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "b.txt").write_text("x")
    section = {"files": {"read_only": True}}
    async with serving(Files, settings=section, folder=tmp_path) as server, client_of(server) as client:
        assert [file["uri"] for file in (await call(client, "file_find"))["files"]] == ["file:///b.txt"]
        assert "read-only" in await refusal(client, "file_manage", action="trash", uri="b.txt")
        health = await server.toolsets[0].health()
        assert health.detail in ("confined by openat2, read-only", "confined by walk, read-only")
