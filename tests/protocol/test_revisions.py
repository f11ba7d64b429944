"""Each protocol revision by hand, without a client library: what is on the wire is what the specification says."""

import json
from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx2
import pytest
from tests.protocol.old_stream import old_stream
from tests.protocol.server_process import ServerProcess, running

from deskhand.store.database import Database
from deskhand.store.tokens import Tokens

pytestmark = pytest.mark.anyio

HANDSHAKE = ["2025-03-26", "2025-06-18", "2025-11-25"]
BOTH = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
A, B = "123456789012345678901234567890", "987654321098765432109876543210"
PRODUCT = str(int(A) * int(B))
Message = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    with running(tmp_path_factory.mktemp("revisions")) as process:
        yield process


@pytest.fixture
async def http(server: ServerProcess) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.url, headers=server.headers, timeout=20) as client:
        yield client


def hello(revision: str) -> Message:
    """The handshake's first message."""
    params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "by hand", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}


def request(number: int, method: str, **params: object) -> Message:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


INITIALIZED: Message = {"jsonrpc": "2.0", "method": "notifications/initialized"}
MULTIPLY = request(3, "tools/call", name="multiply", arguments={"a": A, "b": B})


def answer(response: httpx2.Response) -> Message:
    """The JSON-RPC message of a response, whether it came as JSON or as one event."""
    assert response.status_code == 200, response.text
    if response.headers["content-type"].startswith("application/json"):
        return response.json()
    return json.loads(next(line[6:] for line in response.text.splitlines() if line.startswith("data: {")))


def exact(message: Message) -> bool:
    """Whether a result holds the exact product."""
    return PRODUCT in message["result"]["content"][0]["text"]


@pytest.mark.parametrize("revision", HANDSHAKE)
async def test_the_handshake_revisions_speak_on_a_session(revision: str, http: httpx2.AsyncClient) -> None:
    opened = await http.post("/mcp", json=hello(revision), headers=BOTH)
    assert answer(opened)["result"]["protocolVersion"] == revision
    session = BOTH | {"mcp-session-id": opened.headers["mcp-session-id"]}
    if revision != "2025-03-26":  # the header came with the next revision
        session["mcp-protocol-version"] = revision
    assert (await http.post("/mcp", json=INITIALIZED, headers=session)).status_code == 202
    tools = answer(await http.post("/mcp", json=request(2, "tools/list"), headers=session))["result"]["tools"]
    assert "multiply" in [tool["name"] for tool in tools]
    assert exact(answer(await http.post("/mcp", json=MULTIPLY, headers=session)))
    assert (await http.delete("/mcp", headers=session)).status_code == 200
    assert (await http.post("/mcp", json=MULTIPLY, headers=session)).status_code == 404


async def test_the_newest_revision_needs_no_session_and_answers_in_plain_json(http: httpx2.AsyncClient) -> None:
    revision = "2026-07-28"
    meta: Message = {
        "io.modelcontextprotocol/protocolVersion": revision,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = BOTH | {"mcp-protocol-version": revision, "mcp-method": "tools/list"}
    listed = await http.post("/mcp", json=request(2, "tools/list", _meta=meta), headers=headers)
    assert "multiply" in [tool["name"] for tool in answer(listed)["result"]["tools"]]
    assert "mcp-session-id" not in listed.headers
    headers |= {"mcp-method": "tools/call", "mcp-name": "multiply"}
    called = await http.post("/mcp", json=MULTIPLY | {"params": MULTIPLY["params"] | {"_meta": meta}}, headers=headers)
    assert called.headers["content-type"] == "application/json"
    assert exact(answer(called))


async def test_the_oldest_revision_posts_to_where_the_stream_says(http: httpx2.AsyncClient) -> None:
    async with old_stream(http) as stream:
        name, where = await stream.event()
        assert name == "endpoint"
        assert where.startswith("/messages/?session_id=")
        assert (await http.post(where, json=hello("2024-11-05"))).status_code == 202
        assert (await stream.answer())["result"]["protocolVersion"] == "2024-11-05"
        await http.post(where, json=INITIALIZED)
        await http.post(where, json=request(2, "tools/list"))
        assert "multiply" in [tool["name"] for tool in (await stream.answer())["result"]["tools"]]
        await http.post(where, json=MULTIPLY)
        assert exact(await stream.answer())


async def test_a_post_to_somebody_elses_stream_is_refused(http: httpx2.AsyncClient, server: ServerProcess) -> None:
    with Database.in_folder(server.folder) as database:
        secret, _ = Tokens(database).create("somebody else", scopes=["*"])
    async with old_stream(http) as stream:
        _, where = await stream.event()
        stolen = await http.post(where, json=hello("2024-11-05"), headers={"Authorization": f"Bearer {secret}"})
        assert stolen.status_code == 404
        async with httpx2.AsyncClient(base_url=server.url) as stranger:
            assert (await stranger.post(where, json=hello("2024-11-05"))).status_code == 401
        await http.post(where, json=hello("2024-11-05"))
        assert (await stream.answer())["id"] == 1


async def test_a_duplicate_key_is_refused_on_the_old_endpoint_too(http: httpx2.AsyncClient) -> None:
    async with old_stream(http) as stream:
        _, where = await stream.event()
        refused = await http.post(where, content=b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', headers=BOTH)
    assert refused.status_code == 400
    assert "'id' occurs twice" in refused.json()["error"]["message"]


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_client_that_cannot_take_both_kinds_of_answer_is_told(accept: str, http: httpx2.AsyncClient) -> None:
    refused = await http.post("/mcp", json=hello("2025-11-25"), headers=BOTH | {"accept": accept})
    assert refused.status_code == 406
