"""`deskhand serve` on PostgreSQL keeps nothing in the data folder but its token, and outlives a restart of it."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2
from tests.postgres_server import PASSWORD, PostgresServer
from tests.protocol.server_process import ServerProcess, environment, running

HELLO: Mapping[str, object] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def hello(server: ServerProcess) -> int:
    headers = {**server.headers, "accept": "application/json, text/event-stream"}
    return httpx2.post(f"{server.url}/mcp", headers=headers, json=HELLO, timeout=30).status_code


def deskhand(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deskhand", *arguments],
        env=environment(folder, DESKHAND_DATABASE__URL=url),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_serves_and_outlives_a_restart_of_the_database(
    tmp_path: Path, postgres: PostgresServer, postgres_url: str
) -> None:
    with running(tmp_path, variables={"DESKHAND_DATABASE__URL": postgres_url}) as server:
        assert hello(server) == 200
        postgres.restart()
        assert hello(server) == 200
        assert not list(tmp_path.glob("*.db*"))
    assert PASSWORD not in server.log()
    assert "personal" in deskhand(tmp_path, postgres_url, "token", "list").stdout


def test_it_does_not_start_before_the_tables_are_there(tmp_path: Path, postgres: PostgresServer) -> None:
    with postgres.database("template0") as url:
        refused = deskhand(tmp_path, url, "serve", "--port", "0")
        assert refused.returncode == 1
        assert "deskhand db upgrade" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert deskhand(tmp_path, url, "db", "upgrade").returncode == 0
        with running(tmp_path, variables={"DESKHAND_DATABASE__URL": url}) as server:
            assert hello(server) == 200
