"""Frames between the server and its worker: a kind, JSON and bytes, with descriptors beside the first of them.

A frame is one letter, two lengths and the memory its sender holds (network order), then the JSON, then the bytes.
Kinds: `J` a job, `P` progress, `Q` reading is over and asking begins, `R` the reply, `E` an error.
"""

import json
import resource
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio

_HEAD = struct.Struct("!cQQQ")
NO_MEMORY = "no_memory"
"""The code of an error reply: the worker has no more memory."""
_MOST_BYTES = 256 * 1024**2
_MOST_DESCRIPTORS = 32
_AT_ONCE = 1024**2
_DATA = 5
"""The field of proc(5)'s statm that RLIMIT_DATA limits; the resident pages tell little: allocators keep the rest."""


class WireClosed(Exception):
    """The other side is gone, or does not speak this."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    kind: str
    data: dict[str, Any]
    blob: bytes = b""
    held: int = 0
    """Bytes of memory that the sender holds as its limit counts them (private and writable, used or not), if told."""


def _held() -> int:
    try:
        with open("/proc/self/statm", "rb") as statistics:
            return int(statistics.read().split()[_DATA]) * resource.getpagesize()
    except OSError:
        return 0


def _packed(kind: str, data: Mapping[str, object], blob: bytes) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return _HEAD.pack(kind.encode(), len(text), len(blob), _held()) + text + blob


def _lengths(head: bytes) -> tuple[str, int, int, int]:
    kind, text, blob, held = _HEAD.unpack(head)
    if text + blob > _MOST_BYTES:
        raise WireClosed
    return kind.decode("latin-1"), text, blob, held


def _loaded(text: bytes) -> dict[str, Any]:
    return json.loads(text.decode("utf-8", "replace"))


def send(wire: socket.socket, kind: str, data: Mapping[str, object], blob: bytes = b"") -> None:
    """Send a frame, waiting until it is away (the worker's side)."""
    wire.sendall(_packed(kind, data, blob))


def receive(wire: socket.socket) -> tuple[Frame, list[int]]:
    """Wait for a frame and the descriptors that came with it (the worker's side).

    Raises:
        WireClosed: the server has closed its end.
    """
    first, descriptors, _, _ = socket.recv_fds(wire, _HEAD.size, _MOST_DESCRIPTORS)
    if not first:
        raise WireClosed
    kind, text, blob, held = _lengths(first + _exactly(wire, _HEAD.size - len(first)))
    return Frame(kind, _loaded(_exactly(wire, text)), _exactly(wire, blob), held), descriptors


def _exactly(wire: socket.socket, count: int) -> bytes:
    got = bytearray()
    while len(got) < count:
        part = wire.recv(min(count - len(got), _AT_ONCE))
        if not part:
            raise WireClosed
        got += part
    return bytes(got)


class AsyncWire:
    """The server's side of it: the same frames, and the event loop goes on meanwhile."""

    def __init__(self, wire: socket.socket) -> None:
        wire.setblocking(False)
        self._wire = wire

    def close(self) -> None:
        """Close this end; the worker ends when it next listens."""
        self._wire.close()

    async def send(self, data: Mapping[str, object], descriptors: Sequence[int]) -> None:
        """Send a job.

        Raises:
            WireClosed: the worker is gone.
        """
        rest = memoryview(_packed("J", data, b""))
        beside = list(descriptors)
        while rest:
            try:
                sent = socket.send_fds(self._wire, [rest[:_AT_ONCE]], beside)
            except BlockingIOError:
                await anyio.wait_writable(self._wire)
                continue
            except OSError:
                raise WireClosed from None
            rest, beside = rest[sent:], []

    async def receive(self) -> Frame:
        """Wait for the next frame.

        Raises:
            WireClosed: the worker is gone.
        """
        kind, text, blob, held = _lengths(await self._exactly(_HEAD.size))
        return Frame(kind, _loaded(await self._exactly(text)), await self._exactly(blob), held)

    async def _exactly(self, count: int) -> bytes:
        got = bytearray()
        while len(got) < count:
            try:
                part = self._wire.recv(min(count - len(got), _AT_ONCE))
            except BlockingIOError:
                await anyio.wait_readable(self._wire)
                continue
            except OSError:
                raise WireClosed from None
            if not part:
                raise WireClosed
            got += part
        return bytes(got)
