"""A server that runs as a child process, over its standard input and output.

In place of the SDK's transport, whose reader takes time quadratic in the length of a line: a message of 50 MB holds the
whole host up for minutes. Here a line is joined once, and one without an end is cut. What is not a message, which
careless servers print, joins the lines of standard error.
"""

import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client._transport import TransportStreams
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from deskhand.host.connection_http import LARGEST_MESSAGE
from deskhand.host.connection_stderr import StderrTail, captured
from deskhand.host.servers import ServerSpec

_CHUNK = 1024 * 1024
_GRACE_SECONDS = 2.0
_POLL_SECONDS = 0.01
_GONE = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError)


@asynccontextmanager
async def stdio_streams(spec: ServerSpec, tail: StderrTail) -> AsyncGenerator[TransportStreams]:
    """Start the server and talk to it; end it, and what it started, on the way out, also when cancelled.

    Raises:
        OSError: it cannot be started.
    """
    async with captured(tail) as errors:
        process = await anyio.open_process(
            [spec.command or "", *spec.args],
            env=get_default_environment() | dict(spec.env),
            cwd=spec.cwd,
            stderr=errors,
            start_new_session=True,  # a process group of its own, which can be ended as a whole
        )
        assert process.stdin is not None
        assert process.stdout is not None
        arriving, reads = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        writes, leaving = anyio.create_memory_object_stream[SessionMessage](0)
        async with anyio.create_task_group() as group:
            group.start_soon(_read, process.stdout, arriving, tail)
            group.start_soon(_write, process.stdin, leaving, arriving)
            try:
                yield reads, writes
            finally:
                with anyio.CancelScope(shield=True):  # or the process would outlive us
                    for stream in (reads, writes):
                        await stream.aclose()
                    await _end(process)
                group.cancel_scope.cancel()


async def _read(
    stdout: ByteReceiveStream, arriving: MemoryObjectSendStream[SessionMessage | Exception], tail: StderrTail
) -> None:
    """Hand over each line; when nobody takes them any more, still read, so that the server can end in peace."""
    parts: list[bytes] = []
    size = 0
    with suppress(*_GONE):
        async with arriving:
            while size <= LARGEST_MESSAGE:
                *ends, rest = (await stdout.receive(_CHUNK)).split(b"\n")
                for end in ends:
                    await _deliver(b"".join((*parts, end)), arriving, tail)
                    parts, size = [], 0
                parts.append(rest)
                size += len(rest)
            tail.feed(b"(a message without an end was cut)\n")
    with suppress(*_GONE):
        while True:
            await stdout.receive(_CHUNK)


async def _deliver(line: bytes, arriving: MemoryObjectSendStream[SessionMessage | Exception], tail: StderrTail) -> None:
    if not line.strip():
        return
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValueError:
        tail.feed(line[:_CHUNK] + b"\n")
    else:
        await arriving.send(SessionMessage(message))


async def _write(
    stdin: ByteSendStream,
    leaving: MemoryObjectReceiveStream[SessionMessage],
    arriving: MemoryObjectSendStream[SessionMessage | Exception],
) -> None:
    try:
        async with leaving:
            async for item in leaving:
                await stdin.send(item.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
    except _GONE:
        await arriving.aclose()  # what was asked will not be answered


async def _end(process: Process) -> None:
    """Close its input, then ask, then make it; the order is of MCP 2025-11-25, lifecycle, shutdown."""
    assert process.stdin is not None
    with suppress(*_GONE):
        await process.stdin.aclose()
    if not await _exited(process):
        _signal(process, signal.SIGTERM)
        if not await _exited(process):
            _signal(process, signal.SIGKILL)
            await _exited(process)
    _signal(process, signal.SIGKILL)  # what it started and left behind
    with anyio.move_on_after(_GRACE_SECONDS):
        await process.aclose()


async def _exited(process: Process) -> bool:
    """Whether it ends in time. Polled: waiting for the process also waits for the pipes its children hold."""
    with anyio.move_on_after(_GRACE_SECONDS):
        while process.returncode is None:
            await anyio.sleep(_POLL_SECONDS)
    return process.returncode is not None


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
