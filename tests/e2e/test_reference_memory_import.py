"""A file that the reference memory server of MCP really wrote is imported."""

import json
import os
import sys
from pathlib import Path

import anyio
import pytest
from pydantic import JsonValue
from tests.cli.memory_commands import run

from deskhand.host.connections import Connections
from deskhand.host.scripted import ScriptedHuman
from deskhand.host.servers import ServerSpec

pytestmark = pytest.mark.anyio

CALLS: list[tuple[str, dict[str, JsonValue]]] = [
    (
        "create_entities",
        {
            "entities": [
                {"name": "Anna", "entityType": "person", "observations": ["Drinks tea"]},
                {"name": "Acme", "entityType": "company", "observations": []},
            ]
        },
    ),
    ("create_relations", {"relations": [{"from": "Anna", "to": "Acme", "relationType": "works_at"}]}),
    ("add_observations", {"observations": [{"entityName": "Anna", "contents": ["Speaks «Dutch»\nand Danish"]}]}),
]


def ignore(*told: object) -> None: ...


async def write(file: Path, node_modules: Path) -> None:
    """Let the server remember, over its own tools."""
    program = node_modules / "@modelcontextprotocol" / "server-memory" / "dist" / "index.js"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "MEMORY_FILE_PATH": str(file)}
    spec = ServerSpec("memory", command="node", args=(str(program),), env=environment)
    async with Connections([spec], human=ScriptedHuman(), emit=ignore) as connections:
        with anyio.fail_after(60):
            while any(state.state != "ready" for state in connections.states()):  # it is starting up still
                await anyio.sleep(0.02)
        for name, arguments in CALLS:
            tool = next(tool for tool in connections.tools() if tool.name == name)
            ended = await connections.call(tool, arguments, on_progress=ignore)
            assert not ended.result.is_error


async def test_a_file_of_the_reference_server_is_imported(
    tmp_path: Path, node_modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DESKHAND_RETRIEVAL__EMBEDDINGS", "none")
    file = tmp_path / "memory.jsonl"
    await write(file, node_modules)
    told = await anyio.to_thread.run_sync(lambda: run("import", str(file), "--json").stdout)
    assert (json.loads(told)["format"], json.loads(told)["memories"]) == ("reference", 4)
    listed = await anyio.to_thread.run_sync(lambda: run("list", "--json").stdout)
    assert {(row["about"], row["text"]) for row in map(json.loads, listed.splitlines())} == {
        ("Anna", "Drinks tea"),
        ("Anna", "Speaks «Dutch»\nand Danish"),
        ("Anna", "Anna works at Acme"),
        ("Acme", "Acme: company"),
    }
