"""The official conformance suite against our real connection layer. There is no list of expected failures."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

SUITE = Path("@modelcontextprotocol", "conformance")
NURSERY = Path(__file__).with_name("client_nursery.py")
ROOT = Path(__file__).parents[2]
LINE = re.compile(r"^[✓✗] (?P<name>\S+): (?P<passed>\d+) passed, (?P<failed>\d+) failed", re.MULTILINE)
SCENARIO_SECONDS = 150
"""The suite starts all clients at once; on a small machine they wait for one another, not for the server."""


@pytest.fixture(scope="module")
def client() -> Generator[str]:
    """The command that is our client. A socket's path must be short, so it is not in `tmp_path`."""
    with TemporaryDirectory(prefix="mcp") as folder:
        socket = Path(folder, "nursery")
        command = [sys.executable, str(NURSERY), str(socket)]
        nursery = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
        try:
            until(socket.exists, 60)
            yield shlex.join([sys.executable, "-IS", *command[1:], "raise"])
        finally:
            nursery.kill()
            nursery.wait(10)


def conformance(client: str, node_modules: Path, folder: Path, revision: str) -> str:
    """What the suite says of our client, for one revision of the protocol."""
    program = node_modules / SUITE / "dist" / "index.js"
    options = ["--requirements", revision, "--timeout", str(SCENARIO_SECONDS * 1_000)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["node", str(program), "client", "--command", client, *options],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=SCENARIO_SECONDS + 30,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    return done.stdout + done.stderr


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def required(node_modules: Path, revision: str) -> list[str]:
    """The scenarios a client must pass, as the suite froze them for the revision."""
    file = node_modules / SUITE / "requirements" / f"{revision}.yaml"
    return list(yaml.safe_load(file.read_text(encoding="utf-8"))["client"])


@pytest.mark.parametrize(("revision", "scenarios"), [("2025-11-25", 18), ("2026-07-28", 32)])
def test_our_connections_pass_every_scenario_a_revision_requires(
    revision: str, scenarios: int, client: str, node_modules: Path, tmp_path: Path
) -> None:
    report = conformance(client, node_modules, tmp_path, revision)
    results = {found["name"]: (int(found["passed"]), int(found["failed"])) for found in LINE.finditer(report)}
    names = required(node_modules, revision)
    assert len(names) == scenarios
    assert [name for name in names if results.get(name, (0, 1))[0] == 0 or results[name][1] > 0] == []
    assert results["json-schema-2020-12-preservation"][1] == 0  # run, but not counted, by the suite
