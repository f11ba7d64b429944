"""The way to a person's CalDAV server: signed in, bounded, and never with credentials to anybody else."""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpcore2
from anyio import to_thread

from deskhand.errors import Denied, SettingsError, Unavailable
from deskhand.mail.account import Account
from deskhand.outbound import Answer, Bounds, Outbound
from deskhand.toolsets.calendar.dav_answer import Resource, joined, origin_of, resources
from deskhand.toolsets.calendar.dav_errors import refusal
from deskhand.toolsets.calendar.dav_xml import Node, parse_xml

BOUNDS = Bounds(body_bytes=20_000_000, seconds=30)
MAX_REDIRECTS = 5
FAMILIES = ("icloud.com", "icloud.com.cn", "fastmail.com")
"""Providers whose servers send people on to one another: `caldav.icloud.com` to `p42-caldav.icloud.com`."""
_REDIRECTS = (301, 302, 303, 307, 308)
XML = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `what` names it in errors: "The server cannot {what}"."""

    method: str
    url: str
    what: str
    body: bytes | None = None
    headers: Mapping[str, str] | None = None


class DavHttp:
    """Requests of one account to its server. `async with`, or `aclose` at the end."""

    def __init__(self, account: Account, bounds: Bounds = BOUNDS) -> None:
        self.account = account
        self._home = account.caldav
        parts = urlsplit(account.caldav)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        # The person's settings name this very host and port: it may be in the private network. Others may not.
        self._http = Outbound(
            user_agent="deskhand",
            allow=frozenset({f"{name}:{port}".lower()}),
            bounds=bounds,
            tls=_trusting(account.ca_file) if account.ca_file else None,
            follow=False,  # a PROPFIND must stay one, and keep to its provider
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Give up the connections."""
        await self._http.__aexit__()

    def trusts(self, url: str) -> bool:
        """Whether the account's credentials may go there: to its own server, and what its provider shares with it."""
        return trusted(self._home, url)

    async def ask(self, asked: Asked) -> Answer:
        """The answer of any status but a redirect, which is followed as the same request.

        Raises:
            Denied: a redirect, or `asked.url`, leads to somebody else.
            Unavailable: nothing answers, not in time, or only redirects in a circle.
            LimitExceeded: the answer is too large.
        """
        url, headers = asked.url, {**await self._credentials(), **(asked.headers or {})}
        for _ in range(MAX_REDIRECTS + 1):
            if not self.trusts(url):
                raise Denied(
                    f"The calendar server of the account {self.account.name!r} sends on to {urlsplit(url).hostname}, "
                    "where its password does not belong. If that is right, set `caldav` to that address."
                )
            answer = await self._http.request(asked.method, url, headers=headers, body=asked.body)
            if answer.status not in _REDIRECTS or not answer.headers.get("Location"):
                return answer
            url = joined(url, answer.headers["Location"])
        raise Unavailable(f"{urlsplit(url).hostname} redirects in a circle. Look at `caldav` of the account.")

    async def done(self, asked: Asked) -> Answer:
        """As `ask`, for a request that must succeed.

        Raises:
            DeskhandError: the server refuses; see `dav_errors`.
        """
        answer = await self.ask(asked)
        if answer.status >= 400:
            raise refusal(answer, self.account, asked.what)
        return answer

    async def told(self, asked: Asked, depth: str = "0") -> tuple[Node, list[Resource]]:
        """What a PROPFIND or REPORT tells: the whole document, and the resources in it."""
        headers = {"Depth": depth, "Content-Type": XML, **(asked.headers or {})}
        answer = await self.done(Asked(asked.method, asked.url, asked.what, asked.body, headers))
        return await to_thread.run_sync(_parsed, answer)  # many megabytes may take a second

    async def _credentials(self) -> dict[str, str]:
        account = self.account
        if account.secret is None:
            return {}
        secret = await account.secret()
        if any(character < " " for character in secret + account.user):
            raise SettingsError(f"The user or password of the account {account.name!r} holds a control character.")
        if account.oauth:
            return {"Authorization": f"Bearer {secret}"}
        return {"Authorization": "Basic " + base64.b64encode(f"{account.user}:{secret}".encode()).decode()}


def _parsed(answer: Answer) -> tuple[Node, list[Resource]]:
    root = parse_xml(answer.body, urlsplit(answer.url).hostname or "the server")
    return root, resources(root, answer.url)


def _trusting(ca_file: Path) -> ssl.SSLContext:
    context = httpcore2.default_ssl_context()
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError):
        raise SettingsError(f"The ca_file {ca_file.name} cannot be read as PEM certificates.") from None
    return context


def trusted(home: str, url: str) -> bool:
    """Whether what belongs to the server of `home` may go to `url`: itself, a host beneath it, or of its family.

    Never from https to http, and never to another port of a plain address.
    """
    if origin_of(home) == origin_of(url) != "":
        return True
    if not origin_of(url).startswith("https://") or not origin_of(url).endswith(":443"):
        return False
    own, host = urlsplit(home).hostname or "", urlsplit(url).hostname or ""
    family = next((name for name in FAMILIES if _within(own, name)), own)
    return _within(host, family) and not family.rpartition(".")[2].isdigit()


def _within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
