"""A real HTTP server on loopback that answers each path with the bytes a test gives it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest


@dataclass
class LocalServer:
    """`server.answers["/path"] = b"HTTP/1.1 200 OK…"`; a path with no answer keeps the client waiting."""

    port: int
    answers: dict[str, bytes] = field(default_factory=dict[str, bytes])
    requests: list[str] = field(default_factory=list[str])
    connections: int = 0
    open: int = 0

    def says(self, path: str, status: str = "200 OK", body: bytes = b"", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.answers[path] = "\r\n".join([*lines, "", ""]).encode() + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode()
                length = [
                    int(line.split(":")[1]) for line in text.splitlines() if line.lower().startswith("content-length")
                ]
                self.requests.append(text + (await reader.readexactly(length[0])).decode() if length else text)
                answer = self.answers.get(text.split()[1])
                if answer is None:
                    await reader.read()
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


@pytest.fixture
async def server() -> AsyncGenerator[LocalServer]:
    local = LocalServer(0)
    listener = await asyncio.start_server(local.serve, "127.0.0.1", 0)
    local.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield local
