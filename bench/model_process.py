"""A model's endpoint in a process of its own, so that its CPU is not counted as the host's.

It answers every POST in OpenAI's streaming form: a tool call when the last message is the user's and asks for one,
else a text in pieces. It prints its port, and serves one connection at a time per task until it is killed.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

PIECES = 40
"""Pieces of the streamed answer."""

WITH_TOOL = "Use the tool."
"""What the user says to have a tool called."""


def _event(delta: object, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"model": "bench", "choices": [choice]}).encode() + b"\n\n"


TEXT = [_event({"content": "A few words. "}) for _ in range(PIECES)] + [_event({}, "stop"), b"data: [DONE]\n\n"]
CALL = [
    _event({"tool_calls": [{"index": 0, "id": "call", "function": {"name": "lookup", "arguments": '{"key": "a"}'}}]}),
    _event({}, "tool_calls"),
    b"data: [DONE]\n\n",
]


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await _head(reader):
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await reader.readexactly(length)
        last = json.loads(body)["messages"][-1]
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for event in CALL if last["role"] == "user" and last["content"] == WITH_TOOL else TEXT:
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
    writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def model_process() -> Generator[str]:
    """Its base URL, for as long as the block lasts."""
    process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_main())
