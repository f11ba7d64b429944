"""What breaks, and what the host makes of it: each failure heals, or is said, and stays with its own server."""

import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deskhand.errors import Unavailable
from deskhand.host.connections import Connections
from deskhand.host.human import Nobody
from deskhand.host.servers import ServerSpec

pytestmark = pytest.mark.anyio

Until = Callable[..., Any]
HTTP_ERAS = pytest.mark.parametrize("era", ["modern", "legacy"])


def state_of(connections: Connections, name: str = "peer") -> str:
    return next(state.state for state in connections.states() if state.name == name)


async def killed(connections: Connections, text_of: Any) -> None:
    os.kill(int(await text_of(connections, "process")), signal.SIGKILL)


async def test_a_call_in_flight_when_its_server_dies_has_an_unknown_outcome(
    connected: Any, text_of: Any, stdio_spec: Any, sink: Any, until: Until, tmp_path: Path
) -> None:
    log = tmp_path / "peer.log"
    async with connected(stdio_spec(), sink=sink) as connections:
        pid = int(await text_of(connections, "process"))
        failures: list[Unavailable] = []

        async def call() -> None:
            with pytest.raises(Unavailable) as caught:
                await text_of(connections, "write_forever")
            failures.append(caught.value)

        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await until(lambda: "write began" in log.read_text())
            os.kill(pid, signal.SIGKILL)
        assert "unknown" in failures[0].message
        await until(lambda: state_of(connections) == "ready")
        assert int(await text_of(connections, "process")) != pid
        assert log.read_text().count("write began") == 1
    states = [event.state for event in sink.of("connection_changed")]
    assert states == ["ready", "healing", "ready", "closed"]


async def test_a_call_that_only_reads_is_made_again_after_healing(
    connected: Any, text_of: Any, stdio_spec: Any, sink: Any, until: Until, tmp_path: Path
) -> None:
    answers: list[str] = []
    async with connected(stdio_spec(), sink=sink) as connections:
        pid = int(await text_of(connections, "process"))

        async def call() -> None:
            answers.append(await text_of(connections, "read_once_slow"))

        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await until(lambda: "read began" in (tmp_path / "peer.log").read_text())
            os.kill(pid, signal.SIGKILL)
    assert answers[0].startswith("read by")
    assert answers[0] != f"read by {pid}"


