"""Who may look: the visits of this server, and the layer that lets nobody else further in."""

import hmac
import re
import time
from urllib.parse import quote, urlsplit

import anyio
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deskhand.errors import DeskhandError, Unavailable
from deskhand.principal import LOCAL, Principal
from deskhand.server.streams import Progress
from deskhand.server.tokens import Accepted, BearerTokens
from deskhand.store.visits import Visits
from deskhand.web.cookie import Cookie
from deskhand.web.draw import Draw
from deskhand.web.keys import Keys
from deskhand.web.refusal import refusal
from deskhand.web.visit import Visit, desk_scopes

REMEMBER_SECONDS = 1.0
"""How long a visit is not looked up again; so a revoked token keeps its pages out within this time."""
REMEMBERED = 1_024
CHECK_SECONDS = 2.0
"""How often the visit of an open stream is looked at again."""
_OPEN = frozenset({"/enter", "/login"})
"""What a stranger may ask for, besides `/static/`."""
_LIVE = "/live"
_ASKS_NOBODY = re.compile(r"/|/(chat|servers|console|inspector|activity)/?|/chat/[0-9A-Za-z_-]+")
"""Pages that a link from elsewhere may lead to: they show what is there, and have no server do anything."""


class Access:
    """Lets people in and out. Without `tokens` nobody signs in with one, without `keys` nobody comes by a link."""

    def __init__(
        self, visits: Visits, cookie: Cookie, *, tokens: BearerTokens | None = None, keys: Keys | None = None
    ) -> None:
        self.cookie = cookie
        self.tokens = tokens
        self.keys = keys
        self._visits = visits
        self._known: dict[str, tuple[float, Visit]] = {}

    async def visit(self, cookie: str) -> Visit | None:
        """The visit of a cookie; None when there is none, it expired, or its token was revoked or expired.

        Raises:
            Unavailable: the database does not answer.
        """
        until, known = self._known.get(cookie, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        self._known.pop(cookie, None)
        remembering = self._known
        stored = await to_thread.run_sync(self._visits.find, cookie) if cookie else None
        if stored is None or not await self._is_backed(stored.token):
            return None
        visit = Visit.of(stored)
        if len(remembering) >= REMEMBERED:
            remembering.clear()
        remembering[cookie] = (time.monotonic() + REMEMBER_SECONDS, visit)  # for nobody, if all is forgotten by now
        return visit

    async def is_in(self, who: Principal) -> bool:
        """Whether any browser is signed in at this desk, whether it shows a page now or not.

        Where none is, no visit is remembered either: the desk ends, and its pages would begin another one.

        Raises:
            Unavailable: the database does not answer.
        """
        for scopes, token in await to_thread.run_sync(self._visits.ways_in, who.subject):
            if desk_scopes(scopes) == who.scopes and await self._is_backed(token):
                return True
        self._known = {}
        return False

    async def admit_owner(self) -> str:
        """Begin a visit of the owner of this machine: its cookie."""
        return await self._begin(LOCAL, None)

    async def admit(self, token: Accepted) -> str:
        """Begin a visit that may do what an accepted token may, as long as that is valid: its cookie."""
        return await self._begin(token.principal, token.name)

    async def end(self, cookie: str) -> None:
        """End the visit of a cookie, if it has one."""
        self._known.pop(cookie, None)
        stored = await to_thread.run_sync(self._visits.find, cookie) if cookie else None
        if stored is not None:
            await to_thread.run_sync(self._visits.end, stored.digest)

    async def _begin(self, who: Principal, token: str | None) -> str:
        def begin() -> str:
            return self._visits.begin(who.subject, client=who.client, scopes=who.scopes, token=token)

        return await to_thread.run_sync(begin)

    async def _is_backed(self, token: str | None) -> bool:
        """Whether what let a visit in still does: its token, or that links do."""
        if token is None:
            return self.keys is not None
        return self.tokens is not None and await self.tokens.is_valid(token)


class CheckVisit:
    """ASGI layer: strangers go to the login; what changes something must come with the page's own token (CSRF)."""

    def __init__(self, app: ASGIApp, access: Access, draw: Draw) -> None:
        self._app = app
        self._access = access
        self._draw = draw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in with its visit, or say how to get in."""
        if scope["type"] != "http" or scope["path"] in _OPEN or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
            return
        cookie = self._access.cookie.given(scope)
        try:
            visit = await self._access.visit(cookie)
        except DeskhandError as error:
            await refusal(self._draw, scope, 503, error.message)(scope, receive, send)
            return
        refused = self._stranger(scope) if visit is None else self._unproven(scope, visit) or self._astray(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return
        scope["deskhand.visit"] = visit
        if scope["path"] == _LIVE:
            await self._while_valid(cookie, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _unproven(self, scope: Scope, visit: Visit) -> Response | None:
        given = Headers(scope=scope).get("x-csrf-token", "")
        if scope["method"] in ("GET", "HEAD") or hmac.compare_digest(given.encode(), visit.csrf.encode()):
            return None
        return refusal(self._draw, scope, 403, "This page is out of date. Load it again, then repeat what you did.")

    def _stranger(self, scope: Scope) -> Response:
        headers = Headers(scope=scope)
        if "hx-request" in headers:
            return PlainTextResponse("You are signed out.", 401, {"HX-Redirect": "/login"})
        if scope["path"] == _LIVE or scope["method"] not in ("GET", "HEAD"):  # a redirect would tell a stream nothing
            return PlainTextResponse("You are signed out. Sign in at /login.", 401)
        where = _address(scope)
        if "sec-fetch-site" not in headers or is_from_elsewhere(headers):  # who does not say is not believed
            where = arrival(where)
        if is_from_elsewhere(headers):
            return onward(self._draw, where)
        return RedirectResponse(f"/login?next={quote(where, safe='/')}", 303)

    def _astray(self, scope: Scope) -> Response | None:
        """A page of another program on this machine is of our *site*: its links come with our cookie."""
        where = _address(scope)
        if is_from_elsewhere(Headers(scope=scope)) and arrival(where) != where:
            return onward(self._draw, arrival(where))
        return None

    async def _while_valid(self, cookie: str, scope: Scope, receive: Receive, send: Send) -> None:
        """A stream is a request that lasts for hours: it ends, as a whole response, soon after its visit does."""
        response = Progress(send)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._end_with_visit, cookie, tasks.cancel_scope)
            await self._app(scope, receive, response.send)
            tasks.cancel_scope.cancel()
        await response.finish()

    async def _end_with_visit(self, cookie: str, stream: anyio.CancelScope) -> None:
        while True:
            await anyio.sleep(CHECK_SECONDS)
            try:
                if await self._access.visit(cookie) is None:
                    break
            except Unavailable:
                continue  # a database that is busy says nothing about the visit
        stream.cancel()


def onward(draw: Draw, address: str) -> Response:
    """A page that goes on to an address of ours by itself.

    Who follows a link from elsewhere comes without a SameSite=Strict cookie, and so does what a redirect leads to,
    because it is all one navigation (RFC 6265bis, 5.2). A page of ours begins another one. It does so by a header:
    that needs no script, and is followed where `<meta>` is not.
    """
    html = draw.fragment("entered.html", address=address)
    return HTMLResponse(html, headers={"Refresh": f"0; url={address}"})


def is_from_elsewhere(headers: Headers) -> bool:
    """Whether a request was caused by a page of somebody else's (Fetch Metadata, 2.3)."""
    return headers.get("sec-fetch-site") in ("cross-site", "same-site")


def arrival(address: str) -> str:
    """Where a link from elsewhere leads: to its address, or to the first page where that would make a server work.

    Who made the link chose every part of the address, so else they would choose what a server reads or completes.
    """
    return address if _ASKS_NOBODY.fullmatch(urlsplit(address).path) else "/"


def _address(scope: Scope) -> str:
    """Path and query as they were asked for; never the address of another server."""
    path = "/" + quote(scope["path"], safe="/").lstrip("/")
    query = quote(scope["query_string"], safe="=&%+,.-_~:/?@")
    return f"{path}?{query}" if query else path
