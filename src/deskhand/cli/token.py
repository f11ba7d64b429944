"""`deskhand token`: make, list and revoke bearer tokens."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click

from deskhand import local
from deskhand.cli.database import database_of
from deskhand.cli.exit_codes import explained
from deskhand.errors import DeskhandError, InvalidInput
from deskhand.settings import Settings, load
from deskhand.store.tokens import Token, Tokens, check_scopes

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@click.group()
def token() -> None:
    """Create, list and revoke bearer tokens."""


@token.command()
@click.option("--scope", "scopes", multiple=True, default=("*",), show_default=True, help="May be given repeatedly.")
@click.option(
    "--expires", "lifetime", metavar="30d", help="How long it is valid: 90m, 12h, 30d, 8w; default: for ever."
)
@click.option("--subject", help="Whose it is: data belongs to a subject. Default: you, as in the terminal.")
@click.option("--label", default="", help="What it is for, to know it again in the list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(scopes: tuple[str, ...], lifetime: str | None, subject: str | None, label: str, *, as_json: bool) -> None:
    """Make a token and print it, this once.

    A scope is `*`, `<toolset>:read` or `<toolset>:write`; `*` stands for any toolset or both verbs.
    """
    with _tokens() as (settings, tokens):
        _check_toolsets(check_scopes(scopes), settings)
        secret, made = tokens.create(
            subject or local.SUBJECT, scopes=scopes, label=label, lifetime=parse_lifetime(lifetime)
        )
    if as_json:
        click.echo(json.dumps({"token": secret, **_fields(made)}))
        return
    click.echo(secret)
    click.echo(f"This is token {made.id}. It is not shown again; revoke it: deskhand token revoke {made.id}", err=True)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def list_tokens(*, as_json: bool) -> None:
    """List the tokens, without their secrets."""
    with _tokens() as (_, tokens):
        found = tokens.every()
    if as_json:
        for each in found:
            click.echo(json.dumps(_fields(each)))
        return
    if not found:
        click.echo("There are no tokens. Make one: deskhand token create")
    for each in found:
        parts = [each.id, each.state(datetime.now(UTC)), each.subject, ",".join(sorted(each.scopes))]
        parts += [f"expires {each.expires:%Y-%m-%d %H:%M}Z"] if each.expires else []
        parts += [f"used {each.last_used:%Y-%m-%d %H:%M}Z" if each.last_used else "never used", each.label]
        click.echo("  ".join(part for part in parts if part))


@token.command()
@click.argument("token_id", metavar="ID")
def revoke(token_id: str) -> None:
    """Make a token invalid, for good. Running servers refuse it within about a second."""
    with _tokens() as (_, tokens):
        revoked = tokens.revoke(token_id)
    click.echo(f"Token {revoked.id} of {revoked.subject} is revoked.")


def parse_lifetime(text: str | None) -> timedelta | None:
    """`90m`, `12h`, `30d`, `8w`; None stays None.

    Raises:
        InvalidInput: anything else.
    """
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,6})([mhdw])", text)
    if found is None or int(found[1]) == 0:
        raise InvalidInput(f"{text!r} is not a lifetime: expected a number and m, h, d or w, such as 30d.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@contextmanager
def _tokens() -> Generator[tuple[Settings, Tokens]]:
    try:
        settings = load().settings
        with database_of(settings) as database:
            yield settings, Tokens(database)
    except DeskhandError as error:
        raise explained(error) from error


def _check_toolsets(scopes: frozenset[str], settings: Settings) -> None:
    areas = sorted({scope.partition(":")[0] for scope in scopes} - {"*"})
    if not areas:
        return
    # Only now, because it imports every toolset.
    from deskhand.cli.assembly import toolset_classes

    known = [cls.name for cls in toolset_classes(settings)]
    for area in areas:
        if area not in known:
            raise InvalidInput(f"There is no toolset {area!r} to give a scope for. Enabled are: {', '.join(known)}.")


def _fields(each: Token) -> dict[str, object]:
    def iso(moment: datetime | None) -> str | None:
        return None if moment is None else moment.isoformat()

    return {
        "id": each.id,
        "state": each.state(datetime.now(UTC)),
        "subject": each.subject,
        "label": each.label,
        "scopes": sorted(each.scopes),
        "created": iso(each.created),
        "expires": iso(each.expires),
        "last_used": iso(each.last_used),
        "revoked": iso(each.revoked),
    }
