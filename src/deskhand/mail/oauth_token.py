"""Access tokens for mail servers that take no passwords, from a refresh token (RFC 6749 §6)."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from urllib.parse import urlencode, urlsplit

import anyio
from anyio import to_thread

from deskhand.errors import InvalidInput, LimitExceeded, SettingsError, Unavailable
from deskhand.mail.endpoint import is_loopback
from deskhand.mail.rotated_token import RotatedToken
from deskhand.outbound import Answer, Bounds, Outbound
from deskhand.settings_accounts import OAuthSettings

EARLY = timedelta(seconds=60)
"""A token this close to its end is not used any more: signing in may take a while."""
UNSAID = timedelta(minutes=5)
"""How long a token is used whose end the provider does not say."""

_MOST_SECONDS = 31_536_000
_CODE = re.compile(r"[a-z_]{1,40}")
"""An error code of RFC 6749 §5.2; whatever else the provider says could repeat a secret."""


class OAuthTokens:
    """The tokens of one account: fetched when needed, kept in memory until they end, renewed by one caller at a time.

    A refresh token that the provider replaces is used from then on; in the file `kept` it outlives this process.
    """

    def __init__(
        self, account: str, settings: OAuthSettings, now: Callable[[], datetime], kept: Path | None = None
    ) -> None:
        self._account = account
        self._settings = settings
        self._refresh = RotatedToken(kept, settings.refresh_token.get_secret_value())
        self._now = now
        self._token = ""
        self._ends: datetime | None = None
        self._lock = anyio.Lock()

    def __repr__(self) -> str:
        return f"OAuthTokens({self._account!r})"

    async def token(self) -> str:
        """A token that is still good.

        Raises:
            SettingsError: the provider refuses; the settings need a new refresh token.
            Unavailable: it does not answer, or not with a token.
        """
        if not self._is_good():
            async with self._lock:
                if not self._is_good():  # another caller may have renewed it while this one waited
                    refresh = await to_thread.run_sync(self._refresh.current)
                    renewed = self._read(await self._ask(refresh))
                    if renewed not in ("", refresh):
                        await to_thread.run_sync(self._refresh.keep, renewed)
        return self._token

    def _is_good(self) -> bool:
        return self._ends is not None and self._now() < self._ends

    async def _ask(self, refresh: str) -> Answer:
        """Not followed elsewhere when it redirects: the refresh token would go there too."""
        settings, url = self._settings, urlsplit(self._settings.token_url)
        form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": settings.client_id}
        if settings.client_secret is not None:
            form["client_secret"] = settings.client_secret.get_secret_value()
        if settings.scope:
            form["scope"] = settings.scope
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        bounds = Bounds(body_bytes=100_000, seconds=30, redirects=0)
        async with Outbound(
            user_agent="deskhand", allow=frozenset({url.netloc, url.hostname or ""}), bounds=bounds
        ) as http:
            try:
                return await http.request("POST", settings.token_url, headers=headers, body=urlencode(form).encode())
            except (InvalidInput, LimitExceeded) as error:
                raise SettingsError(f"accounts.{self._account}.oauth.token_url: {error.message}") from None

    def _read(self, answer: Answer) -> str:
        """The refresh token that comes along; empty where none does."""
        fields = _fields(answer.body)
        token = fields.get("access_token")
        if answer.status >= 400 or not isinstance(token, str) or not token:
            raise self._refused(answer, fields)
        self._token, self._ends = token, self._now() + _lifetime(fields.get("expires_in"))
        renewed = fields.get("refresh_token")
        return renewed if isinstance(renewed, str) else ""

    def _refused(self, answer: Answer, fields: dict[str, object]) -> SettingsError | Unavailable:
        """RFC 6749 §5.2: `invalid_grant` and its kin mean that nothing but a new refresh token helps."""
        said = fields.get("error")
        code = said if isinstance(said, str) and _CODE.fullmatch(said) else ""
        what = f"The token endpoint of the account {self._account!r} answers {answer.status} {code}".rstrip()
        if answer.status in (400, 401, 403):
            return SettingsError(
                f"{what}. Get a new refresh token from the provider "
                f"and set accounts.{self._account}.oauth.refresh_token."
            )
        return Unavailable(f"{what}, without an access token. Try again later.")


def check_token_url(url: str) -> None:
    """Whether tokens may be asked for there: https, or this machine.

    Raises:
        InvalidInput: it is another address.
    """
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme != "https" and not is_loopback(parts.hostname)):
        raise InvalidInput("expected the provider's token endpoint, https://…")


def _lifetime(said: object) -> timedelta:
    """How long a token is used; `expires_in` is in seconds (RFC 6749 §5.1)."""
    if isinstance(said, int | float) and 0 <= said <= _MOST_SECONDS:
        return timedelta(seconds=said) - EARLY
    return UNSAID


def _fields(body: bytes) -> dict[str, object]:
    try:
        found: object = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}
