"""What is piped into a command, without waiting for ever where another program left its end of the pipe open."""

import io
import os
import select
from typing import TextIO

PATIENCE_SECONDS = 3.0
"""How long the first byte, or the end, may take where the command can do without."""

NOTHING_CAME = (
    f"Nothing came from standard input in {PATIENCE_SECONDS:.0f} seconds: going on without it. A - after the question "
    "waits for all of it; </dev/null says that there is none."
)
"""What to say where `piped` gave None."""


def whole(stream: TextIO | None) -> str:
    """All of a standard input, to its end, from a terminal too; empty where it is closed."""
    if stream is None:  # `command <&-`
        return ""
    descriptor = _descriptor(stream)
    if descriptor is not None:
        os.set_blocking(descriptor, True)  # some programs hand down pipes whose reads end before there is something
    return stream.buffer.read().decode(errors="replace")


def piped(stream: TextIO | None, seconds: float = PATIENCE_SECONDS) -> str | None:
    """As `whole`, where something comes along with the command; None when a pipe gave neither data nor its end in time.

    A terminal gives nothing, a file all of itself. Once the first byte is there, the rest is waited for.
    """
    if stream is None or stream.isatty():
        return ""
    return whole(stream) if _comes(stream, seconds) else None


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
