"""Which scope a page needs that reads the database itself; what goes through the server is checked there."""

from starlette.types import ASGIApp, Receive, Scope, Send

from deskhand.web.draw import Draw
from deskhand.web.refusal import refusal
from deskhand.web.visit import Visit

_CONVERSATIONS = "conversations"
_AREAS = {"/chat": _CONVERSATIONS, "/conversations": _CONVERSATIONS, "/model": _CONVERSATIONS}
"""The first part of an address, and whose scopes it needs: `read` to look, `write` to do something.

A question may be of a conversation, or of a call in the console: `questions` decides when it sees which.
"""


class RequireScope:
    """ASGI layer: a token for less opens less, on pages as at `/mcp`."""

    def __init__(self, app: ASGIApp, draw: Draw) -> None:
        self._app = app
        self._draw = draw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or say which scope it needs."""
        visit = scope.get("deskhand.visit")
        needed = _needed(scope)
        if needed is None or not isinstance(visit, Visit) or visit.principal.may(needed):
            await self._app(scope, receive, send)  # without a visit it is one of the pages that are open to all
            return
        said = f"This needs the scope {needed}, which the token you signed in with does not have. "
        answer = refusal(self._draw, scope, 403, f"{said}Sign in with one that has it: deskhand token create.")
        await answer(scope, receive, send)


def _needed(scope: Scope) -> str | None:
    area = _AREAS.get("/" + scope["path"].lstrip("/").partition("/")[0])
    verb = "read" if scope["method"] in ("GET", "HEAD") else "write"
    return f"{area}:{verb}" if area else None
