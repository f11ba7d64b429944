"""What the server costs: a call compared with the bare SDK, `--help`, and the start compared with `import mcp`.

    python -m bench.server

Everything is measured in one run on one machine, so the ratios hold where the numbers do not.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import mcp_types as types
from mcp.server import Server
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Scope
from tests.protocol.server_process import running

from deskhand.server.build import build
from deskhand.server.http import HttpServer
from deskhand.server.tokens import BearerTokens
from deskhand.settings import Settings
from deskhand.store.database import Database
from deskhand.store.tokens import Tokens
from deskhand.toolsets.core.toolset import Core

CALLS = 1_000
REVISION = "2026-07-28"
OLD_REVISION = "2025-11-25"
META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": REVISION,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
HEADERS = {
    "host": "127.0.0.1:8642",
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `goal` is what it is held against, in words."""

    what: str
    value: str
    goal: str = ""


class Caller:
    """Calls `multiply` on an ASGI application, as a client of one era, without sockets."""

    def __init__(self, app: ASGIApp, headers: dict[str, str], era: str) -> None:
        self._app = app
        self._headers = HEADERS | headers
        self._params: dict[str, Any] = {"name": "multiply", "arguments": {"a": "6", "b": "7"}}
        self._modern = era == "modern"

    async def open(self) -> None:
        """Get ready to call: the handshake, in the era that has one."""
        if self._modern:
            self._headers |= {"mcp-protocol-version": REVISION, "mcp-method": "tools/call", "mcp-name": "multiply"}
            self._params |= {"_meta": META}
            return
        hello = {"protocolVersion": OLD_REVISION, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        start, _ = await self._post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})
        session = dict(start["headers"])[b"mcp-session-id"].decode()
        self._headers |= {"mcp-session-id": session, "mcp-protocol-version": OLD_REVISION}
        await self._post({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def call(self, number: int) -> bytes:
        """One call; the body of its answer."""
        body = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": self._params}
        return (await self._post(body))[1]

    async def _post(self, body: dict[str, Any]) -> tuple[Message, bytes]:
        sent: list[Message] = []
        done = asyncio.Event()
        waiting = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]

        async def receive() -> Message:
            if waiting:
                return waiting.pop()
            await done.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                done.set()

        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/mcp",
            "raw_path": b"/mcp",
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "server": ("127.0.0.1", 8642),
            "client": ("127.0.0.1", 40_000),
            "headers": [(name.encode(), value.encode()) for name, value in self._headers.items()],
            "state": {},
        }
        await self._app(scope, receive, send)
        return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


def bare_app() -> Starlette:
    """The SDK's own server with one tool, as its documentation shows it."""
    number = {"type": "string"}
    tool = types.Tool(
        name="multiply",
        input_schema={"type": "object", "properties": {"a": number, "b": number}, "required": ["a", "b"]},
    )

    async def list_tools(_: object, __: object) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[tool])

    async def call_tool(_: object, params: types.CallToolRequestParams) -> types.CallToolResult:
        arguments = params.arguments or {}
        product = str(int(arguments["a"]) * int(arguments["b"]))
        return types.CallToolResult(content=[types.TextContent(type="text", text=product)])

    sdk = Server("bare", on_list_tools=list_tools, on_call_tool=call_tool, get_tool_input_schema=lambda _: None)
    return sdk.streamable_http_app()


async def cpu_per_call(
    app: ASGIApp, running: AbstractAsyncContextManager[object], headers: dict[str, str], era: str
) -> float:
    """Microseconds of CPU for one call, the best of three runs."""
    async with running:
        caller = Caller(app, headers, era)
        await caller.open()
        assert b"42" in await caller.call(1)
        return min([await _timed(caller.call) for _ in range(3)])


async def _timed(call: Callable[[int], Awaitable[bytes]]) -> float:
    started = time.process_time()
    for number in range(CALLS):
        await call(number + 2)
    return (time.process_time() - started) / CALLS * 1e6


def calls() -> list[Row]:
    """A call through all of Deskhand (token, checks, dispatch, audit) beside the bare SDK's."""
    rows: list[Row] = []
    for era, revision in (("modern", REVISION), ("legacy", OLD_REVISION)):
        app = bare_app()
        bare = asyncio.run(cpu_per_call(app, app.router.lifespan_context(app), {}, era))
        with TemporaryDirectory() as folder, Database.in_folder(Path(folder)) as database:
            limits = {"calls_per_minute": 10_000_000}
            settings = Settings.model_validate({"data_dir": folder, "server": {"limits": limits}})
            tokens = Tokens(database)
            secret, _ = tokens.create("bench", scopes=["*"])
            server = build([Core], settings, database=database, anonymous=None)
            http = HttpServer(server, settings.server, BearerTokens(tokens, subject="bench"))
            bearer = {"authorization": f"Bearer {secret}"}
            ours = asyncio.run(cpu_per_call(http.app, http.running(), bearer, era))
        rows.append(Row(f"call, {revision}: bare SDK", f"{bare:,.0f} µs CPU"))
        rows.append(Row(f"call, {revision}: Deskhand", f"{ours:,.0f} µs CPU", f"{ours / bare:.2f} x the bare SDK"))
    return rows


def child_cpu(*command: str) -> float:
    """Seconds of CPU a command takes, the best of three runs."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(3))


def help_cpu() -> list[Row]:
    """How quickly `deskhand --help` answers."""
    return [Row("deskhand --help", f"{child_cpu('-m', 'deskhand', '--help') * 1000:,.0f} ms CPU", "under 300 ms")]


def _seconds(*command: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True)
    return time.perf_counter() - started


def first_answer() -> list[Row]:
    """From starting the server to its first answer, beside importing the SDK alone."""
    imported = min(_seconds("-c", "import mcp.server") for _ in range(3))
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        with running(Path(folder), "--no-auth") as server:
            meta = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
            headers = HEADERS | {"mcp-protocol-version": REVISION, "mcp-method": "tools/list"}
            headers["host"] = server.url.removeprefix("http://")
            httpx2.post(f"{server.url}/mcp", json=meta, headers=headers).raise_for_status()
            answered = time.perf_counter() - started
    return [
        Row("import mcp.server", f"{imported:.2f} s"),
        Row("start to first answer", f"{answered:.2f} s", f"{answered / imported:.2f} x the import"),
    ]


def rows() -> list[Row]:
    """All of it."""
    return [*calls(), *help_cpu(), *first_answer()]


if __name__ == "__main__":
    for row in rows():
        print(f"{row.what:<34} {row.value:>16}   {row.goal}")
