"""What toolsets declare, as a client sees it, in both protocol eras."""

import mcp_types as types
import pytest
from mcp.client import Client, ClientRequestContext
from mcp.shared.exceptions import MCPError
from tests.server.sample_toolset import Sample

from deskhand.errors import SettingsError
from deskhand.principal import Principal
from deskhand.testing import client_of, serving
from deskhand.toolsets.core.toolset import Core

pytestmark = pytest.mark.anyio
ERAS = pytest.mark.parametrize("mode", ["legacy", "auto"])


def text(result: types.CallToolResult) -> str:
    block = result.content[0]
    assert isinstance(block, types.TextContent)
    return block.text


@ERAS
async def test_marks_become_annotations_and_schemas(mode: str) -> None:
    async with serving(Core, Sample) as server, client_of(server, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert list(tools) == sorted(tools)
    empty = tools["empty"]
    assert empty.annotations == types.ToolAnnotations(
        title="Empty", read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
    )
    assert list(empty.input_schema["properties"]) == ["name"]
    assert tools["change"].input_schema["properties"]["name"] == {"type": "string", "description": "Which one."}
    assert tools["who"].output_schema == {
        "type": "object",
        "properties": {"line": {"type": "string"}},
        "required": ["line"],
    }


@ERAS
async def test_the_caller_is_injected_and_is_no_argument(mode: str) -> None:
    ada = Principal("ada", "cursor")
    async with serving(Sample, caller=ada) as server, client_of(server, mode=mode) as client:
        result = await client.call_tool("who", {})
    assert result.structured_content == {"line": "ada cursor"}
    assert text(result) == "ada cursor"


@ERAS
async def test_resources_templates_and_prompts_are_served(mode: str) -> None:
    async with serving(Sample) as server, client_of(server, mode=mode) as client:
        templates = (await client.list_resource_templates()).resource_templates
        assert [template.uri_template for template in templates] == [
            "outbox://{key}",
            "result://{id}{?offset,length}",
            "shelf://{name}",
        ]
        read = await client.read_resource("shelf://a")
        assert read.contents == [types.TextResourceContents(uri="shelf://a", text="a of local", mime_type="text/plain")]
        prompt = await client.get_prompt("tidy", {"shelf": "a"})
        assert prompt.messages[0].content == types.TextContent(type="text", text="Tidy a for local in a kind tone.")
        ref = types.ResourceTemplateReference(type="ref/resource", uri="shelf://{name}")
        completion = (await client.complete(ref, {"name": "name", "value": "00"})).completion
        assert (len(completion.values), completion.total, completion.has_more) == (10, 10, False)
        many = (await client.complete(ref, {"name": "name", "value": ""})).completion
        assert (len(many.values), many.total, many.has_more) == (100, 250, True)


@ERAS
async def test_a_listing_is_paged_without_gaps(mode: str) -> None:
    async with serving(Sample) as server, client_of(server, mode=mode) as client:
        first = await client.list_resources()
        assert first.next_cursor is not None
        second = await client.list_resources(cursor=first.next_cursor)
        assert second.next_cursor is None
        uris = [entry.uri for entry in [*first.resources, *second.resources]]
        assert uris == sorted(["shelf://all", *(f"shelf://{number:03}" for number in range(250))])
        with pytest.raises(MCPError, match="not a cursor"):
            await client.list_resources(cursor="nonsense!")


async def test_cache_hints_follow_the_marks() -> None:
    async with serving(Sample) as server, client_of(server) as client:
        shared = await client.read_resource("shelf://all")
        assert (shared.ttl_ms, shared.cache_scope) == (5000, "public")
        own = await client.read_resource("shelf://a")
        assert (own.ttl_ms, own.cache_scope) == (0, "private")
        listed = await client.list_tools()
        assert (listed.ttl_ms, listed.cache_scope) == (60_000, "private")


@pytest.mark.parametrize("uri", ["shelf://none", "nowhere://x", "shelf://a/b"])
async def test_a_missing_resource_is_a_protocol_error_that_names_it(uri: str) -> None:
    async with serving(Sample) as server, client_of(server) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
    assert caught.value.error.code == types.INVALID_PARAMS
    assert caught.value.error.data["uri"] == uri


async def test_an_unknown_tool_suggests_the_nearest() -> None:
    async with serving(Core) as server, client_of(server) as client:
        with pytest.raises(MCPError, match="Did you mean multiply"):
            await client.call_tool("multiplly", {})


@pytest.mark.parametrize("arguments", [{}, {"shelf": "a", "shelves": "b"}])
async def test_wrong_prompt_arguments_are_named(arguments: dict[str, str]) -> None:
    async with serving(Sample) as server, client_of(server) as client:
        with pytest.raises(MCPError, match="Prompt tidy takes: shelf, tone"):
            await client.get_prompt("tidy", arguments)


@ERAS
@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (types.ElicitResult(action="accept", content={"sure": True}), "a emptied"),
        (types.ElicitResult(action="accept", content={"sure": False}), "a kept"),
        (types.ElicitResult(action="decline"), "a kept"),
    ],
)
async def test_a_destructive_tool_asks_the_person(mode: str, answer: types.ElicitResult, line: str) -> None:
    questions: list[str] = []

    async def person(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
        questions.append(params.message)
        return answer

    async with serving(Sample) as server, Client(server.sdk, mode=mode, elicitation_callback=person) as client:
        result = await client.call_tool("empty", {"name": "a"})
    assert text(result) == line
    assert questions == ["Empty a on Sample?"]


@ERAS
async def test_a_client_that_cannot_ask_gets_the_safe_answer(mode: str) -> None:
    async with serving(Sample) as server, client_of(server, mode=mode) as client:
        assert text(await client.call_tool("empty", {"name": "a"})) == "a kept"


@ERAS
async def test_progress_reaches_the_client(mode: str) -> None:
    seen: list[tuple[float, float | None, str | None]] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    async with serving(Sample) as server, client_of(server, mode=mode) as client:
        await client.call_tool("step", {}, progress_callback=report)
    assert seen == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")]


async def test_the_lifespan_opens_and_closes_each_toolset_once() -> None:
    async with serving(Sample) as server:
        sample = server.toolsets[0]
        assert isinstance(sample, Sample)
        async with client_of(server):
            assert (sample.opened, server.ready) == (1, True)
        assert (sample.opened, server.ready) == (0, False)


async def test_a_disabled_tool_is_gone() -> None:
    async with serving(Core, settings={"toolsets": {"disabled_tools": ["multiply"]}}) as server:
        async with client_of(server) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["deskhand_status"]


async def test_disabling_a_tool_that_is_not_there_is_an_error() -> None:
    with pytest.raises(SettingsError, match="disabled_tools names 'divide'"):
        async with serving(Core, settings={"toolsets": {"disabled_tools": ["divide"]}}):
            pass


async def test_two_toolsets_with_the_same_tool_clash() -> None:
    class Twin(Core):
        name = "twin"

    with pytest.raises(SettingsError, match="'twin' declares 'multiply'"):
        async with serving(Core, Twin):
            pass


async def test_an_unknown_key_in_a_toolsets_section_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"toolsets\.core\.colour"):
        async with serving(Core, settings={"core": {"colour": "red"}}):
            pass


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_only_what_changes_is_declared_to_announce_it(mode: str) -> None:
    async with serving(Sample) as server, Client(server.sdk, mode=mode) as client:
        found = client.server_capabilities
    assert found.tools is not None
    assert found.prompts is not None
    assert found.resources is not None
    assert (found.tools.list_changed, found.prompts.list_changed) == (False, False)
    assert (found.resources.list_changed, found.resources.subscribe) == (True, True)
