"""The npm Inspector, in its CLI mode, as a client of our real server: over HTTP with a token, and over stdio."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tests.protocol.server_process import ServerProcess, environment, running

TOOLSETS = '["core", "files", "weather"]'
FAKE_WEATHER = {"DESKHAND_TOOLSETS__WEATHER__SOURCE": "fake"}
NOTE = "Something to read.\n"

Inspect = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "workspace").mkdir()
    (folder / "workspace" / "note.txt").write_text(NOTE)
    with running(folder, enabled=TOOLSETS, variables=FAKE_WEATHER) as process:
        yield process


def run(node_modules: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The Inspector with these arguments; what it keeps of servers goes to `folder`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [str(node_modules / ".bin" / "mcp-inspector"), "--cli", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def over_http(node_modules: Path, server: ServerProcess, tmp_path: Path) -> Inspect:
    """`over_http("tools/list", …)`: the JSON the Inspector prints."""
    token = f"Authorization: {server.headers['Authorization']}"

    def inspect(method: str, *arguments: str) -> dict[str, Any]:
        done = run(node_modules, tmp_path, f"{server.url}/mcp", "--header", token, "--method", method, *arguments)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{server.log()}"
        return json.loads(done.stdout)

    return inspect


@pytest.fixture
def over_stdio(node_modules: Path, tmp_path: Path) -> Inspect:
    """The same with a server of its own, `deskhand serve --stdio`."""
    whole = environment(tmp_path, TOOLSETS, **FAKE_WEATHER)
    variables = [part for name in whole if name.startswith("DESKHAND_") for part in ("-e", f"{name}={whole[name]}")]

    def inspect(method: str, *arguments: str) -> dict[str, Any]:
        command = (sys.executable, "-m", "deskhand", "serve", "--stdio")
        done = run(node_modules, tmp_path, *command, *variables, "--method", method, *arguments)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    return inspect


BIG = 'a="123456789012345678901234567890"'
MULTIPLY = ("--tool-name", "multiply", "--tool-arg", BIG, "--tool-arg", "b=3")
PRODUCT = "370370367037037036703703703670"


def test_the_inspector_lists_the_same_tools_over_http_and_stdio(over_http: Inspect, over_stdio: Inspect) -> None:
    names = [tool["name"] for tool in over_http("tools/list")["tools"]]
    assert {"multiply", "file_read", "get_alerts"} <= set(names)
    assert [tool["name"] for tool in over_stdio("tools/list")["tools"]] == names


def test_the_inspector_finds_no_fault_with_our_schemas(
    node_modules: Path, server: ServerProcess, tmp_path: Path
) -> None:
    token = f"Authorization: {server.headers['Authorization']}"
    strict = ("--header", token, "--method", "tools/list", "--strict")
    done = run(node_modules, tmp_path, f"{server.url}/mcp", *strict)
    assert done.returncode == 0, done.stderr


def test_the_inspector_calls_a_tool_with_thirty_digits_over_both(over_http: Inspect, over_stdio: Inspect) -> None:
    for inspect in (over_http, over_stdio):
        result = inspect("tools/call", *MULTIPLY)
        assert result["structuredContent"] == {"product": PRODUCT}
        assert result["content"] == [{"type": "text", "text": PRODUCT}]


def test_the_inspector_reads_a_file_and_fills_in_a_prompt(over_http: Inspect) -> None:
    listed = over_http("resources/list")["resources"]
    assert [resource["uri"] for resource in listed] == ["file:///note.txt"]
    (read,) = over_http("resources/read", "--uri", "file:///note.txt")["contents"]
    assert read["text"] == NOTE
    prompt = over_http("prompts/get", "--prompt-name", "weather_watch", "--prompt-args", "state=CA")
    assert "California" in prompt["messages"][0]["content"]["text"]


def test_the_inspector_is_refused_without_a_token(node_modules: Path, server: ServerProcess, tmp_path: Path) -> None:
    done = run(node_modules, tmp_path, f"{server.url}/mcp", "--method", "tools/list")
    assert done.returncode != 0
    assert "multiply" not in done.stdout
    assert "401" in done.stderr or "auth" in done.stderr.lower()
