"""One whole connection, over each transport and in each era."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp_types import PromptReference

from deskhand.host.human import FormAnswer
from deskhand.host.servers import ServerSpec

pytestmark = pytest.mark.anyio

Until = Callable[..., Any]
Target = tuple[str, str]
TARGETS = [("http", "modern"), ("http", "legacy"), ("sse", "auto"), ("stdio", "modern"), ("stdio", "legacy")]


@pytest.fixture(params=TARGETS, ids=lambda target: "-".join(target))
def spec(request: pytest.FixtureRequest, shared: dict[str, Any], stdio_spec: Any) -> ServerSpec:
    kind, era = request.param
    return stdio_spec(era=era) if kind == "stdio" else shared[kind].spec(era=era)


@pytest.fixture
def log(spec: ServerSpec, shared: dict[str, Any], tmp_path: Path) -> Callable[[], list[str]]:
    """What the server wrote down since the test began."""
    path = tmp_path / "peer.log" if spec.command else next(p.log for p in shared.values() if p.url == spec.url)
    before = len(path.read_text().splitlines()) if path.exists() else 0
    return lambda: path.read_text().splitlines()[before:]


async def test_it_lists_calls_reads_and_completes(spec: ServerSpec, connected: Any, text_of: Any, sink: Any) -> None:
    async with connected(spec, sink=sink) as connections:
        assert [offered.name for offered in connections.tools()] == sorted(t.name for t in connections.tools())
        assert await text_of(connections, "echo", text="hello") == "hello"
        read = await connections.read_resource("peer", "note://one")
        assert read.contents[0].model_dump()["text"] == "the note"
        assert [resource.uri for _, resource in await connections.resources()] == ["note://one"]
        assert [template.uri_template for _, template in await connections.resource_templates("peer")] == [
            "note://by/{name}"
        ]
        assert [prompt.name for _, prompt in await connections.prompts()] == ["greet"]
        prompt = await connections.get_prompt("peer", "greet", {"name": "Ada"})
        assert prompt.messages[0].content.model_dump()["text"] == "Greet Ada."
        reference = PromptReference(type="ref/prompt", name="greet")
        assert await connections.complete("peer", reference, "name", "ad") == ["ada"]
    assert sink.of("connection_changed")[-1].state == "closed"


async def test_progress_arrives_and_the_person_is_asked(
    spec: ServerSpec, connected: Any, text_of: Any, tool_of: Any, sink: Any, human: Any
) -> None:
    person = human(FormAnswer("accept", {"colour": "green"}))
    seen: list[float] = []

    def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    async with connected(spec, sink=sink, human=person) as connections:
        await connections.call(tool_of(connections, "steps"), {}, on_progress=progress)
        assert seen == [1, 2, 3]
        assert await text_of(connections, "paint") == "painted green"
    assert person.forms[0].message == "Which colour?"
    assert "colour" in person.forms[0].schema["properties"]
    assert [event.action for event in sink.of("elicitation_answered")] == ["accept"]


async def test_cancelling_the_caller_cancels_at_the_server(
    spec: ServerSpec, connected: Any, text_of: Any, sink: Any, until: Until, log: Callable[[], list[str]]
) -> None:
    async with connected(spec, sink=sink) as connections:
        async with anyio.create_task_group() as group:
            group.start_soon(text_of, connections, "write_forever")
            await until(lambda: "write began" in log())
            group.cancel_scope.cancel()
        await until(lambda: "write cancelled" in log())


async def test_a_changed_list_is_fetched_again(
    spec: ServerSpec, connected: Any, text_of: Any, sink: Any, until: Until
) -> None:
    async with connected(spec, sink=sink) as connections:
        grown = f"grown_{spec.era}"
        await text_of(connections, "grow", name=grown)
        await until(lambda: any(offered.name == grown for offered in connections.tools()))
        assert await text_of(connections, grown, text="new") == "new"
