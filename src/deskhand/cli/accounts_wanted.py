"""What a person wants connected: from the options of `deskhand accounts add`, and questions for the rest."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskhand import local
from deskhand.cli.accounts_file import Section
from deskhand.cli.accounts_password import Source, place_of
from deskhand.cli.accounts_providers import BY_NAME, UNKNOWN, Provider, nextcloud_calendars, provider_of
from deskhand.errors import SettingsError

if TYPE_CHECKING:
    from deskhand.mail.account import Account


@dataclass(frozen=True)
class Request:
    """The options of `deskhand accounts add`."""

    name: str | None
    address: str | None
    provider: str | None
    display_name: str
    user: str
    owner: str
    imap: str | None
    smtp: str | None
    caldav: str | None
    only: str | None
    password_file: Path | None
    password_stdin: bool
    keyring: bool
    ca_file: Path | None
    unencrypted: bool
    allow: tuple[str, ...]
    hourly: int | None
    file: Path | None
    replace: bool
    untested: bool

    @property
    def source(self) -> Source:
        """Where the password comes from."""
        return Source(self.password_file, self.password_stdin, self.keyring)

    @property
    def names_servers(self) -> bool:
        """Whether the servers are given, so that none is to be guessed or asked for."""
        return any(server is not None for server in (self.imap, self.smtp, self.caldav))


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account that is complete but for its password."""

    name: str
    provider: Provider
    section: Section
    """What the settings will say."""


def wanted(request: Request, settings: Path) -> Wanted:
    """Ask for what the options leave open.

    Raises:
        SettingsError: something given is wrong, or the provider takes no passwords.
    """
    address = request.address or _ask("Your mail address", _is_address)
    provider = BY_NAME[request.provider] if request.provider else provider_of(address)
    if provider.hint:
        click.echo(provider.hint, err=True)
    if not provider.passwords and not request.names_servers:
        raise SettingsError(f"{provider.title} cannot be connected with a password.")
    servers = _servers(request, provider)
    name = request.name or _name(address, provider, ask=request.address is None)
    section = _section(request, address, servers) | _password_key(request, settings, name)
    account_of(name, section, "placeholder")  # what is wrong is said before anybody types a password
    return Wanted(name, provider, section)


def account_of(name: str, section: Section, password: str | None = None) -> "Account":
    """The account that a section makes; with this password instead of what it names.

    Raises:
        SettingsError: a value is wrong.
    """
    from pydantic import ValidationError

    from deskhand.mail.account_settings import accounts_of
    from deskhand.settings_accounts import AccountSettings
    from deskhand.settings_problems import told

    kept = {key: value for key, value in section.items() if key not in ("password_file", "keyring")}
    fields = section if password is None else {**kept, "password": password}
    try:
        checked = AccountSettings.model_validate(fields)
    except ValidationError as error:
        raise SettingsError(told(error, AccountSettings, lambda _: "given", f"accounts.{name}.")) from None
    return accounts_of({name: checked}, lambda: datetime.now(UTC))[0]


def _servers(request: Request, provider: Provider) -> dict[str, str]:
    """Those given; else what is known of the provider; else what the person says."""
    if request.names_servers:
        found = {"imap": request.imap or "", "smtp": request.smtp or "", "caldav": request.caldav or ""}
    elif provider.name == "nextcloud":
        cloud = _ask("Address of your Nextcloud, such as cloud.example.org", bool)
        found = {"caldav": nextcloud_calendars(cloud)}
    elif provider is UNKNOWN:
        click.echo("Name its servers; leave empty what you do not have or want.", err=True)
        found = {
            "imap": _ask("Mail in (imaps://imap.example.org, or imap://… for STARTTLS)"),
            "smtp": _ask("Mail out (smtps://smtp.example.org, or smtp://… for STARTTLS)"),
            "caldav": _ask("Calendars (https://…)"),
        }
    else:
        found = {"imap": provider.imap, "smtp": provider.smtp, "caldav": provider.caldav}
    unwanted = {"mail": ("caldav",), "calendars": ("imap", "smtp")}.get(request.only or "", ())
    return {key: url for key, url in found.items() if url and key not in unwanted}


def _section(request: Request, address: str, servers: dict[str, str]) -> dict[str, str | bool | int | list[str]]:
    """Only what differs from the defaults."""
    given: dict[str, str | bool | int | list[str]] = {
        "address": address,
        "name": request.display_name,
        "owner": "" if request.owner == local.SUBJECT else request.owner,
        "user": request.user,
        **servers,
        "ca_file": str(request.ca_file.absolute()) if request.ca_file else "",
        "security": "none" if request.unencrypted else "",
        "allow": list(request.allow),
    }
    found = {key: value for key, value in given.items() if value}
    return found if request.hourly is None else {**found, "hourly": request.hourly}


def _password_key(request: Request, settings: Path, name: str) -> dict[str, str | bool | int | list[str]]:
    if request.keyring:
        return {"keyring": True}
    return {"password_file": str((request.password_file or place_of(settings, name)).expanduser().absolute())}


def _name(address: str, provider: Provider, *, ask: bool) -> str:
    """The provider's name, or the first word of the domain."""
    own = re.sub(r"[^a-z0-9-]", "", address.rpartition("@")[2].partition(".")[0].lower()) or "mail"
    usual = own if provider is UNKNOWN else provider.name
    return click.prompt("A short name for the account", default=usual, err=True) if ask else usual


def _ask(question: str, accepts: Callable[[str], bool] | None = None) -> str:
    """Ask until the answer is one; without `accepts`, none is one too."""
    while True:
        answer = click.prompt(question, default="", show_default=False, err=True).strip()
        if accepts is None or accepts(answer):
            return answer
        click.echo("That cannot be right; try again, or end with Ctrl-C.", err=True)


def _is_address(text: str) -> bool:
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+", text))
