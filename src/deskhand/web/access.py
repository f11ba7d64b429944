"""Who may look: a one-time link, then a cookie; every POST proves that it comes from a page of ours."""

import hmac
import secrets
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from deskhand.principal import Principal
from deskhand.store.tokens import digest_of
from deskhand.web.visit import Visit

COOKIE = "deskhand"
_OPEN = ("/static/", "/enter", "/login")
"""What a stranger may ask for."""


@dataclass
class Access:
    """The visits of this process."""

    owner: Principal
    key: str = ""

    def __post_init__(self) -> None:
        self.key = self.key or secrets.token_urlsafe(32)
        self._visits: dict[str, Visit] = {}

    def visit(self, cookie: str) -> Visit | None:
        """The visit of a cookie; None when it is not known."""
        return self._visits.get(digest_of(cookie).hex())

    def routes(self) -> list[BaseRoute]:
        """Where one gets in."""
        return [Route("/enter", self._enter)]

    async def _enter(self, request: Request) -> Response:
        if not self.key or not hmac.compare_digest(self.key, request.query_params.get("key", "")):
            return PlainTextResponse("This link was used already.", 403)
        self.key = ""
        cookie = secrets.token_urlsafe(32)
        session = digest_of(cookie).hex()
        self._visits[session] = Visit(self.owner, secrets.token_urlsafe(32), session)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/")
        return answer


class CheckVisit:
    """ASGI layer: strangers go to the login; a POST without the page's token is refused."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in with its visit, or say how to get in."""
        if scope["type"] != "http" or scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        visit = self._access.visit(Request(scope).cookies.get(COOKIE, ""))
        if visit is None:
            await RedirectResponse("/login", 303)(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-csrf-token", "")
        if scope["method"] not in ("GET", "HEAD") and not hmac.compare_digest(given, visit.csrf):
            await PlainTextResponse("The page is out of date: load it again.", 403)(scope, receive, send)
            return
        scope["deskhand.visit"] = visit
        await self._app(scope, receive, send)
