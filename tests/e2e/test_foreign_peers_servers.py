"""The TypeScript reference servers, driven by our connections: over stdio, Streamable HTTP and HTTP+SSE."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import mcp_types
import pytest
from pydantic import JsonValue
from tests.reserved_port import reserved_port

from deskhand.errors import DeskhandError
from deskhand.host.connections import Connections
from deskhand.host.events import ElicitationAnswered, Event
from deskhand.host.human import FormAnswer
from deskhand.host.scripted import ScriptedHuman
from deskhand.host.servers import ServerSpec

pytestmark = pytest.mark.anyio

TRANSPORTS = ["stdio", "streamableHttp", "sse"]
FORM: dict[str, str | int | float | bool | list[str] | None] = {"name": "Ada", "check": True}


def program(node_modules: Path, server: str) -> str:
    return str(node_modules / "@modelcontextprotocol" / server / "dist" / "index.js")


def node() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@contextmanager
def everything(node_modules: Path, transport: str) -> Generator[ServerSpec]:
    """`server-everything`, as a child of the connection or as an HTTP server of its own."""
    command = [program(node_modules, "server-everything"), transport]
    if transport == "stdio":
        yield ServerSpec("everything", command="node", args=tuple(command), env={"PATH": node()["PATH"]})
        return
    with reserved_port() as port:
        # A group of its own: `node` here is a small program that starts the real one, and both must end.
        process = subprocess.Popen(
            ["node", *command], env={**node(), "PORT": str(port)}, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            path = "sse" if transport == "sse" else "mcp"
            yield ServerSpec("everything", url=f"http://127.0.0.1:{port}/{path}")
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@asynccontextmanager
async def connected(
    *specs: ServerSpec, human: ScriptedHuman | None = None, events: list[Event] | None = None
) -> AsyncGenerator[Connections]:
    heard = [] if events is None else events
    async with Connections(
        specs, human=human or ScriptedHuman(), emit=heard.append, backoff=lambda _failures: 0.1
    ) as connections:
        with anyio.fail_after(60):
            while any(state.state != "ready" for state in connections.states()):  # HTTP servers are starting up still
                await anyio.sleep(0.02)
        yield connections


async def call(connections: Connections, name: str, **arguments: JsonValue) -> mcp_types.CallToolResult:
    def unseen(done: float, total: float | None, message: str | None) -> None: ...

    tool = next(tool for tool in connections.tools() if tool.name == name)
    return (await connections.call(tool, arguments, on_progress=unseen)).result


def text(result: mcp_types.CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, mcp_types.TextContent))


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_server_everything_works_over_every_transport(transport: str, node_modules: Path) -> None:
    human = ScriptedHuman(answers=[FormAnswer("accept", FORM)])
    events: list[Event] = []
    with everything(node_modules, transport) as spec:
        async with connected(spec, human=human, events=events) as connections:
            (state,) = connections.states()
            assert state.protocol_version == "2025-11-25"
            assert state.transport == {"streamableHttp": "http"}.get(transport, transport)
            assert text(await call(connections, "echo", message="hello")) == "Echo: hello"
            assert "42" in text(await call(connections, "get-sum", a=40, b=2))
            structured = await call(connections, "get-structured-content", location="Chicago")
            assert structured.structured_content is not None
            assert structured.structured_content["temperature"] == 36
            image = await call(connections, "get-tiny-image")
            assert any(isinstance(block, mcp_types.ImageContent) for block in image.content)
            assert "Ada" in text(await call(connections, "trigger-elicitation-request"))
            assert [form.server for form in human.forms] == ["everything"]
            assert [event.action for event in events if isinstance(event, ElicitationAnswered)] == ["accept"]


async def test_server_everything_reports_progress_and_gives_resources_prompts_and_completions(
    node_modules: Path,
) -> None:
    steps: list[tuple[float, float | None]] = []
    with everything(node_modules, "stdio") as spec:
        async with connected(spec) as connections:
            tool = next(tool for tool in connections.tools() if tool.name == "trigger-long-running-operation")
            await connections.call(
                tool, {"duration": 0.2, "steps": 4}, on_progress=lambda done, total, _: steps.append((done, total))
            )
            assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]

            listed = await connections.resources()
            read = await connections.read_resource("everything", str(listed[0][1].uri))
            assert isinstance(read.contents[0], mcp_types.TextResourceContents)
            filled = await connections.get_prompt("everything", "args-prompt", {"city": "Oslo"})
            assert "Oslo" in str(filled.messages[0].content)
            ref = mcp_types.PromptReference(name="completable-prompt")
            assert "Engineering" in await connections.complete("everything", ref, "department", "E")


async def test_what_the_host_does_not_offer_is_not_offered_to_a_server(node_modules: Path) -> None:
    """Sampling and roots are not declared, so that a server registers no tool that would need them."""
    with everything(node_modules, "stdio") as spec:
        async with connected(spec) as connections:
            names = {tool.name for tool in connections.tools()}
            assert "trigger-elicitation-request" in names
            assert not {name for name in names if "sampling" in name or "roots" in name}
            with pytest.raises(DeskhandError):
                await connections.read_resource("everything", "demo://nothing")


async def test_a_watched_resource_of_server_everything_tells_of_its_changes(node_modules: Path) -> None:
    uri = "demo://resource/dynamic/text/1"
    events: list[Event] = []
    with everything(node_modules, "stdio") as spec:
        async with connected(spec, events=events) as connections:
            await connections.watch("everything", uri)
            await call(connections, "toggle-subscriber-updates")
            with anyio.fail_after(20):
                while not any(event.type == "resource_changed" for event in events):
                    await anyio.sleep(0.02)


async def test_server_filesystem_reads_writes_and_refuses_what_is_outside(node_modules: Path, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    args = (program(node_modules, "server-filesystem"), str(inside))
    async with connected(ServerSpec("fs", command="node", args=args, env={"PATH": node()["PATH"]})) as connections:
        target = str(inside / "a.txt")
        assert not (await call(connections, "write_file", path=target, content="one\ntwo\n")).is_error
        assert (inside / "a.txt").read_text() == "one\ntwo\n"
        assert "two" in text(await call(connections, "read_text_file", path=target))
        refused = await call(connections, "read_text_file", path=str(tmp_path / "secret.txt"))
        assert refused.is_error
        assert "Access denied" in text(refused)


async def test_server_memory_remembers(node_modules: Path, tmp_path: Path) -> None:
    memory = {"PATH": node()["PATH"], "MEMORY_FILE_PATH": str(tmp_path / "memory.jsonl")}
    spec = ServerSpec("memory", command="node", args=(program(node_modules, "server-memory"),), env=memory)
    ada: dict[str, Any] = {"name": "Ada", "entityType": "person", "observations": ["writes programs"]}
    async with connected(spec) as connections:
        await call(connections, "create_entities", entities=[ada])
    async with connected(spec) as connections:  # a new process
        found = await call(connections, "search_nodes", query="programs")
        assert found.structured_content == {"entities": [ada], "relations": []}
        (listed,) = await connections.resources()
        read = await connections.read_resource("memory", str(listed[1].uri))
        assert isinstance(read.contents[0], mcp_types.TextResourceContents)
        assert json.loads(read.contents[0].text)["entities"][0]["name"] == "Ada"
