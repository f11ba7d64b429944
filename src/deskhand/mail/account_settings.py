"""Accounts out of the settings, checked; each error names the key."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from deskhand.errors import InvalidInput, SettingsError
from deskhand.mail.account import LOCAL, Account
from deskhand.mail.address import Address, folded
from deskhand.mail.endpoint import Endpoint, is_loopback, parse_endpoint
from deskhand.mail.recipients import check_address, parse_address
from deskhand.mail.secret import secret_of
from deskhand.settings_accounts import AccountSettings

RESERVED = (LOCAL, "thread", "attachment")
"""Names with another meaning: the account without settings, and `email://thread/…`, `email://attachment/…`."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def accounts_of(
    settings: Mapping[str, AccountSettings], now: Callable[[], datetime], tokens: Path | None = None
) -> tuple[Account, ...]:
    """All accounts, in the order of the settings; for `tokens` see `secret_of`.

    Raises:
        SettingsError: a name or a value is wrong.
    """
    return tuple(_account(name, section, now, tokens) for name, section in settings.items())


def _account(name: str, settings: AccountSettings, now: Callable[[], datetime], tokens: Path | None) -> Account:
    _check_name(name)
    address = _address(name, settings)
    account = Account(
        name=name,
        owner=settings.owner,
        address=address,
        user=settings.user or address.email,
        secret=secret_of(name, settings, now, tokens),
        oauth=settings.oauth is not None,
        imap=_endpoint(name, "imap", settings.imap, settings),
        smtp=_endpoint(name, "smtp", settings.smtp, settings),
        caldav=_caldav(name, settings),
        ca_file=settings.ca_file.expanduser() if settings.ca_file else None,
        security=settings.security,
        allow=tuple(_allowed(name, pattern) for pattern in settings.allow),
        hourly=settings.hourly,
        poll_seconds=settings.poll_seconds,
    )
    _check_whole(account)
    return account


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"accounts.{name}: the name of an account is one word of at most 40 letters, digits, - and _."
        )
    if name.lower() in RESERVED:
        raise SettingsError(f"accounts.{name}: this name has a meaning of its own; choose another, such as work.")


def _check_whole(account: Account) -> None:
    key = f"accounts.{account.name}"
    if not (account.has_mail or account.has_calendars):
        raise SettingsError(f"{key}: name at least one server: imap, smtp or caldav.")
    if account.secret is None and account.imap is not None:
        raise SettingsError(f"{key}: mail is read with a password: set password, password_file, keyring or oauth.")


def _address(name: str, settings: AccountSettings) -> Address:
    try:
        email = parse_address(settings.address).email
    except InvalidInput as error:
        raise SettingsError(f"accounts.{name}.address: {error.message}") from None
    try:
        return check_address(Address(email, settings.name))
    except InvalidInput as error:
        raise SettingsError(f"accounts.{name}.name: {error.message}") from None


def _endpoint(name: str, key: str, text: str, settings: AccountSettings) -> Endpoint | None:
    if not text:
        return None
    try:
        endpoint = parse_endpoint(text, encrypted=settings.security != "none")
    except InvalidInput as error:
        raise SettingsError(f"accounts.{name}.{key}: {error.message}") from None
    if not text.lower().startswith(key):
        raise SettingsError(f"accounts.{name}.{key}: expected {key}s://host, or {key}://host for STARTTLS.")
    return endpoint


def _caldav(name: str, settings: AccountSettings) -> str:
    """The address as it is given: https, or http on this machine."""
    if not settings.caldav:
        return ""
    key = f"accounts.{name}.caldav"
    try:
        parts = urlsplit(settings.caldav)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(f"{key}: expected https://host/path.") from None
    if "@" in parts.netloc:
        raise SettingsError(f"{key}: it must not hold a user or password: they are settings of their own.")
    plain = parts.scheme == "http" and settings.security == "none" and is_loopback(host or "")
    if not host or not (parts.scheme == "https" or plain):
        raise SettingsError(f"{key}: expected https://host/path; without encryption only this machine is reached.")
    return settings.caldav


def _allowed(name: str, pattern: str) -> str:
    """An address, or `*@domain`, as addresses are written everywhere: see `parse_address`."""
    local, _, domain = pattern.strip().rpartition("@")
    try:
        checked = folded(parse_address(f"anyone@{domain}" if local == "*" else pattern).email)
    except InvalidInput:
        checked = "*"
    if "*" in checked:
        raise SettingsError(f"accounts.{name}.allow: {pattern!r} is neither an address nor '*@' and a domain.")
    return f"*@{checked.rpartition('@')[2]}" if local == "*" else checked