@HTTP_ERAS
async def test_a_server_that_restarts_is_found_again_and_its_new_tools_with_it(
    connected: Any, text_of: Any, peer: Any, sink: Any, until: Until, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = peer()
    async with connected(server.spec(era=era), sink=sink) as connections:
        await connections.watch("peer", "note://one")
        server.kill()
        await until(lambda: state_of(connections) == "healing")
        assert connections.tools() == []
        monkeypatch.setenv("PEER_TOOL", "later")
        server.start()
        await until(lambda: state_of(connections) == "ready")
        assert await text_of(connections, "later", text="new") == "new"
        await until(lambda: sink.of("resource_changed"))  # it may have changed meanwhile
        sink.clear()
        await text_of(connections, "touch", uri="note://one")
        await until(lambda: [event.uri for event in sink.of("resource_changed")] == ["note://one"])


class Forgetful:
    """A server of 2025 that can be made to forget its sessions, as after a restart behind a proxy."""

    def __init__(self) -> None:
        self.calls = 0
        self.seen: set[str] = set()
        self.forgotten: set[str] = set()
        server = MCPServer("forgetful")

        @server.tool()
        async def count() -> str:
            self.calls += 1
            return str(self.calls)

        self._app = server.streamable_http_app()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        session = Headers(scope=scope).get("mcp-session-id") if scope["type"] == "http" else None
        self.seen |= {session} if session else set()
        if session in self.forgotten:
            error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Session not found"}}
            await JSONResponse(error, status_code=404)(scope, receive, send)
            return
        await self._app(scope, receive, send)


@asynccontextmanager
async def served(app: Any, until: Until) -> AsyncGenerator[str]:
    """Serve an app on loopback; gives its URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
    async with anyio.create_task_group() as group:
        group.start_soon(server.serve)
        await until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/mcp"
        finally:
            server.should_exit = True


async def test_a_forgotten_session_is_begun_anew_and_the_call_made_again(
    connected: Any, text_of: Any, sink: Any, until: Until
) -> None:
    app = Forgetful()
    async with (
        served(app, until) as url,
        connected(ServerSpec("peer", url=url, era="legacy"), sink=sink) as connections,
    ):
        app.forgotten = set(app.seen)
        assert app.forgotten
        assert await text_of(connections, "count") == "1"
        assert app.seen - app.forgotten
    assert [event.state for event in sink.of("connection_changed")] == ["ready", "healing", "ready", "closed"]


async def test_a_server_that_answers_nothing_at_all_fails_in_time_and_alone(
    text_of: Any, stdio_spec: Any, sink: Any
) -> None:
    mute = ServerSpec(
        name="mute", command=sys.executable, args=("-c", "import sys; sys.stdin.read()"), timeout_seconds=1
    )
    missing = ServerSpec(name="missing", command="no-such-command-here")
    async with Connections(
        [mute, missing, stdio_spec()], human=Nobody(), emit=sink.append, backoff=lambda _n: 60
    ) as connections:
        await connections.ready(20)
        details = {state.name: (state.state, state.detail) for state in connections.states()}
        assert details["mute"] == ("failed", "The server did not answer within 1 s.")
        assert details["missing"][0] == "failed"
        assert "no-such-command-here" in details["missing"][1]
        assert await text_of(connections, "echo", text="fine") == "fine"


async def test_the_last_words_of_a_server_are_shown(sink: Any) -> None:
    script = "import sys; sys.stderr.write('no licence\\n'); sys.exit(3)"
    spec = ServerSpec(name="quitter", command=sys.executable, args=("-c", script))
    async with Connections([spec], human=Nobody(), emit=sink.append, backoff=lambda _n: 60) as connections:
        await connections.ready(20)
        state = connections.states()[0]
    assert state.state == "failed"
    assert state.stderr_tail == ("no licence",)


async def test_text_that_is_no_message_does_not_break_the_connection(
    connected: Any, text_of: Any, stdio_spec: Any, sink: Any
) -> None:
    async with connected(stdio_spec(), sink=sink) as connections:
        assert await text_of(connections, "babble", lines=500) == "babbled"
        assert await text_of(connections, "echo", text="still here") == "still here"


async def test_a_huge_message_arrives_whole(
    connected: Any, text_of: Any, stdio_spec: Any, peer: Any, sink: Any
) -> None:
    server = peer()
    async with connected(stdio_spec("child"), sink=sink) as connections:
        assert len(await text_of(connections, "big", size=50_000_000)) == 50_000_000
    async with connected(server.spec(), sink=sink) as connections:
        assert len(await text_of(connections, "big", size=5_000_000)) == 5_000_000


async def test_a_line_without_an_end_ends_the_connection_not_the_host(
    sink: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskhand.host.connection_stdio.LARGEST_MESSAGE", 1_000_000)
    script = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    spec = ServerSpec("flood", command=sys.executable, args=("-c", script))
    async with Connections([spec], human=Nobody(), emit=sink.append, backoff=lambda _n: 60) as connections:
        await until(lambda: state_of(connections, "flood") == "failed")
        assert "(a message without an end was cut)" in connections.states()[0].stderr_tail


async def test_what_a_server_started_ends_with_it(sink: Any, until: Until, tmp_path: Path) -> None:
    note = tmp_path / "child"
    script = (
        f"import subprocess, sys; p = subprocess.Popen(['sleep', '600']); open({str(note)!r}, 'w').write(str(p.pid)); "
    )
    spec = ServerSpec("parent", command=sys.executable, args=("-c", script + "sys.stdin.read()"))
    async with Connections([spec], human=Nobody(), emit=sink.append):
        await until(lambda: note.exists() and note.read_text())
    await until(lambda: not Path(f"/proc/{note.read_text()}/cmdline").exists() or _is_over(int(note.read_text())))


def _is_over(pid: int) -> bool:
    """Dead, though nobody may have collected it in a container without an init."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


async def test_an_address_where_no_mcp_server_is_says_what_is_there(sink: Any, until: Until) -> None:
    async def page(request: Request) -> Response:
        return Response("<h1>hello</h1>", status_code=200 if request.method == "POST" else 404)

    app = Starlette(routes=[Route("/mcp", page, methods=["GET", "POST"])])
    async with (
        served(app, until) as url,
        Connections(
            [ServerSpec("page", url=url)], human=Nobody(), emit=sink.append, backoff=lambda _n: 60
        ) as connections,
    ):
        await connections.ready(20)
        assert state_of(connections, "page") == "failed"
        assert "Unexpected content type" in connections.states()[0].detail


async def test_tools_of_the_same_name_carry_their_servers_name(
    connected: Any, text_of: Any, stdio_spec: Any, sink: Any
) -> None:
    one, two = stdio_spec("one"), stdio_spec("two", env={"PEER_TOOL": "only_two"})
    async with connected(one, two, sink=sink) as connections:
        names = [offered.name for offered in connections.tools()]
        assert {"one__echo", "two__echo", "only_two"} <= set(names)
        assert "echo" not in names
        assert await text_of(connections, "two__process") != await text_of(connections, "one__process")


async def test_restart_makes_a_new_process_and_closing_ends_it(
    connected: Any, text_of: Any, stdio_spec: Any, sink: Any, until: Until
) -> None:
    async with connected(stdio_spec(), sink=sink) as connections:
        first = int(await text_of(connections, "process"))
        await connections.restart("peer")
        await until(lambda: state_of(connections) != "ready")
        await until(lambda: state_of(connections) == "ready")
        second = int(await text_of(connections, "process"))
        assert first != second
    for pid in (first, second):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
