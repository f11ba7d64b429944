"""Where an account's password or token comes from: read when it is needed, never kept, never shown."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from anyio import to_thread

from deskhand.errors import InvalidInput, SettingsError
from deskhand.kept import folder_of
from deskhand.mail.keyring_password import keyring_password
from deskhand.mail.oauth_token import OAuthTokens, check_token_url
from deskhand.mail.smtp_account import Secret
from deskhand.settings_accounts import AccountSettings

LONGEST_SECRET = 10_000
"""Letters of a password in a file: more is another file."""


def secret_of(
    name: str, settings: AccountSettings, now: Callable[[], datetime], tokens: Path | None = None
) -> Secret | None:
    """What gives the account's password or access token; None where the settings name neither.

    `tokens` is the folder where refresh tokens are kept that a provider gave in place of those in the settings.

    Raises:
        SettingsError: they name more than one.
    """
    named = {
        "password": settings.password is not None,
        "password_file": settings.password_file is not None,
        "keyring": settings.keyring,
        "oauth": settings.oauth is not None,
    }
    given = [key for key, is_given in named.items() if is_given]
    if len(given) > 1:
        raise SettingsError(f"accounts.{name}: {' and '.join(given)} are both set; keep one of them.")
    if settings.oauth is not None:
        return _oauth(name, settings, now, tokens)
    if settings.keyring:
        return lambda: keyring_password(name)
    if settings.password_file is not None:
        path = settings.password_file
        return lambda: to_thread.run_sync(_from_file, name, path)
    return _from_settings(settings)


def _oauth(name: str, settings: AccountSettings, now: Callable[[], datetime], tokens: Path | None) -> Secret:
    assert settings.oauth is not None
    try:
        check_token_url(settings.oauth.token_url)
    except (InvalidInput, ValueError) as error:
        raise SettingsError(f"accounts.{name}.oauth.token_url: {error}") from None
    kept = folder_of(tokens, settings.owner) / f"{name}.json" if tokens is not None else None
    return OAuthTokens(name, settings.oauth, now, kept).token


def _from_settings(settings: AccountSettings) -> Secret | None:
    held = settings.password
    if held is None:
        return None

    async def password() -> str:
        return held.get_secret_value()

    return password


def _from_file(name: str, path: Path) -> str:
    """Read anew each time: whoever changes the password need not start Deskhand again."""
    key = f"accounts.{name}.password_file"
    try:
        with path.expanduser().open(encoding="utf-8") as file:
            password = file.read(LONGEST_SECRET + 1)
    except (OSError, RuntimeError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(f"{key}: {path} cannot be read: {why}.") from None
    password = password.rstrip("\r\n")
    if not password or len(password) > LONGEST_SECRET or "\n" in password:
        raise SettingsError(f"{key}: {path} must hold nothing but the password, on one line.")
    return password
