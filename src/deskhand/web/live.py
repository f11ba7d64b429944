"""The stream of a page: one `EventSource`, with ids to go on after a cut, and a heart-beat (WHATWG HTML, 9.2)."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from deskhand.web.feed import Batch, Feed
from deskhand.web.page import pages_of

MEDIA_TYPE = "text/event-stream"
MOST_TOPICS = 50
RETRY_SECONDS = 1
"""After which a browser comes back that was cut off."""
_LINE_ENDS = re.compile(r"\r\n?|\n")
"""All three end a line of an event stream; a lone CR in a text would begin a field of its own."""


def routes() -> list[BaseRoute]:
    """Where it is."""
    return [Route("/live", _live)]


async def _live(request: Request) -> Response:
    headers = {"X-Accel-Buffering": "no"}  # a proxy would keep events back until it has many
    if request.method == "HEAD":
        return Response(media_type=MEDIA_TYPE, headers=headers)
    desk = await pages_of(request).desk(request)
    topics = frozenset(request.query_params.get("topics", "").split(",")[:MOST_TOPICS])
    position = request.headers.get("last-event-id") or request.query_params.get("position", "")
    return StreamingResponse(events(desk.feed, topics, position), media_type=MEDIA_TYPE, headers=headers)


async def events(feed: Feed, topics: frozenset[str], position: str) -> AsyncGenerator[str]:
    """The text of the stream, for a page that stands at `position`."""
    # The beat says that the page goes on from here; without one it is told to load again.
    yield f"retry: {RETRY_SECONDS * 1_000}\n" + (written(Batch(position)) if feed.knows(position) else "\n")
    async with aclosing(feed.follow(topics, position)) as batches:
        async for batch in batches:
            yield written(batch)


def written(batch: Batch) -> str:
    """One event: `put` brings fragments, `beat` says that all is well, `stale` that the page must be loaded again."""
    if batch.stale:
        return "event: stale\ndata:\n\n"
    if not batch.html:
        return f"id: {batch.position}\nevent: beat\ndata:\n\n"
    data = "\n".join(f"data: {line}" for line in _LINE_ENDS.split(batch.html))
    return f"id: {batch.position}\nevent: put\n{data}\n\n"
