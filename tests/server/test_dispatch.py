"""Scope, limits, time-outs, audit and errors: what happens around every call."""

from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from tests.server.sample_toolset import Sample

from deskhand.audit import Audit, AuditEntry
from deskhand.principal import Principal
from deskhand.server.dispatch import FORBIDDEN
from deskhand.store.database import Database
from deskhand.testing import client_of, serving
from deskhand.toolsets.files.toolset import Files

pytestmark = pytest.mark.anyio


def text(result: types.CallToolResult) -> str:
    block = result.content[0]
    assert isinstance(block, types.TextContent)
    return block.text


async def audited(folder: Path) -> list[AuditEntry]:
    with Database(folder / "deskhand.db") as database:
        return await Audit(database).query()


async def test_an_expected_failure_is_a_result_the_model_can_read() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        result = await client.call_tool("missing", {})
    assert result.is_error
    assert text(result) == "There is no such shelf. Try shelf://a."
    assert result.meta is not None
    assert result.meta["deskhand/code"] == "not_found"


@pytest.mark.parametrize("tool", ["crash", "inner_timeout"])
async def test_an_unexpected_failure_is_masked_and_logged_with_a_reference(
    tool: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(Sample) as server, client_of(server) as client:
        result = await client.call_tool(tool, {})
    shown = text(result)
    assert "hunter2" not in shown
    assert "10.0.0.7" not in shown
    reference = shown.rsplit(" ", 1)[1].rstrip(".")
    assert reference in caplog.text
    assert "hunter2" in caplog.text or "10.0.0.7" in caplog.text


async def test_a_slow_call_is_stopped_with_the_limit_named() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        result = await client.call_tool("dawdle", {})
    assert text(result).startswith("dawdle took longer than 0.05 s")


async def test_a_missing_scope_is_a_protocol_error_that_names_it() -> None:
    reader = Principal("ada", scopes=frozenset({"sample:read"}))
    async with serving(Sample, caller=reader) as server, client_of(server) as client:
        assert text(await client.call_tool("who", {})) == "ada unknown"
        assert "change" not in [tool.name for tool in (await client.list_tools()).tools]
        with pytest.raises(MCPError) as caught:
            await client.call_tool("change", {"name": "a"})
    assert caught.value.error.code == FORBIDDEN
    assert caught.value.error.data == {"requiredScope": "sample:write"}


async def test_an_optional_argument_that_is_null_counts_as_left_out_and_a_needed_one_does_not() -> None:
    async with serving(Files) as server, client_of(server) as client:
        found = await client.call_tool("file_find", {"glob": None, "limit": None, "match_case": None})
        needed = await client.call_tool("file_read", {"uri": None})
    assert not found.is_error, text(found)
    assert needed.is_error


async def test_without_the_read_scope_nothing_is_listed_read_or_followed(tmp_path: Path) -> None:
    stranger = Principal("eve", scopes=frozenset({"other:*"}))
    async with serving(Sample, caller=stranger, folder=tmp_path) as server, client_of(server) as client:
        assert (await client.list_tools()).tools == []
        assert (await client.list_resources()).resources == []
        assert (await client.list_prompts()).prompts == []
        with pytest.raises(MCPError, match="sample:read"):
            await client.read_resource("shelf://a")
        with pytest.raises(MCPError, match="sample:read"):
            await client.get_prompt("tidy", {"shelf": "a"})
        with pytest.raises(MCPError, match="sample:read"):
            async with client.listen(resource_subscriptions=["shelf://a"]):
                pass
    rows = [(row.kind, row.outcome) for row in reversed(await audited(tmp_path))]
    listed_outbox = ("resource", "ok")  # which belongs to everybody, and holds nothing here
    assert rows == [listed_outbox, ("resource", "denied"), ("prompt", "denied"), ("listen", "denied")]


async def test_more_calls_than_the_limit_are_refused_with_the_time_to_wait() -> None:
    settings = {"server": {"limits": {"calls_per_minute": 2}}}
    async with serving(Sample, settings=settings) as server, client_of(server) as client:
        answers = [await client.call_tool("who", {}) for _ in range(3)]
    assert [answer.is_error for answer in answers] == [False, False, True]
    assert "More than 2 calls in a minute" in text(answers[2])
    assert answers[2].meta is not None
    assert 0 < answers[2].meta["deskhand/retryAfter"] <= 30


async def test_reading_counts_as_well() -> None:
    settings = {"server": {"limits": {"calls_per_minute": 2}}}
    async with serving(Sample, settings=settings) as server, client_of(server) as client:
        await client.read_resource("shelf://a")
        await client.get_prompt("tidy", {"shelf": "a"})
        with pytest.raises(MCPError, match="More than 2 calls in a minute"):
            await client.read_resource("shelf://b")


async def test_more_calls_at_once_than_the_limit_are_refused() -> None:
    settings = {"server": {"limits": {"concurrent_calls": 1}}}
    async with serving(Sample, settings=settings) as server, client_of(server) as client:
        sample = server.toolsets[0]
        assert isinstance(sample, Sample)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "hold")
            await sample.entered.wait()
            assert server.dispatch.running == 1
            assert "already running" in text(await client.call_tool("who", {}))
            sample.gate.set()
        assert server.dispatch.running == 0


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_cancelling_reaches_the_tool(mode: str) -> None:
    async with serving(Sample) as server, Client(server.sdk, mode=mode) as client:
        sample = server.toolsets[0]
        assert isinstance(sample, Sample)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "hold")
            await sample.entered.wait()
            tasks.cancel_scope.cancel()
        with anyio.fail_after(5):
            await sample.cancelled.wait()
        assert await server.dispatch.drain(5)


