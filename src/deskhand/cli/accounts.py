"""`deskhand accounts`: connect mail and calendar accounts, test them, list them, take them out."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import anyio
import click
from pydantic import JsonValue

from deskhand import local
from deskhand.cli.accounts_check import check
from deskhand.cli.accounts_file import SettingsFile
from deskhand.cli.accounts_password import forget, keep
from deskhand.cli.accounts_providers import BY_NAME
from deskhand.cli.accounts_wanted import Request, Wanted, account_of, wanted
from deskhand.cli.exit_codes import CANCELLED, FAILED, explained
from deskhand.cli.memory_options import json_option
from deskhand.cli.options import as_one
from deskhand.cli.settings import masked
from deskhand.errors import DeskhandError, NotFound, SettingsError
from deskhand.settings import Loaded, load, settings_file
from deskhand.settings_accounts import AccountSettings
from deskhand.visible import visible_line

if TYPE_CHECKING:
    from deskhand.mail.account import Account

NONE = "No accounts: mail and calendars stay on this machine. Connect one: deskhand accounts add"
file_option = click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), help="Settings file; default: the one in force here."
)


@click.group()
def accounts() -> None:
    """Connect your mail and calendar accounts, and test them."""


@accounts.command()
@click.argument("name", required=False)
@click.option("--address", metavar="EMAIL", help="Your mail address; asked for when it is not given.")
@click.option("--provider", type=click.Choice(list(BY_NAME)), help="Default: known by the address.")
@click.option("--display-name", default="", metavar="TEXT", help="Your name, beside the address in what you send.")
@click.option("--user", default="", help="What to sign in with, if it is not the address.")
@click.option("--owner", default=local.SUBJECT, show_default=True, help="Whose it is: the subject of their tokens.")
@click.option("--imap", metavar="URL", help="Mail in: imaps://host, or imap://host for STARTTLS.")
@click.option("--smtp", metavar="URL", help="Mail out: smtps://host, or smtp://host for STARTTLS.")
@click.option("--caldav", metavar="URL", help="Calendars: https://….")
@click.option("--only", type=click.Choice(["mail", "calendars"]), help="Leave the other out.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The password is in this file, and stays there.",
)
@click.option("--password-stdin", is_flag=True, help="The password is the first line of standard input.")
@click.option("--keyring", is_flag=True, help="Keep it in the system's keyring instead of a file.")
@click.option(
    "--ca-file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="PEM of the authority to trust."
)
@click.option("--unencrypted", is_flag=True, help="For servers on this machine only.")
@click.option("--allow", multiple=True, metavar="EMAIL", help="May be written to without asking; '*@example.org' too.")
@click.option("--hourly", type=click.IntRange(min=0), help="Most that is sent in an hour without asking; default 20.")
@file_option
@click.option("--replace", is_flag=True, help="Replace an account of the same name.")
@click.option("--no-test", "untested", is_flag=True, help="Write it without asking the servers.")
@as_one(Request)
def add(request: Request) -> None:
    """Connect an account: asks for what the options leave open, tests it, and only then writes it down.

    The settings file gets a section [accounts.NAME]. The password goes into a file beside it that only you can read, or
    into the keyring; it is never an option, for other programs can see those.
    """
    try:
        _add(request)
    except DeskhandError as error:
        raise explained(error) from error


def _add(request: Request) -> None:
    request.source.check()
    file = SettingsFile(settings_file(request.file))
    new = wanted(request, file.path)
    text = file.with_account(new.name, new.section, replace=request.replace)  # first: it may not be possible at all
    password = _password_for(new, request)
    keep(new.name, password, file.path, request.source)
    file.replace(text)
    click.echo(f"Connected {new.name} in {file.path}. A running server uses it when it is started again.")


def _password_for(new: Wanted, request: Request) -> str:
    """The password, with which the account works; who typed it may try another one."""
    source = request.source
    while True:
        password = source.read(grouped=new.provider.grouped)
        if request.untested or _works(account_of(new.name, new.section, password)):
            return password
        click.echo("Nothing was written. Mend it and try again; --no-test writes it all the same.", err=True)
        if not source.is_typed or not click.confirm("Try another password?", err=True):
            raise click.exceptions.Exit(FAILED)


@accounts.command("test")
@click.argument("name", required=False)
def test_accounts(name: str | None) -> None:
    """Connect to the servers of each account, or of NAME, and say what works. Nothing is sent or changed.

    Exit code 1: something does not work.
    """
    try:
        found = load().settings.accounts
        if name is not None:
            found = {name: _one(found, name)}
        if not found:
            click.echo(NONE, err=True)
        works = [_tested(each, section) for each, section in found.items()]
    except DeskhandError as error:
        raise explained(error) from error
    if not all(works):
        raise click.exceptions.Exit(FAILED)


@accounts.command("list")
@json_option
def list_accounts(*, as_json: bool) -> None:
    """List the accounts: whose they are, what they do, and where each password comes from. Nothing is connected."""
    try:
        loaded = load()
    except DeskhandError as error:
        raise explained(error) from error
    for name, section in loaded.settings.accounts.items():
        fields = _fields(name, section, loaded)
        click.echo(json.dumps(fields, ensure_ascii=False) if as_json else _line(fields))
    if not loaded.settings.accounts and not as_json:
        click.echo(NONE, err=True)


@accounts.command()
@click.argument("name")
@file_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def remove(name: str, file: Path | None, *, yes: bool) -> None:
    """Take an account out of the settings, and its password with it. What is at its servers stays there."""
    try:
        there = SettingsFile(settings_file(file))
        text = there.without_account(name)
        if not yes and not click.confirm(f"Take {name} out of {there.path}?", err=True):
            click.echo("Nothing was changed.", err=True)
            raise click.exceptions.Exit(CANCELLED)
        section = there.accounts[name]
        there.replace(text)
        click.echo(f"Removed {name} from {there.path}. {forget(name, there.path, section)}".rstrip())
    except DeskhandError as error:
        raise explained(error) from error


def _works(account: "Account") -> bool:
    """Test the account, saying each result as it comes."""

    async def run() -> bool:
        works = True
        async for checked in check(account):
            click.echo(str(checked))
            works = works and checked.works
        return works

    return anyio.run(run)


def _tested(name: str, settings: AccountSettings) -> bool:
    from datetime import UTC, datetime

    from deskhand.mail.account_settings import accounts_of

    click.echo(f"{name} ({visible_line(settings.address)})")
    try:
        (account,) = accounts_of({name: settings}, lambda: datetime.now(UTC))
    except SettingsError as error:
        click.echo(f"  settings   fails: {visible_line(error.message)}")
        return False
    return _works(account)


def _one(found: Mapping[str, AccountSettings], name: str) -> AccountSettings:
    if name not in found:
        raise NotFound(f"There is no account {name!r}. There are: {', '.join(found) or 'none'}.")
    return found[name]


def _fields(name: str, section: AccountSettings, loaded: Loaded) -> dict[str, JsonValue]:
    return {
        "name": name,
        "address": section.address,
        "owner": section.owner,
        "imap": masked(section.imap),
        "smtp": masked(section.smtp),
        "caldav": masked(section.caldav),
        "password": _password_of(name, section, loaded),
        "source": loaded.settings.origin(f"accounts.{name}"),
    }


def _password_of(name: str, section: AccountSettings, loaded: Loaded) -> str:
    """Where it comes from, in words."""
    if section.oauth is not None:
        return "OAuth tokens"
    if section.keyring:
        return "the keyring"
    if section.password_file is not None:
        return str(section.password_file)
    if section.password is not None:
        return f"in the clear: {loaded.settings.origin(f'accounts.{name}.password')}"
    return "none"


def _line(fields: Mapping[str, JsonValue]) -> str:
    parts = {"imap": "mail in", "smtp": "mail out", "caldav": "calendars"}
    does = ", ".join(said for key, said in parts.items() if fields[key]) or "nothing"
    told = (fields["name"], fields["address"], f"of {fields['owner']}", does, f"password: {fields['password']}")
    return visible_line("  ".join(cast("tuple[str, ...]", told)))
