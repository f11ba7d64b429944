"""One whole connection, over each transport and in each era."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp_types import PromptReference

from deskhand.host.connections import Connections
from deskhand.host.human import FormAnswer
from deskhand.host.servers import ServerSpec

pytestmark = pytest.mark.anyio

Until = Callable[..., Any]
TARGETS = [("http", "modern"), ("http", "legacy"), ("sse", "auto"), ("stdio", "modern"), ("stdio", "legacy")]


@dataclass(frozen=True)
class Line:
    """An open connection, who answers its questions, and what it told of."""

    connections: Connections
    person: Any
    events: list[Any]

    def of(self, kind: str) -> list[Any]:
        """Its events of a kind."""
        return [event for event in self.events if event.type == kind]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """For the whole module, because connections are shared by its tests."""
    return "asyncio"


@pytest.fixture(scope="module", params=TARGETS, ids="-".join)
def spec(
    request: pytest.FixtureRequest,
    shared: dict[str, Any],
    stdio_spec_in: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> ServerSpec:
    kind, era = request.param
    if kind == "stdio":
        return stdio_spec_in(tmp_path_factory.mktemp(era), era=era)
    return shared[kind].spec(era=era)


@pytest.fixture(scope="module")
async def line(spec: ServerSpec, connected: Any, human: Any) -> AsyncGenerator[Line]:
    """One connection for all tests of a target: over standard input and output each more would be a process."""
    person = human(FormAnswer("accept", {"colour": "green"}))
    events: list[Any] = []
    async with connected(spec, sink=events, human=person) as connections:
        made = Line(connections, person, events)
        yield made
    assert made.of("connection_changed")[-1].state == "closed"


@pytest.fixture
def log(spec: ServerSpec, shared: dict[str, Any]) -> Callable[[], list[str]]:
    """What the server wrote down since the test began."""
    path = Path(spec.env["PEER_LOG"]) if spec.command else next(p.log for p in shared.values() if p.url == spec.url)
    before = len(path.read_text().splitlines()) if path.exists() else 0
    return lambda: path.read_text().splitlines()[before:]


async def test_it_lists_calls_reads_and_completes(line: Line, text_of: Any) -> None:
    connections = line.connections
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


async def test_progress_arrives_and_the_person_is_asked(line: Line, text_of: Any, tool_of: Any) -> None:
    seen: list[float] = []

    def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    await line.connections.call(tool_of(line.connections, "steps"), {}, on_progress=progress)
    assert seen == [1, 2, 3]
    assert await text_of(line.connections, "paint") == "painted green"
    assert line.person.forms[0].message == "Which colour?"
    assert "colour" in line.person.forms[0].schema["properties"]
    assert [event.action for event in line.of("elicitation_answered")] == ["accept"]


async def test_cancelling_the_caller_cancels_at_the_server(
    line: Line, text_of: Any, until: Until, log: Callable[[], list[str]]
) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(text_of, line.connections, "write_forever")
        await until(lambda: "write began" in log())
        group.cancel_scope.cancel()
    await until(lambda: "write cancelled" in log())


async def test_a_changed_list_is_fetched_again(line: Line, spec: ServerSpec, text_of: Any, until: Until) -> None:
    grown = f"grown_{spec.era}"
    await text_of(line.connections, "grow", name=grown)
    await until(lambda: any(offered.name == grown for offered in line.connections.tools()))
    assert await text_of(line.connections, grown, text="new") == "new"
