"""Which Host and Origin headers are let in: a web page of a stranger must not reach a server on this machine.

DNS rebinding lets a page call any address under its own name, and then the browser sends that name as Host and the
page's site as Origin (MCP, Streamable HTTP, Security Warning: servers MUST validate Origin). The SDK's own check
compares prefixes and lets `localhost:evil` pass; this one parses.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deskhand.settings_sections import ServerSettings

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_ALL_ADDRESSES = frozenset({"0.0.0.0", "::", ""})
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
PROBES = frozenset({"/healthz", "/readyz"})
"""Asked by the machinery around a container, under any name; they tell nothing and change nothing."""


@dataclass(frozen=True, slots=True)
class Name:
    """The host part of a URL. Without `port` it stands for any."""

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Name | None":
        """`example.org`, `example.org:8642`, `[::1]:8642`; None when it is not of that form."""
        found = _HOST.fullmatch(text.lower())
        if found is None:
            return None
        return cls(found["name"].removesuffix("."), int(found["port"]) if found["port"] else None)

    @property
    def is_address(self) -> bool:
        """Whether it is an IP address, which no rebinding attack can use: it needs a name to rebind."""
        try:
            ip_address(self.host.strip("[]"))
        except ValueError:
            return False
        return True


class AllowedNames:
    """The names this server answers to.

    Bound to loopback it answers to the loopback names, on any port (a tunnel may change it). Bound elsewhere it
    answers to the address it is bound to, or to any IP address when bound to all. `public_url` and
    `allowed_hosts` add to that; an entry without a port allows every port.
    """

    def __init__(self, settings: ServerSettings) -> None:
        bound = f"[{settings.host}]" if ":" in settings.host else settings.host
        public = urlsplit(settings.public_url).netloc if settings.public_url else ""
        entries = [*_LOOPBACK, bound, public, *settings.allowed_hosts]
        self._names = frozenset(name for entry in entries if (name := Name.parse(entry.removesuffix(":*"))))
        self._any_address = settings.host in _ALL_ADDRESSES
        self._origins = frozenset(origin.lower().rstrip("/") for origin in settings.allowed_origins)

    def host(self, value: str) -> bool:
        """Whether a Host header names this server."""
        name = Name.parse(value)
        return name is not None and (self._is_named(name) or (self._any_address and name.is_address))

    def origin(self, value: str) -> bool:
        """Whether pages of this origin may call: the server's own names, and `allowed_origins`.

        A strange page may well come from a bare IP address, so here an address must be named, not just be one.
        """
        scheme, _, rest = value.lower().partition("://")
        name = Name.parse(rest)
        return value.lower() in self._origins or (
            scheme in {"http", "https"} and name is not None and self._is_named(name)
        )

    def _is_named(self, name: Name) -> bool:
        return name in self._names or Name(name.host) in self._names


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what is bound to `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class CheckNames:
    """ASGI layer: 421 for another Host (RFC 9110, 15.5.20), 403 for another Origin."""

    def __init__(self, app: ASGIApp, allowed: AllowedNames) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or say which setting would."""
        if scope["type"] == "http" and scope["path"] not in PROBES:
            headers = Headers(scope=scope)
            refusal = self._refusal(headers.getlist("host"), headers.getlist("origin"))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, hosts: Iterable[str], origins: Iterable[str]) -> JSONResponse | None:
        hosts = list(hosts)
        if len(hosts) != 1 or not self._allowed.host(hosts[0]):
            named = f"Host {hosts[0]!r} is not a name of this server" if len(hosts) == 1 else "Exactly one Host is due"
            return JSONResponse(
                {"error": f"{named}. To allow one, add it to server.allowed_hosts (DESKHAND_SERVER__ALLOWED_HOSTS)."},
                status_code=421,
            )
        wrong = [origin for origin in origins if not self._allowed.origin(origin)]
        if wrong:
            return JSONResponse(
                {
                    "error": f"Pages of {wrong[0]!r} may not call this server. To allow them, add it to "
                    "server.allowed_origins (DESKHAND_SERVER__ALLOWED_ORIGINS)."
                },
                status_code=403,
            )
        return None


class TrimHeaders:
    """ASGI layer: take white space off the end of header values, where httptools leaves it (RFC 9110, 5.5)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the scope is copied only when something was trimmed."""
        if scope["type"] == "http" and any(value[-1:] in (b" ", b"\t") for _, value in scope["headers"]):
            scope = {**scope, "headers": [(name, value.strip(b" \t")) for name, value in scope["headers"]]}
        await self._app(scope, receive, send)
