"""What every request and every answer must be, whoever asks: an own name, an own page, an own size, safe headers."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deskhand.server.names import AllowedNames, Name
from deskhand.settings_sections import ServerSettings
from deskhand.web.draw import Draw
from deskhand.web.refusal import refusal

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content Security Policy Level 3: no inline script or style, nothing from another origin."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with that, browsers send `Origin: null` when a form is posted (Fetch, 3.2), and no page of
    # ours could prove that it is one.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
UPLOAD_BYTES = 100 * 1024 * 1024
"""Largest body that brings files. Smaller ones are kept: `files.py` says which file was too large, once it has come."""
LOGIN_BYTES = 16 * 1024
"""Largest body of somebody who is not known yet."""
_UPLOAD_PACE = 100 * 1024
"""Bytes a second that an upload is expected to make at least."""
_DRAINED = 4
"""A body of up to so many times the limit is read and dropped, because a browser sends all before it reads the 413."""
_SAFE = ("GET", "HEAD")


class SafeHeaders:
    """ASGI layer: every answer carries headers that keep a page to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers."""

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class OwnPagesOnly:
    """ASGI layer: 421 for a Host that is not ours, 403 for what a page of somebody else's asks for.

    Another program on this machine is another origin, though the same *site*: its pages' requests carry our cookie,
    also with SameSite=Strict. So the port counts here. Following a link to us is everybody's right.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings, draw: Draw) -> None:
        self._app = app
        self._names = AllowedNames(settings)
        self._public = urlsplit(settings.public_url).netloc.lower() if settings.public_url else ""
        self._draw = draw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or say why not."""
        if scope["type"] == "http" and (wrong := self._wrong(scope)):
            await refusal(self._draw, scope, *wrong)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _wrong(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._names.host(hosts[0]):
            return 421, (
                f"{hosts[0] if hosts else 'No name'} is not a name of this server. To allow one, add it to "
                "server.allowed_hosts (DESKHAND_SERVER__ALLOWED_HOSTS)."
            )
        if not self._is_ours(scope, headers, hosts[0]):
            return 403, "Only pages of this server may do this. Open the page itself and do it there."
        return None

    def _is_ours(self, scope: Scope, headers: Headers, host: str) -> bool:
        site = headers.get("sec-fetch-site")
        if any(not self._is_own(origin, host) for origin in headers.getlist("origin")):
            return False
        if site in (None, "same-origin", "none"):
            # A browser that says neither is too old to be told from a strange page's form.
            return scope["method"] in _SAFE or site is not None or "origin" in headers
        return _is_visit(scope, headers)

    def _is_own(self, origin: str, host: str) -> bool:
        scheme, _, rest = origin.lower().partition("://")
        ours = {_named(host, scheme), _named(self._public, scheme)} - {None}
        return scheme in ("http", "https") and _named(rest, scheme) in ours


def _named(netloc: str, scheme: str) -> Name | None:
    name = Name.parse(netloc)
    return name and Name(name.host, name.port or (443 if scheme == "https" else 80))


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """Whether somebody follows a link: the address bar changes, and no frame or image of a strange page gets it."""
    return (
        scope["method"] in _SAFE
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


class LimitBody:
    """ASGI layer: a body is at most so large, and takes at most so long; else 413 or 408. `/files` may take more."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._bytes = settings.body_bytes
        self._seconds = settings.read_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        await self._app(scope, _Reader(receive, limit, self._seconds + limit / _UPLOAD_PACE).receive, send)

    def _limit(self, path: str) -> int:
        if path == "/login":
            return LOGIN_BYTES
        return max(UPLOAD_BYTES, self._bytes) if path == "/files" or path.startswith("/files/") else self._bytes


class _Reader:
    """Passes a body on while it is within bounds."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._until: float | None = None
        self._size = 0
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        message = await self._next()
        while self._size > self._limit and not self._whole and self._size <= self._limit * _DRAINED:
            message = await self._next()
        if self._size > self._limit:
            raise HTTPException(
                413, f"This is larger than {in_words(self._limit)}. Send less.", {"Connection": "close"}
            )
        return message

    async def _next(self) -> Message:
        if self._until is None:
            self._until = anyio.current_time() + self._seconds
        with anyio.CancelScope(deadline=self._until):
            message = await self._receive()
            self._size += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            return message
        raise HTTPException(408, "It did not arrive in time. Send it again.", {"Connection": "close"})


def in_words(limit: int) -> str:
    """A limit in bytes, as its setting means it: `32 MB` are 32 times 1024 times 1024."""
    for unit, size in (("MB", 1024**2), ("KB", 1024)):
        if round(limit * 1024 / size, 1) >= 1024:  # so many of the smaller unit, as they would be shown
            return f"{f'{limit / size:,.1f}'.removesuffix('.0')} {unit}"
    return f"{limit} byte{'' if limit == 1 else 's'}"