async def test_draining_waits_for_calls_in_flight_and_gives_up_in_time() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        sample = server.toolsets[0]
        assert isinstance(sample, Sample)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "hold")
            await sample.entered.wait()
            assert not await server.dispatch.drain(0.01)
            sample.gate.set()
            assert await server.dispatch.drain(5)


async def test_each_call_leaves_one_audit_row_without_its_arguments(tmp_path: Path) -> None:
    async with serving(Sample, folder=tmp_path) as server, client_of(server) as client:
        await client.call_tool("who", {})
        await client.call_tool("missing", {})
        await client.call_tool("crash", {})
        await client.call_tool("dawdle", {})
        await client.call_tool("long_text", {"characters": "secret"})
        await client.read_resource("shelf://a")
    rows = await audited(tmp_path)
    assert [(row.kind, row.name, row.outcome) for row in reversed(rows)] == [
        ("tool", "who", "ok"),
        ("tool", "missing", "not_found"),
        ("tool", "crash", "internal"),
        ("tool", "dawdle", "limit_exceeded"),
        ("tool", "long_text", "invalid_input"),
        ("resource", "shelf://a", "ok"),
    ]
    assert all(row.subject == "local" and row.milliseconds >= 0 for row in rows)
    assert "secret" not in "".join(row.model_dump_json() for row in rows)
    assert rows[1].arguments_hash != rows[0].arguments_hash


@pytest.mark.filterwarnings("ignore:resources/subscribe is removed")
async def test_a_name_that_does_not_exist_leaves_an_audit_row_too(tmp_path: Path) -> None:
    async with serving(Sample, folder=tmp_path) as server, client_of(server, mode="legacy") as client:
        for call in (
            client.call_tool("nobody", {"a": "secret"}),
            client.read_resource("attic://a"),
            client.get_prompt("nobody"),
            client.get_prompt("tidy", {"colour": "red"}),
            client.subscribe_resource("attic://a"),  # pyright: ignore[reportDeprecated]  # what older clients do
        ):
            with pytest.raises(MCPError) as caught:
                await call
            assert caught.value.error.code == types.INVALID_PARAMS
        await client.list_tools()
    rows = await audited(tmp_path)
    assert [(row.kind, row.name, row.outcome) for row in reversed(rows)] == [
        ("tool", "nobody", "invalid_input"),
        ("resource", "attic://a", "not_found"),
        ("prompt", "nobody", "invalid_input"),
        ("prompt", "tidy", "invalid_input"),
        ("listen", "attic://a", "not_found"),
    ]


async def test_a_cancelled_call_is_audited_as_cancelled(tmp_path: Path) -> None:
    async with serving(Sample, folder=tmp_path) as server, client_of(server) as client:
        sample = server.toolsets[0]
        assert isinstance(sample, Sample)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "hold")
            await sample.entered.wait()
            tasks.cancel_scope.cancel()
    assert [row.outcome for row in await audited(tmp_path)] == ["cancelled"]


async def test_the_audit_answers_for_one_subject_only(tmp_path: Path) -> None:
    for subject in ("ada", "bob"):
        async with serving(Sample, folder=tmp_path, caller=Principal(subject)) as server, client_of(server) as client:
            await client.call_tool("who", {})
    with Database(tmp_path / "deskhand.db") as database:
        assert [row.subject for row in await Audit(database).query("ada")] == ["ada"]
