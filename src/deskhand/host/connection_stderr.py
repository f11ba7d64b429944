"""The standard error of a server that runs as a child process: kept, not printed over the conversation."""

import os
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TextIO

import anyio

_KEPT_LINES = 200
_LONGEST_LINE = 2_000
_DRAIN_SECONDS = 0.5


class StderrTail:
    """The last lines a server wrote."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._partial = b""

    def feed(self, chunk: bytes) -> None:
        """Take more bytes; an endless line is cut into lines."""
        *whole, self._partial = (self._partial + chunk).split(b"\n")
        if len(self._partial) > _LONGEST_LINE:
            whole.append(self._partial)
            self._partial = b""
        self._lines.extend(_printable(line) for line in whole)

    def lines(self, count: int = 20) -> tuple[str, ...]:
        """The newest `count` lines, oldest first."""
        every = [*self._lines, *([_printable(self._partial)] if self._partial else [])]
        return tuple(every[-count:])


def _printable(line: bytes) -> str:
    text = line[:_LONGEST_LINE].decode(errors="replace").rstrip("\r")
    return "".join(char if char.isprintable() or char == "\t" else "·" for char in text)


@asynccontextmanager
async def captured(tail: StderrTail) -> AsyncGenerator[TextIO]:
    """A file to give a child process as its standard error; what is written to it goes to `tail`."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        async with anyio.create_task_group() as group:
            over = anyio.Event()
            group.start_soon(_drain, reading, tail, over)
            try:
                with os.fdopen(writing, "w") as errors:
                    yield errors
            finally:
                with anyio.move_on_after(_DRAIN_SECONDS, shield=True):  # a grandchild may hold the pipe open
                    await over.wait()
                group.cancel_scope.cancel()
    finally:
        os.close(reading)


async def _drain(reading: int, tail: StderrTail, over: anyio.Event) -> None:
    try:
        while _read_some(reading, tail) != b"":
            await anyio.wait_readable(reading)
    finally:
        over.set()


def _read_some(reading: int, tail: StderrTail) -> bytes | None:
    try:
        chunk = os.read(reading, 65_536)
    except BlockingIOError:
        return None
    tail.feed(chunk)
    return chunk
