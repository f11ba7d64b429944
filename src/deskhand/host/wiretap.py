"""Every JSON-RPC message to and from a server, as `Frame` events: what goes on under the hood.

The tap sits on the two message streams that every transport of the SDK gives, so it sees the same for HTTP, SSE,
standard input and output, and in process.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TextIO, cast

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCNotification, JSONRPCRequest
from pydantic import JsonValue

from deskhand.host.events import Frame
from deskhand.host.secrets import masked
from deskhand.host.wire_pairs import Pairs, Recorded

Direction = Literal["sent", "received"]
Kind = Literal["request", "response", "error", "notification"]

KEPT_BYTES = 32 * 1024 * 1024
"""How much JSON text the kept frames stand for, at most: one huge result must not stay in memory for good."""
KEPT_FRAMES = 2_000
"""How many frames are kept, at most."""
_OPEN_REQUESTS = 1_000


class Wiretap:
    """Keeps the last frames of all servers, and writes each to a file as it happens if told to."""

    def __init__(self, follow: TextIO | None = None) -> None:
        self.records: deque[Recorded] = deque()
        """The newest frames with their numbers, which have no gaps; oldest first."""
        self.count = 0
        """How many frames there have been: the number of the newest."""
        self.began: datetime | None = None
        """When the first frame was seen."""
        self._follow = follow
        self._pairs = Pairs()
        self._bytes = 0

    @property
    def frames(self) -> list[Frame]:
        """The newest frames, oldest first."""
        return [record.frame for record in self.records]

    def record(self, frame: Frame) -> None:
        """Keep a frame, and write it as a JSON line where frames are followed."""
        self.count += 1
        self.began = self.began or frame.at
        self.records.append(self._pairs.record(self.count, frame))
        self._bytes += frame.size
        while len(self.records) > KEPT_FRAMES or (self._bytes > KEPT_BYTES and len(self.records) > 1):
            self._forget_oldest()
        if self._follow is not None:
            self._follow.write(frame.model_dump_json() + "\n")
            self._follow.flush()

    def numbered(self, number: int | None) -> Recorded | None:
        """The frame of this number; None when it is kept no longer, or has not been."""
        place = -1 if number is None or not self.records else number - self.records[0].number
        return self.records[place] if 0 <= place < len(self.records) else None

    def clear(self) -> None:
        """Forget the frames; numbers go on."""
        while self.records:
            self._forget_oldest()

    def write(self, path: Path) -> int:
        """Export the kept frames as JSON lines; says how many."""
        path.write_text("".join(frame.model_dump_json() + "\n" for frame in self.frames), encoding="utf-8")
        return len(self.records)

    def _forget_oldest(self) -> None:
        record = self.records.popleft()
        self._bytes -= record.frame.size
        self._pairs.forget(record)


class Line:
    """The tap on one connection: pairs each response with its request, by direction and id."""

    def __init__(self, server: str, transport: str, secrets: Iterable[str], emit: Callable[[Frame], None]) -> None:
        self._server = server
        self._transport = transport
        self._secrets = tuple(secrets)
        self._emit = emit
        self._requests: dict[tuple[Direction, str], tuple[str, float]] = {}

    def saw(self, direction: Direction, message: JSONRPCMessage) -> None:
        """Turn one message into a frame."""
        text = message.model_dump_json(by_alias=True, exclude_unset=True)
        kind, method, milliseconds = self._classify(direction, message)
        identifier = None if isinstance(message, JSONRPCNotification) else message.id
        self._emit(
            Frame(
                server=self._server,
                transport=self._transport,
                direction=direction,
                kind=kind,
                method=method,
                rpc_id=None if identifier is None else str(identifier),
                size=len(text.encode()),
                milliseconds=milliseconds,
                message=masked(
                    cast(JsonValue, message.model_dump(mode="json", by_alias=True, exclude_unset=True)), self._secrets
                ),
            )
        )

    def _classify(self, direction: Direction, message: JSONRPCMessage) -> tuple[Kind, str, float | None]:
        if isinstance(message, JSONRPCNotification):
            return "notification", message.method, None
        if isinstance(message, JSONRPCRequest):
            while len(self._requests) >= _OPEN_REQUESTS:  # requests that were never answered
                self._requests.pop(next(iter(self._requests)))
            self._requests[direction, str(message.id)] = (message.method, time.perf_counter())
            return "request", message.method, None
        asked: Direction = "received" if direction == "sent" else "sent"
        method, since = self._requests.pop((asked, str(message.id)), ("", None))
        kind: Kind = "error" if isinstance(message, JSONRPCError) else "response"
        return kind, method, None if since is None else (time.perf_counter() - since) * 1_000


class ReadStream(Protocol):
    """Messages from the server, as the SDK's transports give them."""

    async def receive(self) -> SessionMessage | Exception:
        """The next message, or what could not be read as one."""
        ...

    async def aclose(self) -> None:
        """Stop reading."""
        ...


class WriteStream(Protocol):
    """Messages to the server, as the SDK's transports take them."""

    async def send(self, item: SessionMessage, /) -> None:
        """Hand over one message."""
        ...

    async def aclose(self) -> None:
        """Stop writing."""
        ...


class WatchedReads:
    """A read stream that shows each message to `line` and calls `ended` when the server's side is over."""

    def __init__(self, inner: ReadStream, line: Line | None, ended: Callable[[], None]) -> None:
        self._inner = inner
        self._line = line
        self._ended = ended

    @property
    def last_context(self) -> object:
        """The sender's context variables, which the SDK's dispatcher takes handlers' contexts from."""
        return getattr(self._inner, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        """The next message."""
        try:
            item = await self._inner.receive()
        except BaseException:  # the end of the stream, or of the task that reads it: either way nobody reads any more
            self._ended()
            raise
        if self._line is not None and isinstance(item, SessionMessage):
            self._line.saw("received", item.message)
        return item

    async def aclose(self) -> None:
        """Stop reading."""
        await self._inner.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()


class WatchedWrites:
    """A write stream that shows each message to `line`."""

    def __init__(self, inner: WriteStream, line: Line | None) -> None:
        self._inner = inner
        self._line = line

    async def send(self, item: SessionMessage, /) -> None:
        """Hand over one message."""
        if self._line is not None:
            self._line.saw("sent", item.message)
        await self._inner.send(item)

    async def aclose(self) -> None:
        """Stop writing."""
        await self._inner.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()
