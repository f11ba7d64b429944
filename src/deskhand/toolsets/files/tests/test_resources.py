"""Files as resources: listing, reading, completion and change events."""

from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp.client.client import ConnectMode
from mcp.client.subscriptions import ResourceUpdated
from mcp.shared.exceptions import MCPError

from deskhand.toolsets.files.tests.client import ERAS, call, workspace_client

pytestmark = pytest.mark.anyio


@ERAS
async def test_files_are_resources(mode: ConnectMode, tmp_path: Path) -> None:
    async with workspace_client(tmp_path, mode=mode) as (client, workspace, _):
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


async def test_bytes_under_a_name_of_text_are_not_called_text(tmp_path: Path) -> None:
    async with workspace_client(tmp_path) as (client, workspace, _):
        (workspace / "a.txt").write_bytes(b"one\0two")
        (content,) = (await client.read_resource("file:///a.txt")).contents
        assert isinstance(content, types.BlobResourceContents)
        assert content.mime_type == "application/octet-stream"


async def test_a_resource_is_raw_and_reading_shows_what_is_hidden(tmp_path: Path) -> None:
    async with workspace_client(tmp_path) as (client, workspace, _):
        (workspace / "a.txt").write_text("pay\u202eeyp\n")
        (content,) = (await client.read_resource("file:///a.txt")).contents
        assert isinstance(content, types.TextResourceContents)
        assert content.text == "pay\u202eeyp\n"
        assert "pay\\u202eeyp" in (await call(client, "file_read", uri="a.txt"))["content"]


@ERAS
@pytest.mark.parametrize(
    "uri", ["file:///missing.txt", "file:///../secret", "file:///%2e%2e/secret", "file:///docs/%00"]
)
async def test_resources_that_are_not_there_are_refused(uri: str, mode: ConnectMode, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    async with workspace_client(tmp_path, mode=mode) as (client, _, _):
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)
        assert "SECRET" not in str(refused.value)


@ERAS
async def test_paths_complete(mode: ConnectMode, tmp_path: Path) -> None:
    async with workspace_client(tmp_path, mode=mode) as (client, _, _):
        reference = types.ResourceTemplateReference(type="ref/resource", uri="file:///{+path}")
        for value, expected in (("d", ["docs/"]), ("docs/", ["docs/a.txt"])):
            completion = (await client.complete(reference, {"name": "path", "value": value})).completion
            assert completion.values == expected


async def test_a_subscriber_hears_of_a_change_on_disk(tmp_path: Path) -> None:
    async with (
        workspace_client(tmp_path) as (client, workspace, _),
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
