"""What is piped into a command, without waiting for ever where another program left its end of the pipe open."""

import io
import os
import select
from collections.abc import Callable
from typing import TextIO

SOON_SECONDS = 3.0
PATIENCE_SECONDS = 30.0
"""How long the first byte, or the end, may take where nobody said that there is one."""

WAITING = f"Waiting up to {PATIENCE_SECONDS:.0f} seconds for standard input; </dev/null says that there is none."
"""What to say after `SOON_SECONDS`."""
NOTHING_CAME = (
    f"Nothing came from standard input in {PATIENCE_SECONDS:.0f} seconds, and it is still open. "
    "Add - after the question to wait as long as it takes, or </dev/null when there is none."
)
"""What to say where `piped` gave None."""


def whole(stream: TextIO | None) -> str:
    """All of a standard input, to its end, from a terminal too; empty where it is closed."""
    if stream is None:  # `command <&-`
        return ""
    descriptor = _descriptor(stream)
    if descriptor is not None:
        return _read(descriptor).decode(errors="replace")
    return stream.buffer.read().decode(errors="replace")


def piped(
    stream: TextIO | None, waits: Callable[[], None], soon: float = SOON_SECONDS, seconds: float = PATIENCE_SECONDS
) -> str | None:
    """As `whole`, where something comes along with the command; None when a pipe gave neither data nor its end in time.

    A terminal gives nothing, a file all of itself. Once the first byte is there, the rest is waited for.

    Args:
        stream: standard input.
        waits: called when nothing came `soon`.
        soon: seconds.
        seconds: how long in all.
    """
    if stream is None or stream.isatty():
        return ""
    if not _comes(stream, soon):
        waits()
        if not _comes(stream, seconds - soon):
            return None
    return whole(stream)


def _read(descriptor: int) -> bytes:
    """To the end, also of a pipe whose reads do not block, as some programs hand down: others may share it so."""
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(descriptor, 65_536)
        except BlockingIOError:
            select.select([descriptor], [], [])
            continue
        if not part:
            return b"".join(parts)
        parts.append(part)


def _comes(stream: TextIO, seconds: float) -> bool:
    """Whether there is something to read, or the end (a regular file always has one of them: select(2))."""
    descriptor = _descriptor(stream)
    if descriptor is None:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    except (OSError, ValueError):  # Windows selects sockets only; more than 1,024 files may be open
        return True


def _descriptor(stream: TextIO) -> int | None:
    """None for one that is in memory."""
    try:
        return stream.fileno()
    except io.UnsupportedOperation:
        return None
