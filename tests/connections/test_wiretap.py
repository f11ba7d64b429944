"""Every frame is seen: on each transport, in both eras, both ways, with its pair, its size and no secret."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mcp.server.mcpserver import MCPServer
from mcp_types import JSONRPCError, JSONRPCRequest, JSONRPCResponse

from deskhand.cli.trace import trace
from deskhand.host.events import EVENT, Frame
from deskhand.host.servers import ServerSpec
from deskhand.host.wiretap import KEPT_BYTES, Line, Wiretap

PEER = str(Path(__file__).with_name("peer.py"))


def in_process(era: Any) -> ServerSpec:
    server = MCPServer("inside")

    @server.tool()
    async def echo(text: str, api_key: str = "") -> str:
        """Say it again."""
        return text

    return ServerSpec("inside", in_process=server, era=era)


@pytest.fixture(
    params=["http-modern", "http-legacy", "sse-auto", "stdio-auto", "in-process-modern", "in-process-legacy"]
)
def spec(request: pytest.FixtureRequest, shared: Any, stdio_spec: Callable[..., ServerSpec]) -> ServerSpec:
    via, _, era = request.param.rpartition("-")
    if via == "in-process":
        return in_process(era)
    return stdio_spec(era=era) if via == "stdio" else shared[via].spec(era=era, headers={"X-Api-Key": "the-api-key"})


@pytest.mark.anyio
async def test_frames_of_every_transport_are_seen_both_ways_and_paired(
    spec: ServerSpec, connected: Any, text_of: Any, sink: Any
) -> None:
    tap = Wiretap()
    async with connected(spec, sink=sink, tap=tap) as connections:
        assert await text_of(connections, "echo", text="seen") == "seen"
    handshake = "initialize" if spec.era == "legacy" or (spec.url and spec.url.endswith("sse")) else "server/discover"
    asked = {frame.rpc_id: frame for frame in tap.frames if frame.kind == "request" and frame.direction == "sent"}
    answered = [frame for frame in tap.frames if frame.kind == "response" and frame.direction == "received"]
    assert next(frame.method for frame in asked.values()) == handshake
    assert {"tools/list", "tools/call"} <= {frame.method for frame in answered}
    for frame in answered:
        assert frame.method == asked[frame.rpc_id].method
        assert frame.milliseconds is not None
        assert frame.size > 20
    assert sink.of("frame") == list(tap.frames)


@pytest.mark.anyio
async def test_secrets_in_messages_are_masked_and_the_export_reads_back(
    connected: Any, text_of: Any, sink: Any, tmp_path: Path
) -> None:
    following = io.StringIO()
    tap = Wiretap(following)
    async with connected(in_process("auto"), sink=sink, tap=tap) as connections:
        await text_of(connections, "echo", text="Bearer abcdefghijkl", api_key="very-secret-3")
    count = tap.write(tmp_path / "frames.jsonl")
    lines = (tmp_path / "frames.jsonl").read_text().splitlines()
    assert count == len(lines) == len(tap.frames)
    assert [EVENT.validate_json(line) for line in lines] == list(tap.frames)
    assert following.getvalue() == (tmp_path / "frames.jsonl").read_text()
    assert "very-secret-3" not in following.getvalue()
    assert "abcdefghijkl" not in following.getvalue()


def test_requests_of_both_sides_with_the_same_id_are_kept_apart() -> None:
    frames: list[Frame] = []
    line = Line("s", "stdio", (), frames.append)
    line.saw("sent", JSONRPCRequest(jsonrpc="2.0", id=1, method="tools/call"))
    line.saw("received", JSONRPCRequest(jsonrpc="2.0", id=1, method="elicitation/create"))
    line.saw("sent", JSONRPCResponse(jsonrpc="2.0", id=1, result={}))
    line.saw("received", JSONRPCError.model_validate({"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}}))
    assert [(frame.kind, frame.method) for frame in frames[2:]] == [
        ("response", "elicitation/create"),
        ("error", "tools/call"),
    ]


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(trace, arguments)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def test_trace_shows_the_handshake_the_list_and_a_call() -> None:
    shown, _ = run("--call", "echo", "--arguments", '{"text": "hello"}', "--", sys.executable, PEER, "stdio")
    for part in ("→ server stdio request server/discover", "← server stdio response tools/list", "tools/call #3"):
        assert part in shown
    assert "\nhello\n" in shown


def test_trace_prints_json_lines_and_writes_them(tmp_path: Path) -> None:
    output = tmp_path / "frames.jsonl"
    arguments = ("--json", "--era", "legacy", "-o", str(output), "--call", "echo", "--arguments", '{"text": "hello"}')
    shown, aside = run(*arguments, "--", sys.executable, PEER, "stdio")
    methods = [json.loads(line)["method"] for line in shown.splitlines()]
    assert methods[:3] == ["initialize", "initialize", "notifications/initialized"]
    assert output.read_text() == shown
    assert "hello" in aside


def test_trace_says_why_it_could_not_connect() -> None:
    script = "import sys; sys.exit('no licence')"
    _, said = run("--", sys.executable, "-c", script, code=1)
    assert "no licence" in said
    _, said = run("--arguments", "[]", "http://127.0.0.1:1/mcp", code=1)
    assert "must be a JSON object" in said


def test_huge_frames_do_not_stay_in_memory_for_good() -> None:
    def frame(size: int) -> Frame:
        return Frame(
            server="s", transport="t", direction="sent", kind="notification", method="m", size=size, message=None
        )

    tap = Wiretap()
    for size in (KEPT_BYTES // 2, KEPT_BYTES // 2, 10):
        tap.record(frame(size))
    assert [kept.size for kept in tap.frames] == [KEPT_BYTES // 2, 10]
    tap.record(frame(KEPT_BYTES * 2))
    assert [kept.size for kept in tap.frames] == [KEPT_BYTES * 2]
    for _ in range(3_000):
        tap.record(frame(1))
    assert len(tap.frames) == 2_000
