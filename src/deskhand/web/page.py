"""Whole pages: the frame with navigation, and what stands in it."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, NotFound, Unavailable
from deskhand.web.desk import CONVERSATIONS, TRAY, Desk
from deskhand.web.desks import Desks
from deskhand.web.draw import Draw
from deskhand.web.presence import PRESENCE
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


class Pages:
    """Draws pages for requests."""

    def __init__(self, desks: Desks, draw: Draw) -> None:
        self.desks = desks
        self.draw = draw

    async def desk(self, request: Request) -> Desk:
        """The desk of who asks."""
        return await self.desks.of(visit_of(request).principal)

    async def show(
        self, request: Request, template: str, *, title: str, topics: tuple[str, ...] = (), **context: object
    ) -> Response:
        """A page. `topics` are what it follows besides what every page does."""
        desk = await self.desk(request)
        position = desk.feed.position  # before it is drawn: what happens meanwhile is told again
        html = self.draw.fragment(
            template,
            title=title,
            desk=desk,
            visit=visit_of(request),
            path=request.url.path,
            topics=",".join((*EVERYWHERE, *topics)),
            position=position,
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
    """What was wrong, as a toast for htmx or a page of its own."""
    assert isinstance(error, DeskhandError)
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    draw = pages_of(request).draw
    template = "toast.html" if "hx-request" in request.headers else "refused.html"
    return HTMLResponse(draw.fragment(template, message=error.message, status=status), status)
