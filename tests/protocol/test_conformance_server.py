"""The official conformance suite against our real server. There is no list of expected failures."""

import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
import yaml
from tests.protocol.server_process import ServerProcess, running

SUITE = Path("@modelcontextprotocol", "conformance")
LINE = re.compile(r"^[✓✗] (?P<name>\S+): (?P<passed>\d+) passed, (?P<failed>\d+) failed$", re.MULTILINE)
FIXTURES = '["core", "tests.protocol.conformance_toolset:Conformance"]'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    with running(tmp_path_factory.mktemp("conformance"), "--no-auth", enabled=FIXTURES) as process:
        yield process


def conformance(node_modules: Path, folder: Path, server: ServerProcess, revision: str) -> str:
    """What the suite says of our server, for one revision of the protocol."""
    program = node_modules / SUITE / "dist" / "index.js"
    command = ["node", str(program), "server", "--url", f"{server.url}/mcp", "--requirements", revision]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}\n{server.log()}"
    return done.stdout


def required(node_modules: Path, revision: str) -> list[str]:
    """The scenarios a server must pass, as the suite froze them for the revision."""
    file = node_modules / SUITE / "requirements" / f"{revision}.yaml"
    return list(yaml.safe_load(file.read_text(encoding="utf-8"))["server"])


@pytest.mark.parametrize(("revision", "scenarios"), [("2025-11-25", 30), ("2026-07-28", 37)])
def test_every_scenario_a_revision_requires_passes(
    revision: str, scenarios: int, node_modules: Path, server: ServerProcess, tmp_path: Path
) -> None:
    report = conformance(node_modules, tmp_path, server, revision)
    results = {found["name"]: (int(found["passed"]), int(found["failed"])) for found in LINE.finditer(report)}
    names = required(node_modules, revision)
    assert len(names) == scenarios
    assert [name for name in names if results.get(name, (0, 1))[0] == 0 or results[name][1] > 0] == []
    if revision == "2026-07-28":
        assert results["http-header-validation"] == (14, 0)
        assert results["http-custom-header-server-validation"] == (10, 0)
