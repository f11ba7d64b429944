"""Whole pages: the frame with navigation, and what stands in it."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, NotFound, Unavailable
from deskhand.web.desk import CONVERSATIONS, TRAY, Desk
from deskhand.web.desks import Desks
from deskhand.web.draw import Draw
from deskhand.web.presence import PRESENCE
from deskhand.web.refusal import refusal
from deskhand.web.visit import visit_of

_STATUS: dict[type[DeskhandError], int] = {
    NotFound: 404,
    InvalidInput: 422,
    Denied: 403,
    Conflict: 409,
    Unavailable: 503,
}
EVERYWHERE = (PRESENCE, TRAY, CONVERSATIONS)
"""Topics that every page follows."""
_POSITION = "deskhand.position"
"""Where the feed stood when a request began to read, in the scope of the request."""


class Pages:
    """Draws pages for requests."""

    def __init__(self, desks: Desks, draw: Draw) -> None:
        self.desks = desks
        self.draw = draw

    async def desk(self, request: Request) -> Desk:
        """The desk of who asks. What happens from now on is told to the page that answers, by its feed."""
        desk = await self.desks.of(visit_of(request).principal)
        request.scope.setdefault(_POSITION, desk.feed.position)  # before anything is read that the page shows
        return desk

    async def show(
        self, request: Request, template: str, *, title: str, topics: tuple[str, ...] = (), **context: object
    ) -> Response:
        """A page. `topics` are what it follows besides what every page does."""
        desk = await self.desk(request)
        html = self.draw.fragment(
            template,
            title=title,
            desk=desk,
            visit=visit_of(request),
            path=request.url.path,
            topics=",".join((*EVERYWHERE, *topics)),
            position=request.scope[_POSITION],
            **context,
        )
        return HTMLResponse(html)

    def fragment(self, template: str, **context: object) -> Response:
        """A part of a page, for htmx."""
        return HTMLResponse(self.draw.fragment(template, **context))


def pages_of(request: Request) -> Pages:
    """The pages of the application that answers."""
    pages = request.app.state.pages
    assert isinstance(pages, Pages)
    return pages


async def refused(request: Request, error: Exception) -> Response:
    """What was wrong."""
    assert isinstance(error, DeskhandError)
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    return refusal(pages_of(request).draw, request.scope, status, error.message)
