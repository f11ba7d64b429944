"""HTTP with SSE, the transport of 2024-11-05: an event stream that names where to POST to.

Its event stream carries every answer, so it must outlive the calls in flight. A session belongs to the token that
opened it: the SDK refuses a POST with another's as if there were no such session.
"""

from mcp.server import Server
from mcp.server.runner import serve_dual_era_loop
from mcp.server.sse import SseServerTransport
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

MESSAGES = "/messages/"


def sse_routes(sdk: Server[None], body_bytes: int) -> list[BaseRoute]:
    """`GET /sse` and `POST /messages/`, serving a server whose lifespan somebody else has entered."""
    transport = SseServerTransport(MESSAGES, max_request_body_size=body_bytes)

    async def stream(request: Request) -> Response:
        send = request._send  # pyright: ignore[reportPrivateUsage]  # Starlette's own way out of a request
        async with transport.connect_sse(request.scope, request.receive, send) as (incoming, outgoing):
            await serve_dual_era_loop(sdk, incoming, outgoing, lifespan_state=None)
        return _Sent()

    return [Route("/sse", stream, methods=["GET"]), Mount(MESSAGES, transport.handle_post_message)]


class _Sent(Response):
    """Nothing more to say: the stream was the response."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""
