"""A web service that says what a test tells it to, over real HTTP on loopback."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

NOW = datetime(2026, 5, 20, 18, 0, tzinfo=UTC)
"""When the answers in `data/` were current: 13:00 in Kansas, 12:00 in Denver."""

_DATA = Path(__file__).parent / "data"


def recorded(name: str) -> str:
    return (_DATA / f"{name}.json").read_text(encoding="utf-8")


class Clock:
    """Time that moves when a test says so, or when somebody sleeps."""

    def __init__(self) -> None:
        self.time = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **span: float) -> None:
        self.time += timedelta(**span)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_(seconds=seconds)


@dataclass
class Replay:
    """Answers of a service by path: each request takes the next one, the last one repeats."""

    answers: dict[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    url: str = ""

    def says(self, path: str, body: str = "", status: str = "200 OK", **headers: str) -> None:
        """Add an answer for `path`; header names are written with underscores."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.answers.setdefault(path, []).append("\r\n".join([*lines, "", body]).encode())

    def forget(self) -> None:
        """Start over with no answers."""
        self.answers.clear()
        self.requests.clear()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
                path = request.split()[1]
                self.requests.append((path, {name.lower(): value for name, value in (x.split(": ", 1) for x in lines)}))
                answers = self.answers.get(path, [])
                if not answers:
                    await reader.read()  # silence: wait until the client gives up
                    return
                writer.write(answers.pop(0) if len(answers) > 1 else answers[0])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def replaying() -> AsyncGenerator[Replay]:
    """A replay server, listening."""
    replay = Replay()
    listener = await asyncio.start_server(replay.answer, "127.0.0.1", 0)
    replay.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener:
        yield replay
