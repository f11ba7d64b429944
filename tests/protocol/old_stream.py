"""A client of 2024-11-05, by hand."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2

Message = dict[str, Any]


class OldStream:
    """`GET /sse` of 2024-11-05: an event that names where to POST to, then every answer."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def event(self) -> tuple[str, str]:
        """The next event: its name and its data."""
        name = ""
        with anyio.fail_after(10):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: ") and name:
                    return name, line[6:]
        raise AssertionError("the stream ended")

    async def answer(self) -> Message:
        name, data = await self.event()
        assert name == "message"
        return json.loads(data)


@asynccontextmanager
async def old_stream(http: httpx2.AsyncClient) -> AsyncGenerator[OldStream]:
    async with http.stream("GET", "/sse", headers={"accept": "text/event-stream"}) as response:
        assert response.status_code == 200
        yield OldStream(response.aiter_lines())
