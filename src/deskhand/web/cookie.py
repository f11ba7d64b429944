"""The cookie of a visit: no script reads it, no other site sends it, and another Deskhand here has its own."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

from deskhand.settings_sections import ServerSettings
from deskhand.store.visits import LIFETIME


@dataclass(frozen=True, slots=True)
class Cookie:
    """How it is called, and whether it goes over TLS only."""

    name: str
    secure: bool = False

    @classmethod
    def of(cls, settings: ServerSettings, port: int) -> "Cookie":
        """The one of the page at this port.

        Cookies ignore ports (RFC 6265, 8.5), so the name tells two programs on one machine apart. With `__Host-` the
        browser takes it from this very host over TLS only (RFC 6265bis, 4.1.3.2).
        """
        if settings.public_url and settings.public_url.lower().startswith("https://"):
            return cls("__Host-deskhand", secure=True)
        return cls(f"deskhand-{port}")

    def given(self, scope: Scope) -> str:
        """What a request has of it; empty when nothing."""
        return HTTPConnection(scope).cookies.get(self.name, "")

    def put(self, answer: Response, value: str) -> None:
        """Give it to the browser."""
        answer.set_cookie(
            self.name,
            value,
            max_age=int(LIFETIME.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def remove(self, answer: Response) -> None:
        """Take it from the browser."""
        answer.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="strict")
