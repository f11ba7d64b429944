"""Tokens from an OAuth client-credentials endpoint (RFC 6749 section 4.4), in the dialect of GigaChat and its kin.

The secret is the ready-made Basic key; `RqUID` is a fresh UUID per request; the answer says when the token expires,
as `expires_at` or `exp` (Unix time in milliseconds or seconds) or as `expires_in` (seconds, the RFC's way).
"""

import time
from collections.abc import Callable, Iterable
from typing import cast
from uuid import uuid4

import anyio
import httpx2

from deskhand.models import failures
from deskhand.models.credentials import mask
from deskhand.models.model import ModelFailed

_EARLY_SECONDS = 60.0
"""A token this close to its end is not used any more: the request may wait in a queue."""
_UNKNOWN_LIFETIME_SECONDS = 600.0
_MILLISECONDS_FROM = 1e11
"""A Unix time above this is in milliseconds (in seconds it would be the year 5138)."""


class TokenSource:
    """Credentials that are fetched, kept until they expire, and renewed by one caller at a time."""

    source = "model.api_key"

    def __init__(self, url: str, key: str, scope: str | None = None, *, now: Callable[[], float] = time.time) -> None:
        self._url = url
        self._key = key
        self._scope = scope
        self._now = now
        self._token = ""
        self._expires = 0.0
        self._lock = anyio.Lock()

    async def headers(self) -> dict[str, str]:
        """A bearer token that is still good.

        Raises:
            ModelFailed: the endpoint refuses the key.
            Overloaded: it does not answer.
        """
        if not self._good():
            async with self._lock:
                if not self._good():  # another caller may have renewed it while this one waited
                    self._token, self._expires = await self._fetch()
        return {"Authorization": f"Bearer {self._token}"}

    def refused(self) -> bool:
        """Forget the token; a new one may do."""
        self._expires = 0.0
        return True

    def secrets(self) -> Iterable[str]:
        """The key and the token."""
        return tuple(secret for secret in (self._key, self._token) if secret)

    def _good(self) -> bool:
        return self._now() < self._expires

    async def _fetch(self) -> tuple[str, float]:
        peer = failures.Peer(httpx2.URL(self._url).host, self, "The address is model.token_url.")
        headers = {"Authorization": f"Basic {self._key}", "RqUID": str(uuid4()), "Accept": "application/json"}
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        try:
            async with httpx2.AsyncClient(timeout=30) as client:
                response = await client.post(self._url, headers=headers, data=form)
        except httpx2.HTTPError as error:
            raise failures.from_transport(error, peer, streaming=False) from error
        if not response.is_success:
            raise failures.from_response(response.status_code, response.headers, response.content, peer)
        return self._read(response)

    def _read(self, response: httpx2.Response) -> tuple[str, float]:
        try:
            fields = cast("dict[str, object]", response.json())
            token = str(fields.get("access_token") or fields["tok"])
        except (ValueError, KeyError, TypeError, AttributeError):
            said = mask(response.text[:200], self.secrets())
            raise ModelFailed(f"The token endpoint answered without an access_token: {said}") from None
        return token, self._end(fields) - _EARLY_SECONDS

    def _end(self, fields: dict[str, object]) -> float:
        for key in ("expires_at", "exp"):
            if isinstance(when := fields.get(key), int | float):
                return when / 1000 if when > _MILLISECONDS_FROM else float(when)
        lifetime = fields.get("expires_in")
        return self._now() + (float(lifetime) if isinstance(lifetime, int | float) else _UNKNOWN_LIFETIME_SECONDS)
