"""The stream of a page: one `EventSource`, with ids to go on after a cut, and a heart-beat (WHATWG HTML, 9.2)."""

from collections.abc import AsyncGenerator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from deskhand.web.desk import Desk
from deskhand.web.page import pages_of

MOST_TOPICS = 50


def routes() -> list[BaseRoute]:
    """Where it is."""
    return [Route("/live", _live)]


async def _live(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    topics = frozenset(request.query_params.get("topics", "").split(",")[:MOST_TOPICS])
    position = request.headers.get("last-event-id") or request.query_params.get("position", "")
    return StreamingResponse(
        _events(desk, topics, position), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _events(desk: Desk, topics: frozenset[str], position: str) -> AsyncGenerator[str]:
    async for batch in desk.feed.follow(topics, position):
        if batch.stale:
            yield "event: stale\ndata:\n\n"
        elif not batch.html:
            yield f"id: {batch.position}\nevent: beat\ndata:\n\n"
        else:
            data = "\n".join(f"data: {line}" for line in batch.html.split("\n"))
            yield f"id: {batch.position}\nevent: put\n{data}\n\n"
