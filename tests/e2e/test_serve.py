"""`deskhand serve`, `up` and `token` as a person meets them."""

import json
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest
from tests.e2e.in_process import deskhand_in
from tests.protocol.server_process import ServerProcess, environment, running

from deskhand.server.tokens import REMEMBER_SECONDS

PATIENCE = 30.0
"""Seconds for what takes a moment where nothing else runs."""
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
HELLO: dict[str, object] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def deskhand(
    folder: Path, *arguments: str, given: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as a process."""
    return subprocess.run(
        [sys.executable, "-m", "deskhand", *arguments],
        env=environment(folder, **variables),
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    """One for all tests that neither stop it nor set it up otherwise; it does not wait long for slow clients."""
    patience = {"DESKHAND_SERVER__READ_SECONDS": "2"}
    with running(tmp_path_factory.mktemp("served"), variables=patience) as process:
        yield process


@contextmanager
def talking(folder: Path, *arguments: str, **variables: str) -> Generator[subprocess.Popen[str]]:
    """Run a command and talk to it over its standard streams."""
    with subprocess.Popen(
        [sys.executable, "-m", "deskhand", *arguments],
        env=environment(folder, **variables),
        cwd=folder,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_an_open_bind_without_authentication_is_refused(tmp_path: Path) -> None:
    done = deskhand(tmp_path, "serve", "--host", "0.0.0.0", "--no-auth")
    assert done.returncode == 2
    assert "binds to loopback only" in done.stderr
    assert "--host 127.0.0.1" in done.stderr


def test_the_same_is_refused_when_the_settings_say_it(tmp_path: Path) -> None:
    done = deskhand(tmp_path, "serve", DESKHAND_SERVER__HOST="192.0.2.1", DESKHAND_SERVER__AUTH="false")
    assert done.returncode == 2
    assert "binds to loopback only" in done.stderr


def test_a_port_in_use_is_explained_with_the_next_step(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = deskhand(tmp_path, "serve", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} is in use" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("taken", ["", "core"])
def test_a_data_folder_that_cannot_be_made_is_explained(taken: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    if taken:
        data.mkdir()
    (data / taken).write_text("a file where a folder should be")
    done = deskhand(tmp_path, "serve", "--port", "0", DESKHAND_DATA_DIR=str(data))
    assert done.returncode == 2
    assert "cannot be used" in done.stderr


def test_an_unknown_toolset_is_explained(tmp_path: Path) -> None:
    done = deskhand(tmp_path, "serve", "--port", "0", DESKHAND_TOOLSETS__ENABLED='["cores"]')
    assert done.returncode == 2
    assert "there is no toolset 'cores'" in done.stderr


@pytest.mark.parametrize("arguments", [("--port", "0"), ("--stdio",)])
def test_a_toolset_that_cannot_open_is_explained_and_the_server_does_not_start(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    enabled = '["core", "tests.protocol.slow_toolset:Shut"]'
    done = deskhand(tmp_path, "serve", *arguments, given="", DESKHAND_TOOLSETS__ENABLED=enabled)
    assert done.returncode == 1
    assert "Error: The far end does not answer. Start it." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_first_start_shows_the_token_once_and_keeps_it_for_its_owner_only(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        secret = first.token
        assert secret in first.log()
        assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
        answer = httpx2.post(f"{first.url}/mcp", json=HELLO, headers=JSON | first.headers)
        assert answer.status_code == 200
        assert httpx2.post(f"{first.url}/mcp", json=HELLO, headers=JSON).status_code == 401
    with running(tmp_path) as second:
        assert second.token == secret
        assert secret not in second.log()
        assert str(tmp_path / "token") in second.log()


def test_a_revoked_personal_token_is_said_at_the_start_with_what_to_do(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    listed = [json.loads(line) for line in deskhand_in(tmp_path, "token", "list", "--json").stdout.splitlines()]
    assert deskhand_in(tmp_path, "token", "revoke", listed[0]["id"]).exit_code == 0
    with running(tmp_path) as revoked:
        assert f"the personal token in {tmp_path / 'token'} was revoked" in revoked.log()
        assert "Delete the file" in revoked.log()
    (tmp_path / "token").unlink()
    with running(tmp_path) as mended:
        answer = httpx2.post(f"{mended.url}/mcp", json=HELLO, headers=JSON | mended.headers)
        assert answer.status_code == 200
        assert "nobody gets in" not in mended.log()


def a_damaged_database(folder: Path) -> None:
    (folder / "deskhand.db").write_bytes(b"this is no database" * 1_000)


@pytest.mark.parametrize("arguments", [("serve", "--stdio"), ("token", "list"), ("approvals", "list")])
def test_a_damaged_database_is_no_fault_of_how_the_command_was_written(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    a_damaged_database(tmp_path)
    done = deskhand_in(tmp_path, *arguments)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert "Usage:" not in done.stderr


def test_a_damaged_database_ends_the_process_of_a_server_with_a_sentence(tmp_path: Path) -> None:
    a_damaged_database(tmp_path)
    done = deskhand(tmp_path, "serve", "--port", "0")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Usage:" not in done.stderr


def test_a_token_in_the_settings_takes_the_place_of_a_minted_one(tmp_path: Path) -> None:
    secret_file = tmp_path / "secret"
    secret_file.write_text("a-secret-from-a-file\n")
    with running(tmp_path, variables={"DESKHAND_SERVER__TOKEN_FILE": str(secret_file)}) as server:
        headers = JSON | {"Authorization": "Bearer a-secret-from-a-file"}
        assert httpx2.post(f"{server.url}/mcp", json=HELLO, headers=headers).status_code == 200
        assert not (tmp_path / "token").exists()
        assert "a-secret-from-a-file" not in server.log()


def test_serving_without_authentication_is_said_aloud(tmp_path: Path) -> None:
    with running(tmp_path, "--no-auth") as server:
        assert "no authentication" in server.log()
        assert httpx2.post(f"{server.url}/mcp", json=HELLO, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    "begun", ["POST /mcp HTTP/1.1\r\nhost: ", "POST /mcp HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n{{"]
)
def test_slow_headers_and_slow_bodies_are_cut(begun: str, server: ServerProcess) -> None:
    host = server.url.removeprefix("http://")
    headers = JSON | server.headers | {"content-length": "100"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    address, port = host.split(":")
    with socket.create_connection((address, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(begun.format(host=host, headers=lines).encode())
        connection.sendall(b"1")
        answer = b"".join(iter(lambda: connection.recv(4_096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_made_token_works_until_it_is_revoked(server: ServerProcess) -> None:
    made = json.loads(deskhand_in(server.folder, "token", "create", "--scope", "core:read", "--json").stdout)
    headers = JSON | {"Authorization": f"Bearer {made['token']}"}
    assert httpx2.post(f"{server.url}/mcp", json=HELLO, headers=headers).status_code == 200
    assert deskhand_in(server.folder, "token", "revoke", made["id"]).exit_code == 0
    asked = revoked = time.monotonic()
    while httpx2.post(f"{server.url}/mcp", json=HELLO, headers=headers).status_code != 401:
        assert asked - revoked < REMEMBER_SECONDS, "the server still takes a token that another process revoked"
        asked = time.monotonic()


def test_a_server_has_no_page_unless_it_is_asked_for(server: ServerProcess) -> None:
    assert httpx2.get(f"{server.url}/login").status_code in (401, 404)


def test_standard_output_carries_the_protocol_and_nothing_else(tmp_path: Path) -> None:
    messages = [HELLO, {"jsonrpc": "2.0", "method": "notifications/initialized"}]
    messages.append({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
    given = "".join(json.dumps(message) + "\n" for message in messages)
    with talking(tmp_path, "serve", "--stdio", DESKHAND_LOG_LEVEL="DEBUG") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(given)
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
        assert process.stdout.read() == ""
    assert [answer["id"] for answer in answers] == [1, 2]
    assert {tool["name"] for tool in answers[1]["result"]["tools"]} >= {"multiply"}
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_on_standard_input_at_once(number: signal.Signals, tmp_path: Path) -> None:
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "deskhand_status"}}
    with talking(tmp_path, "serve", "--stdio") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(HELLO) + "\n" + json.dumps(call) + "\n")
        process.stdin.flush()
        assert [json.loads(process.stdout.readline())["id"] for _ in range(2)] == [1, 2]
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
    with closing(sqlite3.connect(tmp_path / "deskhand.db")) as database:
        assert database.execute("SELECT name, outcome FROM audit").fetchall() == [("deskhand_status", "ok")]


@pytest.fixture(scope="module")
def greeting(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What `deskhand up` prints, and the folder it keeps everything in; search is by words only."""
    folder = tmp_path_factory.mktemp("up")
    variables = {"DESKHAND_RETRIEVAL__EMBEDDINGS": "none", "DESKHAND_TOOLSETS__ENABLED": '["core", "memory"]'}
    with talking(folder, "up", "--port", "0", **variables) as process:
        assert process.stdout is not None
        said = "".join(process.stdout.readline() for _ in range(14))
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    return said, folder


def test_up_says_how_to_connect(greeting: tuple[str, Path]) -> None:
    said, folder = greeting
    assert "Deskhand is at http://127.0.0.1:" in said
    assert str(folder / "token") in said
    assert "Toolsets: core, memory\n" in said
    assert f"Files:    {folder / 'workspace'}\n" in said
    assert "deskhand install" in said
    assert "curl" in said


def test_up_says_that_memories_are_found_by_words_only(greeting: tuple[str, Path]) -> None:
    assert "Memory:   found by words only" in greeting[0]
