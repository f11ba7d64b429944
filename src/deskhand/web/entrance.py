"""The ways in and out: a one-time link, an access token, and the door."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from deskhand.web.access import Access, arrival, is_from_elsewhere, onward
from deskhand.web.draw import Draw
from deskhand.web.refusal import refusal

WRONG_TOKENS = 10
"""How many wrong tokens are looked at in `WINDOW_SECONDS`, from one address."""
WINDOW_SECONDS = 60.0
REMEMBERED = 10_000
"""Addresses whose wrong tokens are counted; beyond, those that tried last longest ago are forgotten."""

_USED = (
    "This link does not work: it was used already, or it is too old. For a new one, run `deskhand link` on the machine "
    "where Deskhand runs, or sign in with an access token."
)
_NO_TOKENS = (
    "This server asks nobody for a token, so there is none to sign in with. Run `deskhand link` on the machine where "
    "it runs, and open the link it prints."
)
_WRONG = "This is no access token that is valid here. Make one with `deskhand token create`, and copy all of it."


class Attempts:
    """Counts wrong tokens of each address, so that guessing is slow, and holds up nobody else.

    One is counted before it is looked at, so that many at once are no more than many in turn.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._wrong = OrderedDict[str, deque[float]]()

    def begin(self, address: str) -> float:
        """Count one as wrong: 0 when it may be looked at, else the seconds until the next one is."""
        name = _network(address)
        wrong = self._wrong.setdefault(name, deque(maxlen=WRONG_TOKENS))
        self._wrong.move_to_end(name)
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)
        wait = wrong[0] + WINDOW_SECONDS - self._now() if len(wrong) == WRONG_TOKENS else 0.0
        if wait > 0:
            return wait
        wrong.append(self._now())
        return 0.0

    def passed(self, address: str) -> None:
        """The last one that was counted was right after all."""
        wrong = self._wrong.get(_network(address))
        if wrong:
            wrong.pop()


class Entrance:
    """Answers at /enter, /login and /logout."""

    def __init__(self, access: Access, draw: Draw) -> None:
        self._access = access
        self._draw = draw
        self._attempts = Attempts()

    def routes(self) -> list[BaseRoute]:
        """Its addresses."""
        return [
            Route("/enter", self._enter),
            Route("/login", self._form),
            Route("/login", self._login, methods=["POST"]),
            Route("/logout", self._logout, methods=["POST"]),
        ]

    async def _enter(self, request: Request) -> Response:
        """A link is used up by a person who opens it, not by a program that looks ahead."""
        if request.method == "HEAD" or not _is_opened(request):
            return refusal(self._draw, request.scope, 403, "Open this link in a browser, as a page of its own.")
        keys = self._access.keys
        key = request.query_params.get("key", "")
        if keys is not None and await to_thread.run_sync(keys.redeem, key):
            return await self._let_in(request, await self._access.admit_owner(), onward(self._draw, "/"))
        if await self._access.visit(self._access.cookie.given(request.scope)):
            return onward(self._draw, "/")  # the tab was loaded again
        return refusal(self._draw, request.scope, 403, _USED)

    async def _form(self, request: Request) -> Response:
        where = _own(request.query_params.get("next", ""))
        if is_from_elsewhere(request.headers):
            where = arrival(where)
        return self._ask(where, "" if self._access.tokens else _NO_TOKENS)

    async def _login(self, request: Request) -> Response:
        tokens = self._access.tokens
        if tokens is None:
            return self._ask("", _NO_TOKENS, 403)
        form = await request.form(max_files=0, max_fields=4)
        token, where = (value if isinstance(value := form.get(name), str) else "" for name in ("token", "next"))
        address = request.client.host if request.client else ""
        wait = self._attempts.begin(address)
        if wait:
            told = f"There were too many wrong tokens. Try again in {wait:.0f} seconds."
            return self._ask(where, told, 429, {"Retry-After": str(int(wait) + 1)})
        accepted = await tokens.accept(token.strip())
        if accepted is None:
            return self._ask(where, _WRONG, 403)
        self._attempts.passed(address)
        answer = RedirectResponse(_own(where), 303)
        return await self._let_in(request, await self._access.admit(accepted), answer)

    async def _logout(self, request: Request) -> Response:
        await self._access.end(self._access.cookie.given(request.scope))
        htmx = "hx-request" in request.headers
        answer = (
            Response(status_code=204, headers={"HX-Redirect": "/login"}) if htmx else RedirectResponse("/login", 303)
        )
        self._access.cookie.remove(answer)
        return answer

    async def _let_in(self, request: Request, cookie: str, answer: Response) -> Response:
        """With a new cookie always: one that the browser came with may be known to somebody else."""
        await self._access.end(self._access.cookie.given(request.scope))
        self._access.cookie.put(answer, cookie)
        return answer

    def _ask(self, where: str, problem: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        html = self._draw.fragment(
            "login.html", problem=problem, next=_own(where), possible=self._access.tokens is not None
        )
        return HTMLResponse(html, status, headers)


def _network(address: str) -> str:
    """Whose an address is: of IPv6, one customer has 2^64 of them and more (RFC 6177)."""
    try:
        parsed = ip_address(address)
    except ValueError:  # a socket's path
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(int(parsed) >> 64)
    return str(parsed)


def _is_opened(request: Request) -> bool:
    """Whether a person opens it: not a preview, nor a page that is fetched in case somebody might open it."""
    purpose = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    return "prefetch" not in purpose and request.headers.get("sec-fetch-dest", "document") == "document"


def _own(address: str) -> str:
    """The address when it is a page of ours; else the first page. `//host` and `/\\host` are other servers'."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"
