"""From a bearer token to who calls."""

import hmac
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from anyio import to_thread
from mcp.server.auth.provider import AccessToken, TokenVerifier
from pydantic import SecretStr

from deskhand.principal import Principal
from deskhand.store.tokens import Token, Tokens, digest_of, is_token

REMEMBER_SECONDS = 1.0
"""How long an accepted token is not looked up again; so a revocation takes effect within this time."""
REMEMBERED = 1_024
"""How many tokens are remembered at most."""
_OF_STORE, _SETTINGS = "token:", "token:settings"
"""How a token names its client: by its id, or as the one of the settings."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A valid token: whom it stands for, and what it is called in the database; never the secret."""

    principal: Principal
    name: str


class BearerTokens:
    """The SDK's `TokenVerifier` on our store. `personal` is one more token, from the settings (for containers)."""

    def __init__(self, tokens: Tokens, *, subject: str, personal: SecretStr | None = None) -> None:
        self._tokens = tokens
        self._subject = subject
        self._personal = None if personal is None else digest_of(personal.get_secret_value())
        self._known: dict[bytes, tuple[float, AccessToken]] = {}

    async def verify_token(self, token: str) -> AccessToken | None:
        """Whose token this is and what it may do; None when it is not valid."""
        digest = digest_of(token)
        if self._personal is not None and hmac.compare_digest(self._personal, digest):
            return AccessToken(token=token, client_id=_SETTINGS, scopes=["*"], subject=self._subject)
        now = time.monotonic()
        until, access = self._known.get(digest, (0.0, None))
        if access is not None and now < until:
            return access
        found = await to_thread.run_sync(self._tokens.verify, token) if is_token(token) else None
        if found is None:
            self._known.pop(digest, None)
            return None
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        access = _access(token, found)
        self._known[digest] = (now + REMEMBER_SECONDS, access)
        return access

    async def accept(self, token: str) -> Accepted | None:
        """The same, for what is begun with a token and goes on without it; None when it is not valid."""
        access = await self.verify_token(token)
        if access is None:
            return None
        principal = Principal(access.subject or "", access.client_id, frozenset(access.scopes))
        if access.client_id == _SETTINGS and self._personal is not None:
            return Accepted(principal, f"settings:{self._personal.hex()[:16]}")
        return Accepted(principal, access.client_id.removeprefix(_OF_STORE))

    async def is_valid(self, name: str) -> bool:
        """Whether the token of this name (see `Accepted`) would be accepted now."""
        kind, colon, digest = name.partition(":")
        if colon:
            return kind == "settings" and self._personal is not None and self._personal.hex()[:16] == digest
        return await to_thread.run_sync(self._tokens.is_active, name)


class InnerTokens:
    """A verifier that knows those of `outer`, and tokens of this process only: for the page's own calls."""

    def __init__(self, outer: TokenVerifier) -> None:
        self._outer = outer
        self._inner: dict[bytes, AccessToken] = {}

    @contextmanager
    def minted(self, principal: Principal) -> Generator[str]:
        """A token that stands for this principal until left."""
        secret = secrets.token_urlsafe(32)
        digest = digest_of(secret)
        self._inner[digest] = AccessToken(
            token=secret,
            client_id=f"page:{principal.subject}",
            scopes=sorted(principal.scopes),
            subject=principal.subject,
        )
        try:
            yield secret
        finally:
            del self._inner[digest]

    async def verify_token(self, token: str) -> AccessToken | None:
        """Whose token this is and what it may do; None when it is not valid."""
        return self._inner.get(digest_of(token)) or await self._outer.verify_token(token)


def _access(secret: str, token: Token) -> AccessToken:
    return AccessToken(
        token=secret,
        # The SDK binds sessions and request state to client and subject: to this very token, then.
        client_id=f"{_OF_STORE}{token.id}",
        scopes=sorted(token.scopes),
        expires_at=None if token.expires is None else int(token.expires.timestamp()),
        subject=token.subject,
    )
