"""A client of each era over each transport, against the real server in its own process."""

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx2
import mcp_types as types
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from tests.protocol.server_process import ServerProcess, environment, running

pytestmark = pytest.mark.anyio

ENABLED = '["core", "files", "tests.protocol.slow_toolset:Slow"]'
ERAS = ["legacy", "auto", "2026-07-28"]
"""How the SDK's client opens: with the handshake, asking what the server speaks, or knowing that it is the newest."""
WAYS = [
    *(("http", era) for era in ERAS),
    *((other, era) for other in ("sse", "stdio") for era in ("legacy", "auto")),
]
A, B = "123456789012345678901234567890", "987654321098765432109876543210"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """For the whole module, because clients are shared by its tests."""
    return "asyncio"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    with running(tmp_path_factory.mktemp("transports"), enabled=ENABLED) as process:
        yield process


@dataclass
class Peer:
    """A connected client, what it heard unasked, and the folder of the server it talks to."""

    client: Client
    folder: Path
    heard: list[object] = field(default_factory=list[object])

    async def hears_of(self, uri: str) -> None:
        """Return when an update of this resource was announced."""
        with anyio.fail_after(10):
            while not any(
                isinstance(each, types.ResourceUpdatedNotification) and each.params.uri == uri for each in self.heard
            ):
                await anyio.sleep(0.02)


@asynccontextmanager
async def connected(server: ServerProcess, transport: str, era: str, folder: Path) -> AsyncGenerator[Peer]:
    """An SDK client. Standard input and output starts a server of its own, in `folder`."""
    heard: list[object] = []

    async def hear(message: object) -> None:
        heard.append(message)

    async with AsyncExitStack() as stack:
        if transport == "stdio":
            parameters = StdioServerParameters(
                command=sys.executable, args=["-m", "deskhand", "serve", "--stdio"], env=environment(folder, ENABLED)
            )
            target = parameters
        elif transport == "sse":
            folder = server.folder
            target = sse_client(f"{server.url}/sse", headers=server.headers)
        else:
            folder = server.folder
            http = await stack.enter_async_context(httpx2.AsyncClient(headers=server.headers, timeout=30))
            target = streamable_http_client(f"{server.url}/mcp", http_client=http)
        client = await stack.enter_async_context(Client(target, mode=era, message_handler=hear))
        yield Peer(client, folder, heard)


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def way(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A transport, and how the client opens on it."""
    return request.param


@pytest.fixture(scope="module")
async def peer(
    server: ServerProcess, way: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Peer]:
    """One client for all tests of a way; over standard input and output each more would be another server, too."""
    async with connected(server, *way, tmp_path_factory.mktemp("-".join(way))) as found:
        yield found


async def test_every_client_sees_the_same_tools_and_multiplies_exactly(peer: Peer) -> None:
    tools = [tool.name for tool in (await peer.client.list_tools()).tools]
    assert tools == sorted(set(tools))
    assert {"multiply", "deskhand_status", "file_read", "wait"} <= set(tools)
    result = await peer.client.call_tool("multiply", {"a": A, "b": B})
    assert result.structured_content is not None
    assert str(int(A) * int(B)) in result.structured_content.values()


# The SDK warns of what 2026-07-28 has removed; older clients still do it.
@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
async def test_every_client_reads_a_file_and_hears_when_it_changes(peer: Peer, way: tuple[str, str]) -> None:
    file = peer.folder / "workspace" / f"note-{'-'.join(way)}.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_text("first")
    uri = f"file:///{file.name}"
    contents = (await peer.client.read_resource(uri)).contents[0]
    assert isinstance(contents, types.TextResourceContents)
    assert contents.text == "first"
    if "legacy" in way:
        await peer.client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]
        await changed_until(file, lambda: peer.hears_of(uri))
        await peer.client.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated]
        return
    async with peer.client.listen(resource_subscriptions=[uri]) as events:

        async def first() -> None:
            async for _ in events:
                return

        await changed_until(file, first)


async def changed_until(file: Path, heard: Callable[[], Awaitable[None]]) -> None:
    """Write the file again and again until somebody heard of it."""
    async with anyio.create_task_group() as tasks:

        async def write() -> None:
            number = 0
            while True:
                number += 1
                file.write_text(f"change {number}")
                await anyio.sleep(0.3)

        tasks.start_soon(write)
        with anyio.fail_after(10):
            await heard()
        tasks.cancel_scope.cancel()


async def test_every_client_sees_progress(peer: Peer) -> None:
    seen: list[tuple[float, float | None, str | None]] = []

    async def progressed(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    await peer.client.call_tool("wait", {"seconds": 0, "steps": 3}, progress_callback=progressed)
    assert seen == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")]


async def test_a_call_every_client_cancels_is_cancelled_in_the_server(peer: Peer) -> None:
    slow = peer.folder / "slow"
    for marker in ("began", "cancelled"):
        (slow / marker).unlink(missing_ok=True)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(peer.client.call_tool, "wait", {"seconds": 60})
        await there(slow / "began")
        tasks.cancel_scope.cancel()
    await there(slow / "cancelled")
    assert not (await peer.client.call_tool("wait", {"seconds": 0})).is_error


async def there(file: Path) -> None:
    """Return when the file exists."""
    with anyio.fail_after(10):
        while not file.exists():
            await anyio.sleep(0.02)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer dh_" + "A" * 43}])
@pytest.mark.parametrize("over", ["http", "sse"])
@pytest.mark.parametrize("era", ERAS)
async def test_no_client_gets_in_without_a_token(
    over: str, era: str, headers: dict[str, str], server: ServerProcess
) -> None:
    statuses: list[int] = []

    async def note(response: httpx2.Response) -> None:
        statuses.append(response.status_code)

    def client(
        headers: dict[str, str] | None = headers, timeout: httpx2.Timeout | None = None, auth: httpx2.Auth | None = None
    ) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(headers=headers, auth=auth, event_hooks={"response": [note]})

    async with AsyncExitStack() as stack:
        target = sse_client(f"{server.url}/sse", headers=headers, httpx_client_factory=client)
        if over == "http":
            http = await stack.enter_async_context(client())
            target = streamable_http_client(f"{server.url}/mcp", http_client=http)
        with pytest.raises((ExceptionGroup, httpx2.HTTPError, MCPError)):
            await (await stack.enter_async_context(Client(target, mode=era))).list_tools()
    assert set(statuses) == {401}
