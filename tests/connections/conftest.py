import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp_types import TextContent
from tests.reserved_port import reserved_port

from deskhand.host.connections import Connections
from deskhand.host.events import Event
from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest, Nobody
from deskhand.host.servers import ServerSpec
from deskhand.host.tools import OfferedTool

PEER = Path(__file__).with_name("peer.py")


class Sink(list[Event]):
    """The events, and a way to wait for one."""

    def of(self, kind: str) -> list[Any]:
        return [event for event in self if event.type == kind]


class ScriptedHuman:
    """Answers every form the same way, after `pause` seconds of thinking."""

    def __init__(self, answer: FormAnswer, pause: float = 0) -> None:
        self.answer = answer
        self.pause = pause
        self.forms: list[FormRequest] = []

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        raise AssertionError("connections do not ask for approval")

    async def fill(self, form: FormRequest) -> FormAnswer:
        self.forms.append(form)
        await anyio.sleep(self.pause)
        return self.answer


class Peer:
    """A peer that serves HTTP in a process of its own, at the same port across restarts."""

    def __init__(self, kind: str, log: Path, port: int) -> None:
        self.kind = kind
        self.log = log
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{'sse' if self.kind == 'sse' else 'mcp'}"

    def start(self) -> None:
        environment = {**os.environ, "PEER_LOG": str(self.log)}
        self._process = subprocess.Popen([sys.executable, str(PEER), self.kind, str(self.port)], env=environment)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def spec(self, name: str = "peer", **more: Any) -> ServerSpec:
        return ServerSpec(name=name, url=self.url, **more)


@pytest.fixture
def peer(tmp_path: Path) -> Generator[Callable[[str], Peer]]:
    """`peer("http")` or `peer("sse")`: a started server process, killed after the test."""
    with ExitStack() as stack:

        def make(kind: str = "http", *, start: bool = True) -> Peer:
            made = Peer(kind, tmp_path / f"{kind}.log", stack.enter_context(reserved_port()))
            stack.callback(made.kill)
            if start:
                made.start()
            return made

        yield make


@pytest.fixture(scope="session")
def stdio_spec_in() -> Callable[..., ServerSpec]:
    """A server that runs as a child process over standard input and output; its log is `peer.log` in the folder."""

    def make(folder: Path, name: str = "peer", env: dict[str, str] | None = None, **more: Any) -> ServerSpec:
        environment = {"PEER_LOG": str(folder / f"{name}.log"), **(env or {})}
        return ServerSpec(name=name, command=sys.executable, args=(str(PEER), "stdio"), env=environment, **more)

    return make


@pytest.fixture
def stdio_spec(stdio_spec_in: Callable[..., ServerSpec], tmp_path: Path) -> Callable[..., ServerSpec]:
    """The same in `tmp_path`."""
    return partial(stdio_spec_in, tmp_path)


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture(scope="session")
def human() -> type[ScriptedHuman]:
    return ScriptedHuman


@pytest.fixture(scope="session")
def until() -> Callable[..., Any]:
    """`await until(lambda: condition)`: poll for it, fail after `seconds`."""

    async def wait(condition: Callable[[], Any], seconds: float = 20) -> Any:
        with anyio.fail_after(seconds):
            while not (found := condition()):
                await anyio.sleep(0.02)
            return found

    return wait


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, Peer]]:
    """One HTTP and one SSE server for all tests here: starting a process takes longer than a test."""
    with reserved_port() as http, reserved_port() as sse:
        folder = tmp_path_factory.mktemp("peers")
        peers = {kind: Peer(kind, folder / f"{kind}.log", port) for kind, port in (("http", http), ("sse", sse))}
        for peer in peers.values():
            peer.start()
        yield peers
        for peer in peers.values():
            peer.kill()


@pytest.fixture(scope="session")
def connected() -> Callable[..., Any]:
    """`async with connected(spec, ..., sink=sink) as connections`: all of them ready."""

    @asynccontextmanager
    async def connect(*specs: ServerSpec, sink: Sink, human: Any = None, **more: Any) -> AsyncGenerator[Connections]:
        async with Connections(
            specs, human=human or Nobody(), emit=sink.append, backoff=lambda _failures: 0.05, **more
        ) as connections:
            with anyio.fail_after(30):
                while any(state.state != "ready" for state in connections.states()):
                    await anyio.sleep(0.02)
            yield connections

    return connect


def tool_named(connections: Connections, name: str) -> OfferedTool:
    return next(offered for offered in connections.tools() if offered.name == name)


@pytest.fixture(scope="session")
def tool_of() -> Callable[[Connections, str], OfferedTool]:
    return tool_named


@pytest.fixture(scope="session")
def text_of() -> Callable[..., Any]:
    """`await text_of(connections, "tool", argument=...)`: the text a call gives."""

    async def call(connections: Connections, name: str, /, **arguments: Any) -> str:
        def ignore(done: float, total: float | None, message: str | None) -> None: ...

        outcome = await connections.call(tool_named(connections, name), arguments, on_progress=ignore)
        content = outcome.result.content[0]
        assert isinstance(content, TextContent)
        return content.text

    return call
