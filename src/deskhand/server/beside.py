"""Two applications at one address: the MCP server has its own paths, and the page all others."""

from starlette.types import ASGIApp, Receive, Scope, Send

_OURS = ("/mcp", "/sse", "/messages", "/healthz", "/readyz", "/.well-known")


class Beside:
    """ASGI application that gives each request to the server or to the page, each with its own layers."""

    def __init__(self, server: ASGIApp, page: ASGIApp) -> None:
        self._server = server
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        path = scope.get("path", "")
        is_ours = any(path == own or path.startswith(f"{own}/") for own in _OURS)
        await (self._server if is_ours else self._page)(scope, receive, send)
