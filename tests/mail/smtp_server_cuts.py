"""A proxy that cuts a connection at any byte: what a broken line, a firewall or a dying server does."""

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self, cast

Side = Literal["client", "server"]


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a connection breaks, and how."""

    side: Side
    """Whose bytes are counted, on their way through the proxy."""
    at: int | bytes
    """After so many bytes; or after these bytes came for the first time."""
    before: bool = False
    """Whether the bytes `at` themselves are held back too; what may be their beginning waits for what follows."""
    how: Literal["close", "reset", "silence"] = "close"
    """An orderly end (FIN) on both sides, a reset (RST), or no byte more in any direction while it stays open."""

    def end(self, seen: bytes) -> int | None:
        """How many of the bytes `seen` pass before the cut; None while it is not reached."""
        if isinstance(self.at, int):
            return self.at if len(seen) >= self.at else None
        found = seen.find(self.at)
        if found < 0:
            return None
        return found if self.before else found + len(self.at)

    def safe(self, seen: bytes) -> int:
        """How many of `seen` can pass while the cut is not reached: not the beginning of what shall be held back."""
        if isinstance(self.at, int) or not self.before:
            return len(seen)
        begun = (size for size in range(len(self.at) - 1, 0, -1) if seen.endswith(self.at[:size]))
        return len(seen) - next(begun, 0)


@dataclass(slots=True)
class _Line:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    seen: dict[Side, bytearray] = field(default_factory=lambda: {"client": bytearray(), "server": bytearray()})
    passed: dict[Side, int] = field(default_factory=lambda: {"client": 0, "server": 0})
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class CuttingProxy:
    """Listens on `port` of 127.0.0.1 and passes everything to `target_port` there, until `cut`.

    Each new connection is cut at the same place, until `cut` is set to another one or to None.
    """

    def __init__(self, target_port: int, cut: Cut | None) -> None:
        self.cut = cut
        self.port = 0
        self.cuts = 0
        """How many connections were cut."""
        self.from_client = bytearray()
        """What came from the clients, whether it was passed or not."""
        self.from_server = bytearray()
        """What came from the server."""
        self._target = target_port
        self._listening: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._came = asyncio.Condition()

    async def client_said(self, words: bytes) -> None:
        """Wait until a client has sent these bytes, whether they were passed on or not."""
        async with self._came:
            await self._came.wait_for(lambda: words in self.from_client)

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._listening is not None
        self._listening.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
            try:
                await self._run(_Line(writer, server_writer), reader, server_reader)
            finally:
                server_writer.close()
        except asyncio.CancelledError:
            pass  # the test has ended; a cancelled handler would be reported as an error by asyncio
        finally:
            writer.close()

    async def _run(self, line: _Line, client: asyncio.StreamReader, server: asyncio.StreamReader) -> None:
        cut = self.cut
        pumps = [
            asyncio.ensure_future(self._pump(line, "client", client, line.server, cut)),
            asyncio.ensure_future(self._pump(line, "server", server, line.client, cut)),
        ]
        try:
            await line.ended.wait()
            if cut is not None and self._reached(line, cut):
                await self._break(line, cut)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self, line: _Line, side: Side, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: Cut | None
    ) -> None:
        try:
            while not line.ended.is_set():
                if await self._pass(line, side, writer, cut):
                    break
                data = await reader.read(65_536)
                if not data:
                    break
                line.seen[side] += data
                async with self._came:
                    (self.from_client if side == "client" else self.from_server).extend(data)
                    self._came.notify_all()
        except OSError:
            pass  # one side is gone: so the line is
        line.ended.set()

    async def _pass(self, line: _Line, side: Side, writer: asyncio.StreamWriter, cut: Cut | None) -> bool:
        """Pass on what may pass; whether the cut is reached."""
        if line.ended.is_set():
            return True
        seen = bytes(line.seen[side])
        end = cut.end(seen) if cut and cut.side == side else None
        limit = len(seen) if not cut or cut.side != side else (cut.safe(seen) if end is None else end)
        if limit > line.passed[side]:
            writer.write(seen[line.passed[side] : limit])
            line.passed[side] = limit
            await writer.drain()
        return end is not None

    def _reached(self, line: _Line, cut: Cut) -> bool:
        return cut.end(bytes(line.seen[cut.side])) is not None

    async def _break(self, line: _Line, cut: Cut) -> None:
        self.cuts += 1
        if cut.how == "silence":
            await asyncio.Event().wait()  # until the test ends
        for writer in (line.client, line.server):
            if cut.how == "reset":
                _reset(writer)
            writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Let `close` send RST: linger on, for no time."""
    raw = cast("socket.socket", writer.get_extra_info("socket"))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
